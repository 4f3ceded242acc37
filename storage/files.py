"""The database file: one process owns it, another program's file is recognised and left alone, and a new file appears whole."""

import fcntl
import os
import shlex
import sqlite3
import stat
import time
from pathlib import Path
from typing import IO, Final

from storage import schema_names
from storage.schema_names import APPLICATION_ID, MIGRATION_SET
from storage.store import AlreadyRunningError, ForeignDatabaseError, NewerDatabaseError, OpenToOthersError

_HEADER_BYTES: Final = 100
_MAGIC: Final = b"SQLite format 3\0"
_APPLICATION_ID_AT: Final = slice(68, 72)
"""SQLite: Database File Format, 1.3: the header, its first 16 bytes, and the big-endian application id."""

_OURS_ALONE: Final = 0o600
"""SQLite gives the files that it makes beside the database the mode of the database."""

LOOK_S: Final = 0.1
"""How long to wait for a lock before another process is taken for its owner, in seconds."""

FOREIGN_REMEDY: Final = "Move it away, or name another folder."
DAMAGED_REMEDY: Final = "Put a backup in its place."


def own(path: Path) -> IO[str]:
    """Make the folder where needed and take the lock that a process holds for as long as it lives, however it ends.

    :raises OpenToOthersError: everybody on this machine may write into the folder
    :raises AlreadyRunningError: another process holds it
    :raises OSError: the folder cannot be made or written to
    """
    have_folder(path.parent)
    refuse_open_folder(path.parent)
    name = path.with_suffix(".lock")
    lock = os.fdopen(os.open(name, os.O_RDWR | os.O_CREAT, _OURS_ALONE), "w")
    make_private(name)
    try:
        _lock(lock)
    except BlockingIOError as error:
        lock.close()
        raise AlreadyRunningError(
            f"CAUSERIE_DATA is '{path.parent}', which another running Causerie uses. Stop that one, or name another folder."
        ) from error
    except OSError:
        lock.close()
        raise
    return lock


def _lock(lock: IO[str]) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        time.sleep(LOOK_S)  # somebody may only have looked, see `is_owned`
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)


