"""`causerie backup`: a copy of the data in a folder of its own, made while the bot runs, looked through, and put beside the older ones.

The order matters. Files are written before their rows and removed after them, and a person is put on the list of the forgotten after a
row says that they are being forgotten, and before anything is erased. So the list is copied first, then the files that are there get
second names, then the database is copied as it is at one moment, and then the files follow that came meanwhile.
"""

import errno
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path

import msgspec

from commands.backups import (
    DATABASE,
    FILES,
    FORMAT,
    MANIFEST,
    Backup,
    Manifest,
    backups_in,
    have_database,
    megabytes,
    new_names,
    remove_oldest,
    settle_unfinished,
)
from commands.data_check import FREE_BYTES_WRONG
from commands.progress import ProgressLine
from files.copies import bring, bytes_to_copy, sync_folder
from files.folder import Folder
from settings.errors import ConfigurationError, UnreachableError, quoted
from settings.text_file import current_user
from settings.upkeep import Upkeep
from storage.backup import BusyFolderError, DamagedCopyError, alone_in, contents, copy_database, kept_names
from storage.files import have_folder
from storage.forgotten import forgotten, note
from storage.store import StorageError


def back_up(upkeep: Upkeep) -> str:
    """Make a backup of the data, remove the oldest ones, and return what to say of it.

    :raises ConfigurationError: there is nothing to be backed up, or a folder cannot be used
    :raises UnreachableError: the disk is full, the database is damaged, or another backup is being made. Older backups are untouched
    """
    have_database(upkeep.data)
    folder = upkeep.backups
    with _said_of(folder):
        have_folder(folder)
        with alone_in(folder):
            settle_unfinished(folder, upkeep.data / DATABASE)
            made = make(upkeep, folder, time.time())
            removed = remove_oldest(folder, upkeep.keep)
    return _summary(made, removed, upkeep)


@contextmanager
def _said_of(folder: Path) -> Iterator[None]:
    """Say in words of the operator what may fail while a backup is made."""
    untouched = "The older backups are as they were."
    shown = quoted(str(folder.absolute()))
    try:
        yield
    except BusyFolderError as error:
        raise UnreachableError(f"Another backup is being made in {shown}. Wait until it is done.") from error
    except DamagedCopyError as error:
        raise UnreachableError(
            f"The database is damaged ({error}), so there is no backup of it. {untouched} Run `causerie doctor`."
        ) from error
    except StorageError as error:
        raise UnreachableError(f"No backup was made in {shown}: {error}. {untouched}") from error
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO):
            raise UnreachableError(f"No backup was made in {shown}: {error.strerror}. {untouched}") from error
        where = quoted(str(error.filename or folder))
        raise ConfigurationError(
            f"No backup was made: {where} cannot be used by {current_user()} ({error.strerror}). {untouched}"
        ) from error


def make(upkeep: Upkeep, folder: Path, now_s: float) -> Backup:
    """Make a backup in a folder in which nobody else makes one, and return it; the disk has it then.

    :raises StorageError: the disk is full, or the database cannot be read
    :raises DamagedCopyError: the database is damaged
    :raises OSError: a folder cannot be used
    """
    growing, path = new_names(folder, now_s)
    _refuse_full(upkeep, folder)
    growing.mkdir()
    try:
        growing.chmod(0o700)
        manifest = _fill(growing, upkeep, now_s, backups_in(folder)[:1])
        sync_folder(growing)
        growing.rename(path)
        sync_folder(folder)
    except BaseException:
        shutil.rmtree(growing, ignore_errors=True)
        raise
    return Backup(path, manifest)


def _refuse_full(upkeep: Upkeep, folder: Path) -> None:
    """Refuse to begin what the disk has no room for: a full disk would stop the bot, too."""
    database, kept = upkeep.data / DATABASE, upkeep.data / FILES
    log = database.with_name(f"{DATABASE}-wal")
    needed = database.stat().st_size + (log.stat().st_size if log.exists() else 0)
    if kept.is_dir():
        needed += bytes_to_copy(Folder(kept).names(), kept, folder)
    room = os.statvfs(folder)
    free = room.f_bavail * room.f_frsize
    if free < needed + FREE_BYTES_WRONG:
        raise StorageError(
            f"it needs {megabytes(needed)}, and of the {megabytes(free)} that are free {megabytes(FREE_BYTES_WRONG)} are left to the bot."
            " Make room, or keep fewer backups (backups.keep)"
        )


def _fill(growing: Path, upkeep: Upkeep, now_s: float, before: list[Backup]) -> Manifest:
    """Put everything into a backup that is not whole yet, look through it, and return what its manifest says."""
    for one in forgotten(upkeep.data):
        note(growing, one.person, one.time_s)
    kept = growing / FILES
    kept.mkdir()
    kept.chmod(0o700)
    sources = (upkeep.data / FILES, *(one.path / FILES for one in before))
    for name in list(Folder(upkeep.data / FILES).names()):
        bring(name, sources, kept)
    database = growing / DATABASE
    copy_database(upkeep.data / DATABASE, database, ProgressLine("Copying the database").show, is_live=True)
    found = contents(database)
    needed = set(kept_names(database))
    for name in needed:
        # One that is not there any more was removed in the moment after the copy of the database.
        bring(name, sources, kept)
    size = database.stat().st_size
    count = 0
    for name in list(Folder(kept).names()):
        if name in needed:
            count += 1
            size += (kept / name).stat().st_size
        else:  # the rows have released it, or do not know it yet
            (kept / name).unlink()
    sync_folder(kept)
    manifest = Manifest(
        format=FORMAT,
        made_s=now_s,
        version=_version(),
        bot=found.bot or upkeep.bot,
        people=found.people,
        sessions=found.sessions,
        turns=found.turns,
        files=count,
        bytes=size,
    )
    write_manifest(growing, manifest)
    return manifest


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write what a backup is; the disk has it then.

    :raises OSError: the disk is full
    """
    number = os.open(folder / MANIFEST, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(number, "wb") as file:
        os.fchmod(number, 0o600)
        file.write(msgspec.json.format(msgspec.json.encode(manifest)) + b"\n")
        file.flush()
        os.fsync(number)


def _version() -> str:
    try:
        return metadata.version("causerie")
    except metadata.PackageNotFoundError:
        return "from a checkout"


def _summary(made: Backup, removed: int, upkeep: Upkeep) -> str:
    found = made.manifest
    held = f"{found.people:,} people, {found.sessions:,} sessions, {found.turns:,} turns and {found.files:,} files"
    lines = [
        f"Made {quoted(str(made.path.absolute()))}, and looked through it: it is whole.",
        f"It holds {held}, {megabytes(found.bytes)}. It is not encrypted; only its owner may read it.",
    ]
    if removed:
        lines.append(f"{'One older backup was' if removed == 1 else f'{removed} older backups were'} removed.")
    lines.append(f"At most {upkeep.keep} are kept there. `causerie restore` lists them.")
    return "\n".join(lines)
