"""Requests of the operator to forget somebody: files in the folder of the data, which the running bot looks for.

`forget-123` asks it to forget the person with this id. It renames the file to `forgetting-123` once that is committed, and deletes it
when nothing of the person is left, so that `causerie forget` can wait for that.
"""

import os
import re
from collections.abc import Collection
from pathlib import Path
from typing import Final, Literal

_NAME: Final = re.compile(r"(forget|forgetting)-([0-9]{1,19})")
_OURS_ALONE: Final = 0o600


def ask(folder: Path, person: int) -> None:
    """Ask the bot that uses this folder to forget a person.

    :raises OSError: it cannot be written
    """
    path = folder / f"forget-{person}"
    number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, _OURS_ALONE)
    os.close(number)


def state(folder: Path, person: int) -> Literal["waits", "taken", "done"]:
    """Return how far a request is; `done` also where there is none."""
    if (folder / f"forget-{person}").exists():
        return "waits"
    return "taken" if (folder / f"forgetting-{person}").exists() else "done"


def waiting(folder: Path) -> list[int]:
    """Return whom the operator wants forgotten.

    :raises OSError: the folder cannot be read
    """
    return [person for what, person in _requests(folder) if what == "forget"]


def take(folder: Path, person: int) -> None:
    """Say that a request is committed.

    :raises OSError: the file cannot be renamed
    """
    (folder / f"forget-{person}").rename(folder / f"forgetting-{person}")


def forget_taken(folder: Path, *, but_of: Collection[int] = ()) -> None:
    """Delete the requests that are done: nobody waits in the rows any more, but for those of `but_of`.

    :raises OSError: a file cannot be deleted
    """
    for what, person in _requests(folder):
        if what == "forgetting" and person not in but_of:
            (folder / f"forgetting-{person}").unlink(missing_ok=True)


def _requests(folder: Path) -> list[tuple[str, int]]:
    try:
        with os.scandir(folder) as entries:
            found = [_NAME.fullmatch(entry.name) for entry in entries]
    except FileNotFoundError:
        return []
    return sorted((match[1], int(match[2])) for match in found if match is not None)
