"""What a line of the log looks like: coloured on a terminal, JSON with a priority in systemd's journal, `key='value'` elsewhere."""

import json
import os
from collections.abc import Mapping
from typing import Any, Final

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from service.journal import PRIORITIES, is_journal

_CONTROLS: Final = {code: f"\\u{code:04x}" for code in range(0x7F, 0xA0)}
"""The control characters that JSON lets stand as they are. journalctl shows a line with one as "blob data", so whoever wrote it would hide the line."""


def form_for(descriptor: int, environment: Mapping[str, str]) -> tuple[Processor, ...]:
    """Return what makes a line of an event, its level and its keys, for where the descriptor leads.

    The journal keeps the time itself. `NO_COLOR` (no-color.org) and a terminal that cannot do anything (`TERM=dumb`) get no colours.
    """
    if is_journal(descriptor, environment):
        return (_journal_line,)
    if _is_terminal(descriptor):
        has_colors = not environment.get("NO_COLOR") and environment.get("TERM", "dumb") != "dumb"
        clock = structlog.processors.TimeStamper(fmt="%H:%M:%S", utc=False)
        return (clock, structlog.dev.ConsoleRenderer(colors=has_colors, pad_event_to=0, repr_native_str=True))
    return (
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.KeyValueRenderer(key_order=["timestamp", "level", "event"]),
    )


def line_of(form: tuple[Processor, ...], level: str, event: str, **keys: Any) -> str:
    """Return the line of an event of the log's own, with its line feed."""
    made: Any = {"level": level, "event": event, **keys}
    for processor in form:
        made = processor(None, level, made)
    return f"{made}\n"


def _is_terminal(descriptor: int) -> bool:
    try:
        return os.isatty(descriptor)
    except OSError:
        return False


def _journal_line(_logger: WrappedLogger, _method: str, event: EventDict) -> str:
    level = str(event["level"])
    keys = {"event": event["event"], "level": level, **event}
    return f"<{PRIORITIES[level]}>{json.dumps(keys, ensure_ascii=False, default=repr).translate(_CONTROLS)}"
