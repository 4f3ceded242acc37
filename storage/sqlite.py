"""The store on SQLite: one connection, one writer, durable at every commit."""

import fcntl
import os
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any, Final, TypeVar

from sqlite_utils import Database

from messages.recorder import Verb
from storage import acceptance, channels, people, recovery, replies, turns
from storage.limits import Limits
from storage.rows import Books, Verbs
from storage.schema import APPLICATION_ID, migrations
from storage.store import AlreadyRunning, NotOurDatabase, StorageFailed, TooNewDatabase

Answer = TypeVar("Answer")

VERBS: Final[Verbs] = {
    **acceptance.VERBS,
    **turns.VERBS,
    **replies.VERBS,
    **people.VERBS,
    **channels.VERBS,
    **recovery.VERBS,
}
"""What each verb does."""

_PRAGMAS: Final = (
    "PRAGMA journal_mode = WAL",
    # An accepted message survives a power cut, not only a kill.
    "PRAGMA synchronous = FULL",
    # What a person removes is gone from the file too.
    "PRAGMA secure_delete = ON",
    "PRAGMA foreign_keys = ON",
)


class SqliteStore:
    """Rows in one file. Not safe to share between threads at the same time; the recorder is its one user."""

    def __init__(self, connection: sqlite3.Connection, limits: Limits, lock: IO[str] | None = None) -> None:
        connection.row_factory = sqlite3.Row
        self._connection = connection
        self._books = Books(connection, limits)
        self._lock = lock

    def commit(self, verbs: Sequence[Verb[Any]]) -> list[Any]:
        """Run each verb in a savepoint and commit all of them at once, as `Store` says."""
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            answers = [self._attempt(verb) for verb in verbs]
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise StorageFailed(str(error)) from error
        return answers

    def perform(self, verb: Verb[Answer]) -> Answer:
        """Commit one verb and return its answer, as `Store` says."""
        (answer,) = self.commit([verb])
        if isinstance(answer, Exception):
            raise answer
        done: Answer = answer
        return done

    def _attempt(self, verb: Verb[Any]) -> Any:
        self._connection.execute("SAVEPOINT verb")
        try:
            answer = VERBS[type(verb)](self._books, verb)
        except Exception as error:
            if not self._connection.in_transaction:
                raise  # SQLite gave up the whole transaction (disk full, I/O error)
            self._connection.execute("ROLLBACK TO verb")
            answer = error
        self._connection.execute("RELEASE verb")
        return answer

    def close(self) -> None:
        """Close the file and give the data free."""
        self._connection.close()
        if self._lock is not None:
            self._lock.close()


def open_store(path: Path | str, limits: Limits) -> SqliteStore:
    """Open the database, made or brought up to date as needed; `:memory:` keeps nothing.

    :raises AlreadyRunning: another process owns it
    :raises NotOurDatabase: the file is something else; it is not touched
    :raises TooNewDatabase: a later version wrote it; it is not touched
    :raises OSError: the folder cannot be made or written to
    """
    lock = None
    if path != ":memory:":
        path = Path(path)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = _own(path)
        try:
            _inspect(path)
            if not path.exists():
                path.touch(mode=0o600)
        except BaseException:
            lock.close()
            raise
    connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=5)
    for pragma in _PRAGMAS:
        connection.execute(pragma)
    migrations.apply(Database(connection))
    return SqliteStore(connection, limits, lock)


def _own(path: Path) -> IO[str]:
    """Take the lock that a process holds for as long as it lives, however it ends."""
    lock = os.fdopen(os.open(path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600), "w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.close()
        raise AlreadyRunning(
            f"CAUSERIE_DATA is '{path.parent}', which another running Causerie uses. Stop that one, or name another folder."
        ) from error
    return lock


def _inspect(path: Path) -> None:
    """Look at an existing file without changing it or anything beside it."""
    if not path.exists() or path.stat().st_size == 0:
        return
    wal = path.with_name(path.name + "-wal")
    # Without a log beside it the file is all there is; `immutable` then keeps SQLite from making one.
    mode = "mode=ro" if wal.exists() else "mode=ro&immutable=1"
    remedy = "Move it away, or name another folder."
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?{mode}", uri=True)
        try:
            (application_id,) = connection.execute("PRAGMA application_id").fetchone()
            applied = (
                {name for (name,) in connection.execute("SELECT name FROM _sqlite_migrations")}
                if (application_id == APPLICATION_ID)
                else set()
            )
        finally:
            connection.close()
    except sqlite3.DatabaseError as error:
        raise NotOurDatabase(f"CAUSERIE_DATA: '{path}' is not a SQLite database. {remedy}") from error
    if application_id != APPLICATION_ID:
        raise NotOurDatabase(f"CAUSERIE_DATA: '{path}' is a database of another program. {remedy}")
    if applied - {migration.name for migration in migrations.pending(Database(memory=True))}:
        raise TooNewDatabase(
            f"CAUSERIE_DATA: '{path}' was written by a later version of Causerie. Install that version."
        )
