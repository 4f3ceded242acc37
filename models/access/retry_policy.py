"""How long one turn waits for its model, and how often it asks. Pure; only before a word of the answer was said."""

from typing import Final

from messages.turn import Reason
from models.access.admission import Rejected
from models.access.circuit_breaker import FAILURES

WAIT_FOR_LIMIT_S: Final = 60.0
"""In sum a turn. Who reads ✍🏻 for a minute still waits; what takes longer is worth a sentence that says when."""

PATIENCE_S: Final = 300.0
"""From the moment on at which a turn has a place at the models, however it waits: Retry costs one press."""

REQUESTS_MAX: Final = FAILURES + 1
"""A turn that alone runs into a broken server opens the breaker, and is its probe after that."""

PAUSE_S: Final = 0.5
"""Before the second request; twice as long before each that follows."""

JITTER_S_MAX: Final = 1.0
"""On top of each pause, so that not everybody is back in the same moment; what a server asked for is never cut."""

_AGAIN: Final[frozenset[Reason]] = frozenset({"server_error", "unreachable"})
"""What may be well in a second. Limits are waited for as long as they last, whatever is asked of the model."""


def jittered(pause_s: float, share: float) -> float:
    """Return the pause with its share, from 0 to 1, of what comes on top."""
    return pause_s + share * min(JITTER_S_MAX, pause_s)


class RetryPolicy:
    """One turn's."""

    def __init__(self) -> None:
        self._give_up_at_s: float | None = None
        self._waited_for_limit_s = 0.0
        self._requests = 0

    def begin(self, now_s: float) -> None:
        """It is this turn's turn to ask; how long it waited for that does not count. Only the first time says anything."""
        if self._give_up_at_s is None:
            self._give_up_at_s = now_s + PATIENCE_S

    def _left_s(self, now_s: float) -> float:
        return PATIENCE_S if self._give_up_at_s is None else self._give_up_at_s - now_s

    def after(self, reason: Reason, retry_after_s: float | None, now_s: float) -> float | None:
        """Return how many seconds to wait after a request that failed before a word, or None to end the turn with it."""
        if reason == "rate_limited":
            return 0.0  # its model's limit is closed now, and says for how long
        if reason not in _AGAIN:
            return None
        self._requests += 1
        if self._requests >= REQUESTS_MAX:
            return None
        pause_s = max(PAUSE_S * 2 ** (self._requests - 1), retry_after_s or 0.0)
        return pause_s if pause_s <= self._left_s(now_s) else None

    def wait_s(self, closed: Rejected, now_s: float) -> float | None:
        """Return how many seconds to wait for what is closed, before looking again; None to end the turn."""
        left_s = self._left_s(now_s)
        if closed.kind == "account" or left_s <= 0:
            return None
        if closed.for_s is None:
            return left_s
        if closed.kind == "limit":
            if self._waited_for_limit_s + closed.for_s > WAIT_FOR_LIMIT_S:
                return None
            self._waited_for_limit_s += closed.for_s
        return closed.for_s if closed.for_s <= left_s else None
