"""Passes the bot's log on to where the sandbox's own goes, and hears in it where the bot shows its figures."""

import os
import pty
import re
import threading
import tty
from contextlib import suppress
from typing import Final

SERVED: Final = re.compile(rb"telemetry\.served\b.*?(http://127\.0\.0\.1:\d+/metrics)")
"""The line in which the bot names the port that the system chose for it; on a terminal there are colours in it."""

READ_BYTES: Final = 65_536
LINE_BYTES: Final = 65_536
"""So much of a line is kept until its end comes."""


class BotLog:
    """The log of one process. A thread passes it on, so a terminal that stands still holds up the bot's log and nothing else."""

    def __init__(self, ours: int) -> None:
        """Be ready for a process to write to `descriptor`, a terminal where `ours` is one: there the bot's log has colours."""
        self.metrics_url = ""
        """Where the process shows its metrics; empty until it has said so."""
        if os.isatty(ours):
            source, self.descriptor = pty.openpty()
            tty.setraw(self.descriptor)
        else:
            source, self.descriptor = os.pipe()
        threading.Thread(target=self._pass_on, args=(source, os.dup(ours)), daemon=True).start()

    def started(self) -> None:
        """Leave the descriptor to the process that has it now: the log ends when that one does."""
        os.close(self.descriptor)

    def _pass_on(self, source: int, ours: int) -> None:
        line = b""
        # A terminal says with an error that nobody writes to it any more.
        with suppress(OSError):
            while heard := os.read(source, READ_BYTES):
                *lines, line = (line + heard).split(b"\n")
                line = line[-LINE_BYTES:]
                for one in lines:
                    if served := SERVED.search(one):
                        self.metrics_url = served[1].decode()
                # Where nobody reads ours any more, the bot's is still read: it must not stand still for that.
                with suppress(OSError):
                    _write(ours, heard)
        os.close(source)
        os.close(ours)


def _write(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]
