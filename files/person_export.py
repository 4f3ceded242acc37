"""An export as a ZIP: what a person said first, then their files, as far as there is room. Pure but for the files that it reads."""

import io
import zipfile
from collections.abc import Iterable
from typing import Final

from files.folder import Folder
from messages.verbs.person_data import DataEntry

ENDING_BYTES: Final = 512
"""What a ZIP needs for each file beside its content: its name twice, and where it lies."""


class Export:
    """A ZIP that grows in memory up to a bound."""

    def __init__(self, bytes_max: int) -> None:
        self._bytes_max = bytes_max
        self._buffer = io.BytesIO()
        self._zip = zipfile.ZipFile(self._buffer, "w", zipfile.ZIP_DEFLATED)
        self._path = ""
        self._texts: list[str] = []
        self.left_out = 0
        """How many files of the export found no room."""

    def add(self, entries: Iterable[DataEntry], folder: Folder) -> None:
        """Add a page. The entries of one file follow each other, also from page to page. Reads kept files."""
        for entry in entries:
            if entry.path != self._path:
                self._write()
                self._path = entry.path
            if not entry.stored:
                self._texts.append(entry.text)
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

    def _write(self) -> None:
        """Write the texts that were collected of one file."""
        text, self._texts = "".join(self._texts).encode("utf-8", "replace"), []
        if not text:
            return
        # What text shrinks to is not known before; it never grows.
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as alone:
            alone.writestr(zipfile.ZipInfo(self._path), text, zipfile.ZIP_DEFLATED)
        if not self._has_room(packed.tell()):
            self.left_out += 1
            return
        self._zip.writestr(zipfile.ZipInfo(self._path), text, zipfile.ZIP_DEFLATED)

    def _has_room(self, size: int) -> bool:
        return self._buffer.tell() + size + ENDING_BYTES * (len(self._zip.namelist()) + 2) <= self._bytes_max
