"""Waits until something is true, without looking at a clock."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class Change:
    """Wakes every waiting task when `tell` is called; each then checks its condition again."""

    def __init__(self) -> None:
        """Begin with no waiting task."""
        self._waiting: set[asyncio.Future[None]] = set()

    def tell(self) -> None:
        """Say that something has changed."""
        for future in self._waiting:
            if not future.done():
                future.set_result(None)

    async def until(self, predicate: Callable[[], T]) -> T:
        """Wait until `predicate` is true, asked again after each change, and return its value."""
        while not (value := predicate()):
            future = asyncio.get_running_loop().create_future()
            self._waiting.add(future)
            try:
                await future
            finally:
                self._waiting.discard(future)
        return value
