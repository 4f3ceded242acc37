"""The log: one line for each event, with keys, on the standard error stream. No event holds chat text or a secret.

The bot answers questions whether or not its log can be written. A thread writes the lines, so that a reader that has stopped
reading (a terminal with Ctrl-S, a pager, a container runtime that hangs) holds up nothing. What cannot be written, because the disk is
full, the reader is gone or too many lines wait, is counted; when writing works again, the log says how much is missing.

Libraries have logs of their own, which variables such as OPENAI_LOG or PYTHONASYNCIODEBUG turn up. What they say may quote what people
wrote, so this log says only which library said something, where in its code, and with which unfilled template.
"""

import logging
import os
import queue
import select
import sys
import threading
import warnings
from datetime import UTC, datetime
from types import TracebackType
from typing import Final, TextIO, cast

import structlog

from actors.crash_report import described
from service.standard_streams import STANDARD_ERROR

log = structlog.get_logger()

LINES_MAX: Final = 10_000
"""How many lines wait for the thread at most: what a storm of trouble writes in minutes, and a few megabytes."""

CLOSE_S: Final = 1.0
"""How long the end of the process waits for lines that are not written yet, in seconds."""


class LogWriter:
    """Writes lines to a file descriptor from a thread of its own. Neither an error nor a full pipe reaches who writes."""

    def __init__(self, descriptor: int = STANDARD_ERROR, lines_max: int = LINES_MAX) -> None:
        """Be ready to write; the thread begins with the first line."""
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
        while (line := self._waiting.get()) is not None:
            with self._counting:
                lost, self._lost = self._lost, 0
            # What is missing is said first, and in the same piece, so that both are written or neither.
            now = datetime.now(UTC).isoformat().replace("+00:00", "Z")
            missing = f"timestamp='{now}' level='warning' event='log.lost' lines={lost}\n" if lost else ""
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


def log_to(writer: LogWriter) -> None:
    """Have every event, every library's words and every error that nobody catches become lines of the writer."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.KeyValueRenderer(key_order=["timestamp", "level", "event"]),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(cast("TextIO", writer)),  # it needs `write` and `flush` alone
    )
    # The openai package adds a handler of its own where OPENAI_LOG is set, and each logger may have been given a level.
    logging.basicConfig(level=logging.WARNING, handlers=[_LibraryHandler()], force=True)
    logging.raiseExceptions = False
    # hikari warns of rate limits as if it waited and repeated; here it does neither, and the courier logs what happened.
    logging.getLogger("hikari.rest").setLevel(logging.ERROR)
    warnings.showwarning = _log_warning
    sys.excepthook = _log_crash
    sys.unraisablehook = _log_unraisable
    threading.excepthook = _log_thread


class _LibraryHandler(logging.Handler):
    """Turns what a library logs into an event without the values that it filled in."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)

    def emit(self, record: logging.LogRecord) -> None:
        """Log where the record was made, and its template where it has one: a text without arguments may be filled in already."""
        said = log.error if record.levelno >= logging.ERROR else log.warning
        keys = {"logger": record.name, "at": f"{record.module}.py:{record.lineno}"}
        if record.args and isinstance(record.msg, str):
            keys["template"] = record.msg
        if record.exc_info and record.exc_info[1] is not None:
            keys["error"] = type(record.exc_info[1]).__name__
        said("library", **keys)


def _log_warning(
    message: Warning | str,  # noqa: ARG001 it may quote what somebody wrote
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,  # noqa: ARG001
    line: str | None = None,  # noqa: ARG001
) -> None:
    log.warning("python.warning", category=category.__name__, at=f"{os.path.basename(filename)}:{lineno}")  # noqa: PTH119


def _log_crash(kind: type[BaseException], error: BaseException, _traceback: TracebackType | None) -> None:
    if not issubclass(kind, KeyboardInterrupt):
        log.critical("process.crashed", **described(error))


def _log_unraisable(unraisable: "sys.UnraisableHookArgs") -> None:
    if unraisable.exc_value is not None:
        log.warning("error.unraisable", **described(unraisable.exc_value))


def _log_thread(crash: threading.ExceptHookArgs) -> None:
    if crash.exc_value is not None:
        log.error("thread.crashed", **described(crash.exc_value))
