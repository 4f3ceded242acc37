"""The days of a run: its clock, which the worker, the small Discord in it and each process of the bot share, is set ahead between them.

A week passes within minutes that way. Nothing in the bot knows of it: its process sees the time of day that its machine shows, and Discord
tells it the same. What waits for seconds waits for real ones.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

DAY_S: Final = 86_400.0


class Calendar:
    """How far the clock is ahead of the machine's, in seconds."""

    def __init__(self) -> None:
        self.ahead_s = 0.0

    def next_day(self) -> None:
        """Set the clock ahead by a day. No bot may run: the time of day does not jump for a process that lives."""
        self.ahead_s += DAY_S


@contextmanager
def calendar() -> Iterator[Calendar]:
    """Have `time.time` of this process show the calendar's time until the end."""
    made, by_machine = Calendar(), time.time
    time.time = lambda: by_machine() + made.ahead_s
    try:
        yield made
    finally:
        time.time = by_machine
