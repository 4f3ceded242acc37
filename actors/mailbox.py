"""A mailbox: what waits for an actor, in order, at most so many; what says the same waits once."""

from collections.abc import Hashable
from typing import Final, Generic, TypeVar

import anyio

Message = TypeVar("Message")

CAPACITY: Final = 10_000
"""Messages that may wait. Waiting turns are rows, so this bounds wake-ups and drafts, not what people wrote."""


class Mailbox(Generic[Message]):
    """What waits for one actor.

    Posting never waits: no actor waits for room in another's mailbox, or a ring of full mailboxes would stand still.
    A message that found no room is not lost either: the owner is told by `take_overflow` and looks at the rows again.
    """

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._waiting: dict[Hashable, Message] = {}
        self._capacity = capacity
        self._overflowed = False
        self._notified = False
        self._arrived = anyio.Event()

    def __len__(self) -> int:
        return len(self._waiting)

    def post(self, message: Message, *, conflation_key: Hashable = None) -> bool:
        """Leave a message; False when there was no room.

        An equal message that still waits makes this one needless. With a `conflation_key`, the newest of that conflation_key takes the
        place of an older one that still waits.
        """
        key = message if conflation_key is None else conflation_key
        if key not in self._waiting and len(self._waiting) >= self._capacity:
            self._overflowed = True
            self._arrived.set()
            return False
        self._waiting[key] = message
        self._arrived.set()
        return True

    def post_always(self, message: Message, *, conflation_key: Hashable = None) -> None:
        """Leave a message although there may be no room; one of the same key that still waits stays instead.

        This is for the few messages that would otherwise be lost when the mailbox is full. The sender keeps the number of
        different keys small, so that what waits stays bounded.
        """
        self._waiting.setdefault(message if conflation_key is None else conflation_key, message)
        self._arrived.set()

    def take_overflow(self) -> bool:
        """Whether a message found no room since the last time this was asked."""
        overflowed, self._overflowed = self._overflowed, False
        return overflowed

    def notify(self) -> None:
        """Have the owner look up, though nothing was left."""
        self._notified = True
        self._arrived.set()

    async def wait(self) -> None:
        """Return when something waits, or found no room, or the owner was notified."""
        while not self._waiting and not self._overflowed and not self._notified:
            self._arrived = anyio.Event()
            await self._arrived.wait()
        self._notified = False

    def take(self) -> Message | None:
        """Take the oldest message, or None when nothing waits."""
        for key in self._waiting:
            return self._waiting.pop(key)
        return None

    def take_all(self) -> list[Message]:
        """Take everything that waits, oldest first."""
        taken = list(self._waiting.values())
        self._waiting.clear()
        return taken
