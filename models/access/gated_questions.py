"""Has questions judged by their server's moderation before a model is asked."""

from messages.turn import Utterance
from models.access.ask import Ask
from models.access.attempt import Attempt
from models.access.gate import Gate, said_in
from models.events import StreamFinished


def needs_judgement(gate: Gate, ask: Ask) -> bool:
    """Return whether the question that is asked is the turn's own, and its server wants it judged."""
    return ask.question is None and gate.mode_of(ask.turn) != "off"


async def has_question_let_through(gate: Gate, ask: Ask, attempt: Attempt, question: Utterance) -> bool:
    """Have a question judged, unless it was, and return whether a model may be asked it now.

    With `block`, what is flagged ends the attempt with `question_blocked`; where nobody judged the question, that is noted in
    `ask`, to be tried again. With `warn`, what is flagged is noted in `ask`.
    """
    if ask.judged == question:
        ask.judgements_failed = 0
        return True
    flagged = await gate.flagged(ask.turn, said_in(question))
    blocks = gate.mode_of(ask.turn) == "block"
    ask.judgements_failed = ask.judgements_failed + 1 if flagged is None and blocks else 0
    if flagged is None and blocks:
        return False
    if flagged and blocks:
        attempt.end = StreamFinished(reason="question_blocked", usage=None)
        return False
    ask.judged, ask.flagged = question, flagged or ()
    return True
