"""The data, opened before anything that takes long to load: a process that may not have it ends at once."""

import os
import stat
from pathlib import Path
from typing import Final

from files.folder import Folder
from settings.errors import ConfigurationError, UnreachableError, quoted
from settings.settings import Settings
from settings.text_file import current_user
from storage.sqlite import open_store
from storage.store import (
    AlreadyRunningError,
    ForeignDatabaseError,
    NewerDatabaseError,
    OpenToOthersError,
    StorageError,
    Store,
)

FILES: Final = "files"
"""What the folder of kept files is called, beside `causerie.db`."""

_FILES: Final = ("causerie.db", "causerie.db-wal", "causerie.db-shm", "causerie.lock")
"""What may stand in the folder of an earlier run."""


def open_data(settings: Settings) -> Store:
    """Open `causerie.db` and own it until it is closed or the process ends; have the folder of kept files beside it.

    :raises ConfigurationError: another process has it, it is not ours, or the folder or a file cannot be used or is open to
        everybody
    :raises UnreachableError: nothing can be stored at the moment
    """
    folder = settings.data
    try:
        look_at(folder)
        store = open_store(folder / "causerie.db", settings.limits)
    except (AlreadyRunningError, ForeignDatabaseError, NewerDatabaseError, OpenToOthersError) as error:
        raise ConfigurationError(str(error)) from error
    except StorageError as error:
        raise UnreachableError(
            f"CAUSERIE_DATA is {quoted(str(folder))}, where nothing can be stored: {error}."
        ) from error
    except OSError as error:
        cause = error.strerror
        if isinstance(error, FileExistsError):  # it, or what should be a folder above it
            cause = f"{quoted(str(error.filename))} is a file, not a folder"
        if isinstance(error, PermissionError):
            cause = f"{quoted(str(error.filename))} may not be used by {current_user()}"
        raise ConfigurationError(
            f"CAUSERIE_DATA is {quoted(str(folder))}, which cannot be used ({cause}). Name a folder that the bot may write to."
        ) from error
    try:
        _make_files(settings)
    except ConfigurationError:
        store.close()
        raise
    return store


def files_of(settings: Settings) -> Folder:
    """Return the folder of kept files beside `causerie.db`, which `open_data` has made."""
    return Folder(settings.data / FILES)


def _make_files(settings: Settings) -> None:
    """Have the folder of kept files, for the process that owns the data.

    :raises ConfigurationError: it cannot be made
    """
    try:
        files_of(settings).make()
    except OSError as error:
        path = quoted(str(settings.data / FILES))
        raise ConfigurationError(
            f"CAUSERIE_DATA: {path} cannot be used as a folder by {current_user()} ({error.strerror})."
            " Move it away, or name another folder."
        ) from error


def look_at(folder: Path) -> None:
    """Look at what an earlier run left, without touching it: SQLite would say of each of these that it cannot open the file.

    :raises ConfigurationError: a file is not a file, or may not be written by this user
    """
    if folder.is_symlink() and not folder.exists():
        raise ConfigurationError(
            f"CAUSERIE_DATA is {quoted(str(folder))}, a symbolic link that leads nowhere. Is a disk not mounted? Mend the link."
        )
    for name in _FILES:
        path = folder / name
        if not os.path.lexists(path):
            continue
        if path.is_symlink() and not path.exists():
            raise ConfigurationError(
                f"CAUSERIE_DATA: {quoted(str(path))} is a symbolic link that leads nowhere. Is a disk not mounted? Mend the link."
            )
        if not stat.S_ISREG(path.stat().st_mode):
            raise ConfigurationError(
                f"CAUSERIE_DATA: {quoted(str(path))} is not a file. Move it away, or name another folder."
            )
        if not os.access(path, os.R_OK | os.W_OK, effective_ids=True):
            raise ConfigurationError(
                f"CAUSERIE_DATA: {quoted(str(path))} may not be read and written by {current_user()}."
                " Give it to that user (chown), or name another folder."
            )
