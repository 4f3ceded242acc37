"""The files that are kept on disk beside the database: what people attached, and what models made.

Each has a random name, so that nothing of what a person calls a file ever becomes a path. Which session a file belongs to,
and whether it is still needed, is said by the rows (`storage/kept_files.py`).
"""

import os
import re
import secrets
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

_NAME: Final = re.compile(r"[0-9a-f]{32}(\.[a-z0-9]{1,8})?")
_ENDING: Final = re.compile(r"(\.[a-z0-9]{1,8})?")

_OURS_ALONE: Final = 0o600
_FOLDER_OURS_ALONE: Final = 0o700


class NewFile(NamedTuple):
    """A file that is open for writing, and its name in the folder. Whoever asked for it closes it."""

    name: str
    file: BinaryIO


class Folder:
    """A folder of files that only this process's user may read. Every method reads or writes the disk at once."""

    def __init__(self, path: Path) -> None:
        """Nothing is made or read yet."""
        self._path = path
        self._made: set[str] | None = set()
        """What this process made, until it has listed what an earlier one left."""

    def make(self) -> None:
        """Make the folder where it is missing, and take everybody else's rights to it away.

        :raises OSError: it cannot be made, or something else has its name
        """
        self._path.mkdir(mode=_FOLDER_OURS_ALONE, exist_ok=True)
        self._path.chmod(_FOLDER_OURS_ALONE)  # whatever the umask is

    def new(self, ending: str = "") -> NewFile:
        """Make an empty file under a random name, open for writing.

        :param ending: a dot and what kind of file it is, such as `.png`
        :raises ValueError: `ending` is something else
        :raises OSError: the disk is full, or the folder is gone
        """
        if not _ENDING.fullmatch(ending):
            raise ValueError(ending)
        name = secrets.token_hex(16) + ending
        made = self._made  # another thread may be listing
        if made is not None:
            made.add(name)
        number = os.open(self._path / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, _OURS_ALONE)
        return NewFile(name, os.fdopen(number, "wb"))

    def path(self, name: str) -> Path:
        """Return where the file of this name is, whether it is there or not.

        :raises ValueError: no file of ours has such a name
        """
        if not _NAME.fullmatch(name):
            raise ValueError("this is no name of a kept file")
        return self._path / name

    def size(self, name: str) -> int | None:
        """Return how many bytes a file has; None where it is gone."""
        try:
            return self.path(name).stat().st_size
        except FileNotFoundError:
            return None

    def remove(self, names: Iterable[str]) -> None:
        """Delete files from the disk. Those that are gone already are no error.

        :raises OSError: the disk does not let them be deleted
        """
        for name in names:
            self.path(name).unlink(missing_ok=True)

    def remove_each(self, names: Iterable[str]) -> dict[str, OSError]:
        """Delete files from the disk, and return those that the disk does not let be deleted, each with why."""
        failed = {}
        for name in names:
            try:
                self.remove([name])
            except OSError as error:
                failed[name] = error
        return failed

    def left_behind(self) -> list[str]:
        """Return the names of the files that an earlier process made, whether they are still needed or not; the second time, none."""
        if self._made is None:
            return []
        names = [name for name in self.names() if name not in self._made]
        self._made = None
        return names

    def names(self) -> Iterator[str]:
        """Yield the name of every file of ours; what else lies in the folder is nobody's business."""
        try:
            with os.scandir(self._path) as entries:
                yield from (entry.name for entry in entries if _NAME.fullmatch(entry.name))
        except FileNotFoundError:
            return
