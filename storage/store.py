"""What the bot needs of storage, whatever keeps the rows; and how it can fail."""

from collections.abc import Sequence
from typing import Any, Protocol, TypeVar

from messages.verbs.verb import Verb

Answer = TypeVar("Answer")


class Store(Protocol):
    """Rows that survive. Every verb is one transaction."""

    def commit(self, verbs: Sequence[Verb[Any]]) -> list[Any]:
        """Run each verb in a savepoint and commit all of them at once; returns their answers in order.

        An exception stands in for the answer of the verb that raised it; the others are committed.

        :raises StorageFailed: when nothing could be committed
        """
        ...

    def perform(self, verb: Verb[Answer]) -> Answer:
        """Commit one verb and return its answer.

        :raises StorageFailed: when it could not be committed
        """
        ...

    def close(self) -> None:
        """Give the data free for another process."""
        ...


class StorageFailed(Exception):  # noqa: N818 the three below say what happened, so does this
    """Nothing was committed: the disk is full, or broken."""


class NotOurDatabase(Exception):  # noqa: N818
    """The file is something else. It was not touched."""


class TooNewDatabase(Exception):  # noqa: N818
    """The file was written by a later version. It was not touched."""


class AlreadyRunning(Exception):  # noqa: N818
    """Another process owns the data."""
