"""Circuit breakers: stop asking a server that keeps failing, and let one request find out whether it works again. Pure.

    closed ──several failures in a row──▶ open ──its time is over──▶ one probe ──success──▶ closed
                                           ▲                            │
                                           └──────────failure───────────┘

There are four breakers:

* Two belong to the account. A used-up budget or a refused key concerns every model, and asking again changes nothing, so
  questions end at once while one of these is open.
* One belongs to the server. It opens when the server cannot be reached, whichever model was asked.
* Each model has one of its own. A model that is retired or overloaded answers 500 while the others work, so it must not
  keep them from being asked.
"""

from collections import deque
from collections.abc import Iterable
from typing import Final

from messages.turn import BREAKS, Reason

FAILURES: Final = 5
WINDOW_S: Final = 30.0
OPEN_S: Final = 30.0
"""Five failures in a row within half a minute are more than a hiccup; half a minute later one request tries again."""

QUOTA_OPEN_S: Final = 600.0
"""Somebody has to pay first; every request until then would only be refused."""
KEY_OPEN_S: Final = 60.0
"""A new key takes effect with a restart, so this is for servers that refuse a key by mistake: one probe a minute does no harm."""

_SAYS_NOTHING_OF_ACCOUNT: Final[frozenset[Reason]] = frozenset(
    {"unreachable", "server_error", "context_too_long", *BREAKS}
)
"""Ends after which nothing is known about the account: the server did not get as far as looking at it."""


class CircuitBreaker:
    """One breaker. It is told when each request begins and how it ends."""

    def __init__(
        self,
        *,
        trips_on: Reason,
        failures: int = FAILURES,
        open_s: float = OPEN_S,
        neutral: Iterable[Reason] = ("context_too_long",),
    ) -> None:
        """Start closed.

        `trips_on` is the reason that counts as a failure, and so many `failures` in a row open the breaker for `open_s`
        seconds. A `neutral` reason counts neither as a failure nor as a success; every other reason but `trips_on` is a success.
        """
        self.trips_on: Final = trips_on
        self._open_s = open_s
        self._neutral = frozenset(neutral)
        self._failed_at_s: deque[float] = deque(maxlen=failures)
        self._open_until_s: float | None = None
        self._is_probing = False

    @property
    def is_probing(self) -> bool:
        """Whether a probe is under way; nobody else may ask until it has ended."""
        return self._is_probing

    def wait_s(self, now_s: float) -> float:
        """Return for how many seconds the breaker stays open; 0 when it is closed, or when a probe is due or under way."""
        return 0.0 if self._open_until_s is None else max(0.0, self._open_until_s - now_s)

    def begin(self) -> bool:
        """Note that a request is sent, and return whether it is the probe."""
        is_probe = self._open_until_s is not None
        self._is_probing = self._is_probing or is_probe
        return is_probe

    def end(self, reason: Reason | None, now_s: float, *, is_probe: bool) -> None:
        """Note how a request ended; `reason` is None for a request that was given up before anything came of it."""
        if self._open_until_s is not None and not is_probe:
            return  # it was sent before the breaker opened, so it says nothing new
        if is_probe:
            self._is_probing = False
        if reason == self.trips_on:
            self._fail(now_s, is_probe=is_probe)
        elif reason is not None and reason not in self._neutral:
            self._open_until_s = None
            self._failed_at_s.clear()

    def _fail(self, now_s: float, *, is_probe: bool) -> None:
        self._failed_at_s.append(now_s)
        is_full = len(self._failed_at_s) == self._failed_at_s.maxlen
        if is_probe or (is_full and now_s - self._failed_at_s[0] <= WINDOW_S):
            self._open_until_s = now_s + self._open_s


def account_breakers() -> tuple[CircuitBreaker, CircuitBreaker]:
    """Make the two breakers of the account: its budget, and its key.

    The first failure opens them. A key that is refused, or a rate limit, says nothing about the budget.
    """
    return (
        CircuitBreaker(
            trips_on="quota_exhausted",
            failures=1,
            open_s=QUOTA_OPEN_S,
            neutral={*_SAYS_NOTHING_OF_ACCOUNT, "wrong_key", "rate_limited"},
        ),
        CircuitBreaker(trips_on="wrong_key", failures=1, open_s=KEY_OPEN_S, neutral=_SAYS_NOTHING_OF_ACCOUNT),
    )


def server_breaker() -> CircuitBreaker:
    """Make the breaker of the server, which opens when the server cannot be reached."""
    return CircuitBreaker(trips_on="unreachable")


def model_breaker() -> CircuitBreaker:
    """Make a model's own breaker, which opens when the server answers with errors for this model.

    A request that did not get as far as the model says nothing about it.
    """
    return CircuitBreaker(
        trips_on="server_error",
        neutral=("unreachable", "wrong_key", "quota_exhausted", "rate_limited", "context_too_long"),
    )
