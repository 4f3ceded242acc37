"""An export as a ZIP: what a person said first, then their files, as far as there is room. Pure but for the files that it reads."""

import io
import shutil
import zipfile
from collections.abc import Iterable
from typing import IO, Final

from files.folder import Folder
from messages.verbs.person_data import DataEntry

ENDING_BYTES: Final = 512
"""What a ZIP needs for each file beside its content: its name twice, and where it lies."""


UNPACKED_BYTES: Final = 128 * 1024
"""So much may wait to be packed: zlib's window and buffers."""


class Export:
    """A ZIP that grows in memory up to a bound. Of text that does not fit, no more is held than what does."""

    def __init__(self, bytes_max: int) -> None:
        self._bytes_max = bytes_max
        self._buffer = io.BytesIO()
        self._zip = zipfile.ZipFile(self._buffer, "w", zipfile.ZIP_DEFLATED)
        self._path = ""
        self._text: Text | None = None
        """The text of the file at `_path`; None where there is none, or no room for it."""
        self.left_out = 0
        """How many files of the export found no room."""

    def add(self, entries: Iterable[DataEntry], folder: Folder) -> None:
        """Add a page. The entries of one file follow each other, also from page to page. Reads kept files."""
        for entry in entries:
            if entry.path != self._path:
                self._write()
                self._path = entry.path
                self._text = None if entry.stored else Text(entry.path)
            if not entry.stored:
                self._append(entry.text)
                continue
            size = folder.size(entry.stored)
            if size is None:
                continue  # it is gone from the disk
            if not self._has_room(size):
                self.left_out += 1
                continue
            self._zip.writestr(zipfile.ZipInfo(entry.path), folder.path(entry.stored).read_bytes(), zipfile.ZIP_STORED)

    def content(self) -> bytes:
        """Return the ZIP; nothing is added any more."""
        self._write()
        self._zip.close()
        return self._buffer.getvalue()

    def close(self) -> None:
        """Let go of what was collected, also where it is not whole."""
        if self._text is not None:
            self._text.close()
        self._zip.close()

    def _append(self, text: str) -> None:
        if self._text is None:
            return
        self._text.append(text)
        # What text shrinks to is not known before.
        if not self._has_room(self._text.packed_bytes):
            self._text.close()
            self.left_out += 1
            self._text = None

    def _write(self) -> None:
        """Write the text that was collected of one file."""
        if self._text is None:
            return
        with self._text.opened() as text, self._zip.open(_deflated(self._path), "w", force_zip64=True) as file:
            shutil.copyfileobj(text, file)
        self._text = None

    def _has_room(self, size: int) -> bool:
        return self._buffer.tell() + size + ENDING_BYTES * (len(self._zip.namelist()) + 2) <= self._bytes_max


class Text:
    """A text that grows, packed, in memory."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._packed = io.BytesIO()
        self._zip = zipfile.ZipFile(self._packed, "w", zipfile.ZIP_DEFLATED)
        self._file = self._zip.open(_deflated(path), "w", force_zip64=True)

    def append(self, text: str) -> None:
        """Append a part."""
        self._file.write(text.encode("utf-8", "replace"))

    @property
    def packed_bytes(self) -> int:
        """How large it is so far, but for some kilobytes that are being packed."""
        return self._packed.tell() + UNPACKED_BYTES

    def close(self) -> None:
        """Append nothing any more."""
        self._file.close()
        self._zip.close()

    def opened(self) -> IO[bytes]:
        """Return all of it to be read, unpacked; nothing is appended any more."""
        self.close()
        return zipfile.ZipFile(self._packed).open(self._path)


def _deflated(path: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(path)
    info.compress_type = zipfile.ZIP_DEFLATED
    return info
