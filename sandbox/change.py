"""Waiting for a state instead of for a time."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class Change:
    """Wakes those who wait whenever somebody says that something has changed."""

    def __init__(self) -> None:
        """Begin without anybody waiting."""
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
