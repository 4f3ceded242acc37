"""Breakers: when a model's server is left alone, and when one question finds out whether it is well again. Pure.

    closed ──so many failures in a row──▶ open ──its time is over──▶ one probe ──passed──▶ closed
                                           ▲                            │
                                           └──────────failed────────────┘

There are four. Two are the server's account: who has no budget, or a key that is refused, has none for any model, and
nobody's question changes that, so questions end at once. One is the server: it cannot be reached. One is a model's own: a
model that is retired or overloaded answers 500 while the others are well, so it must not silence them.
"""

from collections import deque
from collections.abc import Iterable
from typing import Final

from messages.turn import BREAKS, Reason

FAILURES: Final = 5
WINDOW_S: Final = 30.0
OPEN_S: Final = 30.0
"""Five failures in a row within half a minute are no hiccup; after half a minute more one question finds out."""

QUOTA_OPEN_S: Final = 600.0
"""Somebody has to pay first; each question until then would only be refused again."""
KEY_OPEN_S: Final = 60.0
"""A key is changed with a restart, so this is for servers that refuse one by mistake: a probe a minute hurts nobody."""

_UNDECIDED: Final[frozenset[Reason]] = frozenset({"unreachable", "server_error", "context_too_long", *BREAKS})
"""Ends that say nothing about the account: the server was not well enough to look at it, or was not asked at all."""


class CircuitBreaker:
    """One of them. It is told of every request's beginning and end."""

    def __init__(
        self,
        *,
        fails: Reason,
        failures: int = FAILURES,
        open_s: float = OPEN_S,
        undecided: Iterable[Reason] = ("context_too_long",),
    ) -> None:
        self.fails: Final = fails
        self._open_s = open_s
        self._undecided = frozenset(undecided) - {fails}
        self._failed_at_s: deque[float] = deque(maxlen=failures)
        self._open_until_s: float | None = None
        self._probing = False

    @property
    def is_probing(self) -> bool:
        """Whether one question is finding out."""
        return self._probing

    def closed_in_s(self, now_s: float) -> float:
        """Return in how many seconds a question may be asked: 0 for now; while one finds out, this is 0 too."""
        return 0.0 if self._open_until_s is None else max(0.0, self._open_until_s - now_s)

    def begin(self) -> bool:
        """A request is sent; return whether it is the probe."""
        self._probing = self._probing or self._open_until_s is not None
        return self._open_until_s is not None

    def end(self, reason: Reason | None, now_s: float, *, probe: bool) -> None:
        """Hear how a request ended; None for one that was given up before anything came of it."""
        if self._open_until_s is not None and not probe:
            return  # it was sent before: what came of it is no news
        if probe:
            self._probing = False
        if reason == self.fails:
            self._fail(now_s, probe=probe)
        elif reason is not None and reason not in self._undecided:
            self._open_until_s = None
            self._failed_at_s.clear()

    def _fail(self, now_s: float, *, probe: bool) -> None:
        self._failed_at_s.append(now_s)
        full = len(self._failed_at_s) == self._failed_at_s.maxlen
        if probe or (full and now_s - self._failed_at_s[0] <= WINDOW_S):
            self._open_until_s = now_s + self._open_s
            self._failed_at_s.clear()


def account() -> tuple[CircuitBreaker, CircuitBreaker]:
    """The breakers that end questions at once."""
    undecided: frozenset[Reason] = _UNDECIDED | frozenset[Reason]({"wrong_key", "rate_limited"})
    return (
        CircuitBreaker(fails="quota_exhausted", failures=1, open_s=QUOTA_OPEN_S, undecided=undecided),
        CircuitBreaker(fails="wrong_key", failures=1, open_s=KEY_OPEN_S, undecided=_UNDECIDED),
    )


def server() -> CircuitBreaker:
    """The breaker of all models: nobody is there."""
    return CircuitBreaker(fails="unreachable")


def of_model() -> CircuitBreaker:
    """A model's own breaker."""
    return CircuitBreaker(
        fails="server_error",
        undecided=("unreachable", "wrong_key", "quota_exhausted", "rate_limited", "context_too_long"),
    )
