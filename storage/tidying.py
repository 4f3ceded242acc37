"""Tidying up: erased text is removed from where SQLite itself leaves it, the write-ahead log and the unused parts of pages.

A row in the table `untidy` says that a pass through the file is wanted. It is written in the transaction that erases, and deleted
once no page is left that may have anything of it; so a kill only means that a later process looks through all of them.

The first pass of a process reads the whole file, 1 GB in some seconds. Later ones read the pages that were written since.
"""

import sqlite3
import time
from pathlib import Path
from typing import Final

from storage.page_gaps import PageGaps
from storage.written_pages import WrittenPages

QUIET_S: Final = 1.0
QUIET_S_MAX: Final = 10.0
"""A pass begins when nothing was erased for the first of these, at the latest after the second: who erases much does so in many transactions."""

BUSY_S: Final = 5.0
"""Seconds that a commit waits for another program that locks the file."""

BUSY_MS: Final = int(BUSY_S * 1000)

AGAIN_S: Final = 1.0
"""Seconds after which it is tried again to empty the log, while another program reads the file."""


class Tidying:
    """The passes through one file. Like the store, it is used by one thread at a time."""

    def __init__(self, connection: sqlite3.Connection, path: str) -> None:
        self.is_wanted = False
        """Whether a pass is under way, or wanted."""
        self._connection = connection
        self._path = Path(path)
        self._log = Path(f"{path}-wal")
        self._written = WrittenPages(self._log)
        self._others_version: int | None = None
        """A number that changes when another program writes."""
        self._gaps: PageGaps | None = None
        self._is_under_way = False
        self._erased_first_s = self._erased_last_s = 0.0

    def look(self) -> None:
        """Look whether an earlier process wanted a pass."""
        self.is_wanted = self._connection.execute("SELECT 1 FROM untidy LIMIT 1").fetchone() is not None

    def want(self) -> None:
        """Want a pass that begins after the present transaction, which says so in a row; writes."""
        # Also where one is wanted already: the transaction that said so may have failed.
        self._connection.execute(
            "INSERT INTO untidy (since) SELECT ? WHERE NOT EXISTS (SELECT 1 FROM untidy)", (time.time(),)
        )
        self._erased_last_s = time.monotonic()
        if not self.is_wanted:
            self._erased_first_s = self._erased_last_s
        self.is_wanted = True

    def note_written(self) -> None:
        """Note which pages a transaction has written. Call it after each one, before the log is emptied."""
        if self._gaps is not None:
            try:
                self._gaps.note_written(self._written.read())
            except OSError:
                self._gaps.begin()  # nobody knows which

    def go_on(self) -> float | None:
        """Do the next piece of a pass. Return in how many seconds there is more to do; None where there is nothing.

        :raises OSError: the file cannot be read or written
        :raises sqlite3.Error: the disk is full, or broken
        """
        if not self.is_wanted:
            return None
        if not self._is_under_way:
            quiet_at_s = min(self._erased_last_s + QUIET_S, self._erased_first_s + QUIET_S_MAX)
            wait_s = quiet_at_s - time.monotonic()
            if wait_s > 0:
                return wait_s
            self._is_under_way = True
        if self._gaps is None:
            self._gaps = PageGaps(str(self._path))
        has_more = self._clear_piece(self._gaps)
        if has_more is None:
            return AGAIN_S
        if has_more:
            return 0.0
        self._connection.execute("DELETE FROM untidy")
        self.note_written()
        self.is_wanted = self._is_under_way = False
        return None

    def _clear_piece(self, gaps: PageGaps) -> bool | None:
        """Overwrite the gaps of the next pages; return whether there are more pages, None where another program is in the way."""
        self._connection.execute("PRAGMA busy_timeout = 0")
        try:
            (is_busy, _, _) = self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            if is_busy:
                return None
            self._connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return None
        finally:
            self._connection.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
        try:
            # Another program may have written between the two.
            if not self._is_log_empty():
                return None
            if self._has_another_written():
                gaps.begin()
            return gaps.clear_piece()
        finally:
            self._connection.execute("ROLLBACK")
            # Pages that this connection has in memory have their old gaps, and would bring them back with their next change.
            self._connection.execute("PRAGMA shrink_memory")

    def _has_another_written(self) -> bool:
        """Return whether another program has written since the last piece: nobody has noted which pages."""
        before = self._others_version
        (self._others_version,) = self._connection.execute("PRAGMA data_version").fetchone()
        return before != self._others_version

    def _is_log_empty(self) -> bool:
        return not self._log.exists() or self._log.stat().st_size == 0

    def close(self) -> None:
        """Close the file; the connection must be closed already."""
        if self._gaps is not None:
            self._gaps.close()
