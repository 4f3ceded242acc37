"""Overwrites what SQLite leaves of erased text in the unused part of the database's pages.

`secure_delete` overwrites a row where it stands when it is deleted. But while a table grows, SQLite also moves rows from page to
page, and what stood between a page's list of rows and its rows (SQLite: Database File Format, 1.6, the unallocated region) then
keeps copies that no row knows any more: in a busy table, one text in some dozens. Only `VACUUM` removes these, which writes the
whole file anew and lets nobody write meanwhile. So the bot overwrites that region itself, piece by piece.

Nobody reads the region, whatever it holds: zeros in it are right at every moment, also after a kill in the middle. Where it lies can
only be told while nobody writes, so this is done under SQLite's own lock for writers, with an empty write-ahead log.
"""

import os
from collections.abc import Collection, Iterator
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


class PageGaps:
    """One pass through a database file, a piece at a time.

    The file stays open until `close`: to close any of a process's descriptors of a file gives up all its locks on it, SQLite's
    too (POSIX: fcntl).
    """

    def __init__(self, path: str) -> None:
        """Open the file.

        :raises OSError: it cannot be opened
        """
        self._file = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        self._next = 0

    def begin(self) -> None:
        """Begin a pass; one that is under way begins anew."""
        self._next = 0

    def clear_piece(self, written: Collection[int] = ()) -> bool:
        """Overwrite the gaps of the next pages with zeros; return whether more of the file is left. Writes.

        Nobody may write to the database meanwhile, and its write-ahead log must be empty.

        :param written: the numbers of the pages that were written since the last piece: those of earlier pieces are looked through again
        :raises OSError: the file cannot be read or written
        """
        head = os.pread(self._file, HEADER_BYTES, 0)
        page_bytes, usable = _sizes(head)
        is_known = page_bytes and not any(head[_AUTO_VACUUM_AT])
        if not is_known or os.fstat(self._file).st_size // page_bytes > PAGES_MAX:
            return False  # no database of ours: pages of other sorts could be taken for those of tables
        has_written = False
        for at in sorted((number - 1) * page_bytes for number in written):
            if at < self._next:
                has_written |= self._clear(os.pread(self._file, page_bytes, at), at, page_bytes, usable)
        pages = os.pread(self._file, PIECE_BYTES, self._next)
        has_written |= self._clear(pages, self._next, page_bytes, usable)
        if has_written:
            os.fsync(self._file)
        self._next += len(pages)
        return len(pages) == PIECE_BYTES

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
