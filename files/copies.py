"""Copies of kept files for backups, and back: as second names of the same files where the disk can do that, else as new files.

A kept file never changes: it is written once, under a name of its own, and at last it is removed. So a second name (a hard link)
is as good as a copy on the same disk, and takes no room.
"""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

PIECE_BYTES: Final = 1 << 20
"""What is copied is synced after so much, so that the commits of a running bot do not wait behind all of it."""

_UNFINISHED: Final = ".copying"
_OURS_ALONE: Final = 0o600


def bring(name: str, sources: Sequence[Path], target: Path) -> bool:
    """Have a kept file in the folder `target`, from the first of these folders that has it; return whether one had it.

    A kill leaves either nothing under the file's name, or all of it. What is there already is left alone. What is no file counts as missing:
    a symbolic link in a folder that somebody has carried here could name any file of the machine.

    :raises OSError: the disk is full, or does not let it be read or written
    """
    path = target / name
    if os.path.lexists(path):
        return True
    for source in sources:
        if (source / name).is_symlink():
            continue
        try:
            os.link(source / name, path, follow_symlinks=False)
        except FileNotFoundError:
            continue
        except OSError:  # another disk, or one that has no second names
            if _copied(source / name, path):
                return True
        else:
            return True
    return False


def _copied(source: Path, path: Path) -> bool:
    unfinished = path.with_name(path.name + _UNFINISHED)
    try:
        original = source.open("rb")
    except FileNotFoundError:
        return False
    with original:
        number = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, _OURS_ALONE)
        try:
            with os.fdopen(number, "wb", buffering=0) as copy:
                os.fchmod(number, _OURS_ALONE)
                while piece := original.read(PIECE_BYTES):
                    view = memoryview(piece)
                    while view:
                        view = view[copy.write(view) or 0 :]
                    os.fdatasync(number)
            unfinished.replace(path)
        except BaseException:
            unfinished.unlink(missing_ok=True)
            raise
    return True


def bytes_to_copy(names: Iterable[str], source: Path, target: Path) -> int:
    """Return how many bytes these files of a folder will take on the disk of another one: none where second names will do.

    :raises OSError: a folder cannot be read
    """
    if source.stat().st_dev == target.stat().st_dev:
        return 0
    total = 0
    for name in names:
        try:
            total += (source / name).stat().st_size
        except FileNotFoundError:
            continue
    return total


def sync_folder(folder: Path) -> None:
    """Have the names in a folder survive a power cut.

    :raises OSError: the disk is broken
    """
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
