"""Compares the kept files on the disk with the rows, for `causerie doctor`. Nothing is changed."""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from commands.backups import DATABASE, FILES, megabytes
from commands.finding import Finding, listed
from files.folder import Folder
from settings.errors import quoted
from storage.examination import files_that_remain, kept_files

FRESH_S: Final = 3600.0
"""A file that is younger may belong to a question whose row is not committed yet."""


SHOWN_MAX: Final = 3
"""So many files that cannot be deleted are named."""


def check_files(data: Path) -> Iterator[Finding]:
    """Yield what there is to say of the files. A bot may keep and remove some meanwhile.

    :raises StorageError: the rows cannot be read
    """
    folder = Folder(data / FILES)
    oldest_s = time.time() - FRESH_S
    there = {name: found for name in folder.names() if (found := _stat(folder.path(name))) is not None}
    rows = kept_files(data / DATABASE)
    orphans = sorted(name for name, found in there.items() if name not in rows and found.st_mtime < oldest_s)
    missing = [name for name, is_needed in rows.items() if is_needed and folder.size(name) is None]
    if missing:  # one whose row is gone, too, was removed in between
        rows = kept_files(data / DATABASE)
        missing = sorted(name for name in missing if rows.get(name))
    if orphans:
        said = (
            f"{len(orphans):,} files are known by no row: {listed(orphans, 3)}. The next start of the bot removes them."
        )
        yield Finding("look", "files", said)
    remain = files_that_remain(data / DATABASE)
    for name, why in list(remain.items())[:SHOWN_MAX]:
        said = (
            f"{quoted(str(folder.path(name)))} is to be removed, and cannot be ({why}). Delete it by hand, or let the bot's user write into its folder."
            " Until then whoever it belongs to may wait to be forgotten; the bot tries again every minute."
        )
        yield Finding("wrong", "files", said)
    if missing:
        said = (
            f"{len(missing):,} files that rows name are gone from the disk: {listed(missing, 3)}. Their conversations go on without them."
            f" Where a backup has them in its folder {FILES}, copy them back."
        )
        yield Finding("wrong", "files", said)
    if not orphans and not missing and not remain:
        size = sum(found.st_size for found in there.values())
        yield Finding("ok", "files", f"{len(there):,}, {megabytes(size)}; rows and disk agree.")


def _stat(path: Path) -> os.stat_result | None:
    try:
        return path.lstat()  # a kept file is never a link
    except FileNotFoundError:  # it was removed meanwhile
        return None
