"""A slow way to a server: what is sent on it stands still where a test wants that, as on a bad connection."""

import asyncio
import socket
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any, Final, Literal

PIECE: Final = 65_536

Side = Literal["request", "answer"]


class Relay:
    """Passes on what comes, until something that is held comes by."""

    def __init__(self, port: int) -> None:
        self.port = 0
        self._to = port
        self._marker = b""
        self._side: Side = "request"
        self._held = asyncio.Event()
        self._released = asyncio.Event()

    def hold(self, marker: bytes, side: Side) -> None:
        """Let nothing of the first request that says this pass any more or, when it has passed, nothing of its answer, until `release`."""
        self._marker, self._side = marker, side

    async def held(self) -> None:
        """Wait until something is held."""
        async with asyncio.timeout(30):
            await self._held.wait()

    def release(self) -> None:
        """Let everything pass."""
        self._released.set()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self._to)
        holds = asyncio.Event()

        async def requests() -> None:
            while piece := await reader.read(PIECE):
                if self._marker and self._marker in piece and not self._held.is_set():
                    self._held.set()
                    holds.set()
                    if self._side == "request":
                        await self._released.wait()
                # The sandbox serves nobody who calls it by another name.
                back.write(piece.replace(b"127.0.0.1:%d\r\n" % self.port, b"127.0.0.1:%d\r\n" % self._to))
                await back.drain()

        async def answers() -> None:
            while piece := await there.read(PIECE):
                if holds.is_set():
                    await self._released.wait()
                writer.write(piece)
                await writer.drain()

        sides = [asyncio.create_task(_until_broken(requests())), asyncio.create_task(_until_broken(answers()))]
        try:
            await asyncio.wait(sides, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for side in sides:
                side.cancel()
            writer.close()
            back.close()


async def _until_broken(passing: Coroutine[Any, Any, None]) -> None:
    with suppress(OSError):
        await passing


@asynccontextmanager
async def relay_to(port: int) -> AsyncIterator[Relay]:
    """Have a relay listen in front of a port of this machine. It holds little itself, so that a sender notices that nothing moves."""
    relay = Relay(port)
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, PIECE)
    listening.bind(("127.0.0.1", 0))
    server = await asyncio.start_server(relay._serve, sock=listening, limit=PIECE)
    relay.port = listening.getsockname()[1]
    try:
        yield relay
    finally:
        relay.release()
        server.close()
