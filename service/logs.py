"""The log: one line for each event, with keys, on the standard error stream. No event holds chat text or a secret.

Libraries have logs of their own, which variables such as OPENAI_LOG or PYTHONASYNCIODEBUG turn up. What they say may quote what people
wrote, so this log says only which library said something, where in its code, and with which unfilled template.
"""

import logging
import os
import sys
import threading
import warnings
from types import TracebackType
from typing import Final, TextIO, cast

import structlog
from structlog.typing import EventDict, WrappedLogger

from actors.crash_report import described
from service.log_writer import LogWriter

log = structlog.get_logger()

LIBRARY: Final = "library"
"""The event of whatever a library logs."""


def log_to(writer: LogWriter) -> None:
    """Have every event, every library's words and every error that nobody catches become lines of the writer."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            _DropFlood(writer),
            *writer.form,
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


class _DropFlood:
    """Ends the processing of an event that the writer only counts. What ends the process is always written."""

    def __init__(self, writer: LogWriter) -> None:
        self._writer = writer

    def __call__(self, _logger: WrappedLogger, level: str, event: EventDict) -> EventDict:
        # Each library's events are counted apart: one must not hide what another says.
        name = f"library {event['logger']}" if event["event"] == LIBRARY else str(event["event"])
        if level != "critical" and not self._writer.admits(name, is_error=level == "error"):
            raise structlog.DropEvent
        return event


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
        said(LIBRARY, **keys)


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
