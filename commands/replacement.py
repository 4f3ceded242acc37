"""How `causerie restore` puts a backup in the place of the data, so that a kill or a full disk at any moment leaves one or the other.

Everything is prepared beside the database and looked through. Then one renaming puts it in its place. What a kill leaves beside that,
the next restore or backup settles, and the next start of the bot removes files that no row knows.
"""

import os
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

from commands.backup import write_manifest
from commands.backups import DATABASE, FILES, FORMAT, Backup, Manifest, megabytes, new_names, settle_unfinished
from commands.data_check import FREE_BYTES_WRONG
from commands.progress import ProgressLine
from files.copies import bring, bytes_to_copy, sync_folder
from files.folder import Folder
from settings.upkeep import BACKUPS, Upkeep
from storage.backup import Contents, DamagedCopyError, alone_in, contents, copy_database, counted, kept_names
from storage.files import RESTORING_END, remove_restoring
from storage.forgotten import forgotten, forgotten_since, note
from storage.restored import Adapted, read_since
from storage.restored_copy import finish_copy, settle_log
from storage.store import StorageError

RESTORING: Final = f"{DATABASE}{RESTORING_END}"
"""What the database is called until it is whole."""

_BESIDE: Final = ("-wal", "-shm")


class NotSettledError(Exception):
    """The data of the backup are in their place, and the disk failed afterwards. The text is the system's."""


class Replaced(NamedTuple):
    """What was done. `kept` is where the data lie that were there before; None where there were none."""

    found: Contents
    adapted: Adapted
    forgotten: int
    missing: int
    kept: Path | None
    is_kept_whole: bool


def replace(upkeep: Upkeep, backup: Backup, now_s: float) -> Replaced:
    """Put the data of a backup in the place of what is there. The caller owns the data.

    :raises DamagedCopyError: the backup is damaged
    :raises StorageError: the disk is full, or the backup cannot be read
    :raises BusyFolderError: a backup is being made
    :raises OSError: a folder cannot be used

    After each of these the data are as they were.

    :raises NotSettledError: the data are those of the backup, and the disk failed afterwards
    """
    folder = _folder_of_backups(upkeep)
    with alone_in(folder):
        settle_unfinished(folder, upkeep.data / DATABASE)
        return _replace(upkeep, backup, folder, now_s)


def _folder_of_backups(upkeep: Upkeep) -> Path:
    """Return a folder on the disk of the data, in which what is replaced is kept under second names."""
    if upkeep.backups.is_dir() and upkeep.backups.stat().st_dev == upkeep.data.stat().st_dev:
        return upkeep.backups
    folder = upkeep.data / BACKUPS
    folder.mkdir(mode=0o700, exist_ok=True)
    folder.chmod(0o700)
    return folder


def _replace(upkeep: Upkeep, backup: Backup, folder: Path, now_s: float) -> Replaced:
    data, live, copy = upkeep.data, upkeep.data / DATABASE, upkeep.data / RESTORING
    remove_restoring(live)
    _refuse_full(data, backup)
    was_there = live.exists() and live.stat().st_size > 0
    held = _settled(live) if was_there else None
    again = forgotten_since(data, backup.path)
    kept = None
    brought: list[Path] = []
    try:
        copy_database(backup.path / DATABASE, copy, ProgressLine("Copying the database").show, is_live=False)
        since = None if held is None else read_since(live)
        adapted = finish_copy(copy, since, {one.person for one in again}, partial(note, data), now_s)
        found = contents(copy)
        missing = _bring_files(data, backup, copy, brought)
        for one in forgotten_since(backup.path, data):  # the backup may come from another machine
            note(data, one.person, one.time_s)
        if was_there:
            kept = _keep_replaced(upkeep, folder, held, now_s)
        _put_in_place(copy, live)
    except BaseException:
        for path in brought:  # on a full disk they would be in the bot's way until it removes them
            path.unlink(missing_ok=True)
        remove_restoring(live)
        settle_unfinished(folder, live)
        raise
    try:
        sync_folder(data)
        settle_unfinished(folder, live)  # what was replaced is in use no more
    except OSError as error:
        raise NotSettledError(error.strerror) from error
    return Replaced(found, adapted, len({one.person for one in again}), missing, kept, held is not None)


def _settled(live: Path) -> Contents | None:
    """Have the database that is to be replaced stand in one file, and return what it holds; None where it is damaged."""
    try:
        return counted(live) if settle_log(live) else None
    except DamagedCopyError:
        return None


def _put_in_place(copy: Path, live: Path) -> None:
    for end in _BESIDE:
        live.with_name(live.name + end).unlink(missing_ok=True)
    copy.rename(live)


def _refuse_full(data: Path, backup: Backup) -> None:
    kept = backup.path / FILES
    needed = (backup.path / DATABASE).stat().st_size
    needed += bytes_to_copy(Folder(kept).names(), kept, data) if kept.is_dir() else 0
    room = os.statvfs(data)
    free = room.f_bavail * room.f_frsize
    if free < needed + FREE_BYTES_WRONG:
        raise StorageError(f"it needs {megabytes(needed + FREE_BYTES_WRONG)}, and {megabytes(free)} are free")


def _bring_files(data: Path, backup: Backup, copy: Path, brought: list[Path]) -> int:
    """Have the files that the restored database needs, and return how many the backup does not have.

    :param brought: gets the paths of those that were not there
    """
    Folder(data / FILES).make()
    missing = 0
    for name in kept_names(copy):
        path = data / FILES / name
        if os.path.lexists(path):
            continue
        if bring(name, [backup.path / FILES], path.parent):
            brought.append(path)
        else:
            missing += 1
    sync_folder(data / FILES)
    return missing


def _keep_replaced(upkeep: Upkeep, folder: Path, held: Contents | None, now_s: float) -> Path:
    """Keep what is about to be replaced, under second names, and return where; what is whole is a backup once it is replaced."""
    data = upkeep.data
    growing, path = new_names(folder, now_s)
    if held is None:
        growing = path = path.with_name(f"damaged-{path.name}")
    growing.mkdir(mode=0o700)
    growing.chmod(0o700)
    (growing / FILES).mkdir(mode=0o700)
    (growing / FILES).chmod(0o700)
    for end in ("", *(_BESIDE if held is None else ())):
        bring(f"{DATABASE}{end}", [data], growing)
    names = list(Folder(data / FILES).names() if held is None else kept_names(data / DATABASE))
    size = (data / DATABASE).stat().st_size
    count = 0
    for name in names:
        if bring(name, [data / FILES], growing / FILES):
            count += 1
            size += (growing / FILES / name).stat().st_size
    for one in forgotten(data):
        note(growing, one.person, one.time_s)
    if held is not None:
        manifest = Manifest(
            format=FORMAT,
            made_s=now_s,
            version="replaced by a restore",
            bot=held.bot or upkeep.bot,
            people=held.people,
            sessions=held.sessions,
            turns=held.turns,
            files=count,
            bytes=size,
        )
        write_manifest(growing, manifest)
    sync_folder(growing)
    return path
