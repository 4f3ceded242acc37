"""How a turn ends, for each reason that its answer ended for. Pure."""

from typing import Final

from messages.answer import Answer
from messages.turn import Ending, Reason
from texts.characters import is_blank

_ENDINGS: Final[dict[Reason, Ending]] = {
    "complete": "answered",
    "token_limit": "answered",
    "content_filter": "answered",
    "too_long": "answered",
    "stopped": "interrupted",
    "question_deleted": "cancelled",
    "session_ended": "cancelled",
}
"""Every other reason is an interruption where the answer has text or files, and a failure where it has neither."""


def ending_of(reason: Reason, answer: Answer) -> tuple[Ending, Reason]:
    """Return how a turn with this answer ends, and the reason to give for it.

    An answer without files whose text shows nothing has failed: because of the filter that cut it, else for having no text.
    """
    ending = _ENDINGS.get(reason, "interrupted" if answer.text or answer.files else "failed")
    if ending == "answered" and is_blank(answer.text) and not answer.files:
        return "failed", "content_filter" if reason == "content_filter" else "no_text"
    return ending, reason
