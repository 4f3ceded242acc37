"""Virtual time: an event loop whose clock stands still while anything can run, then jumps to the next deadline.

It is asyncio's own loop, which runs what is ready in the order in which it became ready: the same steps give the same run.
"""

import asyncio
import selectors
import sys
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from selectors import SelectorKey
from types import SimpleNamespace
from typing import Any, Final

BEGIN_S: Final = 1_790_000_000.0
"""What the calendar says when a world begins, in seconds since 1970."""

ROUNDS_MAX: Final = 100_000
"""How often the loop may run without time passing; more means that actors wake each other for ever."""

NOW_DIGITS: Final = 9
"""Nanoseconds: asyncio fires timers that are due within one."""

_OURS: Final = ("actors", "models", "storage", "supervisor")


class _Still(selectors.SelectSelector):
    """A selector that never waits, because a world has no sockets."""

    def __init__(self) -> None:
        super().__init__()
        self.idle: Callable[[float | None], None] = lambda _timeout_s: None

    def select(self, timeout: float | None = None) -> list[tuple[SelectorKey, int]]:
        self.idle(timeout)
        return []


class Clock:
    """The virtual time of a world, and its event loop."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.skew_s = 0.0
        """How many seconds the machine's calendar is ahead of Discord's."""
        self._until_s = 0.0
        self._rounds = 0
        selector = _Still()
        selector.idle = self._idle
        self._loop = asyncio.SelectorEventLoop(selector)
        self._loop.time = lambda: self.now_s  # type: ignore[method-assign]
        self._loop.set_exception_handler(self._note)
        self.unheard: list[str] = []
        """Exceptions of tasks that nobody awaited."""

    def _idle(self, timeout_s: float | None) -> None:
        if timeout_s is not None and timeout_s <= 0:
            self._rounds += 1
            if self._rounds > ROUNDS_MAX:
                raise AssertionError(f"busy without end at {self.now_s} s")
            return
        self._rounds = 0
        if timeout_s is None or self.now_s + timeout_s > self._until_s:
            self.now_s = self._until_s
            self._loop.stop()
        else:
            # A sum that misses a whole millisecond by a rounding error would fire its timers, and be too early for who set them.
            self.now_s = round(self.now_s + timeout_s, NOW_DIGITS)

    def _note(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        self.unheard.append(f"{context['message']}: {context.get('exception')!r}")

    def time_s(self) -> float:
        """Return the right time, in seconds since 1970."""
        return BEGIN_S + self.now_s

    def told_s(self) -> float:
        """Return the machine's time, which may be wrong, in seconds since 1970."""
        return self.time_s() + self.skew_s

    def start(self, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        """Start a task."""
        return self._loop.create_task(work)

    def soon(self, do: Callable[[], object], after_s: float = 0.0) -> None:
        """Call something after a delay."""
        self._loop.call_later(after_s, do)

    def advance(self, seconds: float = 0.0) -> None:
        """Let time pass; everything that is due by then has run when this returns."""
        self._until_s = self.now_s + seconds
        self._rounds = 0
        self._loop.run_forever()

    def halt(self) -> None:
        """Make `advance` return after what is ready now; called from within the run when it is over."""
        self._loop.stop()

    def end_all(self) -> None:
        """Cancel every task at once."""
        for _ in range(100):
            tasks = asyncio.all_tasks(self._loop)
            if not tasks:
                return
            for task in tasks:
                task.cancel()
            self.advance()
        raise AssertionError(f"tasks that will not end: {tasks}")

    def close(self) -> None:
        """Close the event loop."""
        self.end_all()
        self._loop.close()

    @contextmanager
    def told_to_all(self) -> Iterator[None]:
        """Replace the clock in all our modules by this one."""
        said = SimpleNamespace(time=self.told_s)
        reading = [
            module
            for name, module in sys.modules.items()
            if name.partition(".")[0] in _OURS and getattr(module, "time", None) is time
        ]
        for module in reading:
            module.time = said  # type: ignore[attr-defined]
        try:
            yield
        finally:
            for module in reading:
                module.time = time  # type: ignore[attr-defined]
