"""Why the port of the metrics cannot be used. It stands apart from what serves them, which loads libraries that a bot without metrics does not need."""

import errno
import os
from typing import Final

UNPRIVILEGED: Final = 1024
"""The first port that takes no right (ip(7), ip_unprivileged_port_start)."""


class PortError(Exception):
    """The port cannot be used. The text says why, as the rest of a sentence, and what to do: "which another program has. Name another port"."""

    def __init__(self, port: int, error: OSError) -> None:
        super().__init__(_why(error))
        self.port = port


def _why(error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return "which another program has. Name another port"
    if error.errno in (errno.EACCES, errno.EPERM):
        return f"which this user may not use. Name a port from {UNPRIVILEGED} on"
    return f"which cannot be used ({os.strerror(error.errno or 0)}). Name another port"
