"""Writes the lines of the log from a thread, so that a slow reader holds up nothing.

A reader may have stopped reading: a terminal with Ctrl-S, a pager, a container runtime that hangs. What cannot be written, because the
disk is full, the reader is gone or too many lines wait, is counted; when writing works again, the log says how much is missing.
"""

import os
import queue
import select
import threading
import time
from typing import Final

from structlog.typing import Processor

from service.log_flood import Flood
from service.log_forms import form_for, line_of
from service.standard_streams import STANDARD_ERROR

LINES_MAX: Final = 10_000
"""How many lines wait for the thread at most: a few megabytes."""

CLOSE_S: Final = 1.0
"""How long the end of the process waits for lines that are not written yet, in seconds."""

_LOOK_AGAIN: Final = ""


class LogWriter:
    """Writes lines to a file descriptor from a thread of its own. Neither an error nor a full pipe reaches who writes."""

    def __init__(
        self, descriptor: int = STANDARD_ERROR, *, form: tuple[Processor, ...] | None = None, lines_max: int = LINES_MAX
    ) -> None:
        """Be ready to write; the thread begins with the first line. `form` makes the lines of the writer itself, and is found by default."""
        self.form = form_for(descriptor, os.environ) if form is None else form
        self.flood = Flood()
        self._descriptor = descriptor
        self._waiting: queue.Queue[str | None] = queue.Queue(lines_max)
        self._counting = threading.Lock()
        self._lost = 0
        self._thread = threading.Thread(target=self._run, name="log", daemon=True)

    def write(self, line: str) -> None:
        """Have a line written; it ends with a line feed. Returns at once, and counts the line as lost when too many wait."""
        try:
            self._waiting.put_nowait(line)
        except queue.Full:
            self._lose(1)
        if self._thread.ident is None:
            self._thread.start()

    def admits(self, event: str, *, is_error: bool) -> bool:
        """Return whether a line of this event is to be written; if not, it is counted, and the log says later how many there were."""
        if self.flood.admits(event, time.monotonic(), is_error=is_error):
            return True
        if self._waiting.empty():  # the thread may be waiting for a line, without an end
            self.write(_LOOK_AGAIN)
        return False

    def flush(self) -> None:
        """Do nothing: every line is written as soon as it can be. Loggers call this after each line."""

    def close(self) -> None:
        """Wait until all lines are written, for `CLOSE_S` at most: somebody who does not read must not keep the process alive."""
        if self._thread.ident is None:
            return
        try:
            self._waiting.put(None, timeout=CLOSE_S)
        except queue.Full:
            return
        self._thread.join(CLOSE_S)

    def _run(self) -> None:
        while (line := self._next()) is not None:
            self._write(self._summary() + line)
        self._write(self._summary(is_last=True))

    def _next(self) -> str | None:
        """Return the next line: None at the end, and nothing when a summary is due."""
        try:
            return self._waiting.get(timeout=self.flood.wait_s(time.monotonic()))
        except queue.Empty:
            return _LOOK_AGAIN

    def _summary(self, *, is_last: bool = False) -> str:
        summary = self.flood.summary(time.monotonic(), is_last=is_last)
        if summary is None:
            return ""
        return line_of(self.form, "warning", "log.flood", lines=summary.lines, events=summary.events)

    def _write(self, line: str) -> None:
        if not line:
            return
        with self._counting:
            lost, self._lost = self._lost, 0
        # What is missing is said first, and in the same piece, so that both are written or neither.
        missing = line_of(self.form, "warning", "log.lost", lines=lost) if lost else ""
        if not self._has_written((missing + line).encode(errors="backslashreplace")):
            self._lose(lost + 1)

    def _has_written(self, piece: bytes) -> bool:
        try:
            while piece:
                try:
                    piece = piece[os.write(self._descriptor, piece) :]
                except BlockingIOError:  # whoever started the process made the descriptor non-blocking
                    select.select([], [self._descriptor], [])
        except (OSError, ValueError):  # a full disk, no reader, a terminal that hung up, a closed descriptor
            return False
        return True

    def _lose(self, lines: int) -> None:
        with self._counting:
            self._lost += lines
