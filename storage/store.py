"""What the bot needs of storage, whatever keeps the rows, and how storage can fail.

`tests/storage/test_store_contract.py` holds every store against this page.
"""

from collections.abc import Sequence
from typing import Any, Protocol

from messages.verbs.verb import Verb
from storage.limits import Limits


class Store(Protocol):
    """Rows that survive. One process owns them at a time."""

    limits: Limits
    """The operator's limits. Any thread may put others in their place; a commit has those that are there as it begins, for all of its verbs."""

    def commit(self, verbs: Sequence[Verb[Any]]) -> list[Any]:
        """Run the verbs in their order, commit all of them at once, and return their answers in the same order.

        Each verb runs in a savepoint: where one raises, what it wrote is taken back, its exception stands in the list
        instead of its answer, and the others are committed. What was committed survives the end of the process and a
        power cut.

        :raises StorageError: when nothing could be committed; the same store can be tried again
        """
        ...

    @property
    def is_untidy(self) -> bool:
        """Whether `tidy` has something to do: what was erased may still lie somewhere in the files."""
        ...

    def tidy(self) -> float | None:
        """Remove a piece of what erased rows have left in the files. Return in how many seconds there is more to do; None where there is nothing.

        :raises StorageError: the disk is full, or broken; the same store can be tried again
        """
        ...

    def close(self) -> None:
        """Give up the data, so that another process may own it."""
        ...


class StorageError(Exception):
    """Nothing was committed: the disk is full or broken, or another program locks the data."""


class ForeignDatabaseError(Exception):
    """The file belongs to another program, or is damaged. It was not touched."""


class NewerDatabaseError(Exception):
    """A later version of Causerie wrote the file. It was not touched."""


class OpenToOthersError(Exception):
    """Everybody on this machine could change the data. It was not touched."""


class AlreadyRunningError(Exception):
    """Another process owns the data."""
