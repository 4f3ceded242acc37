"""Limits how many answers stream at once, and shares the slots fairly among people.

How many there are may change: where there are fewer than are held, nobody loses one, and as many are not given again.

When a slot becomes free it goes to the person who holds the fewest, and among equals to whoever came first. So one person's
hundred questions do not keep another person's first question waiting.
"""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio

from current import Current
from messages.ids import UserId


class _Waiter:
    """Somebody who waits for a slot."""

    __slots__ = ("has_slot", "person")

    def __init__(self, person: UserId) -> None:
        self.person = person
        self.has_slot = anyio.Event()


class FairLimiter:
    """Hands out slots."""

    def __init__(self, slots: Current[int]) -> None:
        """`slots`: how many there are. After it has grown, call `let_in`."""
        self._slots = slots
        self._taken = 0
        self._held: Counter[UserId] = Counter()
        """How many slots each person holds."""
        self._waiting: list[_Waiter] = []
        """In the order in which they came."""

    @property
    def held(self) -> int:
        """How many slots are held."""
        return self._taken

    @property
    def slots(self) -> int:
        """How many slots there are."""
        return self._slots.value

    @property
    def waiting(self) -> int:
        """How many wait for a slot."""
        return len(self._waiting)

    @asynccontextmanager
    async def slot(self, person: UserId) -> AsyncIterator[None]:
        """Wait for a slot, and hold it as long as the block lasts. Whoever is cancelled while waiting takes none."""
        if self._taken < self._slots.value:
            self._take(person)
        else:
            await self._wait(person)
        try:
            yield
        finally:
            self._give_back(person)

    def _take(self, person: UserId) -> None:
        self._taken += 1
        self._held[person] += 1

    async def _wait(self, person: UserId) -> None:
        """Return when the person was given a slot."""
        waiter = _Waiter(person)
        self._waiting.append(waiter)
        try:
            await waiter.has_slot.wait()
        except BaseException:
            # A slot may have been given in the same moment in which the waiting was cancelled.
            if waiter.has_slot.is_set():
                self._give_back(person)
            else:
                self._waiting.remove(waiter)
            raise

    def _give_back(self, person: UserId) -> None:
        self._taken -= 1
        self._held[person] -= 1
        if not self._held[person]:
            del self._held[person]
        self.let_in()

    def let_in(self) -> None:
        """Give the slots that are free to those who wait."""
        while self._waiting and self._taken < self._slots.value:
            waiter = min(self._waiting, key=lambda waiter: self._held[waiter.person])
            self._waiting.remove(waiter)
            self._take(waiter.person)
            waiter.has_slot.set()
