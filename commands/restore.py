"""`causerie restore`: the data of a backup in the place of those that are there. The bot must be stopped; what is replaced is kept."""

import errno
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from commands.backups import DATABASE, Backup, backup_at, backups_in, megabytes
from commands.replacement import RESTORING, NotSettledError, Replaced, replace
from open_data import look_at
from settings.errors import ConfigurationError, UnreachableError, quoted
from settings.text_file import current_user
from settings.upkeep import Upkeep
from storage import files as database_files
from storage.backup import BusyFolderError, DamagedCopyError, bot_at
from storage.files import DAMAGED_REMEDY, FOREIGN_REMEDY
from storage.store import (
    AlreadyRunningError,
    ForeignDatabaseError,
    NewerDatabaseError,
    OpenToOthersError,
    StorageError,
)


def list_backups(upkeep: Upkeep) -> str:
    """Return the backups that there are, a line each, the newest first.

    :raises ConfigurationError: the folder cannot be read
    """
    try:
        found = backups_in(upkeep.backups)
    except OSError as error:
        raise ConfigurationError(f"{quoted(str(upkeep.backups))} cannot be read ({error.strerror}).") from error
    if not found:
        return f"There is no backup in {quoted(str(upkeep.backups.absolute()))}. `causerie backup` makes one."
    return "\n".join(
        [*(one.line for one in found), "", "To restore one, stop the bot and name it: `causerie restore FOLDER`"]
    )


def restore(upkeep: Upkeep, named: str, *, any_bot: bool) -> str:
    """Put the data of a backup in the place of what is there, and return what to say of it.

    :param named: the backup's folder, or its name in the folder of backups
    :param any_bot: also where it is a backup of another bot
    :raises ConfigurationError: the bot runs, or the backup is not one that fits; nothing was changed
    :raises UnreachableError: the disk is full or broken, or the backup is damaged; nothing was changed
    """
    backup = _chosen(upkeep, named)
    look_at(upkeep.data)
    _refuse_unfit(backup)
    with _said_of(upkeep, backup):
        lock = database_files.own(upkeep.data / DATABASE)
        try:
            _refuse_foreign(upkeep.data / DATABASE)
            _refuse_other_bot(upkeep, backup, any_bot=any_bot)
            done = replace(upkeep, backup, time.time())
        finally:
            lock.close()
    return _summary(backup, done)


def _chosen(upkeep: Upkeep, named: str) -> Backup:
    beside = upkeep.backups / named
    return backup_at(beside if not os.path.lexists(named) and beside.is_dir() else Path(named))


def _refuse_unfit(backup: Backup) -> None:
    try:
        database_files.applied_migrations(backup.path / DATABASE)
    except (ForeignDatabaseError, NewerDatabaseError) as error:
        said = str(error).removeprefix("CAUSERIE_DATA: ").replace(DAMAGED_REMEDY, "Name an older backup.")
        raise ConfigurationError(said.replace(FOREIGN_REMEDY, "Name another backup.")) from error
    except OSError as error:
        raise ConfigurationError(
            f"{quoted(str(backup.path))} cannot be read by {current_user()} ({error.strerror})."
        ) from error


def _refuse_foreign(database: Path) -> None:
    """Refuse to replace what is not ours. A database that a later version wrote, or that is damaged, may be replaced."""
    if database.exists() and database.stat().st_size > 0:
        try:
            database_files.recognise(database)
        except ForeignDatabaseError as error:
            raise ConfigurationError(str(error)) from error


def _refuse_other_bot(upkeep: Upkeep, backup: Backup, *, any_bot: bool) -> None:
    theirs = backup.manifest.bot
    for mine, where in (
        (upkeep.bot, "DISCORD_TOKEN is"),
        (bot_at(upkeep.data / DATABASE), f"the data in {quoted(str(upkeep.data))} are"),
    ):
        if not any_bot and None not in (mine, theirs) and mine != theirs:
            raise ConfigurationError(
                f"{quoted(str(backup.path))} is a backup of the bot {theirs}, and {where} of the bot {mine}."
                " Name a backup of this bot, or the other bot's DISCORD_TOKEN and CAUSERIE_DATA."
                " If one is to go on with the data of the other, add --any-bot."
            )


