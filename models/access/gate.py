"""The gate of a server: what its moderation says of questions before they are asked, and of answers before they are shown.

The operator chooses for each server: `off`, `warn` (the answer says what was flagged) or `block` (nothing that is flagged is
asked or shown). `models/access/gated_questions.py` has questions judged, `models/access/gated_answers.py` has answers judged.
"""

import time
from collections.abc import Callable, Sequence
from typing import Any, Final, Protocol

import structlog

from current import Current
from messages.turn import TurnTaken, Utterance
from messages.verbs.turns import RecordJudgement
from messages.verbs.verb import Verb
from models.events import StreamFinished
from models.gate_rules import GateMode, GateRules
from models.moderation import Judged, Verdict, is_picture

log = structlog.get_logger()


JUDGE_AGAIN_S: Final = 1.0
JUDGE_AGAIN_S_MAX: Final = 30.0
"""The first and the longest pause before a moderation that did not answer is asked again, for as long as it takes."""


class Judge(Protocol):
    """What the gate needs of the kind `moderation`."""

    async def judge(self, said: Sequence[Judged], model: str) -> Verdict | StreamFinished:
        """Return what the model thinks of all this together, or how a request failed."""
        ...


class Books(Protocol):
    """What the gate needs of the recorder."""

    def enqueue(self, verb: Verb[Any]) -> None:
        """Have a verb committed, and wait for nobody."""
        ...


class Gate:
    """Knows the mode of each server, has texts judged, and has each judgement booked."""

    def __init__(
        self, judge: Judge, rules: Current[GateRules], books: Books, *, clock: Callable[[], float] = time.time
    ) -> None:
        """`clock` returns seconds since 1970: when a judgement was given."""
        self._judge = judge
        self._rules = rules
        self._books = books
        self._clock = clock

    def mode_of(self, turn: TurnTaken) -> GateMode:
        """Return the mode of the place in which a turn was asked."""
        return self._rules.value.mode_in(turn.guild_id)

    async def flagged(self, turn: TurnTaken, said: Sequence[Judged]) -> tuple[str, ...] | None:
        """Ask once what is flagged in something of a turn: no category where it is harmless; None where nobody judged it."""
        rules = self._rules.value
        verdict = await self._judge.judge(said, rules.model)
        if isinstance(verdict, Verdict):
            if verdict.requests:
                self._books.enqueue(self._booked(turn, rules, verdict.requests))
            return verdict.flagged
        log.warning("gate.not_judged", reason=verdict.reason)
        return None

    def _booked(self, turn: TurnTaken, rules: GateRules, requests: int) -> RecordJudgement:
        return RecordJudgement(
            turn=turn.turn,
            attempt=turn.attempt,
            model=rules.model,
            requests=requests,
            cost=rules.cost,
            now_s=self._clock(),
        )


def said_in(question: Utterance) -> tuple[Judged, ...]:
    """Return everything that a question says: its author's words, and what it encloses, pictures included."""
    texts = (text for one in question.enclosures for text in (one.text, one.name) if text)
    return (question.text, *texts, *(one for one in question.enclosures if is_picture(one)))
