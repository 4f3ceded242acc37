"""Overwrites what SQLite leaves of erased text in the unused part of the database's pages.

`secure_delete` overwrites a row where it stands when it is deleted. But while a table grows, SQLite also moves rows from page to
page, and what stood between a page's list of rows and its rows (SQLite: Database File Format, 1.6, the unallocated region) then
keeps copies that no row knows any more: in a busy table, one text in some dozens. Only `VACUUM` removes these, which writes the
whole file anew and lets nobody write meanwhile. So the bot overwrites that region itself, piece by piece: first of all pages, later of those
that were written since they were looked at.

Nobody reads the region, whatever it holds: zeros in it are right at every moment, also after a kill in the middle. Where it lies can
only be told while nobody writes, so this is done under SQLite's own lock for writers, with an empty write-ahead log.
"""

import os
from collections.abc import Iterable, Iterator
from typing import Final

HEADER_BYTES: Final = 100
_PAGE_BYTES_AT: Final = slice(16, 18)
_RESERVED_AT: Final = 20
_AUTO_VACUUM_AT: Final = slice(52, 56)
"""SQLite: Database File Format, 1.3."""

_HEADS: Final = {0x02: 12, 0x05: 12, 0x0A: 8, 0x0D: 8}
"""What a page of a table or an index begins with, and how long its head is (SQLite: Database File Format, 1.6)."""

PAGES_MAX: Final = 0x01FF_FFFF
"""A page of a long text begins with the number of the page that follows it, whose first byte could then be one of `_HEADS`: 137 GB."""

PIECE_BYTES: Final = 4 * 2**20
"""So much of the file is looked through at once: some 10 ms."""

_SEEN: Final = 0
_UNSEEN: Final = 1


class PageGaps:
    """The pages of a database file, and which of them may have something in their gaps: at first all, later those that were written.

    The file stays open until `close`: to close any of a process's descriptors of a file gives up all its locks on it, SQLite's
    too (POSIX: fcntl).
    """

    def __init__(self, path: str) -> None:
        """Open the file.

        :raises OSError: it cannot be opened
        """
        self._file = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        self._pages = bytearray()
        """A byte for each page, one of the two above. Pages beyond its end are unseen."""
        self._next = 0

    def begin(self) -> None:
        """Have all pages looked through, whatever was looked through before."""
        self._pages.clear()
        self._next = 0

    def note_written(self, numbers: Iterable[int]) -> None:
        """Have pages looked through again that were written; `numbers` begin with 1."""
        for number in numbers:
            if number <= len(self._pages):
                self._pages[number - 1] = _UNSEEN

    def clear_piece(self) -> bool:
        """Overwrite the gaps of some pages with zeros; return whether more are to be looked through. Writes.

        Nobody may write to the database meanwhile, and its write-ahead log must be empty.

        :raises OSError: the file cannot be read or written
        """
        head = os.pread(self._file, HEADER_BYTES, 0)
        page_bytes, usable = _sizes(head)
        pages = os.fstat(self._file).st_size // page_bytes if page_bytes else 0
        if not page_bytes or any(head[_AUTO_VACUUM_AT]) or pages > PAGES_MAX:
            return False  # no database of ours: pages of other sorts could be taken for those of tables
        self._pages += bytes([_UNSEEN]) * (pages - len(self._pages))
        del self._pages[pages:]
        has_written, looked_at = False, []
        for first, end in self._unseen(PIECE_BYTES // page_bytes):
            at = first * page_bytes
            has_written |= self._clear(os.pread(self._file, (end - first) * page_bytes, at), at, page_bytes, usable)
            looked_at.append((first, end))
        if has_written:
            os.fsync(self._file)
        for first, end in looked_at:
            self._pages[first:end] = bytes([_SEEN]) * (end - first)
            self._next = end
        return _UNSEEN in self._pages

    def _unseen(self, count: int) -> Iterator[tuple[int, int]]:
        """Yield where stretches of unseen pages begin and end, `count` pages at most in all, from where the last piece ended on."""
        for begin, stop in ((self._next, len(self._pages)), (0, self._next)):
            first = self._pages.find(_UNSEEN, begin, stop)
            while first >= 0 and count > 0:
                seen = self._pages.find(_SEEN, first, min(first + count, stop))
                end = seen if seen >= 0 else min(first + count, stop)
                yield first, end
                count -= end - first
                first = self._pages.find(_UNSEEN, end, stop)

    def _clear(self, pages: bytes, at: int, page_bytes: int, usable: int) -> bool:
        """Overwrite the gaps of pages that stand at an offset of the file, and return whether there was anything in them."""
        has_written = False
        for start, end in _gaps(pages, page_bytes, usable, is_first=at == 0):
            if pages.count(0, start, end) != end - start:
                os.pwrite(self._file, bytes(end - start), at + start)
                has_written = True
        return has_written

    def close(self) -> None:
        """Close the file; SQLite must have closed it before."""
        os.close(self._file)


def _sizes(head: bytes) -> tuple[int, int]:
    """Return how many bytes a page has, and how many of them SQLite uses; 0 where the file has no head yet."""
    if len(head) < HEADER_BYTES:
        return 0, 0
    written = int.from_bytes(head[_PAGE_BYTES_AT], "big")
    page_bytes = 65_536 if written == 1 else written  # 65,536 does not fit into its field
    return page_bytes, page_bytes - head[_RESERVED_AT]


def _gaps(pages: bytes, page_bytes: int, usable: int, *, is_first: bool) -> Iterator[tuple[int, int]]:
    """Yield where the unallocated regions begin and end. The first page of the file has the schema alone, and is left out."""
    for page in range(page_bytes if is_first else 0, len(pages) - page_bytes + 1, page_bytes):
        head = _HEADS.get(pages[page])
        if head is None:
            continue
        rows = int.from_bytes(pages[page + 3 : page + 5], "big")
        begin = head + 2 * rows
        end = int.from_bytes(pages[page + 5 : page + 7], "big") or 65_536
        if begin < end <= usable:
            yield page + begin, page + end
