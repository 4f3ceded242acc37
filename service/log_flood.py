"""Which lines of the log are written, and which are only counted, so that a storm of trouble fills no disk and hides nothing. Pure."""

import threading
from collections import Counter, deque
from typing import Final, NamedTuple

LINES_PER_S: Final = 10
"""How many lines are written at most within any second."""

FOR_ERRORS: Final = 2
"""So many of these are kept for errors, of which a storm of warnings must hide none."""

FOR_SUMMARY: Final = 1
"""So many are kept for the line that says how many were not written."""

BURST: Final = 6
"""So many lines of one event may follow each other; after them, one a second is written."""

SUMMARY_S: Final = 10.0
"""The shortest time between two lines that say how many were not written, in seconds."""

WINDOW_S: Final = 1.0


class Summary(NamedTuple):
    """How many lines were not written since the last summary, for each event, the most frequent first."""

    lines: int
    events: dict[str, int]


class Flood:
    """Admits lines and counts the others. Any thread may call it; times are monotonic, in seconds."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._written_s: deque[float] = deque(maxlen=LINES_PER_S)
        self._paid_until_s: dict[str, float] = {}
        """Until when each event has used up its one line a second (GCRA). The bot has about a hundred events."""
        self._counted: Counter[str] = Counter()
        self._summary_from_s = 0.0

    def admits(self, event: str, now_s: float, *, is_error: bool) -> bool:
        """Return whether a line of this event is written; if not, it is counted."""
        with self._lock:
            paid_until_s = max(now_s, self._paid_until_s.get(event, now_s)) + 1.0
            lines_max = LINES_PER_S - FOR_SUMMARY - (0 if is_error else FOR_ERRORS)
            if paid_until_s - now_s > BURST or self._within(now_s) >= lines_max:
                if not self._counted:
                    self._summary_from_s = max(self._summary_from_s, now_s + WINDOW_S)
                self._counted[event] += 1
                return False
            self._paid_until_s[event] = paid_until_s
            self._written_s.append(now_s)
            return True

    def wait_s(self, now_s: float) -> float | None:
        """Return in how many seconds a summary is due; None while every line was written."""
        with self._lock:
            return max(0.0, self._summary_from_s - now_s) if self._counted else None

    def summary(self, now_s: float, *, is_last: bool = False) -> Summary | None:
        """Return the summary that is due, or None, and count anew. The last one before the end of the process does not wait."""
        with self._lock:
            if not self._counted or (now_s < self._summary_from_s and not is_last):
                return None
            events = dict(self._counted.most_common())
            self._counted.clear()
            self._summary_from_s = now_s + SUMMARY_S
            self._written_s.append(now_s)
            return Summary(sum(events.values()), events)

    def _within(self, now_s: float) -> int:
        while self._written_s and now_s - self._written_s[0] >= WINDOW_S:
            self._written_s.popleft()
        return len(self._written_s)
