"""The data as it was before an upgrade: a copy beside it, for one step back to a version that cannot read what a later one has written.

The copy is made while no process has the data, and only where the new version will change the tables. It stands in `before-upgrade/VERSION` in the
folder of the data, named by the version that wrote it. The way back has two steps: the copy learns what happened since (`learn`), and takes the place
of the database (`put_back`), by one renaming. A kill at any moment leaves the one database or the other, whole; each step can be taken again. What the
later version wrote is kept as `causerie.db.later`.

`python -m storage.before_upgrade FUNCTION FOLDER [VERSION]` calls one of these and says in JSON what it returns: `causerie upgrade`, which root runs,
has it done as the user of the data.
"""

import errno
import json
import os
import shutil
import sqlite3
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Final

from storage.files import BEFORE_UPGRADE, open_to_read, own
from storage.forgotten import NAME, forgotten_since
from storage.forgotten_again import forget_again
from storage.restored import adapt, read_since
from storage.restored_copy import settle_log
from storage.store import AlreadyRunningError, OpenToOthersError, StorageError

DATABASE: Final = "causerie.db"
BEFORE: Final = BEFORE_UPGRADE
LATER: Final = "causerie.db.later"
_BESIDE: Final = ("-wal", "-shm")

FREE_BYTES: Final = 50_000_000
"""What a copy leaves free on the disk: the bot goes on there."""


def applied(data: Path) -> frozenset[str]:
    """Return the names of the migrations that the database in this folder has seen; none where there is no database.

    :raises StorageError: it cannot be read
    """
    if not (data / DATABASE).exists():
        return frozenset()
    return frozenset(str(name) for (name,) in _read(data, "SELECT name FROM _sqlite_migrations"))


def unfinished_since(data: Path, version: str) -> int:
    """Return how many questions that the copy does not know still wait for their answer, or for its end.

    :raises StorageError: a database cannot be read
    """
    sql = "SELECT id FROM turn WHERE state IN ('queued', 'streaming', 'answered')"
    return len(set(_read(data, sql)) - set(_read(data / BEFORE / version, "SELECT id FROM turn")))


def keep(data: Path, version: str) -> None:
    """Copy the database, in the place of an earlier copy of this version's. The disk has it then.

    :param version: the one that wrote the database

    :raises OSError: the disk is full, for instance; then an earlier copy stands there still, and nothing else is left
    :raises AlreadyRunningError: a process has the data
    """
    new, place = data / f".{BEFORE}", data / BEFORE / version
    with closing(own(data / DATABASE)):
        shutil.rmtree(new, ignore_errors=True)
        sources = [data / name for name in (DATABASE, *(f"{DATABASE}{end}" for end in _BESIDE), NAME)]
        try:
            _refuse_full(data, sources)
            new.mkdir(mode=0o700)
            for source in sources:
                if source.exists():
                    _copy(source, new / source.name)
            _sync(new)
            (data / BEFORE).mkdir(mode=0o700, exist_ok=True)
            _remove(place)
            new.replace(place)
            _sync(data / BEFORE)
        except BaseException:
            shutil.rmtree(new, ignore_errors=True)
            raise


def learn(data: Path, version: str, now_s: float) -> None:
    """Have the copy know what happened since, as a restored backup does; it can be done again later. The database is only settled in its one file.

    No message is answered again, and a turn that was unfinished in the copy goes on only if the later version has left it as it was. Whom the later
    version was told to forget is forgotten in it, too.

    :param now_s: this moment, in seconds since 1970

    :raises StorageError: one of the databases cannot be read, or written
    :raises AlreadyRunningError: a process has the data
    """
    with closing(own(data / DATABASE)):
        _settle(data / DATABASE)
        since = read_since(data / DATABASE)
        if since is None:
            raise StorageError(f"what {data / DATABASE} has seen cannot be read")
        try:
            with closing(sqlite3.connect(data / BEFORE / version / DATABASE, isolation_level=None)) as copy:
                copy.execute("PRAGMA secure_delete = ON")
                adapt(copy, since, now_s)
                copy.execute("BEGIN IMMEDIATE")
                for one in forgotten_since(data, data / BEFORE / version):
                    forget_again(copy, one)
                copy.execute("COMMIT")
        except sqlite3.Error as error:
            raise StorageError(f"what happened since the upgrade cannot be taken over ({error})") from error


