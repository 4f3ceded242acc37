"""Admission: whether a model may be asked now, by its rate limit and by all circuit breakers. Pure.

A circuit breaker stops asking a server that keeps failing, and lets one request find out whether it works again:

    closed ──several failures in a row──▶ open ──its time is over──▶ one probe ──success──▶ closed
                                           ▲                            │
                                           └──────────failure───────────┘

There are four breakers:

* Two belong to the account. A used-up budget or a refused key concerns every model, and asking again changes nothing, so
  questions end at once while one of these is open.
* One belongs to the server. It opens when the server cannot be reached, whichever model was asked.
* Each model has one of its own. A model that is retired or overloaded answers 500 while the others work, so it must not
  keep them from being asked.

A model's rate limit belongs to that model: once one request has run into it, everybody who asks the model waits.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from typing import Final, Literal

from msgspec import Struct

from backoff import backoff_s
from messages.figures import BreakerFigures, BreakerOf
from messages.turn import BREAKS, Reason

FAILURES: Final = 5
WINDOW_S: Final = 30.0
OPEN_S: Final = 30.0
"""Five failures in a row within half a minute are more than a hiccup; half a minute later one request tries again."""

QUOTA_OPEN_S: Final = 600.0
"""Somebody has to pay first; every request until then would only be refused."""
KEY_OPEN_S: Final = 60.0
"""A new key takes effect with a restart, not with a reload, so this is for servers that refuse a key by mistake: one probe a minute does no harm."""

_SAYS_NOTHING_OF_ACCOUNT: Final[frozenset[Reason]] = frozenset(
    {"unreachable", "server_error", "context_too_long", "wrong_address", "thought_too_long", *BREAKS}
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
        self._opened_at_s: float | None = None
        self._is_probing = False

    @property
    def is_probing(self) -> bool:
        """Whether a probe is under way; nobody else may ask until it has ended."""
        return self._is_probing

    @property
    def opened_at_s(self) -> float | None:
        """When the breaker opened and has not closed since, however many probes failed meanwhile; None while it is closed."""
        return self._opened_at_s

    def try_now(self) -> None:
        """Have the next request be the probe, whatever is left of the time; a closed breaker stays closed."""
        if self._open_until_s is not None:
            self._open_until_s = 0.0

    def wait_s(self, now_s: float) -> float:
        """Return for how many seconds the breaker stays open; 0 when it is closed, or when a probe is due or under way."""
        return 0.0 if self._open_until_s is None else max(0.0, self._open_until_s - now_s)

    def begin(self) -> bool:
        """Record that a request is sent, and return whether it is the probe."""
        is_probe = self._open_until_s is not None
        self._is_probing = self._is_probing or is_probe
        return is_probe

    def end(self, reason: Reason | None, now_s: float, *, is_probe: bool) -> None:
        """Record how a request ended; `reason` is None for a request that was given up before anything came of it."""
        if self._open_until_s is not None and not is_probe:
            return  # it was sent before the breaker opened, so it says nothing new
        if is_probe:
            self._is_probing = False
        if reason == self.trips_on:
            self._fail(now_s, is_probe=is_probe)
        elif reason is not None and reason not in self._neutral:
            self._open_until_s = self._opened_at_s = None
            self._failed_at_s.clear()

    def _fail(self, now_s: float, *, is_probe: bool) -> None:
        self._failed_at_s.append(now_s)
        is_full = len(self._failed_at_s) == self._failed_at_s.maxlen
        if is_probe or (is_full and now_s - self._failed_at_s[0] <= WINDOW_S):
            self._open_until_s = now_s + self._open_s
            self._opened_at_s = now_s if self._opened_at_s is None else self._opened_at_s


def account_breakers() -> tuple[CircuitBreaker, CircuitBreaker]:
    """Make the two breakers of the account: its budget, and its key.

    The first failure opens them. A key that is refused, or a rate limit, says nothing about the budget.
    """
    return (
        CircuitBreaker(
            trips_on="quota_exhausted",
            failures=1,
            open_s=QUOTA_OPEN_S,
            neutral={*_SAYS_NOTHING_OF_ACCOUNT, "wrong_key", "rate_limited", "answer_too_dear"},
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


BACKOFF_S: Final = 1.0
BACKOFF_S_MAX: Final = 30.0
"""The shortest wait, whatever the server says: 1 s, then twice as long after each refusal in a row, up to 30 s."""


class RateLimit:
    """The rate limit of one model: until when it must not be asked."""

    def __init__(self) -> None:
        self._until_s = 0.0
        self._refusals = 0
        self._is_named_by_server = False

    @property
    def is_named_by_server(self) -> bool:
        """Whether the server itself named the moment until which to wait."""
        return self._is_named_by_server

    def wait_s(self, now_s: float) -> float:
        """Return for how many seconds the model must not be asked; 0 when it may be asked now."""
        return max(0.0, self._until_s - now_s)

    def refuse(self, retry_after_s: float | None, now_s: float) -> None:
        """Record that the server refused a request because of the limit.

        `retry_after_s` is how long it said to wait, or None when it did not say.
        """
        is_waiting = now_s < self._until_s
        if retry_after_s is None and is_waiting:
            return  # requests that were sent together are refused together: one pause is enough for all of them
        wait_s = max(retry_after_s or 0.0, backoff_s(self._refusals + 1, first_s=BACKOFF_S, max_s=BACKOFF_S_MAX))
        if not is_waiting:
            self._refusals += 1
        # Of several refusals at once, the one with the latest moment counts.
        if now_s + wait_s >= self._until_s:
            self._until_s, self._is_named_by_server = now_s + wait_s, retry_after_s is not None

    def succeed(self) -> None:
        """Record that the server took a request: the next refusal starts with the shortest wait again."""
        self._refusals = 0


class Rejected(Struct, frozen=True):
    """The model must not be asked now.

    `wait_s` is in how many seconds it may be asked, or None when a probe is under way and its end decides. `kind` says what
    rejected the request; waiting does not help against `account`. `is_named_by_server` is true when the server itself
    named the moment.
    """

    reason: Reason
    wait_s: float | None
    kind: Literal["limit", "breaker", "account"]
    is_named_by_server: bool = False


class Permit(Struct):
    """The permission to send one request; give it back with `Admission.report`.

    `probes` are the breakers for which this request is the probe.
    """

    model: str
    probes: tuple[CircuitBreaker, ...]
    is_reported: bool = False


class Admission:
    """The rate limits and circuit breakers of all models, for the life of the process."""

    def __init__(self) -> None:
        self._account = account_breakers()
        self._server = server_breaker()
        self._breakers: dict[str, CircuitBreaker] = {}
        self._limits: dict[str, RateLimit] = {}

    def admit(self, model: str, now_s: float) -> Permit | Rejected:
        """Return a permit to ask the model now, or why it must not be asked."""
        for breaker in self._breakers_of(model):
            wait_s = breaker.wait_s(now_s)
            if wait_s or breaker.is_probing:
                kind: Literal["account", "breaker"] = "account" if breaker in self._account else "breaker"
                return Rejected(breaker.trips_on, wait_s or None, kind)
        limit = self._limit(model)
        wait_s = limit.wait_s(now_s)
        if wait_s:
            return Rejected("rate_limited", wait_s, "limit", is_named_by_server=limit.is_named_by_server)
        return Permit(model, tuple(breaker for breaker in self._breakers_of(model) if breaker.begin()))

    def report(self, permit: Permit, reason: Reason | None, retry_after_s: float | None, now_s: float) -> None:
        """Record how the permitted request ended.

        As soon as its text begins it is reported as `complete`; a second report of the same permit changes nothing.
        `reason` is None for a request that was given up before anything came of it.
        """
        if permit.is_reported:
            return
        permit.is_reported = True
        for breaker in self._breakers_of(permit.model):
            breaker.end(reason, now_s, is_probe=breaker in permit.probes)
        if reason == "rate_limited":
            self._limit(permit.model).refuse(retry_after_s, now_s)
        elif reason == "complete":
            self._limit(permit.model).succeed()

    def breakers(self) -> Iterator[tuple[BreakerOf, str, CircuitBreaker]]:
        """Yield what each breaker protects, its model's name or "", and the breaker: the shared ones first, then by name."""
        budget, key = self._account
        yield "budget", "", budget
        yield "key", "", key
        yield "server", "", self._server
        for model, breaker in sorted(self._breakers.items()):
            yield "model", model, breaker

    def try_now(self, of: BreakerOf, model: str) -> bool:
        """Have the next request be the probe of a breaker; return False where that is closed or unknown."""
        for known, name, breaker in self.breakers():
            if (known, name) == (of, model) and breaker.opened_at_s is not None:
                breaker.try_now()
                return True
        return False

    def figures(self, now_s: float, time_s: float) -> tuple[BreakerFigures, ...]:
        """Return the state of each breaker. `time_s` is the moment `now_s` in seconds since 1970."""
        return tuple(_figures(of, model, breaker, now_s, time_s) for of, model, breaker in self.breakers())

    def _breakers_of(self, model: str) -> tuple[CircuitBreaker, ...]:
        return (*self._account, self._server, self._breakers.setdefault(model, model_breaker()))

    def _limit(self, model: str) -> RateLimit:
        return self._limits.setdefault(model, RateLimit())


def _figures(of: BreakerOf, model: str, breaker: CircuitBreaker, now_s: float, time_s: float) -> BreakerFigures:
    opened_at_s, wait_s = breaker.opened_at_s, breaker.wait_s(now_s)
    if opened_at_s is None:
        return BreakerFigures(of=of, model=model, state="closed", trips_on=breaker.trips_on)
    return BreakerFigures(
        of=of,
        model=model,
        state="open" if wait_s and not breaker.is_probing else "half_open",
        trips_on=breaker.trips_on,
        since_s=time_s - (now_s - opened_at_s),
        again_at_s=time_s + wait_s if wait_s else None,
    )
