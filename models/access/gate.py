"""The gate of a server: what its moderation says of questions before they are asked, and of answers before they are shown.

The operator chooses for each server: `off`, `warn` (the answer says what was flagged) or `block` (nothing that is flagged is
asked or shown). `models/access/gated_questions.py` has questions judged, `models/access/gated_answers.py` has answers judged.
"""

from collections.abc import Sequence
from typing import Final, Protocol

import structlog

from messages.turn import TurnTaken, Utterance
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


class Gate:
    """Knows the mode of each server, and has texts judged."""

    def __init__(self, judge: Judge, rules: GateRules) -> None:
        self._judge = judge
        self._rules = rules

    def mode_of(self, turn: TurnTaken) -> GateMode:
        """Return the mode of the place in which a turn was asked."""
        return self._rules.mode_in(turn.guild_id)

    async def flagged(self, said: Sequence[Judged]) -> tuple[str, ...] | None:
        """Ask once, and return the categories that are flagged, none for what is harmless; None where nobody judged it."""
        verdict = await self._judge.judge(said, self._rules.model)
        if isinstance(verdict, Verdict):
            return verdict.flagged
        log.warning("gate.not_judged", reason=verdict.reason)
        return None


def said_in(question: Utterance) -> tuple[Judged, ...]:
    """Return everything that a question says: its author's words, and what it encloses, pictures included."""
    texts = (text for one in question.enclosures for text in (one.text, one.name) if text)
    return (question.text, *texts, *(one for one in question.enclosures if is_picture(one)))
