"""Turns as storage commits them, told to an observer with a clock that the test moves."""

from typing import Any

from messages.answer import Answer
from messages.ids import TurnId
from messages.observation import Observer, Outcome, Requested
from messages.rates import Most
from messages.turn import Ending, Reason
from messages.usage import Usage
from messages.verbs.acceptance import Accepted, AcceptMessage
from messages.verbs.replies import RecordDelivered
from messages.verbs.turns import BeginAsking, FinishTurn, TakeNextTurn
from messages.verbs.verb import Verb
from tests.storage import people


class Story:
    """A store whose commits an observer hears. Time is in seconds after the first message."""

    def __init__(self) -> None:
        self.rows = people.store()
        people.set_status(self.rows, "new")
        self.now_s = people.NOW_S
        self.observer: Observer | None = None

    def clock(self) -> float:
        """Return seconds since 1970."""
        return self.now_s

    def at(self, seconds: float) -> None:
        """Go to this moment."""
        self.now_s = people.NOW_S + seconds

    def do(self, verb: Verb[Any]) -> Any:
        """Commit a verb, and tell the observer."""
        assert self.observer is not None
        (answer,) = self.rows.commit([verb])
        self.observer.committed([verb], [answer], 0.004)
        return answer

    def ask(self, number: int, text: str = "What is a comet?") -> Accepted:
        """Have the n-th message accepted."""
        answer = self.do(AcceptMessage(posted=people.posted(number, text), now_s=self.now_s))
        assert isinstance(answer, Accepted)
        return answer

    def take(self, accepted: Accepted) -> int:
        """Have its session's next turn taken and its model asked; returns the attempt."""
        taken = self.do(TakeNextTurn(session=accepted.session))
        self.do(
            BeginAsking(
                turn=taken.turn, attempt=taken.attempt, chars=100, most=Most(model=taken.model), now_s=self.now_s
            )
        )
        return int(taken.attempt)

    def finish(
        self, accepted: Accepted, attempt: int, *, ending: Ending = "answered", reason: Reason = "complete"
    ) -> None:
        """Have the turn end."""
        self.do(
            FinishTurn(
                turn=accepted.turn,
                attempt=attempt,
                ending=ending,
                reason=reason,
                answer=Answer(text="A ball of ice."),
                usage=Usage(input_tokens=3, output_tokens=5),
                now_s=self.now_s,
            )
        )

    def show(self, turn: TurnId, *, took_s: float = 0.1, outcome: Outcome = "done", request: str = "PostPart") -> None:
        """Have a request to Discord end now that shows the turn's text."""
        assert self.observer is not None
        self.observer.requested(
            Requested(request=request, outcome=outcome, began_s=50.0, ended_s=50.0 + took_s, turn=turn)
        )

    def deliver(self, turn: TurnId) -> None:
        """Have Discord show all of it."""
        self.do(RecordDelivered(turn=turn))