@contextmanager
def _said_of(upkeep: Upkeep, backup: Backup) -> Iterator[None]:
    """Say in words of the operator what may fail before anything is changed, and what may fail afterwards."""
    untouched = "The data are as they were."
    try:
        yield
    except AlreadyRunningError as error:
        if (upkeep.data / RESTORING).exists():
            raise UnreachableError(
                f"Another restore is under way in {quoted(str(upkeep.data))}. Wait until it is done, and look at what it says."
            ) from error
        raise ConfigurationError(str(error)) from error
    except OpenToOthersError as error:
        raise ConfigurationError(str(error)) from error
    except BusyFolderError as error:
        raise UnreachableError("A backup is being made at the moment. Wait until it is done.") from error
    except DamagedCopyError as error:
        raise UnreachableError(
            f"{quoted(str(backup.path))} is damaged ({error}). {untouched} Name an older backup."
        ) from error
    except NotSettledError as error:
        raise UnreachableError(
            f"The data of the backup are in place, but then the disk failed ({error}). Look at it, and run `causerie doctor` before you start the"
            " bot. What was there before becomes a backup with the next `causerie backup`."
        ) from error
    except StorageError as error:
        raise UnreachableError(
            f"Nothing was restored: {error}. {untouched} {_remedy(is_full=_tells_of_room(error))}"
        ) from error
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO):
            remedy = _remedy(is_full=error.errno != errno.EIO)
            raise UnreachableError(f"Nothing was restored: {error.strerror}. {untouched} {remedy}") from error
        where = quoted(str(error.filename or upkeep.data))
        raise ConfigurationError(
            f"Nothing was restored: {where} cannot be used by {current_user()} ({error.strerror}). {untouched}"
        ) from error


def _remedy(*, is_full: bool) -> str:
    # SQLite also speaks of an error where a full disk keeps it from making the file beside the log.
    return f"{'Make room on that disk' if is_full else 'Look at that disk: it is full, or broken. Mend that'}, and start again."


def _tells_of_room(error: StorageError) -> bool:
    """Whether SQLite says that the disk is full, or `replace` that it has too little room."""
    return "full" in str(error) or "free" in str(error)


def _summary(backup: Backup, done: Replaced) -> str:
    """Return what an operator should know before the bot is started."""
    found, adapted = done.found, done.adapted
    made = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(backup.manifest.made_s))
    held = f"{found.people:,} people, {found.sessions:,} sessions, {found.turns:,} turns"
    lines = [f"Restored the data of {made}, and looked through them: {held}, {megabytes(backup.manifest.bytes)}."]
    if adapted.since:
        lines.append(
            "What came after the backup was answered by the data that are replaced, and is not answered again."
        )
    else:
        lines.append(
            "Nobody can say what was answered since, so nothing that was written before this moment is answered."
        )
    if adapted.ended:
        lines.append(f"Questions that were unfinished in the backup and are not asked again: {adapted.ended:,}.")
    if adapted.goes_on:
        lines.append(f"Questions that nobody has touched since, and that the next start answers: {adapted.goes_on:,}.")
    if adapted.lost:
        lines.append(
            f"Questions after the backup that had no answer yet, and get none: {adapted.lost:,}. Their authors may ask again."
        )
    if done.forgotten:
        lines.append(
            f"People who wanted to be forgotten since the backup, and are forgotten again: {done.forgotten:,}."
        )
    if done.missing:
        lines.append(f"Files that the backup does not have: {done.missing:,}.")
    if done.kept is not None and done.is_kept_whole:
        lines.append(f"What was there before is a backup now: {quoted(str(done.kept.absolute()))}.")
    elif done.kept is not None:
        lines.append(f"What was there before is damaged, and lies in {quoted(str(done.kept.absolute()))}.")
    lines.append("Start the bot.")
    return "\n".join(lines)