def is_owned(path: Path) -> bool:
    """Return whether a running process owns the database at this path. Nothing is made or changed.

    :raises OSError: the lock cannot be looked at
    """
    try:
        lock = os.open(path.with_suffix(".lock"), os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(lock)  # which gives the lock back
    return False


def have_folder(folder: Path) -> None:
    """Make the folder, and the folders above it, where they are missing, so that nobody else can enter them."""
    if not folder.is_dir():
        have_folder(folder.parent)
        folder.mkdir(mode=0o700)
        folder.chmod(0o700)  # whatever the umask is


def refuse_open_folder(folder: Path) -> None:
    """Refuse a folder into which everybody may write.

    Whoever may write into the folder can put another file in the place of the database, whatever the file's own mode is.

    A group may: who is in it was decided by somebody, and some platforms mount every volume for a group.

    :raises OpenToOthersError: everybody on this machine may write into the folder
    """
    mode = stat.S_IMODE(folder.stat().st_mode)
    if mode & stat.S_IWOTH:
        raise OpenToOthersError(
            f"CAUSERIE_DATA is '{folder}', where everybody on this machine may write (its mode is {mode:04o})."
            f" Run: chmod o-w {shlex.quote(str(folder))}, or name another folder."
        )


def make_private(path: Path) -> None:
    """Take everybody else's rights to a file of ours away, such as those of a backup that was copied back."""
    if stat.S_IMODE(path.stat().st_mode) != _OURS_ALONE:
        path.chmod(_OURS_ALONE)


BEFORE_UPGRADE: Final = "before-upgrade"
"""The folder beside the database with copies of it, each as an earlier version of the program left it."""

RESTORING_END: Final = ".restoring"
"""How the name of a restored database goes on until it is whole."""


def remove_restoring(path: Path) -> None:
    """Remove the copy that a restore has left which was killed: people could be forgotten here, and stay in there. The caller owns the database.

    :raises OSError: it cannot be removed
    """
    for end in ("", "-wal", "-shm", "-journal"):
        path.with_name(f"{path.name}{RESTORING_END}{end}").unlink(missing_ok=True)


def prepare(path: Path) -> None:
    """Have a database of ours stand at this path: look at the one there is without changing it, or make one.

    :raises ForeignDatabaseError: the file is something else, or broken
    :raises NewerDatabaseError: a later version wrote it
    """
    if path.exists() and (path.is_dir() or path.stat().st_size > 0):
        applied_migrations(path)
        for file in (path, *(path.with_name(path.name + end) for end in ("-wal", "-shm"))):
            if file.exists():
                make_private(file)
    else:
        _make(path)


def recognise(path: Path) -> None:
    """Return if the file is a database of ours by its header, whatever follows. It is only read, and not by SQLite, which could make others beside it.

    :raises ForeignDatabaseError: it is something else
    """
    header = b""
    if path.is_file():
        with path.open("rb") as file:
            header = file.read(_HEADER_BYTES)
    if len(header) < _HEADER_BYTES or not header.startswith(_MAGIC):
        raise ForeignDatabaseError(f"CAUSERIE_DATA: '{path}' is not a SQLite database. {FOREIGN_REMEDY}")
    if int.from_bytes(header[_APPLICATION_ID_AT], "big") != APPLICATION_ID:
        raise ForeignDatabaseError(f"CAUSERIE_DATA: '{path}' is a database of another program. {FOREIGN_REMEDY}")


def open_to_read(path: Path) -> sqlite3.Connection:
    """Open a database of ours without changing it or anything beside it."""
    # Without a log beside it the file is all there is; `immutable` then keeps SQLite from making one.
    mode = "mode=ro" if path.with_name(path.name + "-wal").exists() else "mode=ro&immutable=1"
    return sqlite3.connect(f"{path.absolute().as_uri()}?{mode}", uri=True)


def applied_migrations(path: Path) -> int:
    """Return how many migrations a database of ours has seen. The file is only read.

    :raises ForeignDatabaseError: the file is something else, or broken
    :raises NewerDatabaseError: a later version wrote it
    """
    recognise(path)
    try:
        connection = open_to_read(path)
        try:
            applied = _applied(connection)
        finally:
            connection.close()
    except sqlite3.DatabaseError as error:
        raise ForeignDatabaseError(f"CAUSERIE_DATA: '{path}' is damaged ({error}). {DAMAGED_REMEDY}") from error
    if applied - set(schema_names.MIGRATIONS):
        way_back = (
            " If `causerie upgrade --back` was cut short, run it again." * (path.parent / BEFORE_UPGRADE).is_dir()
        )
        raise NewerDatabaseError(
            f"CAUSERIE_DATA: '{path}' was written by a later version of Causerie. Install that version.{way_back}"
        )
    return len(applied)


def _make(path: Path) -> None:
    """Make the database beside its place and move it there when it is whole: a kill leaves none, or all of it."""
    new = path.with_name(path.name + ".new")
    for leftover in (new, new.with_name(new.name + "-journal")):
        leftover.unlink(missing_ok=True)
    new.touch(mode=_OURS_ALONE)
    make_private(new)
    connection = sqlite3.connect(new, isolation_level=None)
    try:
        bring_up_to_date(connection)
    finally:
        connection.close()
    new.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def bring_up_to_date(connection: sqlite3.Connection) -> None:
    """Apply what is pending of the schema, all of it in one transaction."""
    has_any = connection.execute("SELECT 1 FROM sqlite_schema WHERE name = '_sqlite_migrations'").fetchone()
    if has_any and _applied(connection) == set(schema_names.MIGRATIONS):
        return
    from sqlite_utils import Database  # noqa: PLC0415 4 MB that a process without pending migrations does not need

    from storage import schema  # noqa: PLC0415 as above

    database = Database(connection)
    with database.atomic():
        schema.migrations.apply(database)


def _applied(connection: sqlite3.Connection) -> set[str]:
    rows = connection.execute("SELECT name FROM _sqlite_migrations WHERE migration_set = ?", (MIGRATION_SET,))
    return {name for (name,) in rows}
