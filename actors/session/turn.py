"""One attempt to answer a turn: what the courier hears of it, its draft and when to save that, and how the turn ends. Pure."""

from typing import Final

from messages.answer import Answer
from messages.courier import TurnBegan
from messages.enclosure import LeftOut
from messages.files import File
from messages.flags import Flags
from messages.session import StreamEnded
from messages.turn import Ending, Reason, TurnTaken
from messages.verbs.turns import FinishTurn
from texts.characters import is_blank

CHECKPOINT_S: Final = 1.0
CHECKPOINT_CHARS: Final = 512
"""A process that is killed loses no more of a draft than what came in this time, or this many characters, whichever is less."""


def began(turn: TurnTaken, *, resumed: bool) -> TurnBegan:
    """Return what the courier hears when an attempt begins; `resumed` as in `TurnBegan`."""
    return TurnBegan(
        turn=turn.turn,
        session=turn.session,
        asker=turn.asker,
        attempt=turn.attempt,
        place=turn.place,
        resumed=resumed or turn.is_wait_told,
        locale=turn.locale,
        waited=turn.is_wait_told,
    )


def shown_chars_max(turn: TurnTaken) -> int:
    """Return how many characters Discord may show of an earlier attempt: what was saved, and after a crash some more."""
    return len(turn.draft) + (CHECKPOINT_CHARS if turn.crash_count else 0)


class Draft:
    """One attempt to answer as far as it came: its text, and its unfinished pictures. Only the text is saved."""

    def __init__(self, now_s: float) -> None:
        """Begin without text; `now_s` counts as the moment of the last checkpoint."""
        self.text = ""
        self.pictures: tuple[File, ...] = ()
        self.has_drawn = False
        """Whether an unfinished picture came, shown or not."""
        self.unshown_bytes = 0
        """How much the model wrote beside the text: it reasoned, or it waits for its judgement."""
        self._saved_chars = 0
        self._saved_at_s = now_s

    def grow(self, text: str, *, begins_anew: bool = False) -> None:
        """Append what came. Where it `begins_anew`, the text so far was no answer, and what was saved of it is to be replaced soon."""
        if begins_anew:
            self.text, self._saved_chars = "", -1
        self.text += text

    @property
    def written_bytes(self) -> int:
        """How much the model wrote in all, in UTF-8."""
        return len(self.text.encode("utf-8", "replace")) + self.unshown_bytes

    def checkpoint_due_s(self, now_s: float) -> float | None:
        """Return when the text must be saved, which may be `now_s`; None when all of it is saved."""
        unsaved = len(self.text) - self._saved_chars
        if unsaved <= 0:
            return None
        due_s = self._saved_at_s + CHECKPOINT_S
        return now_s if unsaved >= CHECKPOINT_CHARS or now_s >= due_s else due_s

    def saved(self, now_s: float) -> None:
        """Record that the text is being saved as it is now."""
        self._saved_chars, self._saved_at_s = len(self.text), now_s


_ENDINGS: Final[dict[Reason, Ending]] = {
    "complete": "answered",
    "token_limit": "answered",
    "content_filter": "answered",
    "too_long": "answered",
    "whole_in_file": "answered",
    "stopped": "interrupted",
    "question_deleted": "cancelled",
    "session_ended": "cancelled",
    "forgotten": "cancelled",
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


def finish_of(
    turn: TurnTaken,
    reason: Reason,
    answer: Answer,
    ended: StreamEnded | None,
    *,
    cut: Draft | None,
    left_out: tuple[LeftOut, ...],
    now_s: float,
) -> FinishTurn:
    """Return what commits the end of a turn; `ended` is how its stream ended, None where it was stopped. `now_s` counts from 1970.

    `cut` is what came of a request that was under way when the turn was stopped.
    """
    ending, reason = ending_of(reason, answer)
    retry_after_s = None if ended is None else ended.retry_after_s
    return FinishTurn(
        turn=turn.turn,
        attempt=turn.attempt,
        ending=ending,
        reason=reason,
        answer=answer,
        usage=None if ended is None else ended.usage,
        cut_bytes=cut.written_bytes if cut is not None else None if ended is None else ended.cut_bytes,
        has_drawn=cut is not None and cut.has_drawn,
        again_at_s=None if retry_after_s is None else now_s + retry_after_s,
        flags=Flags() if ended is None else ended.flags,
        now_s=now_s,
        left_out=left_out,
    )
