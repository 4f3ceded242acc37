"""Admission: whether a model may be asked now. It looks at the model's rate limit and at all circuit breakers. Pure."""

from typing import Literal

from msgspec import Struct

from messages.turn import Reason
from models.access.circuit_breaker import CircuitBreaker, account_breakers, model_breaker, server_breaker
from models.access.rate_limit import RateLimit


class Rejected(Struct, frozen=True):
    """The model must not be asked now.

    `wait_s` is in how many seconds it may be asked, or None when a probe is under way and its end decides. `kind` says what
    rejected the request; waiting does not help against `account`. `is_told_by_server` is true when the server itself
    named the moment.
    """

    reason: Reason
    wait_s: float | None
    kind: Literal["limit", "breaker", "account"]
    is_told_by_server: bool = False


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
            return Rejected("rate_limited", wait_s, "limit", is_told_by_server=limit.is_told_by_server)
        return Permit(model, tuple(breaker for breaker in self._breakers_of(model) if breaker.begin()))

    def report(self, permit: Permit, reason: Reason | None, retry_after_s: float | None, now_s: float) -> None:
        """Note how the permitted request ended.

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

    def _breakers_of(self, model: str) -> tuple[CircuitBreaker, ...]:
        return (*self._account, self._server, self._breakers.setdefault(model, model_breaker()))

    def _limit(self, model: str) -> RateLimit:
        return self._limits.setdefault(model, RateLimit())
