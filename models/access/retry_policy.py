"""How long one turn waits for its model, and how often it is asked again. Pure.

This is only about requests that fail before the first text of the answer.
"""

from typing import Final

from backoff import backoff_s
from messages.turn import Reason
from models.access.admission import FAILURES, Rejected

WAIT_FOR_LIMIT_S: Final = 60.0
"""One turn waits for rate limits no longer than this in sum. Somebody who sees ✍🏻 for a minute is still there; when it takes
longer, a sentence that says when to ask again is better."""

GIVE_UP_AFTER_S: Final = 300.0
"""One turn waits no longer than this for any reason, from the moment on at which it has a slot. *Retry* costs one press."""

REQUESTS_MAX: Final = FAILURES + 1
"""A turn that alone runs into a broken server opens the circuit breaker, and sends the probe after that."""

PAUSE_S: Final = 0.5
PAUSE_S_MAX: Final = 8.0
"""The pause before the second request, and before the last of six: it doubles each time."""

JITTER_S_MAX: Final = 1.0
"""A random part on top of each pause, so that requests do not all come back in the same moment. It only makes a pause longer,
so that what a server asked for is kept."""

_ASKED_AGAIN: Final[frozenset[Reason]] = frozenset({"server_error", "unreachable"})
"""Failures that may be over in a second. Rate limits are not among them: they are waited for however often they come."""


def jittered(pause_s: float, share: float) -> float:
    """Return the pause, made longer by a `share` from 0 to 1 of the largest random part (at most the pause itself)."""
    return pause_s + share * min(JITTER_S_MAX, pause_s)


class RetryPolicy:
    """Counts the requests and the waiting of one turn."""

    def __init__(self) -> None:
        self._give_up_at_s: float | None = None
        self._waited_for_limit_s = 0.0
        self._requests = 0

    def begin(self, now_s: float) -> None:
        """Record that the turn has a slot: its time counts from the first call on, not while it waits for the slot."""
        if self._give_up_at_s is None:
            self._give_up_at_s = now_s + GIVE_UP_AFTER_S

    def _left_s(self, now_s: float) -> float:
        """The seconds that are left."""
        return GIVE_UP_AFTER_S if self._give_up_at_s is None else self._give_up_at_s - now_s

    def pause_s(self, reason: Reason, retry_after_s: float | None, now_s: float) -> float | None:
        """Return how many seconds to pause before the next request, after one that failed; None when there is no next one.

        `retry_after_s` is how long the server said to wait, where it did.
        """
        if reason == "rate_limited":
            return 0.0  # admission rejects the model now, and says for how long
        if reason not in _ASKED_AGAIN:
            return None
        self._requests += 1
        if self._requests >= REQUESTS_MAX:
            return None
        pause_s = max(backoff_s(self._requests, first_s=PAUSE_S, max_s=PAUSE_S_MAX), retry_after_s or 0.0)
        return pause_s if pause_s <= self._left_s(now_s) else None

    def wait_s(self, rejected: Rejected, now_s: float) -> float | None:
        """Return how many seconds to wait after a rejection before trying again; None to end the turn.

        When a probe is under way this is how long to wait for its end at most.
        """
        left_s = self._left_s(now_s)
        if rejected.kind == "account" or left_s <= 0:
            return None
        if rejected.wait_s is None:
            return left_s
        if rejected.kind == "limit":
            if self._waited_for_limit_s + rejected.wait_s > WAIT_FOR_LIMIT_S:
                return None
            self._waited_for_limit_s += rejected.wait_s
        return rejected.wait_s if rejected.wait_s <= left_s else None
