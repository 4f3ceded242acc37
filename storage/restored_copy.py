"""The copy of a backup's database becomes the one that the bot goes on with, and the one that it replaces comes to rest in its one file."""

import sqlite3
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path
from typing import Final

from messages.ids import UserId
from messages.verbs.forgetting import (
    AwaitErasure,
    FilesRemain,
    ForgetNext,
    ForgetPerson,
    NobodyToForget,
    NotListed,
    RecordListed,
)
from messages.verbs.kept_files import FindFilesToRemove, ForgetFiles, TryFilesAgain
from messages.verbs.sessions import EraseRemoved
from storage.files import bring_up_to_date
from storage.limits import Limits
from storage.restored import Adapted, Since, adapt
from storage.sqlite import PRAGMAS, SqliteStore
from storage.store import StorageError

FILES_AT_ONCE: Final = 500

PutOnList = Callable[[int, float], None]
"""Puts a person on the list of the forgotten, with the moment at which they wanted that."""


def finish_copy(
    path: Path, since: Since | None, forgotten: Iterable[int], put_on_list: PutOnList, now_s: float
) -> Adapted:
    """Have the copy of a backup's database become the one that the bot goes on with; writes. Nobody else may use it.

    It gets the newest schema, learns what happened after the backup, and forgets whom the bot was told to forget since.

    :param put_on_list: puts a person of whom that is not recorded on the list of the forgotten

    :raises StorageError: the disk is full, or the copy is damaged
    """
    try:
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            for pragma in PRAGMAS:
                connection.execute(pragma)
            bring_up_to_date(connection)
            adapted = adapt(connection, since, now_s)
            store = SqliteStore(connection, Limits(default_model=""), path=str(path))
            store.look_for_remains()
            for person in forgotten:
                store.perform(ForgetPerson(person=UserId(person), now_s=now_s))
            _forget(store, put_on_list, now_s)
            store.empty_log()
    except sqlite3.Error as error:
        raise StorageError(str(error)) from error
    return adapted


def _forget(store: SqliteStore, put_on_list: PutOnList, now_s: float) -> None:
    """Erase what belongs to everybody who waits to be forgotten. What cannot be erased yet, the next start of the bot erases."""
    waits = False
    store.perform(TryFilesAgain())
    while True:
        match store.perform(ForgetNext(now_s=now_s)):
            case NotListed(person=person, time_s=time_s):
                put_on_list(person, time_s)
                store.perform(RecordListed(person=person))
            case AwaitErasure():
                if waits:
                    return
                while store.perform(EraseRemoved()):
                    pass
                while names := store.perform(FindFilesToRemove(limit=FILES_AT_ONCE)):
                    store.perform(ForgetFiles(names=names))  # no file of the backup is in its place yet
                waits = True
            case NobodyToForget() | FilesRemain():
                return
            case _:
                waits = False


def settle_log(path: Path) -> bool:
    """Have a database that nobody uses stand in its one file, without a log beside it; return whether it can be used at all; writes."""
    try:
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            (busy, _, _) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
            return not busy
    except sqlite3.Error:
        return False
