"""The socket on which systemd would listen if it ran the bot as a service."""

import asyncio
import socket
from pathlib import Path


class Systemd:
    """What would hear the bot's messages if systemd ran it: the bot is a service, whose SIGHUP means a reload."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.told: list[str] = []
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._heard = asyncio.Event()

    def open(self) -> None:
        """Listen from now on."""
        self._socket.setblocking(False)
        self._socket.bind(str(self.path))
        asyncio.get_running_loop().add_reader(self._socket, self._hear)

    def close(self) -> None:
        """Listen no more."""
        asyncio.get_running_loop().remove_reader(self._socket)
        self._socket.close()

    async def reloaded(self, within_s: float) -> str:
        """Wait until it was told that a reload is over that began after `told` was emptied; what it was told.

        :raises TimeoutError: it was not
        """
        async with asyncio.timeout(within_s):
            while (said := self._after_reloading()) is None:
                self._heard.clear()
                await self._heard.wait()
        return said

    def _after_reloading(self) -> str | None:
        began = next((number for number, one in enumerate(self.told) if "RELOADING=1" in one), len(self.told))
        return next((one for one in self.told[began:] if "READY=1" in one), None)

    def _hear(self) -> None:
        self.told = [*self.told[-100:], self._socket.recv(1000).decode()]
        self._heard.set()
