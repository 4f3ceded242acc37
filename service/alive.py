"""Shows in a file that the process is alive, for a container's health check: nobody else listens there, as systemd does.

The file is `alive` in the folder that `RUNTIME_DIRECTORY` names, as systemd calls it (systemd.exec(5), RuntimeDirectory=). Its text is how the process is,
and its time of change is when the event loop last turned. Without the variable there is none.
"""

import contextlib
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

FILE: Final = "alive"

READY: Final = "ready"

SILENT_S: Final = 30.0
"""A process that has shown no sign for so long hangs, as in the unit (`WatchdogSec=`); it shows one every ten seconds or more often."""


class AliveFile:
    """Writes the file. An error is ignored: the bot answers questions also where nobody sees that."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        """Read the folder's name; there may be none."""
        self._path = _path(environment)

    @property
    def is_wanted(self) -> bool:
        """Whether there is a folder for it."""
        return self._path is not None

    def show(self, state: str) -> None:
        """Write how the process is, in a word."""
        if self._path is not None:
            with contextlib.suppress(OSError):
                new = self._path.with_name(f".{FILE}")
                new.write_text(state, encoding="ascii")
                new.replace(self._path)  # whoever reads it sees the old text or the new one


def trouble(environment: Mapping[str, str], now_s: float | None = None) -> str:
    """Return what is wrong with the process that writes the file, as a sentence; "" where it is ready and alive.

    :param now_s: the time in seconds since 1970; now, when this is None
    """
    path = _path(environment)
    if path is None:
        return "RUNTIME_DIRECTORY names no folder, so the bot shows nowhere that it is alive. The image of deploy/Containerfile sets it."
    try:
        age_s = (time.time() if now_s is None else now_s) - os.stat(path).st_mtime  # noqa: PTH116 the same file for both
        state = path.read_text(encoding="ascii")
    except PermissionError:
        return f"{path.parent} may not be read by the user with the number {os.geteuid()}: the bot cannot show there that it is alive. Give it to that user."
    except (OSError, UnicodeDecodeError):
        return "No bot has started here."
    if age_s > SILENT_S:
        return f"The bot has shown no sign of life for {age_s:.0f} seconds."
    return "" if state == READY else f"The bot is not ready: it is {state}."


def _path(environment: Mapping[str, str]) -> Path | None:
    folder = environment.get("RUNTIME_DIRECTORY", "").partition(":")[0]
    return Path(folder) / FILE if folder else None