def put_back(data: Path, version: str) -> None:
    """Put the copy, which has learnt what happened since, into the place of the database, and keep that one as `causerie.db.later`.

    :raises StorageError: one of the databases cannot be read, or another program reads it
    :raises OSError: a file cannot be moved; then the database is as it was
    :raises AlreadyRunningError: a process has the data
    """
    live, copy = data / DATABASE, data / BEFORE / version / DATABASE
    with closing(own(live)):
        for one in (live, copy):
            _settle(one)
        _keep_later(data)
        for end in _BESIDE:
            (data / f"{DATABASE}{end}").unlink(missing_ok=True)
        copy.replace(
            live
        )  # the one moment before which the later database counts, and after which the earlier one does
        _sync(data)
        shutil.rmtree(copy.parent)


def forget_others(data: Path, version: str) -> None:
    """Remove the copies of other versions than this one: there is no way back to them any more.

    :raises OSError: they cannot be removed
    """
    for path in (data / BEFORE).iterdir():
        if path.name != version:
            _remove(path)


def _keep_later(data: Path) -> None:
    """Have the database, which stands in one file, be `causerie.db.later` too, in the place of an earlier one."""
    for end in ("", *_BESIDE):
        (data / f"{LATER}{end}").unlink(missing_ok=True)
    try:
        os.link(data / DATABASE, data / LATER)
    except OSError:  # a disk that knows no second names
        _refuse_full(data, [data / DATABASE])
        try:
            _copy(data / DATABASE, data / LATER)
        except BaseException:
            (data / LATER).unlink(missing_ok=True)
            raise


def _settle(path: Path) -> None:
    if not settle_log(path):
        raise StorageError(f"{path} cannot be used: it is damaged, or another program reads it")


def _refuse_full(data: Path, sources: list[Path]) -> None:
    needed = sum(source.stat().st_size for source in sources if source.exists()) + FREE_BYTES
    room = os.statvfs(data)
    free = room.f_bavail * room.f_frsize
    if free < needed:
        why = (
            f"{os.strerror(errno.ENOSPC)}: {needed / 1e6:,.0f} MB are needed, {free / 1e6:,.0f} MB are free; make room"
        )
        raise OSError(errno.ENOSPC, why, str(data))


def _copy(source: Path, target: Path) -> None:
    shutil.copy2(source, target)
    _sync(target)


def _remove(path: Path) -> None:
    """Remove a copy, or what somebody has put in its place; what a kill leaves of it is none any more."""
    if path.is_symlink() or not path.is_dir():
        path.unlink(missing_ok=True)
        return
    (path / DATABASE).unlink(missing_ok=True)
    shutil.rmtree(path)


def _sync(path: Path) -> None:
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def _read(data: Path, sql: str) -> list[tuple[object, ...]]:
    path = data / DATABASE
    try:
        with closing(open_to_read(path)) as connection:
            return connection.execute(sql).fetchall()
    except sqlite3.Error as error:
        raise StorageError(f"{path} cannot be read ({error})") from error


CALLED: Final[Mapping[str, Callable[..., object]]] = {
    "applied": lambda data: sorted(applied(data)),
    "unfinished_since": unfinished_since,
    "keep": keep,
    "learn": lambda data, version: learn(data, version, time.time()),
    "put_back": put_back,
    "forget_others": forget_others,
}


if __name__ == "__main__":
    try:
        print(json.dumps(CALLED[sys.argv[1]](Path(sys.argv[2]), *sys.argv[3:])))  # noqa: T201 it is called for this
    except (StorageError, AlreadyRunningError, OpenToOthersError, OSError) as error:
        sys.exit(str(error))
