"""Reading the database beside a running bot: one snapshot, by the verbs that the bot reads with. Nothing is written or made."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from messages.verbs.verb import Verb
from storage.limits import Limits
from storage.sqlite import VERBS
from storage.store import StorageError
from storage.unit_of_work import UnitOfWork

Ask = Callable[[Verb[Any]], Any]
"""Returns the answer to a verb that only reads."""


@contextmanager
def reading(path: Path) -> Iterator[Ask]:
    """Give a function that asks the database what it was at this moment, whatever is written meanwhile.

    :raises StorageError: it cannot be read
    """
    try:
        with snapshot(path) as connection:
            unit = UnitOfWork(connection, Limits(default_model=""))
            yield lambda verb: VERBS[type(verb)](unit, verb)
    except sqlite3.Error as error:
        raise StorageError(str(error)) from error


@contextmanager
def snapshot(path: Path) -> Iterator[sqlite3.Connection]:
    """Give a connection that only reads, and always the same moment.

    :raises sqlite3.Error: it cannot be read
    """
    # Not `immutable`, even where there is no log beside it: a bot may start while this reads.
    address = f"{path.absolute().as_uri()}?mode=ro"
    with closing(sqlite3.connect(address, uri=True, isolation_level=None)) as connection:
        connection.row_factory = sqlite3.Row
        connection.text_factory = partial(str, encoding="utf-8", errors="replace")
        connection.execute("BEGIN")
        yield connection
