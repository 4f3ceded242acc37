"""Tells systemd how the process is: it is ready, it is alive, it is stopping.

systemd reads these messages from a Unix socket whose address is in `NOTIFY_SOCKET` (man page sd_notify(3)). Without that variable
nothing is sent. With `WatchdogSec=` in the unit, systemd kills and restarts a process that stops sending "I am alive"
(sd_watchdog_enabled(3)). The message is sent from the event loop, so an event loop that hangs sends none. In a container a
file shows the same (`service/alive.py`).
"""

import contextlib
import re
import socket
import time
from collections.abc import Mapping
from typing import Final

import anyio

from service.alive import READY, AliveFile

START_TIMEOUT_S: Final = 60.0
"""How much more time to start each message requests from systemd while Discord keeps the bot waiting, in seconds."""

INTERVAL_MAX_S: Final = 10.0
"""The longest time between two messages, in seconds. It is used when systemd has not named a watchdog time."""

_MICROSECONDS: Final = 1_000_000
"""Microseconds in a second."""


class Watchdog:
    """Sends "I am alive" to systemd at regular intervals while `run` runs. It sends nothing without `NOTIFY_SOCKET`."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        """Read the address of systemd's socket and the watchdog's time.

        `NOTIFY_SOCKET` is a path, or `@` and an abstract name. `WATCHDOG_USEC` is a number of microseconds; without one,
        `INTERVAL_MAX_S` is the interval.
        """
        self._address = environment.get("NOTIFY_SOCKET", "")
        microseconds = environment.get("WATCHDOG_USEC", "")
        # A third of the watchdog's time: two messages may be late before systemd kills the process.
        is_number = re.fullmatch(r"0*[1-9][0-9]{0,18}", microseconds) is not None
        self._interval_s = min(INTERVAL_MAX_S, int(microseconds) / _MICROSECONDS / 3) if is_number else INTERVAL_MAX_S
        self._file = AliveFile(environment)
        self._is_ready = False
        self.is_stopping = False

    async def run(self) -> None:
        """Send messages until cancelled: before `ready`, requests for more time to start; after it, "I am alive"."""
        if not self._address and not self._file.is_wanted:
            return
        while True:
            more_time = f"EXTEND_TIMEOUT_USEC={int(START_TIMEOUT_S * _MICROSECONDS)}"
            self._send("WATCHDOG=1" if self._is_ready else more_time)
            self._show()
            await anyio.sleep(self._interval_s)

    def ready(self) -> None:
        """Tell systemd that the start is complete: questions are answered from now on."""
        self._is_ready = True
        self._send("READY=1\nSTATUS=Connected to Discord.")
        self._show()

    def reloading(self) -> None:
        """Tell systemd that the settings are read again (sd_notify(3), RELOADING=1): say `reloaded` when that is over.

        A process that starts or stops says nothing: systemd would take it for ready.
        """
        if self._is_ready and not self.is_stopping:
            self._send(f"RELOADING=1\nMONOTONIC_USEC={time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000}")

    def reloaded(self, why_not: str = "") -> None:
        """Tell systemd that the settings have been read, and why they were not put in force, where they were not."""
        if self._is_ready and not self.is_stopping:
            status = (
                f"Connected to Discord. The settings were not reloaded: {why_not}"
                if why_not
                else "Connected to Discord."
            )
            self._send(f"READY=1\nSTATUS={status}")

    def stopping(self) -> None:
        """Tell systemd that the process was told to stop and finishes its work."""
        self.is_stopping = True
        self._send("STOPPING=1\nSTATUS=Finishing what is being answered.")

    def _show(self) -> None:
        self._file.show("stopping" if self.is_stopping else READY if self._is_ready else "starting")

    def _send(self, state: str) -> None:
        """Send one message, without waiting. An error is ignored: the bot answers questions also when systemd hears nothing."""
        if not self._address:
            return
        address = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            sender.setblocking(False)
            sender.sendto(state.encode(), address)
