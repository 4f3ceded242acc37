"""Reads a small text file that an operator wrote, whatever it turns out to be.

UTF-8 is read, with a byte order mark or without, and so are UTF-16 and UTF-32 with a byte order mark: Windows PowerShell's `>` writes
UTF-16. A pipe is read too, because some password managers mount `.env` as one. Everything else has a cause that can be said
in a line.
"""

import codecs
import errno
import os
import pwd
import select
import stat
import time
from pathlib import Path
from typing import Final

from settings.errors import quoted

BYTES_MAX: Final = 1_000_000
"""No file of settings is larger. A larger one is something else, such as a database or a device without an end."""

PIPE_S: Final = 5.0
"""How long to wait for whoever writes into a pipe, in seconds: time to unlock a password manager's secret, not time to forget."""

# UTF-32 first: its byte order mark begins like that of UTF-16.
_BYTE_ORDER_MARKS: Final = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class UnreadableError(Exception):
    """A file cannot be read. The text says why, as the rest of a sentence: "is a folder". `is_missing`: nothing is there."""

    def __init__(self, cause: str, *, is_missing: bool = False) -> None:
        super().__init__(cause)
        self.is_missing = is_missing


def read_text(path: str, *, only_utf8: bool = False) -> str:
    """Return a file's text. A byte that is not UTF-8 becomes a lone surrogate, for which `undecodable_line` looks.

    :param only_utf8: refuse UTF-16 and UTF-32: some formats, such as TOML, are UTF-8 by definition

    :raises UnreadableError: with the cause
    """
    content = _read(path)
    encoding = next((name for mark, name in _BYTE_ORDER_MARKS if content.startswith(mark)), "utf-8")
    if only_utf8 and not encoding.startswith("utf-8"):
        raise UnreadableError(f"is in {encoding.upper()}; save it as UTF-8")
    try:
        text = content.decode(encoding, "surrogateescape" if encoding.startswith("utf-8") else "strict")
    except UnicodeDecodeError as error:
        raise UnreadableError(f"begins like {encoding.upper()} and is not; save it as UTF-8") from error
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise UnreadableError(f"contains a NUL byte in line {line}; save it as UTF-8 text")
    return text


def undecodable_line(text: str) -> int | None:
    """Return the number of the first line with a byte that is not UTF-8; None where there is none."""
    for number, line in enumerate(text.splitlines(), start=1):
        if is_undecodable(line):
            return number
    return None


def is_undecodable(text: str) -> bool:
    """Return whether a text holds a byte that is not UTF-8."""
    return any("\udc80" <= one <= "\udcff" for one in text)


def _read(path: str) -> bytes:
    try:
        # Without O_NONBLOCK, opening a pipe would wait for its writer without end.
        opened = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
        try:
            if stat.S_ISDIR(os.fstat(opened).st_mode):
                raise UnreadableError("is a folder, not a file")
            return _read_all(opened)
        finally:
            os.close(opened)
    except OSError as error:
        raise _unreadable(path, error) from error
    except ValueError as error:  # a NUL in the path
        raise UnreadableError("is not a path") from error


def _read_all(opened: int) -> bytes:
    content = b""
    give_up_at_s = time.monotonic() + PIPE_S
    readable = select.poll()
    readable.register(opened, select.POLLIN)
    while len(content) <= BYTES_MAX:
        # A pipe that nobody has opened for writing yet reads as empty; `poll` tells the difference.
        if not readable.poll(max(0.0, give_up_at_s - time.monotonic()) * 1000):
            raise UnreadableError(f"is a pipe or a device into which nobody wrote within {PIPE_S:g} seconds")
        piece = os.read(opened, 65_536)
        if not piece:
            return content
        content += piece
    raise UnreadableError(f"is larger than {BYTES_MAX:,} bytes")


def _unreadable(path: str, error: OSError) -> UnreadableError:
    if error.errno == errno.ENOENT and Path(path).is_symlink():
        return UnreadableError(f"is a symbolic link to {quoted(str(Path(path).readlink()))}, which does not exist")
    if error.errno == errno.ENOENT:
        return UnreadableError("does not exist", is_missing=True)
    if error.errno == errno.EACCES and (closed := _closed_folder(Path(path).absolute())):
        return UnreadableError(
            f"lies in {quoted(closed)}, which may not be entered by {current_user()}; give it to that user"
        )
    if error.errno in (errno.EACCES, errno.EPERM):
        return UnreadableError(f"may not be read by {current_user()}")
    return UnreadableError(f"cannot be read ({error.strerror})")


def _closed_folder(path: Path) -> str:
    """Return the folder above a path that this user may not enter; "" where there is none."""
    folders = reversed(path.parents)
    return next((str(folder) for folder in folders if not os.access(folder, os.X_OK, effective_ids=True)), "")


def current_user() -> str:
    """Return the user as which the process runs, for a sentence: "the user 'causerie'"."""
    number = os.geteuid()
    try:
        return f"the user {quoted(pwd.getpwuid(number).pw_name)}"
    except KeyError:
        return f"the user with the number {number}"
