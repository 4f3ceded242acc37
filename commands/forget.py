"""`causerie forget USER`: everything of a person is erased, by the running bot, or here where none runs."""

import time
from pathlib import Path
from typing import Final

from files.folder import Folder
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
from messages.verbs.kept_files import FindFilesToRemove, ForgetFiles, RecordFilesRemain, TryFilesAgain
from messages.verbs.sessions import EraseRemoved
from open_data import FILES, look_at
from settings.errors import ConfigurationError, UnreachableError, quoted
from settings.upkeep import Upkeep
from storage import forget_requests, forgotten
from storage.files import is_owned
from storage.limits import Limits
from storage.sqlite import SqliteStore, open_store
from storage.store import (
    AlreadyRunningError,
    ForeignDatabaseError,
    NewerDatabaseError,
    OpenToOthersError,
    StorageError,
)

DATABASE: Final = "causerie.db"
DIGITS_MAX: Final = 19
"""A number of 63 bits has no more."""

WAIT_S: Final = 90.0
LOOK_S: Final = 0.25
FILES_AT_ONCE: Final = 100

_KEPT: Final = (
    "Backups that were made before keep their copies until they are removed; one that is restored forgets this person again."
    " Messages in Discord stay there."
)


def person_id(written: str) -> UserId:
    """Return the id that stands on the command line.

    :raises ValueError: it is none
    """
    text = written.strip()
    if not (text.isascii() and text.isdigit() and len(text) <= DIGITS_MAX and 0 < int(text) < 2**63):
        raise ValueError(
            f"{written[:40]!r} is no Discord id. Switch on Developer Mode in Discord (Settings, Advanced), then choose Copy User ID"
        )
    return UserId(int(text))


def forget(upkeep: Upkeep, person: UserId) -> str:
    """Have everything of a person erased, and return what to say of it.

    :raises ConfigurationError: the folder holds no data, or cannot be used
    :raises UnreachableError: the disk is full or broken, or the bot has not done it yet
    """
    data = upkeep.data
    look_at(data)
    if not (data / DATABASE).is_file():
        raise ConfigurationError(
            f"CAUSERIE_DATA is {quoted(str(data.absolute()))}, where there is no {DATABASE} yet. Name the folder of the bot's data."
        )
    try:
        if is_owned(data / DATABASE):
            _ask_bot(data, person)
        else:
            _forget_here(upkeep, person)
    except (AlreadyRunningError, ForeignDatabaseError, NewerDatabaseError, OpenToOthersError) as error:
        raise ConfigurationError(str(error)) from error
    except StorageError as error:
        raise UnreachableError(f"Not everything could be erased: {error}. Run the command again.") from error
    except OSError as error:
        where = quoted(str(error.filename or data))
        raise UnreachableError(
            f"Not everything could be erased: {where} ({error.strerror}). Run the command again as the user of the data."
        ) from error
    return f"Nothing of {person} is left in {quoted(str(data.absolute()))}.\n{_KEPT}"


def _ask_bot(data: Path, person: UserId) -> None:
    """Leave a request for the running bot, and wait until it is done."""
    forget_requests.ask(data, person)
    give_up_at_s = time.monotonic() + WAIT_S
    while forget_requests.state(data, person) != "done":
        if time.monotonic() > give_up_at_s:
            raise UnreachableError(
                f"The bot was asked to forget {person}, and has not finished within {WAIT_S:.0f} seconds. It goes on by itself, also"
                " after a restart; its log says person.forgotten then, and `causerie doctor` whether a file is in the way."
            )
        time.sleep(LOOK_S)


def _forget_here(upkeep: Upkeep, person: UserId) -> None:
    data = upkeep.data
    store = open_store(data / DATABASE, Limits(default_model="", budgets=upkeep.budgets))
    try:
        store.perform(ForgetPerson(person=person, now_s=time.time()))
        forget_all(store, data)
    finally:
        store.close()


def forget_all(store: SqliteStore, data: Path) -> None:
    """Forget everybody who waits for it, in a store that no bot uses; writes.

    :raises StorageError: the disk is full, or broken
    :raises OSError: a file cannot be deleted, so that somebody still waits, or the list not be written
    """
    folder = Folder(data / FILES)
    in_the_way: dict[str, OSError] = {}
    store.perform(TryFilesAgain())
    while not isinstance(step := store.perform(ForgetNext(now_s=time.time())), NobodyToForget | FilesRemain):
        if isinstance(step, NotListed):
            forgotten.note(data, step.person, step.time_s)
            store.perform(RecordListed(person=step.person))
        elif isinstance(step, AwaitErasure):
            while store.perform(EraseRemoved()):
                pass
            while names := store.perform(FindFilesToRemove(limit=FILES_AT_ONCE)):
                failed = folder.remove_each(names)
                store.perform(ForgetFiles(names=tuple(name for name in names if name not in failed)))
                problems = tuple((name, error.strerror or "") for name, error in failed.items())
                store.perform(RecordFilesRemain(problems=problems))
                in_the_way |= failed
    give_up_at_s = time.monotonic() + WAIT_S
    while store.is_untidy:
        if time.monotonic() > give_up_at_s:
            raise StorageError(
                "another program reads the database, so its log still holds erased text. Close that program"
            )
        time.sleep(min(store.tidy() or 0.0, LOOK_S))
    if isinstance(step, FilesRemain) and in_the_way:
        raise next(iter(in_the_way.values()))
