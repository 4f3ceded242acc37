"""The standard streams of the process, which whoever started it may have closed or made unwritable."""

import os
import sys
from typing import Final

from service.journal import PRIORITIES, is_journal

STANDARD_OUTPUT: Final = 1
STANDARD_ERROR: Final = 2


def open_standard_streams() -> None:
    """Have the descriptors 0, 1 and 2 lead to `/dev/null` where whoever started the process has closed them.

    Otherwise the next file that is opened, such as the database, would become the standard error stream, and be written to.
    """
    for descriptor, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # it gets the lowest free number, which is this one
        if getattr(sys, name) is None:
            setattr(sys, name, open(descriptor, mode, encoding="utf-8", closefd=False))  # noqa: SIM115


def say(line: str) -> None:
    """Write a line about an error to the standard error stream, if that can be written: the exit status says the same.

    In systemd's journal it has an error's priority.
    """
    priority = f"<{PRIORITIES['error']}>" if is_journal(STANDARD_ERROR, os.environ) else ""
    try:
        os.write(STANDARD_ERROR, f"{priority}{line}\n".encode(errors="backslashreplace"))
    except OSError:
        return


class OutputError(Exception):
    """What a command has to say cannot be written. The text is one line for the operator."""


def show(text: str) -> None:
    """Write a command's output to the standard output stream, with a line feed at its end.

    What the stream's encoding does not have is escaped. A reader that is gone, such as `head`, has what it wanted.

    :raises OutputError: it cannot be written, because the disk is full for instance
    """
    piece = f"{text}\n".encode(sys.stdout.encoding or "utf-8", errors="backslashreplace")
    try:
        while piece:
            piece = piece[os.write(STANDARD_OUTPUT, piece) :]
    except BrokenPipeError:
        return
    except OSError as error:
        raise OutputError(f"The output cannot be written ({error.strerror}).") from error
