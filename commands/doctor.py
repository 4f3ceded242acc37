"""`causerie doctor`: what is wrong with the data, and what to do. It only reads, also while the bot runs; it asks nobody outside.

`check` is for the first minutes: token, permissions, models. This is for the years after: damage, files that nobody needs or that are gone,
work that does not get on, room, rights, backups.
"""

import os
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from commands.backups import DATABASE, backups_in, megabytes
from commands.data_check import of_free_space
from commands.file_check import check_files
from commands.finding import Finding
from commands.replacement import RESTORING
from open_data import look_at
from settings.errors import ConfigurationError, quoted
from settings.upkeep import Upkeep
from storage.examination import Examination, examine
from storage.files import applied_migrations, refuse_open_folder
from storage.schema_names import MIGRATIONS
from storage.store import ForeignDatabaseError, NewerDatabaseError, OpenToOthersError, StorageError

INTEGRITY_S: Final = 600.0
"""How long SQLite may look for damage: it reads some hundred megabytes in a second."""

STUCK_S: Final = 3600.0
"""A turn that has waited for longer does not get on: models and Discord are given up much earlier."""

LOG_BYTES_LOOK: Final = 256_000_000
"""The write-ahead log is emptied again and again; it only grows like this while something keeps the bot from that."""

BACKUP_DAYS_LOOK: Final = 8


def findings(upkeep: Upkeep) -> Iterator[Finding]:
    """Yield what is found, in the order of the lines."""
    data = upkeep.data
    shown = quoted(str(data.absolute()))
    try:
        look_at(data)
        if data.is_dir():
            refuse_open_folder(data)
    except (ConfigurationError, OpenToOthersError) as wrong:
        yield Finding("wrong", "data", str(wrong))
        return
    if not (data / DATABASE).is_file():
        yield Finding(
            "wrong", "data", f"CAUSERIE_DATA is {shown}, where there is no {DATABASE}. Name the bot's folder."
        )
        return
    room = os.statvfs(data)
    yield of_free_space(shown, room.f_bavail * room.f_frsize, is_there=True)
    yield from _of_rights(data)
    yield from _of_leftovers(data)
    yield from _of_database(data)
    yield _of_backups(upkeep)


def _of_rights(data: Path) -> Iterator[Finding]:
    """Look whether everything belongs to one user, and to nobody else."""
    folder = data.stat()
    owner = folder.st_uid
    open_to_others, strange = [], []
    if stat.S_IMODE(folder.st_mode) & stat.S_IRWXO:  # a group may, as some platforms mount every volume for one
        said = f"everybody may look into the folder, though not into the files. Run: chmod o= {quoted(str(data.absolute()))}"
        yield Finding("look", "rights", said)
    for path in data.rglob("*"):
        try:
            found = path.lstat()
        except OSError:  # a backup's that is being made
            continue
        if stat.S_ISLNK(found.st_mode):
            continue
        if stat.S_IMODE(found.st_mode) & 0o077:
            open_to_others.append(path)
        if found.st_uid != owner:
            strange.append(path)
    where = quoted(str(data.absolute()))
    if open_to_others:
        said = f"{len(open_to_others):,} files or folders are open to others, such as {quoted(str(open_to_others[0]))}. Run: chmod -R go= {where}"
        yield Finding("wrong", "rights", said)
    if strange:
        said = f"{len(strange):,} files or folders belong to another user than the folder, such as {quoted(str(strange[0]))}. Run: chown -R --reference={where} {where}"
        yield Finding("wrong", "rights", said)
    if not open_to_others and not strange:
        yield Finding("ok", "rights", "everything belongs to one user, and nobody else may read it.")


def _of_leftovers(data: Path) -> Iterator[Finding]:
    for name in (RESTORING, f"{DATABASE}.new"):
        if (data / name).exists():
            said = (
                f"{quoted(str(data / name))} is left of something that was killed. Stop the bot, remove it, and start."
            )
            yield Finding("look", "leftovers", said)


