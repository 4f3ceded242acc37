"""Lets so many in at once. Where more want to, it is the turn of the person with the fewest inside, then of who came first.

So one person's hundred questions do not keep another's first one waiting.
"""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio

from messages.ids import UserId


class _Waiting:
    """Somebody before the turnstile."""

    __slots__ = ("let_in", "person")

    def __init__(self, person: UserId) -> None:
        self.person = person
        self.let_in = anyio.Event()


class FairLimiter:
    """Who is inside, and who waits, in the order in which they came."""

    def __init__(self, places: int) -> None:
        self._free = places
        self._inside: Counter[UserId] = Counter()
        self._waiting: list[_Waiting] = []

    @asynccontextmanager
    async def enter(self, person: UserId) -> AsyncIterator[None]:
        """Be inside for as long as the block lasts. Whoever gives up while waiting takes no place."""
        if self._free:
            self._take(person)
        else:
            await self._wait(person)
        try:
            yield
        finally:
            self._leave(person)

    def _take(self, person: UserId) -> None:
        self._free -= 1
        self._inside[person] += 1

    async def _wait(self, person: UserId) -> None:
        """Return with a place."""
        waiting = _Waiting(person)
        self._waiting.append(waiting)
        try:
            await waiting.let_in.wait()
        except BaseException:
            if waiting.let_in.is_set():
                self._leave(person)
            else:
                self._waiting.remove(waiting)
            raise

    def _leave(self, person: UserId) -> None:
        self._free += 1
        self._inside[person] -= 1
        if not self._inside[person]:
            del self._inside[person]
        if self._waiting:
            place = min(range(len(self._waiting)), key=lambda place: self._inside[self._waiting[place].person])
            waiting = self._waiting.pop(place)
            self._take(waiting.person)
            waiting.let_in.set()
