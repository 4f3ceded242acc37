"""Looks at the folder of the data and at the database in it, for `causerie check`. Nothing is made or changed."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from commands.finding import Finding
from open_data import look_at
from settings.errors import ConfigurationError, quoted
from settings.text_file import current_user
from storage.inspection import inspect
from storage.store import ForeignDatabaseError, NewerDatabaseError, OpenToOthersError

INTEGRITY_S: Final = 20.0
"""How long SQLite may look for damage: it reads some hundred megabytes in a second."""

FREE_BYTES_WRONG: Final = 50_000_000
FREE_BYTES_LOOK: Final = 1_000_000_000
"""Where less is free, the next files or the next weeks do not fit any more."""


def check_data(folder: Path) -> list[Finding]:
    """Return what there is to say of the folder that `CAUSERIE_DATA` names."""
    try:
        look_at(folder)
    except ConfigurationError as wrong:
        return [Finding("wrong", "data", str(wrong))]
    return [*_of_folder(folder), *_of_database(folder / "causerie.db")]


def _of_folder(folder: Path) -> Iterator[Finding]:
    shown = quoted(str(folder.absolute()))
    there = folder.absolute()
    while not os.path.lexists(there):
        there = there.parent
    if not there.is_dir():
        yield Finding(
            "wrong", "data", f"CAUSERIE_DATA is {shown}, but {quoted(str(there))} is no folder. Name another one."
        )
        return
    if not os.access(there, os.R_OK | os.W_OK | os.X_OK, effective_ids=True):
        who = current_user()
        yield Finding(
            "wrong",
            "data",
            f"CAUSERIE_DATA is {shown}, and {quoted(str(there))} may not be written by {who}. Give it to that user (chown), or name another folder.",
        )
        return
    yield of_free_space(shown, _free_bytes(there), is_there=there == folder.absolute())


def _free_bytes(folder: Path) -> int:
    room = os.statvfs(folder)
    return room.f_bavail * room.f_frsize


def of_free_space(shown: str, free: int, *, is_there: bool) -> Finding:
    """Return the line about a folder that can be written, where so many bytes are free."""
    if free < FREE_BYTES_WRONG:
        said = f"{shown}: only {free / 1e6:,.0f} MB are free. Make room: without it nothing can be stored."
        return Finding("wrong", "data", said)
    text = f"{shown}{'' if is_there else ' will be made by the first start'}; {free / 1e9:,.1f} GB are free."
    if free < FREE_BYTES_LOOK:
        return Finding("look", "data", f"{text} Attached files may soon fill that.")
    return Finding("ok", "data", text)


def _of_database(path: Path) -> Iterator[Finding]:
    try:
        found = inspect(path, INTEGRITY_S)
    except (ForeignDatabaseError, NewerDatabaseError, OpenToOthersError) as wrong:
        yield Finding("wrong", "database", str(wrong))
        return
    except OSError as error:
        yield Finding(
            "wrong", "database", f"{quoted(str(path))} cannot be read by {current_user()} ({error.strerror})."
        )
        return
    if found is None:
        yield Finding("ok", "database", "there is none yet; the first start makes it.")
        return
    if found.damage:
        said = f"{quoted(str(path))} is damaged ({found.damage}). Stop the bot, and put a backup in its place."
        yield Finding("wrong", "database", said)
    elif found.damage is None:
        said = f"{quoted(str(path))} is too large to be looked through within {INTEGRITY_S:g} seconds; what was seen is sound."
        yield Finding("look", "database", said)
    else:
        pending = found.known - found.applied
        version = f"its schema is at step {found.applied} of {found.known}"
        yield Finding(
            "ok", "database", f"sound; {version}{'; the next start brings it up to date' if pending else ''}."
        )
    running = "a bot runs on it now; a second one would be refused." if found.is_owned else "no bot runs on it now."
    yield Finding("ok", "process", running)
