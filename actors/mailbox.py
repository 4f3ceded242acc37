"""A mailbox: the messages that wait for an actor, in order. It is bounded, and equal messages wait once."""

import asyncio
import math
from collections.abc import Hashable
from typing import Final, Generic, TypeVar

Message = TypeVar("Message")

CAPACITY: Final = 10_000
"""How many messages may wait. Waiting turns are rows, so this bounds wake-ups and drafts, not what people wrote."""

RESERVE: Final = 10_000
"""How many more may wait of those that cannot be had again."""


class Mailbox(Generic[Message]):
    """The messages that wait for one actor.

    Posting never waits for room, because actors that wait for room in each other's mailboxes could all stand still. A
    message that finds no room is dropped; the owner learns by `take_overflow` that this happened, and reads the rows
    again.
    """

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._waiting: dict[Hashable, Message] = {}
        self._capacity = capacity
        self._overflowed = False
        self._notified = False
        self._woken: asyncio.Future[None] | None = None
        """What the owner waits for."""

    def __len__(self) -> int:
        return len(self._waiting)

    def post(self, message: Message, *, conflation_key: Hashable = None, uses_reserve: bool = False) -> bool:
        """Leave a message; return False when there was no room for it.

        A message replaces one with the same `conflation_key` that still waits; without a key, it replaces an equal one.
        With `uses_reserve`, there is room for `RESERVE` messages more.
        """
        key = message if conflation_key is None else conflation_key
        if key not in self._waiting and len(self._waiting) >= self._capacity + RESERVE * uses_reserve:
            self._overflowed = True
            self._wake()
            return False
        self._waiting[key] = message
        self._wake()
        return True

    def post_always(self, message: Message, *, conflation_key: Hashable = None) -> None:
        """Leave a message although there may be no room; if one with the same key still waits, that one stays instead.

        This is for the few messages that would otherwise be lost when the mailbox is full. The sender uses few different
        keys, so that the number of waiting messages stays bounded.
        """
        self._waiting.setdefault(message if conflation_key is None else conflation_key, message)
        self._wake()

    def take_overflow(self) -> bool:
        """Return whether a message found no room since the last call."""
        overflowed, self._overflowed = self._overflowed, False
        return overflowed

    def notify(self) -> None:
        """End the owner's `wait`, although no message was left."""
        self._notified = True
        self._wake()

    async def wait(self, until_s: float | None = None) -> None:
        """Return when a message waits or found no room, `notify` was called, or the moment `until_s` has come.

        `until_s` is in seconds of the event loop's clock; None means that there is no such moment. Only the owner waits.
        """
        # Actors wait a hundred times for each answer: a future and a timer cost a quarter of an event in a cancel scope.
        loop = asyncio.get_running_loop()
        timer = self._notify_at(until_s, loop)
        try:
            while not self._waiting and not self._overflowed and not self._notified:
                self._woken = loop.create_future()
                await self._woken
        finally:
            self._woken = None
            if timer is not None:
                timer.cancel()
        self._notified = False

    def _notify_at(self, at_s: float | None, loop: asyncio.AbstractEventLoop) -> asyncio.Handle | None:
        if at_s is None or at_s == math.inf:
            return None
        if at_s <= loop.time():
            return loop.call_soon(self.notify)
        # uvloop rounds to milliseconds: a timer that is not rounded up comes too early, and whoever looks then sets it again.
        rounded_s = math.ceil(at_s * 1000) / 1000
        # The product may have lost the last digit of the moment.
        return loop.call_at(rounded_s if rounded_s >= at_s else rounded_s + 0.001, self.notify)

    def _wake(self) -> None:
        if self._woken is not None and not self._woken.done():
            self._woken.set_result(None)

    def take(self) -> Message | None:
        """Remove and return the oldest message; None when nothing waits."""
        for key in self._waiting:
            return self._waiting.pop(key)
        return None

    def take_all(self) -> list[Message]:
        """Remove and return all messages, oldest first."""
        taken = list(self._waiting.values())
        self._waiting.clear()
        return taken
