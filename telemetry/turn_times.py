"""When each turn was asked, accepted, taken, asked of its model, first shown, and delivered: made of what the actors commit. Pure."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from msgspec import Struct

from messages.ids import TurnId, snowflake_time_s
from messages.observation import Requested
from messages.turn import Ending, OutcomePending, Reason, TurnTaken
from messages.verbs.acceptance import Accepted, AcceptMessage
from messages.verbs.cancellations import EditQuestion
from messages.verbs.notes import KeepUndelivered
from messages.verbs.replies import PendingOutcomes, RecordDelivered
from messages.verbs.retries import AskAgain, RetryTurn
from messages.verbs.turns import Asked, BeginAsking
from messages.verbs.verb import Verb

TURNS_MAX: Final = 10_000
"""How many turns are followed at most; the oldest are forgotten, such as those that Discord never showed."""

TEXT_REQUESTS: Final = frozenset({"PostPart", "EditPart"})
"""The requests to Discord that show a turn's text."""


class TurnTimes(Struct, kw_only=True):
    """The moments of one turn, in seconds since 1970 by Discord's clock; None for what did not happen, or was not seen."""

    turn: TurnId
    asked_s: float | None = None
    """When the person wrote or pressed, by Discord's id of that."""
    accepted_s: float | None = None
    taken_s: float | None = None
    model_asked_s: float | None = None
    written_s: float | None = None
    """When the first text of the newest attempt was there to be shown."""
    first_shown_s: float | None = None
    last_shown_s: float | None = None
    ended_s: float | None = None
    delivered_s: float | None = None
    model: str = ""
    attempts: int = 0
    ending: Ending | None = None
    reason: Reason | None = None


class Followed:
    """Follows the turns that are under way, and tells when one is first shown, has ended, or is over."""

    def __init__(
        self,
        *,
        first_shown: Callable[[TurnTimes], None] = lambda _: None,
        ended: Callable[[TurnTimes], None] = lambda _: None,
        over: Callable[[TurnTimes], None] = lambda _: None,
    ) -> None:
        """`first_shown`: Discord shows the first text. `ended`: how it ended is stored. `over`: Discord shows all, or never will."""
        self._turns: dict[TurnId, TurnTimes] = {}
        self._first_shown, self._ended, self._over = first_shown, ended, over

    def __len__(self) -> int:
        return len(self._turns)

    def committed(self, verbs: Sequence[Verb[Any]], answers: Sequence[Any], now_s: float) -> None:
        """Learn from what was committed at this moment."""
        for verb, answer in zip(verbs, answers, strict=True):
            self._learn(verb, answer, now_s)

    def _learn(self, verb: Verb[Any], answer: Any, now_s: float) -> None:
        match verb, answer:
            case AcceptMessage(posted=posted), Accepted(turn=turn):
                self._begin(turn, snowflake_time_s(posted.message_id), now_s)
            case RetryTurn(interaction_id=pressed), Accepted(turn=turn):
                self._begin(turn, snowflake_time_s(pressed), now_s)
            case AskAgain(by=by), Accepted(turn=turn):
                self._begin(turn, snowflake_time_s(by.interaction_id), now_s)
            case _, TurnTaken():
                times = self._of(answer.turn)
                times.taken_s = times.taken_s or now_s
                times.model, times.attempts = answer.model, answer.attempt
                times.written_s = None
            case BeginAsking(turn=turn), Asked():
                times = self._of(turn)
                times.model_asked_s = times.model_asked_s or now_s
            case RecordDelivered(turn=turn), None:
                times = self._of(turn)
                times.delivered_s = now_s
                self._finish(times)
            case KeepUndelivered(turn=turn), None:
                self._finish(self._of(turn))
            case ((PendingOutcomes() | EditQuestion()), _):
                pass  # these ended before
            case _:
                for outcome in _outcomes(answer):
                    self._end(outcome, now_s)

    def wrote(self, turn: TurnId, now_s: float) -> None:
        """A draft of this turn has text now."""
        times = self._turns.get(turn)
        if times is not None and times.written_s is None:
            times.written_s = now_s

    def requested(self, requested: Requested, now_s: float) -> None:
        """Learn when Discord shows a turn's text. A message that was sent before there was text says only that the turn waits."""
        times = None if requested.turn is None else self._turns.get(requested.turn)
        if times is None or requested.outcome != "done" or requested.request not in TEXT_REQUESTS:
            return
        began_s = now_s - (requested.ended_s - requested.began_s)
        text_from_s = times.written_s if times.written_s is not None else times.ended_s
        if text_from_s is None or began_s < text_from_s:
            return
        times.last_shown_s = now_s
        if times.first_shown_s is None:
            times.first_shown_s = now_s
            self._first_shown(times)

    def _begin(self, turn: TurnId, asked_s: float, now_s: float) -> None:
        times = self._of(turn)
        times.asked_s, times.accepted_s = asked_s, now_s

    def _of(self, turn: TurnId) -> TurnTimes:
        """Return a turn's moments; one of which nothing is known was accepted by an earlier process."""
        times = self._turns.get(turn)
        if times is None:
            times = self._turns[turn] = TurnTimes(turn=turn)
            if len(self._turns) > TURNS_MAX:
                del self._turns[next(iter(self._turns))]
        return times

    def _end(self, outcome: OutcomePending, now_s: float) -> None:
        times = self._of(outcome.turn)
        if times.ending is not None:
            return  # it is told again
        times.ended_s, times.ending, times.reason = now_s, outcome.ending, outcome.reason
        times.model = times.model or outcome.model
        self._ended(times)

    def _finish(self, times: TurnTimes) -> None:
        del self._turns[times.turn]
        self._over(times)


def _outcomes(answer: Any) -> Iterator[OutcomePending]:
    """Return the turns that a verb has ended: one, or several such as those of a session that is parked or removed."""
    if isinstance(answer, OutcomePending):
        yield answer
        return
    for found in (answer, getattr(answer, "outcome", None), getattr(answer, "outcomes", ())):
        if isinstance(found, OutcomePending):
            yield found
        elif isinstance(found, tuple):
            yield from (one for one in found if isinstance(one, OutcomePending))
