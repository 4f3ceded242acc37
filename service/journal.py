"""systemd's journal: whether a stream leads to it, and the priorities that it takes from the beginning of a line."""

import os
from collections.abc import Mapping
from typing import Final

PRIORITIES: Final[Mapping[str, int]] = {"debug": 7, "info": 6, "warning": 4, "error": 3, "critical": 2}
"""The priorities of syslog(3) by our levels; systemd takes them from `<3>` at the beginning of a line (sd-daemon(3))."""


def is_journal(descriptor: int, environment: Mapping[str, str]) -> bool:
    """Return whether a descriptor leads to systemd's journal.

    `JOURNAL_STREAM` holds its device and inode; a child whose streams lead elsewhere inherits the variable (systemd.exec(5)).
    """
    try:
        stream = os.fstat(descriptor)
    except OSError:
        return False
    return environment.get("JOURNAL_STREAM", "") == f"{stream.st_dev}:{stream.st_ino}"
