"""What a database looks like to somebody who looks after it: damage, rows that contradict each other, and work that does not get on."""

import sqlite3
import time
from pathlib import Path
from typing import Final

from msgspec import Struct

from storage.files import is_owned
from storage.reading import snapshot

_STEPS: Final = 10_000
"""After so many steps of its machine SQLite asks whether to go on: some milliseconds."""

COMPLAINTS_MAX: Final = 5


class Examination(Struct, frozen=True, kw_only=True):
    """What was found."""

    is_running: bool
    damage: tuple[str, ...] | None
    """SQLite's first complaints; None where the time did not suffice to look through all of it."""
    contradictions: dict[str, int]
    """How many rows of a table refer to something that is not there."""
    waiting: int
    unshown: int
    """Turns that wait or are under way, and those that ended of which Discord does not show everything."""
    stuck: int
    stuck_unshown: int
    """Those of them that are older than was asked for."""
    to_forget: int
    """People who have waited to be forgotten for longer than was asked for."""


def examine(path: Path, *, within_s: float, stuck_s: float, now_s: float) -> Examination:
    """Look at a database of ours, also while a bot runs. Nothing is changed.

    :param within_s: how long SQLite may look for damage, in seconds
    :param stuck_s: what has waited for longer, in seconds, does not get on
    :raises StorageError: it cannot be read
    :raises OSError: whether a bot runs cannot be told
    """
    running = is_owned(path)
    give_up_at_s = time.monotonic() + within_s
    with snapshot(path) as connection:

        def number(sql: str, *values: object) -> int:
            return int(connection.execute(sql, values).fetchone()[0])

        before_s = now_s - stuck_s
        found = {
            "waiting": number(
                "SELECT (SELECT count(*) FROM turn WHERE state = 'queued') + (SELECT count(*) FROM turn WHERE state = 'streaming')"
            ),
            "unshown": number("SELECT count(*) FROM turn WHERE owed = 1"),
            "stuck": number(
                "SELECT (SELECT count(*) FROM turn WHERE state = 'queued' AND create_time < ?)"
                " + (SELECT count(*) FROM turn WHERE state = 'streaming' AND create_time < ?)",
                before_s,
                before_s,
            ),
            "stuck_unshown": number(
                "SELECT count(*) FROM turn WHERE owed = 1 AND coalesce(end_time, create_time) < ?", before_s
            ),
            "to_forget": number("SELECT count(*) FROM forgetting WHERE time < ?", before_s),
        }
        contradictions: dict[str, int] = {}
        for row in connection.execute("PRAGMA foreign_key_check"):
            contradictions[row[0]] = contradictions.get(row[0], 0) + 1
        return Examination(
            is_running=running,
            damage=_damage(connection, give_up_at_s),
            contradictions=contradictions,
            **found,
        )


def kept_files(path: Path) -> dict[str, bool]:
    """Return the names of all files that rows know, each with whether it is still needed, or only to be removed from the disk.

    :raises StorageError: the database cannot be read
    """
    with snapshot(path) as connection:
        return {
            name: not is_removed for name, is_removed in connection.execute("SELECT name, is_removed FROM kept_file")
        }


def files_that_remain(path: Path) -> dict[str, str]:
    """Return the names of the files that are to be removed and could not be deleted, each with why.

    :raises StorageError: the database cannot be read
    """
    with snapshot(path) as connection:
        return dict(connection.execute("SELECT name, problem FROM kept_file WHERE problem != '' ORDER BY name"))


def _damage(connection: sqlite3.Connection, give_up_at_s: float) -> tuple[str, ...] | None:
    connection.set_progress_handler(lambda: time.monotonic() > give_up_at_s, _STEPS)
    try:
        said = [str(row[0]) for row in connection.execute(f"PRAGMA integrity_check({COMPLAINTS_MAX})")]
    except sqlite3.OperationalError:
        if time.monotonic() > give_up_at_s:
            return None
        raise
    return () if said == ["ok"] else tuple(said)
