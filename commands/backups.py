"""The backups in a folder: what each holds, how they are called, and which are removed when there are enough.

A backup is a folder named after its moment, such as `backup-20261127-023000`. It holds `causerie.db`, the folder `files`, the list
`forgotten`, and `backup.json`, which says what it is. It has that name only when it is whole: until then, and from the moment at which
it is removed, its name begins with a dot.
"""

import contextlib
import shutil
import time
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from open_data import look_at
from settings.errors import ConfigurationError, quoted
from storage.files import applied_migrations
from storage.store import ForeignDatabaseError, NewerDatabaseError

DATABASE: Final = "causerie.db"
FILES: Final = "files"
MANIFEST: Final = "backup.json"
FORMAT: Final = 1
GIGABYTE: Final = 10**9

_PREFIX: Final = "backup-"
_UNFINISHED: Final = ".backup-"
_REMOVED: Final = ".removed-"
"""How the names begin of backups that are not whole yet, and of those that are not any more."""


class Manifest(Struct, frozen=True, kw_only=True):
    """What `backup.json` says. `bytes` is what the database and the files have; times are seconds since 1970."""

    format: int
    made_s: float
    version: str
    bot: int | None
    people: int
    sessions: int
    turns: int
    files: int
    bytes: int


class Backup(Struct, frozen=True):
    """A backup that is whole."""

    path: Path
    manifest: Manifest

    @property
    def line(self) -> str:
        """The backup as a line of a list."""
        made = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(self.manifest.made_s))
        found = self.manifest
        return f"{self.path}  {made}  {found.people:,} people, {found.sessions:,} sessions, {megabytes(found.bytes)}"


def megabytes(size: int) -> str:
    """Return a number of bytes for people."""
    return f"{size / 1e6:,.1f} MB" if size < GIGABYTE else f"{size / GIGABYTE:,.2f} GB"


def backups_in(folder: Path) -> list[Backup]:
    """Return the backups in a folder, the newest first; what else is there is left out.

    :raises OSError: the folder cannot be read
    """
    found = []
    for path in folder.glob(f"{_PREFIX}*") if folder.is_dir() else ():
        with contextlib.suppress(ConfigurationError):
            found.append(backup_at(path))
    return sorted(found, key=lambda one: (one.manifest.made_s, one.path.name), reverse=True)


def backup_at(path: Path) -> Backup:
    """Return the backup at a path.

    :raises ConfigurationError: there is none, or it is not one that this version can read
    """
    if not path.is_dir():
        what = "a file" if path.exists() else "not there"
        raise ConfigurationError(
            f"{quoted(str(path))} is {what}; a backup is a folder. `causerie restore` without a name lists those that there are."
        )
    try:
        manifest = msgspec.json.decode((path / MANIFEST).read_bytes(), type=Manifest)
    except (OSError, msgspec.MsgspecError) as error:
        raise ConfigurationError(
            f"{quoted(str(path))} is no backup: its {MANIFEST} cannot be read. `causerie restore` without a name lists those that there are."
        ) from error
    if manifest.format > FORMAT:
        raise ConfigurationError(
            f"{quoted(str(path))} was made by a later version of Causerie ({manifest.version}). Install that version."
        )
    return Backup(path, manifest)


def new_names(folder: Path, now_s: float) -> tuple[Path, Path]:
    """Return the path of a new backup while it is not whole, and the one that it then gets. Nothing is made."""
    stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime(now_s))
    number = 1
    while True:
        name = stamp if number == 1 else f"{stamp}-{number}"
        if not (folder / f"{_PREFIX}{name}").exists():
            return folder / f"{_UNFINISHED}{name}", folder / f"{_PREFIX}{name}"
        number += 1


def settle_unfinished(folder: Path, live: Path) -> None:
    """Settle what a process has left that was killed while it made or removed a backup. Nobody else may be at work in the folder.

    What has its manifest, which is written last, is whole. Only of what a restore was about to replace, the database may still be
    the one in use, under a second name: that is removed, for it would go on changing.

    :param live: the database in use
    :raises OSError: the disk does not let it be removed
    """
    for path in (*folder.glob(f"{_UNFINISHED}*"), *folder.glob(f"{_REMOVED}*")):
        is_whole = path.name.startswith(_UNFINISHED) and (path / MANIFEST).exists() and (path / DATABASE).exists()
        final = path.with_name(path.name[1:])
        if is_whole and not (live.exists() and live.samefile(path / DATABASE)) and not final.exists():
            path.rename(final)
        else:
            _delete(path)


def remove_oldest(folder: Path, keep: int) -> int:
    """Remove all backups but the newest ones, and return how many these were. Nobody else may be at work in the folder.

    :raises OSError: the disk does not let them be removed
    """
    old = backups_in(folder)[keep:]
    for one in old:
        going = one.path.with_name(f"{_REMOVED}{one.path.name}")
        one.path.rename(going)
        _delete(going)
    return len(old)


def _delete(path: Path) -> None:
    """Delete a backup; of one that an operator has put elsewhere, the link to it alone."""
    if path.is_symlink():
        path.unlink()
    else:
        shutil.rmtree(path)


def have_database(data: Path) -> None:
    """Return if there is a database of ours in a folder. Nothing is changed.

    :raises ConfigurationError: there is none, or it is of another program or a later version
    """
    look_at(data)
    database = data / DATABASE
    if not database.is_file() or not database.stat().st_size:
        raise ConfigurationError(
            f"CAUSERIE_DATA is {quoted(str(data.absolute()))}, where there is no {DATABASE} yet. Name the folder of the bot's data."
        )
    try:
        applied_migrations(database)
    except (ForeignDatabaseError, NewerDatabaseError) as error:
        raise ConfigurationError(str(error)) from error
