"""The sandbox's time: real seconds plus an offset that tests push forward, and ids that tell the time."""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime

DISCORD_EPOCH_MS = 1_420_070_400_000
"""The first second of 2015. Discord, "API Reference", section "Snowflakes"."""


class Clock:
    """Tells the sandbox's time and calls back when a moment has come, also when a test jumped there."""

    def __init__(self) -> None:
        self.offset_s = 0.0
        self._due: list[tuple[float, Callable[[], None]]] = []
        self._timers: list[asyncio.TimerHandle] = []

    def now_s(self) -> float:
        """Return the sandbox's time in seconds since 1970."""
        return time.time() + self.offset_s

    def now(self) -> datetime:
        """Return the sandbox's time as a date in UTC."""
        return datetime.fromtimestamp(self.now_s(), UTC)

    def at(self, moment_s: float, do: Callable[[], None]) -> None:
        """Call `do` once the clock shows `moment_s`."""
        self._due.append((moment_s, do))
        self._set_timer(moment_s)

    def advance(self, seconds: float) -> None:
        """Move the clock forward; calls that become due are made before this returns."""
        self.offset_s += seconds
        self._call_due()
        for moment_s, _ in self._due:
            self._set_timer(moment_s)

    def stop(self) -> None:
        """Cancel all calls that are not yet due."""
        for timer in self._timers:
            timer.cancel()
        self._due = []

    def _set_timer(self, moment_s: float) -> None:
        self._timers = [timer for timer in self._timers if not timer.cancelled() and timer.when() > _loop_s()]
        delay_s = max(0.0, moment_s - self.now_s())
        self._timers.append(asyncio.get_running_loop().call_later(delay_s, self._call_due))

    def _call_due(self) -> None:
        # A timer may fire a hair early against the wall clock; the millisecond keeps it from being lost.
        now_s = self.now_s() + 0.001
        due = [entry for entry in self._due if entry[0] <= now_s]
        self._due = [entry for entry in self._due if entry[0] > now_s]
        for _, do in sorted(due, key=lambda entry: entry[0]):
            do()


def _loop_s() -> float:
    return asyncio.get_running_loop().time()


class Snowflakes:
    """Gives ids that grow strictly and carry their time, so ids of messages and interactions compare by time."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last = 0

    def next(self) -> int:
        """The next id. Discord, "API Reference", section "Snowflakes": milliseconds in the upper 42 bits."""
        stamped = (int(self._clock.now_s() * 1000) - DISCORD_EPOCH_MS) << 22
        self._last = max(stamped, self._last + 1)
        return self._last


def made_at(snowflake: int) -> datetime:
    """Return when an id was made."""
    return datetime.fromtimestamp(((snowflake >> 22) + DISCORD_EPOCH_MS) / 1000, UTC)
