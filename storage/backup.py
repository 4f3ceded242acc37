"""A copy of the database while a bot writes to it, and what is found in such a copy.

The copy is what SQLite's online backup makes of one snapshot: a read transaction that lasts from the first page to the last. In WAL mode
it holds up nobody who writes. The pages are copied piece by piece, and each piece is on the disk before the next one begins: otherwise
the commits of the bot would wait behind hundreds of megabytes that the system writes at once. Nothing is written to the original.
"""

import fcntl
import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from msgspec import Struct

from storage.files import open_to_read
from storage.store import StorageError

PIECE_PAGES: Final = 128
"""Pages of 4 KiB that are copied at once: half a megabyte, which a disk writes in some milliseconds."""

RESTS: Final = 2
REST_S_MAX: Final = 0.05
"""How long to rest after a piece: twice as long as it took, and no longer than so many seconds. So most of the disk is left to the bot."""

_OURS_ALONE: Final = 0o600

Progress = Callable[[int, int], None]
"""Is told how many bytes of how many are done."""


class Contents(Struct, frozen=True, kw_only=True):
    """What a backup's database holds."""

    bot: int | None
    """Discord's id of the bot; None where no bot that knew of this column ran on it."""
    people: int
    sessions: int
    turns: int
    unfinished: int
    """Turns that wait, or of which Discord does not show everything yet."""


class DamagedCopyError(Exception):
    """What was copied is damaged. The text is SQLite's first complaint."""


class BusyFolderError(Exception):
    """Another process makes a backup in the same folder."""


def copy_database(source: Path, target: Path, progress: Progress, *, is_live: bool) -> None:
    """Copy a database of ours to a new file, as it was at one moment; it is on the disk afterwards.

    :param is_live: a bot may write to it meanwhile, or begin to; it then gets most of the disk's time
    :raises StorageError: the disk is full or broken, or another program locks the database
    :raises OSError: the new file cannot be made
    """
    number = os.open(target, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, _OURS_ALONE)
    try:
        os.fchmod(number, _OURS_ALONE)  # whatever the umask is
        pace = _Pace(number, progress, rest_s_max=REST_S_MAX if is_live else 0.0)
        with closing(_reading(source, is_live=is_live)) as original, closing(sqlite3.connect(target)) as copy:
            # Nobody opens what is not whole yet, so it needs no journal, and the pieces are synced one by one.
            copy.execute("PRAGMA journal_mode = OFF")
            copy.execute("PRAGMA synchronous = OFF")
            page_bytes = int(original.execute("PRAGMA page_size").fetchone()[0])
            original.execute("BEGIN")
            original.execute("SELECT count(*) FROM sqlite_schema").fetchone()  # the snapshot begins with the first read
            original.backup(copy, pages=PIECE_PAGES, progress=lambda _, left, all_: pace.copied(page_bytes, left, all_))
        os.fsync(number)
    except sqlite3.Error as error:
        raise StorageError(str(error)) from error
    finally:
        os.close(number)


def _reading(path: Path, *, is_live: bool) -> sqlite3.Connection:
    # Of what is live, never `immutable`, even where there is no log beside it: a bot may start while this reads.
    address = f"{path.absolute().as_uri()}?mode=ro"
    connection = sqlite3.connect(address, uri=True) if is_live else open_to_read(path)
    connection.isolation_level = None
    return connection


class _Pace:
    """Syncs what was copied, piece by piece, and rests in between."""

    def __init__(self, number: int, progress: Progress, *, rest_s_max: float) -> None:
        self._number = number
        self._progress = progress
        self._rest_s_max = rest_s_max
        self._began_s = time.monotonic()

    def copied(self, page_bytes: int, left: int, all_: int) -> None:
        if self._rest_s_max:
            os.fdatasync(self._number)
            time.sleep(min(self._rest_s_max, RESTS * (time.monotonic() - self._began_s)))
        self._progress((all_ - left) * page_bytes, all_ * page_bytes)
        self._began_s = time.monotonic()


def contents(path: Path) -> Contents:
    """Look through a database that nobody writes to, all of it, and return what it holds. Nothing is made or changed.

    :raises DamagedCopyError: it is not whole
    """
    try:
        with closing(open_to_read(path)) as connection:
            ((said,),) = connection.execute("PRAGMA integrity_check(1)").fetchall()
            if said != "ok":
                raise DamagedCopyError(str(said))
            return _counted(connection)
    except sqlite3.Error as error:
        raise DamagedCopyError(str(error)) from error


def counted(path: Path) -> Contents:
    """Return what a database that nobody writes to holds, without looking through all of it. Nothing is made or changed.

    :raises DamagedCopyError: it is not whole, as far as was seen
    """
    try:
        with closing(open_to_read(path)) as connection:
            return _counted(connection)
    except sqlite3.Error as error:
        raise DamagedCopyError(str(error)) from error


def _counted(connection: sqlite3.Connection) -> Contents:
    def number(sql: str) -> int:
        return int(connection.execute(sql).fetchone()[0])

    return Contents(
        bot=_bot_of(connection),
        people=number("SELECT count(*) FROM user"),
        sessions=number("SELECT count(*) FROM session WHERE is_removed = 0"),
        turns=number("SELECT count(*) FROM turn"),
        unfinished=number("SELECT count(*) FROM turn WHERE state = 'queued'")
        + number("SELECT count(*) FROM turn WHERE state = 'streaming'")
        + number("SELECT count(*) FROM turn WHERE owed = 1"),
    )


def bot_at(path: Path) -> int | None:
    """Return the id of the bot whose data these are; None where nobody can say: there are none, they are damaged, or no bot ran on them."""
    if not path.exists():
        return None
    try:
        with closing(open_to_read(path)) as connection:
            return _bot_of(connection)
    except sqlite3.Error:
        return None


def _bot_of(connection: sqlite3.Connection) -> int | None:
    if connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'bot'").fetchone() is None:
        return None
    row = connection.execute("SELECT id FROM bot").fetchone()
    return None if row is None else int(row[0])


def kept_names(path: Path) -> Iterator[str]:
    """Yield the names of the files that a database which nobody writes to needs."""
    with closing(open_to_read(path)) as connection:
        if connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'kept_file'").fetchone() is not None:
            yield from (name for (name,) in connection.execute("SELECT name FROM kept_file WHERE is_removed = 0"))


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Keep every other process from making or removing backups in a folder meanwhile.

    :raises BusyFolderError: another process does that
    """
    number = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, _OURS_ALONE)
    try:
        os.fchmod(number, _OURS_ALONE)
        try:
            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BusyFolderError(str(folder)) from error
        yield
    finally:
        os.close(number)
