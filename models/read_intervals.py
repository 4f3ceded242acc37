"""When each of the answers that stream at once is read next: the more there are, the longer the interval. Pure.

Tokens that come between two reads are read together. A read costs about 0.2 ms on its way to a draft, however many tokens
it brings, so reading a thousand answers at every token would keep the processor busy with nothing else.
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

READ_INTERVALS_S: Final = ((100, 0.1), (200, 0.2), (400, 0.5))
READ_INTERVAL_S_MAX: Final = 1.0
"""The interval while at most so many answers stream, and while more do. None is long enough to be seen, or to delay an
answer's end noticeably."""

ANSWERS_TOGETHER: Final = 5
"""About so many answers are read in the same moment, so that the process wakes once for all of them and none of them waits
long for the others."""


class ReadIntervals:
    """Counts the answers that stream, and spreads their reads over time."""

    def __init__(self) -> None:
        self._answers = 0

    @contextmanager
    def streaming(self) -> Iterator[None]:
        """Count one more answer for the block."""
        self._answers += 1
        try:
            yield
        finally:
            self._answers -= 1

    def next_read_s(self, now_s: float, number: int) -> float:
        """Return when an answer that was just read is read again, in seconds of the same clock as `now_s`.

        `number` identifies the answer; answers whose numbers follow each other are read at different moments.
        """
        return next_read_s(now_s, self._answers, number)


def next_read_s(now_s: float, answers: int, number: int) -> float:
    """Return when the answer of that number is read next while so many answers stream: later than `now_s`."""
    interval_s = next((interval_s for most, interval_s in READ_INTERVALS_S if answers <= most), READ_INTERVAL_S_MAX)
    groups = max(1, answers // ANSWERS_TOGETHER)
    phase_s = number % groups / groups * interval_s
    return (math.floor((now_s - phase_s) / interval_s) + 1) * interval_s + phase_s
