"""Restores on a disk that is as full as can be, then a little less full, and so on, until one succeeds.

`python -m tests.commands.full_disk SOURCE DISK` prints a line of JSON for each: what was said, what the data hold then, and what was left over. DISK is a small file
system of its own; SOURCE has the data, with a backup that lies outside of them.
"""

import json
import shutil
import sys
from pathlib import Path
from unittest import mock

from commands import replacement
from commands.backups import backups_in
from commands.restore import restore
from settings.errors import ConfigurationError, UnreachableError
from settings.upkeep import Upkeep
from tests.commands.test_kills_of_backups import rows_of

STEP_BYTES = 16 << 10


def fill(disk: Path, free_bytes: int) -> None:
    """Take all the room of a disk but so much."""
    with (disk / "filler").open("wb", buffering=0) as filler:
        try:
            while filler.write(bytes(4096)):
                pass
        except OSError:
            filler.truncate(max(0, filler.tell() - free_bytes))


def once(source: Path, disk: Path, free_bytes: int) -> bool:
    """Try one restore, say what came of it, and return whether it succeeded."""
    data = shutil.copytree(source / "data", disk / "data")
    fill(disk, free_bytes)
    before = {str(path.relative_to(data)) for path in data.rglob("*")}
    upkeep = Upkeep(data=data, backups=data / "backups", keep=2, bot=None)
    said = ""
    try:
        restore(upkeep, str(backups_in(source / "elsewhere")[0].path), any_bot=False)
    except (UnreachableError, ConfigurationError) as error:
        said = str(error)
    (disk / "filler").unlink()
    more = sorted({str(path.relative_to(data)) for path in data.rglob("*")} - before)
    rows = [row[0] for row in rows_of(data / "causerie.db")]
    sys.stdout.write(json.dumps({"said": said, "rows": rows, "more": more}) + "\n")
    shutil.rmtree(data)
    return not said


if __name__ == "__main__":
    # What it sees beforehand is tried elsewhere; here the disk fills up meanwhile.
    with mock.patch.object(replacement, "_refuse_full"):
        free_bytes = 0
        while not once(Path(sys.argv[1]), Path(sys.argv[2]), free_bytes):
            free_bytes += STEP_BYTES
