"""The data as it was before an upgrade: a copy beside it, for one step back to a version that cannot read what a later one has written.

The copy is made while no process has the data, and only where the new version will change the tables. It stands in `before-upgrade` in the folder
of the data. On the way back the database that the later version wrote is kept too, as `causerie.db.later`.

`python -m storage.before_upgrade FUNCTION FOLDER` calls one of these and says in JSON what it returns: `causerie upgrade`, which root runs, has
it done as the user of the data.
"""

import json
import shutil
import sqlite3
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Final

from storage.files import open_to_read
from storage.forgotten import NAME, forgotten_since
from storage.forgotten_again import forget_again
from storage.restored import adapt, read_since
from storage.store import StorageError

DATABASE: Final = "causerie.db"
BEFORE: Final = "before-upgrade"
LATER: Final = "causerie.db.later"
_ENDS: Final = ("", "-wal", "-shm")


def applied(data: Path) -> frozenset[str]:
    """Return the names of the migrations that the database in this folder has seen; none where there is no database.

    :raises StorageError: it cannot be read
    """
    if not (data / DATABASE).exists():
        return frozenset()
    return frozenset(str(name) for (name,) in _read(data, "SELECT name FROM _sqlite_migrations"))


def unfinished_since(data: Path) -> int:
    """Return how many questions that the copy does not know still wait for their answer, or for its end.

    :raises StorageError: a database cannot be read
    """
    sql = "SELECT id FROM turn WHERE state IN ('queued', 'streaming', 'answered')"
    return len(set(_read(data, sql)) - set(_read(data / BEFORE, "SELECT id FROM turn")))


def keep(data: Path) -> None:
    """Copy the database to `before-upgrade`, in the place of an earlier copy.

    :raises OSError: the disk is full, for instance; an earlier copy then stands there still
    """
    new, place = data / f".{BEFORE}", data / BEFORE
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(mode=0o700)
    for name in (*(f"{DATABASE}{end}" for end in _ENDS), NAME):
        if (data / name).exists():
            shutil.copy2(data / name, new)
    shutil.rmtree(place, ignore_errors=True)
    new.replace(place)


def bring_back(data: Path, now_s: float) -> None:
    """Put the copy into the place of the database that the later version wrote, and keep that one as `causerie.db.later`.

    The copy learns what happened since, as a restored backup does: no message is answered again, and a turn that was unfinished in it goes on only
    if the later version has left it as it was. Whom the later version was told to forget is forgotten in it, too.

    :param now_s: this moment, in seconds since 1970

    :raises StorageError: one of the databases cannot be read, or written
    :raises OSError: a file cannot be read or moved
    """
    since = read_since(data / DATABASE)
    if since is None:
        raise StorageError(f"what {data / DATABASE} has seen cannot be read")
    try:
        with closing(sqlite3.connect(data / BEFORE / DATABASE, isolation_level=None)) as copy:
            copy.execute("PRAGMA secure_delete = ON")
            adapt(copy, since, now_s)
            copy.execute("BEGIN IMMEDIATE")
            for one in forgotten_since(data, data / BEFORE):
                forget_again(copy, one)
            copy.execute("COMMIT")
    except sqlite3.Error as error:
        raise StorageError(f"what happened since the upgrade cannot be taken over ({error})") from error
    for end in _ENDS:
        (data / f"{LATER}{end}").unlink(missing_ok=True)
        for source, target in ((data / f"{DATABASE}{end}", LATER), (data / BEFORE / f"{DATABASE}{end}", DATABASE)):
            if source.exists():
                source.replace(data / f"{target}{end}")
    shutil.rmtree(data / BEFORE)


def _read(data: Path, sql: str) -> list[tuple[object, ...]]:
    path = data / DATABASE
    try:
        with closing(open_to_read(path)) as connection:
            return connection.execute(sql).fetchall()
    except sqlite3.Error as error:
        raise StorageError(f"{path} cannot be read ({error})") from error


CALLED: Final[Mapping[str, Callable[[Path], object]]] = {
    "applied": lambda data: sorted(applied(data)),
    "unfinished_since": unfinished_since,
    "keep": keep,
    "bring_back": lambda data: bring_back(data, time.time()),
}


if __name__ == "__main__":
    try:
        print(json.dumps(CALLED[sys.argv[1]](Path(sys.argv[2]))))  # noqa: T201 it is called for this
    except (StorageError, OSError) as error:
        sys.exit(str(error))
