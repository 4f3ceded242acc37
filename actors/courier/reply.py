"""One turn's reply in Discord: its text, and the reactions on the question. Pure.

The text is in `reply_text.py`, what it should show in `content.py`, the reactions in `reactions.py`: each of the three opens
with the table of its states.
"""

from actors.courier.reactions import ASLEEP, DONE, TOLD_BEFORE, Reactions
from actors.courier.reply_text import ReplyText
from actors.courier.requests import Priority, React, Reaction, Request, Unreact
from discord_api import error_codes
from discord_api.results import Impossible, Result
from messages.ids import SessionId, TurnId, UserId
from messages.turn import OutcomePending, Place
from messages.verbs.replies import ForgetPart, RecordPart


class Reply:
    """The reply of one turn."""

    def __init__(
        self, turn: TurnId, session: SessionId | None, asker: UserId, place: Place, *, search: bool, is_late: bool
    ) -> None:
        """`search`: an earlier process may have put something into Discord for this turn. `is_late`: it had ended before ours began."""
        self.turn, self.session, self.asker, self.place, self.is_late = turn, session, asker, place, is_late
        self.reactions = Reactions(turn, place, unknown=search)
        self.text = ReplyText(turn, place, self.reactions, search=search)

    def next_reaction(self) -> tuple[Priority, Reaction] | None:
        """Return the request about the question's reactions that comes next, and its priority.

        Once there is an outcome, call this only when its text is final: 👌 says that the answer stands there.
        """
        outcome = self.text.outcome
        if outcome is None:
            writing = None if self.text.state == "lost" else self.reactions.while_written(grows=self.text.grows)
            return None if writing is None else (Priority.WRITING_HAND, writing)
        last = self.reactions.when_over(self._mark(outcome), attempted=outcome.attempted)
        return None if last is None else (Priority.DONE_MARK, last)

    def _mark(self, outcome: OutcomePending) -> str | None:
        """Return the reaction that the question keeps."""
        if outcome.muted and self.text.wanted(0) is None:
            return ASLEEP if outcome.reason == "hint" else TOLD_BEFORE
        stands = self.undelivered_code() is None and self.text.content.state == "outcome"
        return DONE if outcome.ending == "answered" and stands else None

    def undelivered_code(self) -> int | None:
        """Return Discord's code that says why the outcome will never stand where it belongs; None when it does or will."""
        if self.text.lost_code is not None:
            return self.text.lost_code
        return error_codes.UNKNOWN_MESSAGE if any(shown.gone for shown in self.text.shown.parts) else None

    def learn(self, request: Request, result: Result, now_s: float) -> list[RecordPart | ForgetPart]:
        """Learn what came of a request; returns what must be recorded.

        :raises ValueError: the result is none that such a request can have
        """
        if not isinstance(request, React | Unreact):
            record = self.text.learn(request, result, now_s)
            return record if self.text.is_stored else []
        self.reactions.learn(request, result, now_s)
        if isinstance(result, Impossible):
            self.text.content.redraw()  # a muted notice is shown where no mark can be put
        return []
