"""Waiting for the world to become as a test wants it, without a sleep."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class NeverHappenedError(AssertionError):
    """The world did not become as was waited for; the text shows what it looked like."""


class Changes:
    """Tells everybody who waits that something has changed."""

    def __init__(self) -> None:
        self._next = asyncio.Event()
        self.describe: Callable[[], str] = str
        """What the world looks like, for the text of a failure."""

    def happened(self) -> None:
        """Let every waiting predicate look again."""
        self._next.set()
        self._next = asyncio.Event()

    async def until(self, predicate: Callable[[], T], timeout_s: float, describe: Callable[[], str] | None = None) -> T:
        """Return what the predicate returns as soon as that is true.

        :raises NeverHappenedError: after `timeout_s` real seconds, with what the world looks like.
        """
        deadline_s = asyncio.get_running_loop().time() + timeout_s
        while True:
            following = self._next
            found = predicate()
            if found:
                return found
            try:
                async with asyncio.timeout_at(deadline_s):
                    await following.wait()
            except TimeoutError:
                raise NeverHappenedError(
                    f"did not happen within {timeout_s} s.\n{(describe or self.describe)()}"
                ) from None
