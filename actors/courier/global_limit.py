"""The one budget of all requests to Discord, and the pauses that Discord wants. Pure.

Two algorithms work together, and a request may be sent when both allow it:

* GCRA (the generic cell rate algorithm, a leaky bucket that is kept as one number) spaces requests evenly. `_due_s` is its
  theoretical arrival time; `_ahead_s` is its tolerance, by which a request that somebody waits for may be early.
* A sliding window counts what Discord may have seen within its second. Where trips take unequally long, requests that
  left evenly can arrive bunched, which GCRA alone does not notice.

A throttled request (an interim edit, ✍🏻) has no tolerance, and leaves room in the window for those that people wait for.
"""

import math
from bisect import bisect_right, insort
from collections import deque
from typing import Final

from backoff import backoff_s
from discord_api.results import Impossible, Limited, Result, Unknown

REQUESTS_PER_S: Final = 48
"""Discord allows 50 requests a second in all (Rate Limits, Global Rate Limit). Measured against a server with a clock of its
own, 48 drew no 429, and 49.5 drew five in 600."""

WINDOW_S: Final = 1.04
"""Discord's 1 s window, plus 40 ms for clock skew; its windows are not aligned with ours."""

AHEAD: Final = 10
"""How many requests may be sent at once after a pause: ten people who ask in the same moment do not wait for each other."""

KEPT_FREE: Final = 6
"""How many requests of a window throttled requests leave to those that people wait for."""

FORGETS: Final = 0.01
"""How far the shortest known trip to Discord moves towards the duration of each longer one."""

INVALID_WINDOW_S: Final = 600.0
INVALID_MAX: Final = 1000
"""How many requests may be answered 401, 403 or 429 in ten minutes. At 10,000 Discord shuts an address out (Rate Limits,
Invalid Request Limit)."""

OUTAGE_STREAK: Final = 8
OUTAGE_PAUSE_S: Final = 1.0
OUTAGE_PAUSE_MAX_S: Final = 30.0
"""After so many requests in a row without an answer Discord counts as down: one request at a time is tried, after pauses that
double from one second up to half a minute."""


class GlobalLimit:
    """The next moment at which anything may be sent. It outlives the courier's core: limits are no state that could have crashed."""

    def __init__(self, requests_per_s: int = REQUESTS_PER_S) -> None:
        """`requests_per_s` is how many requests are sent at most in all; Discord grants large bots more than others."""
        self.allow(requests_per_s)
        self._due_s = 0.0
        """When the next request would be sent if all had been sent evenly."""
        self._under_way = 0
        self._seen_s: list[float] = []
        """The latest moments at which Discord can have seen the requests of the last window, in order."""
        self._trip_s = math.inf
        """The shortest duration of a request lately."""
        self._not_before_s = 0.0
        self._unanswered_in_a_row = 0
        self._invalid: deque[float] = deque()

    def allow(self, requests_per_s: int) -> None:
        """Send so many requests a second at most from now on; what was sent already counts as it did."""
        self._step_s = 1 / requests_per_s
        self._ahead_s = min(AHEAD - 1, requests_per_s // 4) * self._step_s
        self._window = math.ceil(requests_per_s * WINDOW_S)

    def used(self, now_s: float) -> tuple[int, int]:
        """Return how many requests of the window are under way or were seen, and how many it may have."""
        self._forget_seen(now_s)
        return self._under_way + len(self._seen_s), self._window

    def free_at_s(self, now_s: float, *, throttled: bool = False) -> float:
        """Return the moment from which a request may be sent; `throttled` is true when nobody waits for it."""
        window_s = self._window_free_at_s(now_s, min(KEPT_FREE, self._window // 2) if throttled else 0)
        return max(self._not_before_s, window_s, self._due_s if throttled else self._due_s - self._ahead_s)

    def _window_free_at_s(self, now_s: float, kept: int) -> float:
        self._forget_seen(now_s)
        too_many = self._under_way + len(self._seen_s) + 1 - (self._window - kept)
        if too_many <= 0:
            return 0.0
        # Where those under way are too many by themselves, one of them has to end first; that is looked at again.
        return self._seen_s[too_many - 1] + WINDOW_S if too_many <= len(self._seen_s) else now_s + WINDOW_S

    def _forget_seen(self, now_s: float) -> None:
        del self._seen_s[: bisect_right(self._seen_s, now_s - WINDOW_S)]

    def take(self, now_s: float, requests: int = 1) -> None:
        """Take the next places of the budget."""
        if self._under_way + len(self._seen_s) + 1 >= self._window:
            # The window is what holds requests up. That is no idleness, after which some may be early.
            self._due_s = max(self._due_s, now_s + self._ahead_s)
        self._due_s = max(self._due_s, now_s) + requests * self._step_s
        self._under_way += requests

    def ended(self, result: Result, sent_s: float, now_s: float, *, requests: int = 1, invalid: bool) -> None:
        """Learn from an answer; `invalid` is true when it counts towards Discord's limit of invalid requests."""
        took_s = now_s - sent_s
        self._trip_s = took_s if took_s < self._trip_s else self._trip_s + (took_s - self._trip_s) * FORGETS
        self._under_way -= requests
        for _ in range(requests):
            # A request that took longer than the shortest trip may have been seen that much later than it was sent.
            insort(self._seen_s, now_s - self._trip_s)
        if isinstance(result, Limited) and result.everywhere:
            self._not_before_s = max(self._not_before_s, now_s + result.retry_after_s)
        self._unanswered_in_a_row = self._unanswered_in_a_row + 1 if isinstance(result, Unknown) else 0
        beyond = self._unanswered_in_a_row - OUTAGE_STREAK + 1
        if beyond > 0:
            pause_s = backoff_s(beyond, first_s=OUTAGE_PAUSE_S, max_s=OUTAGE_PAUSE_MAX_S)
            self._not_before_s = max(self._not_before_s, now_s + pause_s)
        if invalid:
            self._count_invalid(now_s)

    def forget_under_way(self) -> None:
        """Nobody will be told how the requests that are under way end."""
        self._under_way = 0

    def _count_invalid(self, now_s: float) -> None:
        self._invalid.append(now_s)
        while self._invalid[0] <= now_s - INVALID_WINDOW_S:
            self._invalid.popleft()
        if len(self._invalid) >= INVALID_MAX:
            self._not_before_s = max(self._not_before_s, self._invalid[0] + INVALID_WINDOW_S)


def is_invalid(result: Result) -> bool:
    """Return whether an answer may count towards Discord's limit of invalid requests."""
    return isinstance(result, Limited) or (isinstance(result, Impossible) and result.is_invalid)
