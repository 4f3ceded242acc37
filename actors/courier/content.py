"""What a turn's reply should show, and the messages in Discord that show it. Pure.

The states of `Content` stand in `machine.py`.
"""

from collections.abc import Iterable, Iterator
from typing import Literal

from msgspec import Struct

from actors.courier import answer_view
from actors.courier.answer_split import Split
from actors.courier.answer_view import PartWanted, Refusal
from actors.courier.machine import CONTENT, ContentState, step
from messages.courier import DraftShown, TurnBegan, TurnWaits
from messages.files import File
from messages.ids import MessageId, TurnId
from messages.turn import OutcomePending, Part
from texts.say import DEFAULT_LOCALE, Locale, locale_for, say


class Content:
    """The content of one reply. A part is drawn when it is needed, and kept until something changes."""

    def __init__(self, turn: TurnId) -> None:
        self.state: ContentState = "draft"
        self.outcome: OutcomePending | None = None
        self._turn = turn
        self._waits: TurnWaits | None = None
        """That the turn waits; kept while nothing else is known of it."""
        self._is_placeholder_refused = False
        self._draft: DraftShown | None = None
        self._refused: tuple[File, ...] = ()
        """The outcome's files that Discord does not take."""
        self._why_refused: Refusal = "refused"
        self._attempt = 0
        self._locale: Locale = DEFAULT_LOCALE
        self._split = Split()
        self._drawn: list[PartWanted] = []
        self._rest: Iterator[PartWanted] | None = None

    def __bool__(self) -> bool:
        """Whether there is something to show; this draws nothing."""
        return self.outcome is not None or self._draft is not None or self._waits is not None

    @property
    def is_placeholder(self) -> bool:
        """Whether the reply is to say that the turn waits behind others."""
        return self.state == "placeholder"

    @property
    def is_notice(self) -> bool:
        """Whether the turn ended without a model having been asked, so that the reply belongs to no place in a conversation."""
        return self.outcome is not None and self.outcome.ending in ("refused", "cancelled")

    def wait(self, waits: TurnWaits) -> bool:
        """Say that the turn waits; False when more is known of it, or Discord takes no such message."""
        if self.outcome is not None or self._attempt or self._is_placeholder_refused:
            return False
        self.state = step(CONTENT, self.state, "waits")
        self._locale = locale_for(waits.locale)
        self._waits = waits
        self.redraw()
        return True

    def drop_placeholder(self, *, is_refused: bool = False) -> None:
        """Do not say any more that the turn waits: its reply stands nowhere, or Discord takes no such message."""
        self._waits = None
        self._is_placeholder_refused = self._is_placeholder_refused or is_refused
        if self.is_placeholder:
            self.state = step(CONTENT, self.state, "placeholder_refused")
        self.redraw()

    def begin(self, began: TurnBegan) -> None:
        """An attempt has begun: drafts of earlier attempts are not shown any more."""
        self._locale = locale_for(began.locale)
        if self.is_placeholder:
            self.state = step(CONTENT, self.state, "began")
        if began.attempt > self._attempt:
            self._attempt, self._draft = began.attempt, None
            self.redraw()

    def grow(self, draft: DraftShown) -> bool:
        """Show this draft; False when something newer is known."""
        if self.outcome is not None or draft.attempt < self._attempt:
            return False
        if self._draft is not None and (draft.attempt, draft.revision) <= (self._draft.attempt, self._draft.revision):
            return False
        self._attempt, self._draft = draft.attempt, draft
        self.redraw()
        return True

    def end(self, outcome: OutcomePending) -> bool:
        """Show how the turn ended; False when nothing new is known: the same outcome may be told again.

        When the question was edited since, the outcome offers to ask it again; when its asker wants to be forgotten since, nothing of
        the answer is shown any more.
        """
        if self.outcome is not None:
            is_news = outcome.reason == "forgotten" and self.outcome.reason != "forgotten"
            is_over = self.outcome.reason == "forgotten"
            if is_over or (not is_news and (self.outcome.is_edited or not outcome.is_edited)):
                return False
            self.outcome = outcome
            self.redraw()
            return True
        self.state = step(CONTENT, self.state, "ended")
        self.outcome = outcome
        self.redraw()
        return True

    def refuse_text(self) -> None:
        """Discord does not take the text that is shown."""
        self.state = step(CONTENT, self.state, "text_refused")
        self.redraw()

    def refuse_files(self, files: tuple[File, ...], why: Refusal) -> None:
        """Discord does not take these files of one message, of a draft or of the outcome.

        It does not say which of them are too large: the largest is left out, and the others are tried.
        """
        if self.outcome is not None:
            if not all(file in self.outcome.answer.files for file in files):
                return  # they were a draft's, and nobody wants them any more
            more = (max(files, key=lambda file: file.length),) if why == "too_large" else self.outcome.answer.files
            self._refused = (*self._refused, *more)
            self._why_refused = why
        self.state = step(CONTENT, self.state, "files_refused")
        self.redraw()

    def redraw(self) -> None:
        """Something that the parts depend on has changed."""
        self._drawn.clear()
        self._rest = None

    def part(self, number: int, *, mark_is_enough: bool) -> PartWanted | None:
        """Return a part that should stand in Discord, counted from 0; None when there are not so many.

        `mark_is_enough` is true where a reaction on the question can speak for a muted notice. It is looked at only when
        the parts are drawn anew.
        """
        if self._rest is None:
            self._rest = self._draw(mark_is_enough=mark_is_enough)
        while number >= len(self._drawn):
            part = next(self._rest, None)
            if part is None:
                return None
            self._drawn.append(part)
        return self._drawn[number]

    def _draw(self, *, mark_is_enough: bool) -> Iterator[PartWanted]:
        outcome, draft = self.outcome, self._draft
        if outcome is not None:
            locale = locale_for(outcome.locale)
            if self.state == "sentence":
                return iter((PartWanted(say("text_refused", locale)),))
            if outcome.muted and mark_is_enough:
                return iter(())
            text = outcome.answer.text
            is_answer = bool(text.strip() or outcome.answer.files)
            shown = answer_view.with_heard(outcome.heard, text, locale) if is_answer else text
            self._split.show(shown, is_whole=True)
            return answer_view.outcome(outcome, self._split, locale, without=self._refused, why=self._why_refused)
        if self._waits is not None and self.is_placeholder:
            return iter((answer_view.placeholder(self._turn, self._waits.ahead, self._locale),))
        doing = self._doing()
        if draft is None:
            return answer_view.draft(self._turn, (), self._locale, doing=doing)
        text = draft.answer.text
        if draft.heard and not text and doing is not None:
            text = f"-# {say(doing, self._locale)}"
        self._split.show(answer_view.with_heard(draft.heard, text, self._locale), is_whole=False)
        return answer_view.draft(
            self._turn,
            self._split,
            self._locale,
            doing=doing,
            awaits_judgement=draft.awaits_judgement,
            starts_again=draft.starts_again,
            files=() if self.state == "plain_draft" else draft.answer.files,
        )

    def _doing(self) -> Literal["reading", "waiting", "thinking", "drawing"] | None:
        """Return what is said while there is no text; nothing at first, unless what stands there says that the turn waits for others."""
        draft = self._draft
        if draft is not None and draft.is_reading:
            return "reading"
        if draft is not None and (draft.is_thinking or draft.is_drawing):
            return "thinking" if draft.is_thinking else "drawing"
        return "waiting" if self._waits is not None or (draft is not None and draft.is_waiting) else None


