"""Which pages transactions have written, as their write-ahead log says.

When SQLite spreads rows over pages, it may give a page the number of another one that it writes in the same transaction: what lies in the
page's unused part then stands in another place of the file, perhaps one that a pass of `page_gaps` has left behind. Every page that
was written since is in the log (SQLite: Database File Format, 4, the WAL file format).
"""

import os
from pathlib import Path
from typing import Final

_HEAD_BYTES: Final = 32
_PAGE_BYTES_AT: Final = slice(8, 12)
_SALTS_AT: Final = slice(16, 24)

_FRAME_HEAD_BYTES: Final = 24
_NUMBER_AT: Final = slice(0, 4)
_SIZE_AT: Final = slice(4, 8)
"""0 but in the last frame of a transaction that was committed."""

_FRAME_SALTS_AT: Final = slice(8, 16)


class WrittenPages:
    """Reads the log after each transaction, before the next one may begin the log anew."""

    def __init__(self, log: Path) -> None:
        """`log` is the path of the write-ahead log; nothing is read yet."""
        self._log = log
        self._salts = b""
        self._frames = 0
        """How many frames of the log with these salts were read."""

    def read(self) -> set[int]:
        """Return the numbers of the pages that were written to the log since the last time; the first is 1.

        :raises OSError: it cannot be read
        """
        try:
            file = os.open(self._log, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return set()
        try:
            return self._read(file)
        finally:
            os.close(file)  # SQLite has no lock on the log itself, so none is given up

    def _read(self, file: int) -> set[int]:
        head = os.pread(file, _HEAD_BYTES, 0)
        if len(head) < _HEAD_BYTES:
            return set()
        page_bytes, salts = int.from_bytes(head[_PAGE_BYTES_AT], "big"), head[_SALTS_AT]
        if salts != self._salts:
            self._salts, self._frames = salts, 0
        frames = self._frames
        committed: set[int] = set()
        numbers: set[int] = set()
        while True:
            at = _HEAD_BYTES + frames * (_FRAME_HEAD_BYTES + page_bytes)
            frame = os.pread(file, _FRAME_HEAD_BYTES, at)
            if len(frame) < _FRAME_HEAD_BYTES or frame[_FRAME_SALTS_AT] != salts:
                return committed  # it is the end, or left of an earlier log
            numbers.add(int.from_bytes(frame[_NUMBER_AT], "big"))
            frames += 1
            # What follows may be of a transaction that was rolled back, and is overwritten then.
            if any(frame[_SIZE_AT]):
                self._frames = frames
                committed |= numbers
                numbers.clear()
