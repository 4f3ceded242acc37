"""The store on SQLite: one connection, one writer, and every commit survives a power cut."""

import contextlib
import sqlite3
import traceback
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import IO, Any, Final, TypeVar

from msgspec.structs import replace

from messages.verbs.sessions import EraseRemoved
from messages.verbs.verb import Verb
from storage import (
    acceptance,
    admin,
    budget_raises,
    cancellations,
    channels,
    erasure,
    files,
    forgetting,
    forgotten,
    forgotten_people,
    identifies,
    kept_files,
    model_usage,
    notes,
    person_data,
    reasoning,
    recovery,
    replies,
    retries,
    sessions,
    speech,
    turn_end,
    turns,
    waiting,
)
from storage import users as people
from storage.limits import Limits
from storage.store import StorageError
from storage.tidying import BUSY_MS, BUSY_S, Tidying
from storage.unit_of_work import LOG_ALONE, UnitOfWork, Verbs

Answer = TypeVar("Answer")

VERBS: Final[Verbs] = {
    **acceptance.VERBS,
    **admin.VERBS,
    **model_usage.VERBS,
    **retries.VERBS,
    **turns.VERBS,
    **waiting.VERBS,
    **turn_end.VERBS,
    **reasoning.VERBS,
    **cancellations.VERBS,
    **replies.VERBS,
    **people.VERBS,
    **sessions.VERBS,
    **erasure.VERBS,
    **forgetting.VERBS,
    **person_data.VERBS,
    **kept_files.VERBS,
    **channels.VERBS,
    **recovery.VERBS,
    **notes.VERBS,
    **identifies.VERBS,
    **budget_raises.VERBS,
    **speech.VERBS,
}
"""What each verb does."""

STATEMENTS_MAX: Final = 256
"""Prepared statements that are kept. All verbs together have about 140; Python's default of 128 would prepare some anew."""

DURABLE: Final = ("PRAGMA synchronous = FULL", "PRAGMA wal_autocheckpoint = 1000")
"""An accepted message survives a power cut, not only a kill."""

DONE_AGAIN: Final = ("PRAGMA synchronous = NORMAL", "PRAGMA wal_autocheckpoint = 300")
"""For a piece of an erasure alone: one that a power cut takes back is erased again. Whatever is durable after it, or takes it out of the log, waits for
the disk, which then has the piece, too. Such pieces fill the log quickly: it is copied after 1.2 MB, so that nobody's commit waits behind 4 MB."""

PRAGMAS: Final = (
    "PRAGMA journal_mode = WAL",
    *DURABLE,
    # What a person removes is gone from the file too.
    "PRAGMA secure_delete = ON",
    "PRAGMA foreign_keys = ON",
)
"""What every connection that writes is told first."""


