"""How fast the courier may go: one budget for all requests, and the pauses that Discord asks for. Pure.

Requests go at an even global_limit. What somebody waits for may run ahead of it by a few, where the budget was not used up before;
what nobody waits for (an interim edit) never does, and leaves that room.
"""

import math
from bisect import bisect_right, insort
from collections import deque
from typing import Final

from discord_api.results import Impossible, Limited, Result, Unknown

REQUESTS_PER_S: Final = 48
"""Discord allows 50 a second in all (Rate Limits, Global); 48 paced by an own clock drew no 429, 49.5 drew five in 600."""

WINDOW_S: Final = 1.04
"""Of Discord's second, whose windows begin when they like, and what clocks differ by."""

AHEAD: Final = 10
"""Requests that may run ahead of the global_limit: ten people who ask in the same moment need not wait for each other."""

KEPT_FREE: Final = 6
"""Requests in a window that are kept for what somebody waits for."""

FORGETS: Final = 0.01
"""How much of the way to a longer one the shortest trip to Discord is forgotten by each that takes longer."""

INVALID_WINDOW_S: Final = 600.0
INVALID_MAX: Final = 1000
"""Requests answered 401, 403 or 429. At 10,000 in ten minutes Discord shuts an address out (Rate Limits, Invalid Requests)."""

OUTAGE_STREAK: Final = 8
OUTAGE_PAUSE_MAX_S: Final = 30.0
"""After so many requests in a row without an answer Discord is down: then one at a time asks, less and less often."""


class GlobalLimit:
    """The next moment at which anything may be sent."""

    def __init__(self, requests_per_s: int = REQUESTS_PER_S) -> None:
        """`requests_per_s` is what Discord is asked at most in all; it grants large bots more than others."""
        self._step_s = 1 / requests_per_s
        self._ahead_s = min(AHEAD - 1, requests_per_s // 4) * self._step_s
        self._window = math.ceil(requests_per_s * WINDOW_S)
        self._due_s = 0.0
        """When the next request would be sent if all had been sent evenly."""
        self._under_way = 0
        self._seen_s: list[float] = []
        """When Discord saw the requests of the last window at the latest, in order."""
        self._trip_s = math.inf
        self._not_before_s = 0.0
        self._lost_in_a_row = 0
        self._invalid: deque[float] = deque()

    def free_at_s(self, now_s: float, *, hurried: bool = True) -> float:
        """The moment from which a request may be sent; `hurried` where somebody waits for it."""
        window_s = self._window_free_at_s(now_s, 0 if hurried else min(KEPT_FREE, self._window // 2))
        return max(self._not_before_s, window_s, self._due_s - self._ahead_s if hurried else self._due_s)

    def _window_free_at_s(self, now_s: float, kept: int) -> float:
        del self._seen_s[: bisect_right(self._seen_s, now_s - WINDOW_S)]
        too_many = self._under_way + len(self._seen_s) + 1 - (self._window - kept)
        if too_many <= 0:
            return 0.0
        # Where those under way are too many by themselves, the end of one is waited for, which is looked at again.
        return self._seen_s[too_many - 1] + WINDOW_S if too_many <= len(self._seen_s) else now_s + WINDOW_S

    def take(self, now_s: float, requests: int = 1) -> None:
        """Take the next places of the budget."""
        if self._under_way + len(self._seen_s) + 1 >= self._window:
            # The window is what holds requests up: that is no idleness, after which some may run ahead.
            self._due_s = max(self._due_s, now_s + self._ahead_s)
        self._due_s = max(self._due_s, now_s) + requests * self._step_s
        self._under_way += requests

    def ended(self, result: Result, sent_s: float, now_s: float, *, requests: int = 1, invalid: bool) -> None:
        """Learn from an answer; `invalid` when it counts towards Discord's limit of those."""
        took_s = now_s - sent_s
        self._trip_s = took_s if took_s < self._trip_s else self._trip_s + (took_s - self._trip_s) * FORGETS
        self._under_way -= requests
        for _ in range(requests):
            # What took longer than the shortest trip may have been seen that much later than it was sent.
            insort(self._seen_s, now_s - self._trip_s)
        if isinstance(result, Limited) and result.everywhere:
            self._not_before_s = max(self._not_before_s, now_s + result.retry_after_s)
        if isinstance(result, Unknown):
            self._lost_in_a_row += 1
            if self._lost_in_a_row >= OUTAGE_STREAK:
                pause_s = min(OUTAGE_PAUSE_MAX_S, 2.0 ** (self._lost_in_a_row - OUTAGE_STREAK))
                self._not_before_s = max(self._not_before_s, now_s + pause_s)
        else:
            self._lost_in_a_row = 0
        if invalid:
            self._count_invalid(now_s)

    def forget_under_way(self) -> None:
        """Of those under way nobody will be told how they ended."""
        self._under_way = 0

    def _count_invalid(self, now_s: float) -> None:
        self._invalid.append(now_s)
        while self._invalid[0] <= now_s - INVALID_WINDOW_S:
            self._invalid.popleft()
        if len(self._invalid) >= INVALID_MAX:
            self._not_before_s = max(self._not_before_s, self._invalid[0] + INVALID_WINDOW_S)


def is_invalid(result: Result) -> bool:
    """Whether an answer may count as an invalid request."""
    return isinstance(result, Limited) or (isinstance(result, Impossible) and result.is_invalid)
