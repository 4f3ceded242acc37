"""What a turn's reply should show: its newest draft, then its outcome. Pure.

| state | what the reply should show |
|---|---|
| `draft` | the newest draft |
| `held` | what stands there already: Discord refused a draft's text, and may take the whole |
| `outcome` | how the turn ended |
| `sentence` | one sentence, because Discord refuses the outcome's text |
"""

from typing import Final, Literal

from actors.courier import answer_view
from actors.courier.answer_view import PartWanted
from actors.courier.transitions import step
from messages.courier import DraftShown, TurnBegan
from messages.ids import TurnId
from messages.turn import OutcomePending
from texts.say import DEFAULT_LOCALE, say

State = Literal["draft", "held", "outcome", "sentence"]
Event = Literal["text_refused", "ended"]

TRANSITIONS: Final[dict[State, dict[Event, State]]] = {
    "draft": {"text_refused": "held", "ended": "outcome"},
    "held": {"ended": "outcome"},
    "outcome": {"text_refused": "sentence"},
    "sentence": {},
}


class Content:
    """The content of one reply. Parts are drawn when somebody asks for them, and kept until something changes."""

    def __init__(self, turn: TurnId) -> None:
        self.state: State = "draft"
        self.outcome: OutcomePending | None = None
        self._turn = turn
        self._draft: DraftShown | None = None
        self._attempt = 0
        self._drawn: tuple[PartWanted, ...] | None = None

    def __bool__(self) -> bool:
        """Whether there is a draft or an outcome; this draws nothing."""
        return self.outcome is not None or self._draft is not None

    def begin(self, began: TurnBegan) -> None:
        """An attempt has begun: drafts of earlier attempts are not shown any more."""
        if began.attempt > self._attempt:
            self._attempt, self._draft, self._drawn = began.attempt, None, None

    def grow(self, draft: DraftShown) -> bool:
        """Show this draft; False when something newer is known."""
        if self.outcome is not None or draft.attempt < self._attempt:
            return False
        if self._draft is not None and (draft.attempt, draft.revision) <= (self._draft.attempt, self._draft.revision):
            return False
        self._attempt, self._draft, self._drawn = draft.attempt, draft, None
        return True

    def end(self, outcome: OutcomePending) -> bool:
        """Show how the turn ended; False when an outcome is known, which may be told again."""
        if self.outcome is not None:
            return False
        self.state = step(TRANSITIONS, self.state, "ended")
        self.outcome, self._drawn = outcome, None
        return True

    def refuse_text(self) -> None:
        """Discord does not take the text that is shown."""
        self.state, self._drawn = step(TRANSITIONS, self.state, "text_refused"), None

    def redraw(self) -> None:
        """Something that the parts depend on has changed."""
        self._drawn = None

    def parts(self, *, mark_is_enough: bool) -> tuple[PartWanted, ...]:
        """Return the parts that should stand in Discord.

        `mark_is_enough` is true where a reaction on the question can speak for a muted notice. It is looked at only when
        the parts are drawn anew.
        """
        if self._drawn is None:
            self._drawn = self._draw(mark_is_enough=mark_is_enough)
        return self._drawn

    def _draw(self, *, mark_is_enough: bool) -> tuple[PartWanted, ...]:
        if self.outcome is None:
            return () if self._draft is None else answer_view.draft(self._turn, self._draft.answer)
        if self.state == "sentence":
            return (PartWanted(say("text_refused", DEFAULT_LOCALE)),)
        return () if self.outcome.muted and mark_is_enough else answer_view.outcome(self.outcome)
