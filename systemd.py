"""What systemd is told: that the bot answers, that its event loop turns, that it stops. sd_notify(3), sd_watchdog_enabled(3).

Without systemd nobody is told. A loop that hangs says nothing any more, and is killed and started again by systemd.
"""

import contextlib
import socket
from collections.abc import Mapping
from typing import Final

import anyio

START_PATIENCE_S: Final = 60.0
"""While Discord keeps the bot waiting, each sign of life asks systemd for so much more time to start in."""

SIGN_S: Final = 10.0
"""Between two signs of life where systemd has not said how many it wants."""

_MICRO: Final = 1_000_000


class Watchdog:
    """Tells systemd for as long as it runs."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        """Read `NOTIFY_SOCKET` (a path, or after @ an abstract name) and `WATCHDOG_USEC` (microseconds)."""
        self._address = environment.get("NOTIFY_SOCKET", "")
        micros = environment.get("WATCHDOG_USEC", "")
        # Three signs in the time within which one has to come.
        self._every_s = min(SIGN_S, int(micros) / _MICRO / 3) if micros.isdecimal() and int(micros) else SIGN_S
        self._is_ready = False

    async def run(self) -> None:
        """Give signs of life until cancelled."""
        if not self._address:
            return
        while True:
            self._tell("WATCHDOG=1" if self._is_ready else f"EXTEND_TIMEOUT_USEC={int(START_PATIENCE_S * _MICRO)}")
            await anyio.sleep(self._every_s)

    def ready(self) -> None:
        """Questions are answered from now on."""
        self._is_ready = True
        self._tell("READY=1\nSTATUS=Connected to Discord.")

    def stopping(self) -> None:
        """The bot was told to stop."""
        self._tell("STOPPING=1\nSTATUS=Finishing what is being answered.")

    def _tell(self, state: str) -> None:
        if not self._address:
            return
        address = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        # Who started the bot may be gone; that is no reason to stop answering.
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as telling:
            telling.setblocking(False)
            telling.sendto(state.encode(), address)
