"""What an observer is told of the actors' work, for metrics and traces. It decides nothing, and nothing waits for it."""

from collections.abc import Sequence
from typing import Any, Final, Literal, Protocol

from msgspec import Struct

from messages.ids import TurnId
from messages.verbs.verb import Verb

Outcome = Literal["done", "rate_limited", "refused", "unanswered"]
"""What came of a request to Discord: done; answered 429; refused for good; no answer, or one that says nothing."""


class Requested(Struct, frozen=True, kw_only=True):
    """A request to Discord has ended. Moments are in seconds of the event loop's clock.

    `turn` is the turn whose text it shows, where it shows one.
    """

    request: str
    outcome: Outcome
    began_s: float
    ended_s: float
    turn: TurnId | None = None


class Observer(Protocol):
    """Hears what the actors did. It returns at once and raises nothing."""

    def committed(self, verbs: Sequence[Verb[Any]], answers: Sequence[Any], seconds: float) -> None:
        """One transaction was committed, in so many seconds. An answer may be an exception: that verb changed nothing."""

    def not_committed(self) -> None:
        """A transaction failed as a whole."""

    def wrote(self, turn: TurnId) -> None:
        """A draft with more text of this turn has reached what writes to Discord."""

    def requested(self, requested: Requested) -> None:
        """A request to Discord has ended."""


class Unobserved:
    """An observer for those who observe nothing."""

    def committed(self, verbs: Sequence[Verb[Any]], answers: Sequence[Any], seconds: float) -> None:
        """Do nothing."""

    def not_committed(self) -> None:
        """Do nothing."""

    def wrote(self, turn: TurnId) -> None:
        """Do nothing."""

    def requested(self, requested: Requested) -> None:
        """Do nothing."""


UNOBSERVED: Final = Unobserved()
