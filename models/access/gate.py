"""The gate of a server: what its moderation says of questions before they are asked, and of answers before they are shown.

The operator chooses for each server: `off`, `warn` (the answer says what was flagged) or `block` (nothing that is flagged is
asked or shown). `models/access/client.py` has questions judged, `models/access/gated_answers.py` has answers judged.
"""

from collections.abc import Sequence
from typing import Final, Protocol

import structlog

from messages.turn import TurnTaken, Utterance
from models.events import StreamFinished
from models.gate_rules import GateMode, GateRules
from models.moderation import Verdict

log = structlog.get_logger()


JUDGE_AGAIN_S: Final = 1.0
JUDGE_AGAIN_S_MAX: Final = 30.0
"""The first and the longest pause before a moderation that did not answer is asked again, for as long as it takes."""


class Judge(Protocol):
    """What the gate needs of the kind `moderation`."""

    async def judge(self, texts: Sequence[str], model: str) -> Verdict | StreamFinished:
        """Return what the model thinks of all these texts together, or how the request failed."""
        ...


class Gate:
    """Knows the mode of each server, and has texts judged."""

    def __init__(self, judge: Judge, rules: GateRules) -> None:
        self._judge = judge
        self._rules = rules

    def mode_of(self, turn: TurnTaken) -> GateMode:
        """Return the mode of the place in which a turn was asked."""
        return self._rules.mode_in(turn.guild_id)

    async def flagged(self, texts: Sequence[str]) -> tuple[str, ...] | None:
        """Ask once, and return the categories that are flagged, none for harmless texts; None where nobody judged them."""
        verdict = await self._judge.judge(texts, self._rules.model)
        if isinstance(verdict, Verdict):
            return verdict.flagged
        log.warning("gate.not_judged", reason=verdict.reason)
        return None


def words_in(said: Utterance) -> tuple[str, ...]:
    """Return everything that a question says: its author's words, and what it encloses."""
    return (said.text, *(text for one in said.enclosures for text in (one.text, one.name) if text))