def _of_database(data: Path) -> Iterator[Finding]:
    path = data / DATABASE
    try:
        applied = applied_migrations(path)
        if applied < len(MIGRATIONS):
            said = f"its schema is at step {applied} of {len(MIGRATIONS)}: start the bot, which brings it up to date, and look again."
            yield Finding("look", "schema", said)
            return
        found = examine(path, within_s=INTEGRITY_S, stuck_s=STUCK_S, now_s=time.time())
    except (ForeignDatabaseError, NewerDatabaseError) as wrong:
        yield Finding("wrong", "database", str(wrong))
        return
    except (StorageError, OSError) as error:
        said = f"{quoted(str(path))} cannot be read ({error}). Stop the bot, and put a backup in its place: `causerie restore`."
        yield Finding("wrong", "database", said)
        return
    yield Finding("ok", "process", "a bot runs on it now." if found.is_running else "no bot runs on it now.")
    yield Finding("ok", "schema", f"it is at step {applied} of {len(MIGRATIONS)}.")
    yield from _of_damage(path, found)
    yield _of_log(path)
    yield from _of_work(found)
    yield from check_files(data)


def _of_damage(path: Path, found: Examination) -> Iterator[Finding]:
    size = megabytes(path.stat().st_size)
    remedy = "Stop the bot, keep a copy of the folder, and put a backup in its place: `causerie restore`."
    if found.damage is None:
        said = f"{size}; it could not be looked through within {INTEGRITY_S:.0f} seconds. What was seen is sound."
        yield Finding("look", "database", said)
    elif found.damage:
        yield Finding("wrong", "database", f"it is damaged: {'; '.join(found.damage)}. {remedy}")
    else:
        yield Finding("ok", "database", f"{size}, looked through: it is sound.")
    for table, count in sorted(found.contradictions.items()):
        said = (
            f"{count:,} rows of {table} refer to something that is not there. Has another program changed it? {remedy}"
        )
        yield Finding("wrong", "rows", said)


def _of_log(path: Path) -> Finding:
    log = path.with_name(f"{path.name}-wal")
    size = log.stat().st_size if log.exists() else 0
    if size > LOG_BYTES_LOOK:
        said = f"the write-ahead log has {megabytes(size)}. Does another program keep the database open? End it; the bot then empties the log."
        return Finding("look", "log", said)
    return Finding("ok", "log", f"the write-ahead log has {megabytes(size)}.")


def _of_work(found: Examination) -> Iterator[Finding]:
    unfinished = found.waiting + found.unshown
    if not found.is_running and unfinished:
        said = f"{unfinished:,} turns are unfinished. The next start goes on with them."
        yield Finding("look", "turns", said)
    elif found.stuck or found.stuck_unshown:
        said = (
            f"{found.stuck:,} turns have waited for more than an hour, and of {found.stuck_unshown:,} Discord does not show everything yet."
            " Look at the bot's log for why, and restart it: it goes on with all of them."
        )
        yield Finding("wrong", "turns", said)
    else:
        yield Finding("ok", "turns", f"{unfinished:,} are unfinished, none for long.")
    if found.to_forget:
        said = f"{found.to_forget:,} people have waited for more than an hour to be forgotten. {'Look at the log, and restart the bot.' if found.is_running else 'Start the bot.'}"
        yield Finding("wrong", "forgetting", said)


def _of_backups(upkeep: Upkeep) -> Finding:
    try:
        found = backups_in(upkeep.backups)
    except OSError as error:
        return Finding("wrong", "backups", f"{quoted(str(upkeep.backups))} cannot be read ({error.strerror}).")
    if not found:
        return Finding(
            "look", "backups", f"there is none in {quoted(str(upkeep.backups))}. Make one: `causerie backup`."
        )
    days = (time.time() - found[0].manifest.made_s) / 86_400
    text = f"there are {len(found):,}; the newest is {days:,.1f} days old"
    if days > BACKUP_DAYS_LOOK:
        return Finding("look", "backups", f"{text}. Make one: `causerie backup`, best by a timer.")
    return Finding("ok", "backups", f"{text}.")
