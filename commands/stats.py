"""`causerie stats`: how many people, sessions and turns there are, what they used by month and model, and what the data take of the disk."""

import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
from msgspec import Struct

from commands.backups import DATABASE, FILES, backups_in, have_database, megabytes
from files.folder import Folder
from settings.errors import UnreachableError, one_line, quoted
from settings.upkeep import Upkeep
from storage.statistics import ModelUse, Statistics, statistics
from storage.store import StorageError


class Sizes(Struct, frozen=True, kw_only=True):
    """What the data take of the disk, in bytes. Files that a backup shares with the data count once."""

    database: int
    log: int
    files: int
    backups: int


class Report(Struct, frozen=True, kw_only=True):
    """What `--json` prints."""

    time_s: float
    rows: Statistics
    bytes: Sizes


def report(upkeep: Upkeep) -> Report:
    """Return all figures; a bot may run.

    :raises ConfigurationError: there is no database of ours
    :raises UnreachableError: the database cannot be read
    """
    have_database(upkeep.data)
    now_s = time.time()
    try:
        rows = statistics(upkeep.data / DATABASE, now_s)
    except StorageError as error:
        raise UnreachableError(
            f"{quoted(str(upkeep.data / DATABASE))} cannot be read ({error}). Run `causerie doctor`."
        ) from error
    return Report(time_s=now_s, rows=rows, bytes=sizes(upkeep))


def sizes(upkeep: Upkeep) -> Sizes:
    """Return what the data take of the disk."""
    kept = {name: _size(upkeep.data / FILES / name, follow=False) for name in Folder(upkeep.data / FILES).names()}
    backups = 0
    seen: set[int] = set()
    for one in backups_in(upkeep.backups):
        backups += _size(one.path / DATABASE)
        for path in (one.path / FILES).glob("*"):
            found = path.lstat()
            if path.name not in kept and found.st_ino not in seen:
                seen.add(found.st_ino)
                backups += found.st_size
    return Sizes(
        database=_size(upkeep.data / DATABASE),
        log=_size(upkeep.data / f"{DATABASE}-wal"),
        files=sum(kept.values()),
        backups=backups,
    )


def _size(path: Path, *, follow: bool = True) -> int:
    """Return how many bytes a file has; a kept file is never a link, and one that is leads perhaps to what nobody here may read."""
    try:
        return path.stat(follow_symlinks=follow).st_size
    except FileNotFoundError:
        return 0


def as_json(found: Report) -> str:
    """Return the figures for other programs."""
    return msgspec.json.format(msgspec.json.encode(found)).decode()


def as_text(found: Report) -> str:
    """Return the figures as lines of a terminal."""
    return "\n".join(_lines(found))


def _lines(found: Report) -> Iterator[str]:
    rows, disk = found.rows, found.bytes
    yield f"people    {rows.people:,}, of whom {rows.active_30_days:,} asked something within 30 days"
    yield f"sessions  {rows.sessions:,}, of which {rows.public_sessions:,} are public; {rows.utterances:,} utterances"
    states = ", ".join(f"{state} {count:,}" for state, count in rows.turns.items())
    yield f"turns     {sum(rows.turns.values()):,}{f': {states}' if states else ''}"
    yield f"files     {rows.files:,}"
    yield (
        f"disk      database {megabytes(disk.database)}, its log {megabytes(disk.log)}, files {megabytes(disk.files)},"
        f" backups {megabytes(disk.backups)}"
    )
    if rows.use:
        yield ""
        yield from _table(rows.use)


def _table(use: tuple[ModelUse, ...]) -> Iterator[str]:
    wide = max(len("model"), *(len(one_line(row.model)) for row in use))
    yield f"month    {'model':{wide}}  {'requests':>9}  {'tokens in':>13}  {'tokens out':>13}  {'dollars':>10}"
    for row in use:
        unpriced = f"  {row.unpriced_requests:,} without a price" if row.unpriced_requests else ""
        yield (
            f"{row.month}  {one_line(row.model):{wide}}  {row.requests:>9,}  {row.input_tokens:>13,}  {row.output_tokens:>13,}"
            f"  {row.micro_dollars / 1e6:>10,.2f}{unpriced}"
        )
