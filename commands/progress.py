"""Says on the standard error stream how far a command is: on a terminal in a line that changes, elsewhere in a few lines."""

import contextlib
import os
import time
from typing import Final

from commands.backups import megabytes
from service.standard_streams import STANDARD_ERROR, say

_AGAIN_S: Final = 0.2
_LINES_S: Final = 10.0
"""How often the line of a terminal changes, and how often elsewhere a new line follows, in seconds."""


class ProgressLine:
    """What is done is counted in bytes. The end of a piece of work is always said."""

    def __init__(self, what: str) -> None:
        """`what` says what is done, such as "Copying the database"."""
        self._what = what
        self._is_terminal = os.isatty(STANDARD_ERROR)
        self._next_s = time.monotonic() + (0 if self._is_terminal else _LINES_S)

    def show(self, done: int, all_: int) -> None:
        """Say how many bytes of how many are done, if that was not said just now."""
        now_s = time.monotonic()
        is_end = done >= all_
        if now_s < self._next_s and not is_end:
            return
        self._next_s = now_s + (_AGAIN_S if self._is_terminal else _LINES_S)
        share = 100 if is_end else 100 * done // all_
        line = f"{self._what}: {share:3} % of {megabytes(all_)}"
        if self._is_terminal:
            with contextlib.suppress(OSError):
                os.write(STANDARD_ERROR, f"\r{line}{chr(10) if is_end else ''}".encode())
        else:
            say(line)
