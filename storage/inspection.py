"""Looks at the database without changing it, also while a bot uses it, for `causerie check`."""

import sqlite3
import time
from contextlib import closing
from pathlib import Path

from msgspec import Struct

from storage.files import applied_migrations, is_owned, open_to_read, refuse_open_folder
from storage.schema_names import MIGRATIONS

_STEPS: int = 10_000
"""After so many steps of its machine SQLite asks whether to go on: some milliseconds."""


class Inspection(Struct, frozen=True, kw_only=True):
    """What was found. `damage` is SQLite's first complaint, empty where there is none; None where the time did not suffice to look."""

    applied: int
    known: int
    """How many migrations the database has seen, and how many this version has."""
    damage: str | None
    is_owned: bool
    """Whether a running process uses it."""


def inspect(path: Path, within_s: float) -> Inspection | None:
    """Return what is known of the database at this path; None where there is none yet.

    :param within_s: how long SQLite may look for damage, in seconds: it reads the whole file
    :raises OpenToOthersError: everybody on this machine may write into the folder
    :raises ForeignDatabaseError: the file is something else, or broken
    :raises NewerDatabaseError: a later version wrote it
    :raises OSError: a file cannot be read
    """
    if path.parent.is_dir():
        refuse_open_folder(path.parent)
    if not path.exists() or (path.is_file() and path.stat().st_size == 0):
        return None
    return Inspection(
        applied=applied_migrations(path),
        known=len(MIGRATIONS),
        damage=_damage(path, within_s),
        is_owned=is_owned(path),
    )


def _damage(path: Path, within_s: float) -> str | None:
    give_up_at_s = time.monotonic() + within_s
    with closing(open_to_read(path)) as connection:
        connection.set_progress_handler(lambda: time.monotonic() > give_up_at_s, _STEPS)
        try:
            ((said,),) = connection.execute("PRAGMA quick_check(1)").fetchall()
        except sqlite3.Error as error:
            return None if time.monotonic() > give_up_at_s else str(error)
    return "" if said == "ok" else str(said)
