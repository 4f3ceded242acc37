"""The file `forgotten` beside the database: whom the bot was told to forget, and when.

It stands outside the database, so that a restored older one, in which these people are still known, forgets them again. A backup
has a copy of it; a line that the folder's file has and the copy has not is about somebody who was forgotten after the backup.
A line holds Discord's id of a person and the time in seconds since 1970, and nothing else. Lines are only ever added.
"""

import errno
import os
import re
from collections import Counter
from pathlib import Path
from typing import Final, NamedTuple

NAME: Final = "forgotten"
"""What the file is called, in the folder of the data and in a backup."""

_LINE: Final = re.compile(r"([0-9]{1,20}) ([0-9]{1,12}\.[0-9]{6})")
_OURS_ALONE: Final = 0o600


class Forgotten(NamedTuple):
    """A line: a person by Discord's id, and when the bot was told to forget them, in seconds since 1970."""

    person: int
    time_s: float


def note(folder: Path, person: int, time_s: float) -> None:
    """Add a person to the list, which survives a power cut from then on; writes.

    Call it before the rows are erased: a person of whom everything is gone, but who is not in the list, would come back with a
    backup, while one who is in the list too early is only forgotten again.

    :raises OSError: the disk is full, or the file cannot be written
    """
    path = folder / NAME
    is_new = not path.exists()
    number = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, _OURS_ALONE)
    try:
        os.fchmod(number, _OURS_ALONE)
        size = os.fstat(number).st_size
        # What a kill or a full disk has cut short must not become one line with this one.
        is_torn = size > 0 and os.pread(number, 1, size - 1) != b"\n"
        line = b"\n" * is_torn + b"%d %.6f\n" % (person, time_s)
        written = os.write(number, line)
        if written < len(line):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        os.fsync(number)
    finally:
        os.close(number)
    if is_new:
        _sync(folder)


def forgotten(folder: Path) -> list[Forgotten]:
    """Return the list, in the order in which it was written; empty where there is none. What a kill has cut short is left out.

    :raises OSError: the file cannot be read
    """
    try:
        text = (folder / NAME).read_text(encoding="ascii", errors="replace")
    except FileNotFoundError:
        return []
    # A line that does not end with a line feed was not written whole, and whoever wrote it did not go on.
    lines = text.split("\n")[:-1]
    found = (_LINE.fullmatch(line) for line in lines)
    return [Forgotten(int(match[1]), float(match[2])) for match in found if match is not None]


def forgotten_since(folder: Path, backup: Path) -> list[Forgotten]:
    """Return what the folder's list has and the copy in a backup has not: whom the bot was told to forget after the backup.

    Clocks are not asked, so it does not matter whether they were right.

    :raises OSError: a file cannot be read
    """
    known = Counter(forgotten(backup))
    since = []
    for one in forgotten(folder):
        if known[one]:
            known[one] -= 1
        else:
            since.append(one)
    return since


def _sync(folder: Path) -> None:
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
