"""The settings in force: one value that is replaced whole, so that nobody ever sees half of a change.

Who uses a part of it is handed that part (`current.Current`) and reads it at each decision. Whoever has to do something when it changes waits for
that with `changed`. It is replaced in the event loop; any thread may read it.
"""

from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

import anyio

Value = TypeVar("Value")
Piece = TypeVar("Piece")
Value_co = TypeVar("Value_co", covariant=True)


class Followed(Protocol[Value_co]):
    """A value, and when it is another one."""

    @property
    def value(self) -> Value_co:
        """The value that is in force now."""
        ...

    async def changed(self, seen: object) -> None:
        """Return once the value is another object than `seen`, at once where it is that already."""
        ...


class Live(Generic[Value]):
    """A value that can be replaced."""

    def __init__(self, value: Value) -> None:
        self._value = value
        self._replaced = anyio.Event()

    @property
    def value(self) -> Value:
        """The value that is in force now."""
        return self._value

    def replace(self, value: Value) -> None:
        """Put another value in force, and wake who waits for that."""
        self._value = value
        self._replaced.set()
        self._replaced = anyio.Event()

    async def changed(self, seen: object) -> None:
        """Return once the value is another object than `seen`, at once where it is that already."""
        while self._value is seen:
            await self._replaced.wait()

    def part(self, of: Callable[[Value], Piece]) -> Followed[Piece]:
        """Return a part of the value, always that of the value in force."""
        return _Part(self, of)


class _Part(Generic[Value, Piece]):
    """A part of a value that can be replaced."""

    def __init__(self, whole: Live[Value], of: Callable[[Value], Piece]) -> None:
        self._whole = whole
        self._of = of

    @property
    def value(self) -> Piece:
        return self._of(self._whole.value)

    async def changed(self, seen: object) -> None:
        while self.value is seen:
            await self._whole.changed(self._whole.value)