class Shown(Struct, kw_only=True):
    """One message. `looks` is None while nobody knows what it shows; `gone` is true when somebody deleted it.

    `is_placeholder`: the last that is known of it is that it says that the turn waits.
    """

    message_id: MessageId
    looks: PartWanted | None = None
    gone: bool = False
    is_placeholder: bool = False

    @property
    def may_have_files(self) -> bool:
        """Whether the message has files, as far as anybody knows."""
        return self.looks is None or bool(self.looks.files)


class ShownParts:
    """The parts in their order, and messages that the reply does not need any more."""

    def __init__(self) -> None:
        self.parts: list[Shown] = []
        self.replaced: list[MessageId] = []
        """Messages that cannot be edited any more; others stand in their place."""
        self.above: list[MessageId] = []
        """Messages that stand above the answer to an earlier turn of the session; others stand in their place."""
        self.newest_replaced: MessageId | None = None
        """The newest of all these that there ever were."""

    def adopt(self, parts: Iterable[Part], *, is_placeholder: bool = False) -> None:
        """Add messages that are known to hold parts; what they show is not known, except whether they say that the turn waits."""
        known = {shown.message_id for shown in self.parts} | set(self.replaced) | set(self.above)
        self.parts += [
            Shown(message_id=part.message_id, is_placeholder=is_placeholder)
            for part in parts
            if part.message_id not in known
        ]
        self.parts.sort(key=lambda shown: shown.message_id)

    def add(self, message_id: MessageId, looks: PartWanted | None) -> None:
        """Add a message that was just posted, unless it is known."""
        if all(shown.message_id != message_id for shown in self.parts):
            is_placeholder = looks is not None and looks.is_placeholder
            self.parts.append(Shown(message_id=message_id, looks=looks, is_placeholder=is_placeholder))

    def replace_from(self, part: int) -> None:
        """This part cannot be edited any more: it and those after it are posted anew, and deleted at the end."""
        self.replaced += [shown.message_id for shown in self.parts[part:]]
        del self.parts[part:]
        self._remember_replaced()

    def replace_above(self, below: MessageId) -> None:
        """What stands above this message of an earlier reply is posted anew below it; then it is deleted."""
        self.above += [shown.message_id for shown in self.parts if shown.message_id < below]
        self.parts = [shown for shown in self.parts if shown.message_id >= below]
        self._remember_replaced()

    def _remember_replaced(self) -> None:
        self.newest_replaced = max((*self.replaced, *self.above), default=self.newest_replaced)

    def remove(self, message_id: MessageId) -> None:
        """Forget a message, because it was deleted."""
        self.parts = [shown for shown in self.parts if shown.message_id != message_id]
        self.replaced = [replaced for replaced in self.replaced if replaced != message_id]
        self.above = [above for above in self.above if above != message_id]

    def surplus(self, wanted: int) -> list[MessageId]:
        """Return the messages that a reply of so many parts does not need."""
        return [*self.above, *self.replaced, *(shown.message_id for shown in self.parts[wanted:])]
