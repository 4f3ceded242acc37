"""Whether a model may be asked now: its rate limit, its breaker, the server's and the account's, looked at together. Pure."""

from typing import Literal

from msgspec import Struct

from messages.turn import Reason
from models.access import circuit_breaker
from models.access.circuit_breaker import CircuitBreaker
from models.access.rate_limit import RateLimit


class Rejected(Struct, frozen=True):
    """Nothing may be asked now: why, and in how many seconds it may be (None: when a probe has ended).

    What is closed for the account's sake, nobody's waiting opens. `told` is when the server itself named the moment.
    """

    reason: Reason
    for_s: float | None
    kind: Literal["limit", "breaker", "account"]
    told: bool = False


class Permit(Struct):
    """One request under way, and which breakers it is the probe of."""

    model: str
    probes: tuple[CircuitBreaker, ...]
    heard: bool = False


class Admission:
    """All of them, for the life of the process."""

    def __init__(self) -> None:
        self._account = circuit_breaker.account()
        self._server = circuit_breaker.server()
        self._breakers: dict[str, CircuitBreaker] = {}
        self._limits: dict[str, RateLimit] = {}

    def look(self, model: str, now_s: float) -> Rejected | None:
        """Return what keeps this model from being asked, or None."""
        for breaker in self._all_of(model):
            for_s = breaker.closed_in_s(now_s)
            if for_s or breaker.is_probing:
                kind: Literal["account", "breaker"] = "account" if breaker in self._account else "breaker"
                return Rejected(breaker.fails, for_s or None, kind)
        limit = self._limit(model)
        for_s = limit.closed_in_s(now_s)
        return Rejected("rate_limited", for_s, "limit", told=limit.was_told) if for_s else None

    def begin(self, model: str) -> Permit:
        """A request is sent, since nothing was closed."""
        return Permit(model, tuple(breaker for breaker in self._all_of(model) if breaker.begin()))

    def end(self, permit: Permit, reason: Reason | None, retry_after_s: float | None, now_s: float) -> None:
        """Hear how a request ended, or that its text has begun (`complete`); what comes after that is no news here.

        None is a request that was given up before anything came of it.
        """
        if permit.heard:
            return
        permit.heard = True
        for breaker in self._all_of(permit.model):
            breaker.end(reason, now_s, probe=breaker in permit.probes)
        if reason == "rate_limited":
            self._limit(permit.model).refuse(retry_after_s, now_s)
        elif reason == "complete":
            self._limit(permit.model).pass_()

    def _all_of(self, model: str) -> tuple[CircuitBreaker, ...]:
        return (*self._account, self._server, self._breakers.setdefault(model, circuit_breaker.of_model()))

    def _limit(self, model: str) -> RateLimit:
        return self._limits.setdefault(model, RateLimit())
