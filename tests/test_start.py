"""What a start of the bot loads."""

import subprocess
import sys
from pathlib import Path
from typing import Final

CHECKOUT: Final = Path(__file__).parents[1]

LATER: Final = ("charset_normalizer", "filetype", "imagesize", "numpy", "PIL", "pypdf", "sqlite_utils", "tinytag")
"""Libraries that read files or draw, and the one that applies migrations: a process loads them for its first file, or when a
migration is pending, or another process does."""


def test_a_start_loads_no_library_that_most_bots_do_not_need_yet() -> None:
    """Each would take memory and time of every bot, also of one that is never sent a file and whose database is up to date."""
    loaded = subprocess.run(
        [sys.executable, "-c", "import sys, cli, bot; print(*sys.modules)"],
        cwd=CHECKOUT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()
    assert "actors.session.actor" in loaded
    assert {name.partition(".")[0] for name in loaded}.isdisjoint(LATER)
