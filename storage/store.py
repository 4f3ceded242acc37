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

        :raises StorageError: when nothing could be committed
        """
        ...

    def perform(self, verb: Verb[Answer]) -> Answer:
        """Commit one verb and return its answer.

        :raises StorageError: when it could not be committed
        """
        ...

    def close(self) -> None:
        """Give the data free for another process."""
        ...


class StorageError(Exception):
    """Nothing was committed: the disk is full, or broken."""


class ForeignDatabaseError(Exception):
    """The file is something else. It was not touched."""


class NewerDatabaseError(Exception):
    """The file was written by a later version. It was not touched."""


class AlreadyRunningError(Exception):
    """Another process owns the data."""
