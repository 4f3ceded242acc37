"""The two errors that end the process with one line for the operator, and how such a line quotes what was written."""

from typing import Final

_CHARS_MAX: Final = 200
"""A quoted value is cut here: long enough to find it, short enough for a line of a log."""


class ConfigurationError(Exception):
    """A setting is wrong. The text is one line with the setting, what is wrong with it, and the remedy. It holds no secret."""


class UnreachableError(Exception):
    """Something outside the process does not work now; a later start may succeed. The text is one line for the operator."""


def quoted(written: str) -> str:
    """Return a value in quotes and in one line: what cannot be printed is escaped, and a long value is cut."""
    shown = one_line(written[:_CHARS_MAX])
    return f"'{shown}…'" if len(written) > _CHARS_MAX else f"'{shown}'"


def one_line(text: str) -> str:
    """Return a text in which everything that cannot be printed, such as the end of a line, is escaped."""
    return "".join(one if one.isprintable() else ascii(one)[1:-1] for one in text)
