"""Reading the database beside a running bot: one snapshot, by the verbs that the bot reads with. Nothing is written or made."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final

from messages.verbs.verb import Verb
from storage.limits import Limits
from storage.sqlite import VERBS
from storage.store import StorageError
from storage.unit_of_work import UnitOfWork

_DIGITS: Final = 19
"""SQLite's largest id has so many digits, and Discord's ids have had fewer so far than that would allow."""

Ask = Callable[[Verb[Any]], Any]
"""Returns the answer to a verb that only reads."""


@contextmanager
def reading(path: Path) -> Iterator[Ask]:
    """Give a function that asks the database what it was at this moment, whatever is written meanwhile.

    :raises StorageError: it cannot be read
    """
    with snapshot(path) as connection:
        unit = UnitOfWork(connection, Limits(default_model=""))
        yield lambda verb: VERBS[type(verb)](unit, verb)


@contextmanager
def snapshot(path: Path) -> Iterator[sqlite3.Connection]:
    """Give a connection that only reads, and always the same moment.

    :raises StorageError: it cannot be read
    """
    # Not `immutable`, even where there is no log beside it: a bot may start while this reads.
    address = f"{path.absolute().as_uri()}?mode=ro"
    try:
        with closing(sqlite3.connect(address, uri=True, isolation_level=None)) as connection:
            connection.row_factory = sqlite3.Row
            connection.text_factory = partial(str, encoding="utf-8", errors="replace")
            connection.execute("BEGIN")
            yield connection
    except sqlite3.Error as error:
        raise StorageError(str(error)) from error


def people_called(path: Path, written: str) -> list[int]:
    """Return the ids of the people who have this id or this name, also in small letters; whoever has only asked counts by the id.

    :raises StorageError: the database cannot be read
    """
    number = int(written) if written.isascii() and written.isdigit() and len(written) < _DIGITS else 0
    with snapshot(path) as connection:
        rows = connection.execute(
            "SELECT discord_user_id FROM user WHERE discord_user_id = :id AND :id != 0"
            " UNION SELECT asker FROM turn WHERE asker = :id AND :id != 0",
            {"id": number},
        ).fetchall()
        if not rows:
            rows = connection.execute(
                "SELECT discord_user_id FROM user WHERE name = :name COLLATE NOCASE AND name != '' AND discord_user_id != 0"
                " ORDER BY discord_user_id",
                {"name": written.removeprefix("@")},
            ).fetchall()
    return [int(row[0]) for row in rows]
