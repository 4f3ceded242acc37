"""Waits until something is true in the sandbox, without sleeping."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class NeverHappenedError(AssertionError):
    """What was waited for did not happen in time; the text shows the state of the sandbox."""


class Changes:
    """Lets every waiting task check its condition again when something has changed."""

    def __init__(self) -> None:
        self._next = asyncio.Event()
        self.describe: Callable[[], str] = str
        """Returns the state of the sandbox, for the text of a failure."""

    def happened(self) -> None:
        """Say that something has changed: every waiting predicate is evaluated again."""
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
