"""How fast the courier may go: one budget for all requests, and the pauses that Discord asks for. Pure."""

from collections import deque
from typing import Final

from actors.requests import Impossible, Limited, Result, Unknown

REQUESTS_PER_S: Final = 48.0
"""Discord allows 50 a second in all (Rate Limits, Global); 48 paced by an own clock drew no 429, 49.5 drew five in 600."""

INVALID_WINDOW_S: Final = 600.0
INVALID_MAX: Final = 1000
"""Requests answered 401, 403 or 429. At 10,000 in ten minutes Discord shuts an address out (Rate Limits, Invalid Requests)."""

OUTAGE_STREAK: Final = 8
OUTAGE_PAUSE_MAX_S: Final = 30.0
"""After so many requests in a row without an answer Discord is down: then one at a time asks, less and less often."""


class Pace:
    """The next moment at which anything may be sent."""

    def __init__(self) -> None:
        self._next_slot_s = 0.0
        self._not_before_s = 0.0
        self._lost_in_a_row = 0
        self._invalid: deque[float] = deque()

    def free_at_s(self) -> float:
        """The moment from which a request may be sent."""
        return max(self._next_slot_s, self._not_before_s)

    def take(self, now_s: float, requests: int = 1) -> None:
        """Take the next slots of the budget."""
        self._next_slot_s = max(now_s, self._next_slot_s) + requests / REQUESTS_PER_S

    def ended(self, result: Result, now_s: float, *, invalid: bool) -> None:
        """Learn from an answer; `invalid` when it counts towards Discord's limit of those."""
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

    def _count_invalid(self, now_s: float) -> None:
        self._invalid.append(now_s)
        while self._invalid[0] <= now_s - INVALID_WINDOW_S:
            self._invalid.popleft()
        if len(self._invalid) >= INVALID_MAX:
            self._not_before_s = max(self._not_before_s, self._invalid[0] + INVALID_WINDOW_S)


def is_invalid(result: Result) -> bool:
    """Whether an answer may count as an invalid request; refusals with a status of 400 or 404 are counted too, to be safe."""
    return isinstance(result, Impossible | Limited)