class SqliteStore:
    """Rows in one SQLite file. Only one thread may use it at a time; the recorder is its only user, but for `limits`, which anybody may replace."""

    def __init__(
        self, connection: sqlite3.Connection, limits: Limits, lock: IO[str] | None = None, path: str | None = None
    ) -> None:
        """`path` is where the file lies; None where there is none."""
        connection.row_factory = sqlite3.Row
        # What another program wrote may be no UTF-8; it is read all the same, and harms nobody else's rows.
        connection.text_factory = partial(str, encoding="utf-8", errors="replace")
        self._connection = connection
        self.limits = limits
        # An earlier process may have been killed between a commit that erased something and the emptying of the log.
        self._unit = UnitOfWork(connection, limits, ["by an earlier process"])
        self._lock = lock
        self._tidying = None if path is None else Tidying(connection, path)

    @property
    def is_untidy(self) -> bool:
        """Whether `tidy` has something to do."""
        return bool(self._unit.erased) or (self._tidying is not None and self._tidying.is_wanted)

    def commit(self, verbs: Sequence[Verb[Any]]) -> list[Any]:
        """Run each verb in a savepoint and commit all of them at once, as `Store` says."""
        is_done_again = all(isinstance(verb, EraseRemoved) for verb in verbs)
        if is_done_again:
            self._apply(DONE_AGAIN)
        try:
            return self._commit(verbs)
        finally:
            if is_done_again:
                self._apply(DURABLE)

    def _apply(self, pragmas: Sequence[str]) -> None:
        for pragma in pragmas:
            self._connection.execute(pragma)

    def _commit(self, verbs: Sequence[Verb[Any]]) -> list[Any]:
        self._unit = replace(self._unit, limits=self.limits)
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            known = len(self._unit.erased)
            answers = [self._attempt(verb) for verb in verbs]
            if self._tidying is not None and any(word != LOG_ALONE for word in self._unit.erased[known:]):
                self._tidying.want()
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            raise StorageError(str(error)) from error
        finally:
            if self._connection.in_transaction:
                with contextlib.suppress(sqlite3.Error):
                    self._connection.execute("ROLLBACK")
        if self._tidying is not None:
            self._tidying.note_written()
        if self._unit.erased:
            self.empty_log()
        return answers

    def empty_log(self) -> None:
        """Copy the write-ahead log into the database and truncate it, so that erased text is in neither.

        While another program reads the file, this is left to a later commit.
        """
        with contextlib.suppress(sqlite3.Error):
            self._connection.execute("PRAGMA busy_timeout = 0")
            try:
                (busy, _, _) = self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
                if not busy:
                    self._unit.erased.clear()
            finally:
                self._connection.execute(f"PRAGMA busy_timeout = {BUSY_MS}")

    def look_for_remains(self) -> None:
        """Look whether an earlier process left something that `tidy` has to do."""
        if self._tidying is not None:
            self._tidying.look()

    def tidy(self) -> float | None:
        """Do a piece of what `Store.tidy` says."""
        if self._unit.erased:
            self.empty_log()
        if self._tidying is None:
            return None
        try:
            return self._tidying.go_on()
        except (sqlite3.Error, OSError) as error:
            raise StorageError(str(error)) from error

    def perform(self, verb: Verb[Answer]) -> Answer:
        """Commit one verb and return its answer.

        :raises Exception: what the verb raised
        :raises StorageError: when it could not be committed
        """
        (answer,) = self.commit([verb])
        if isinstance(answer, Exception):
            raise answer
        done: Answer = answer
        return done

    def _attempt(self, verb: Verb[Any]) -> Any:
        self._connection.execute("SAVEPOINT verb")
        try:
            answer = VERBS[type(verb)](self._unit, verb)
        except Exception as error:
            if not self._connection.in_transaction or _is_of_the_disk(error):
                raise  # nothing can be committed; SQLite gives up the transaction by itself, but not for every statement
            self._connection.execute("ROLLBACK TO verb")
            # The error may live long, and with it a statement that was not read to its end: an old view of the database, which keeps the log
            # from being emptied, and every commit from succeeding once another program has written.
            traceback.clear_frames(error.__traceback__)
            answer = error
        self._connection.execute("RELEASE verb")
        return answer

    def close(self) -> None:
        """Close the file and release its lock."""
        self._connection.close()
        if self._tidying is not None:
            self._tidying.close()
        if self._lock is not None:
            self._lock.close()


def _is_of_the_disk(error: Exception) -> bool:
    """Whether the disk is full or fails, so that the other verbs must not count as stored either (SQLite: Result and Error Codes)."""
    if not isinstance(error, sqlite3.Error):
        return False
    code = getattr(error, "sqlite_errorcode", None) or 0
    return code & 0xFF in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR)  # the lowest byte is the primary code


def open_store(path: Path | str, limits: Limits) -> SqliteStore:
    """Open the database, made or brought up to date as needed; `:memory:` keeps nothing.

    :raises OpenToOthersError: everybody on this machine may write into the folder; nothing in it is touched
    :raises AlreadyRunningError: another process owns it
    :raises ForeignDatabaseError: the file is something else; it is not touched
    :raises NewerDatabaseError: a later version wrote it; it is not touched
    :raises StorageError: the disk is full, or broken
    :raises OSError: the folder cannot be made or written to
    """
    if path == ":memory:":
        return _open(path, limits, None)
    lock = files.own(Path(path))
    try:
        files.remove_restoring(Path(path))
        files.prepare(Path(path))
        return _open(path, limits, lock)
    except sqlite3.Error as error:
        lock.close()
        raise StorageError(str(error)) from error
    except BaseException:
        lock.close()
        raise


def _open(path: Path | str, limits: Limits, lock: IO[str] | None) -> SqliteStore:
    connection = sqlite3.connect(
        path, check_same_thread=False, isolation_level=None, timeout=BUSY_S, cached_statements=STATEMENTS_MAX
    )
    try:
        for pragma in PRAGMAS:
            connection.execute(pragma)
        store = SqliteStore(connection, limits, lock, None if path == ":memory:" else str(path))
        store.empty_log()
        files.bring_up_to_date(connection)
        if path != ":memory:":
            forgotten_people.follow(connection, forgotten.forgotten(Path(path).parent))
        store.look_for_remains()
    except BaseException:
        connection.close()
        raise
    return store
