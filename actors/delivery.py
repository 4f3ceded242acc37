"""One turn's reply in Discord: what it shall show, what it shows, and the one request that comes next. Pure.

Nothing is remembered about the past except what Discord is known to show, so a kill, a lost answer and a restart are all
the same thing: compare, and send the difference. Posting is the only step that could double something; it carries a nonce,
and after a restart the channel is searched first.
"""

from typing import Final, Literal

from msgspec import Struct

from actors import answer_view
from actors.answer_view import PartWanted
from actors.requests import DeletePart, EditPart, PostPart, React, Request, Search, Unreact
from actors.sentences import TEXT_REFUSED
from messages.courier import DraftShown, TurnBegan
from messages.ids import MessageId, SessionId, TurnId
from messages.turn import OutcomeOwed, Part, Place

WRITING: Final = "✍🏻"
DONE: Final = "👌"
SEARCH_AGAIN_S: Final = 30.0
"""Discord forgets a nonce after "a few minutes": a post of unknown outcome is repeated blindly for this long only."""


Worth = Literal["first_text", "final_text", "notice", "done", "writing", "interim"]
WORTHS: Final[tuple[Worth, ...]] = ("first_text", "final_text", "notice", "done", "writing", "interim")
"""Most worthy first: who waits for Discord's budget longest is who misses it least."""


class Shown(Struct, kw_only=True):
    """A part that stands in Discord. `looks` is None while unknown; `gone` when somebody deleted it."""

    message_id: MessageId
    looks: PartWanted | None = None
    gone: bool = False


_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def _base36(number: int) -> str:
    if number < 0:
        raise ValueError(number)
    digits = ""
    while number:
        number, rest = divmod(number, 36)
        digits = _DIGITS[rest] + digits
    return digits or "0"


TEXT_REFUSED_CODES: Final = frozenset({50035, 200000, 200001, 240000})
"""An invalid form; AutoMod's rules for text and titles; a harmful link (Discord: JSON Error Codes)."""


TOO_MANY_EDITS: Final = 30046
"""Of a message older than an hour (Discord: JSON Error Codes)."""


class Delivery:
    """The reply of one turn."""

    def __init__(self, turn: TurnId, session: SessionId | None, place: Place, *, search: bool) -> None:
        self.turn = turn
        self.session = session
        self.place = place
        self.outcome: OutcomeOwed | None = None
        self.must_search = search
        self.shown: list[Shown] = []
        self.given_up = False
        self.text_refused = False
        self._unwanted: list[MessageId] = []
        self.writing: bool | None = None if search else False
        self.done = False
        self.changed_at_s = 0.0
        self.not_before_s = 0.0
        self.failures = 0
        self._draft: DraftShown | None = None
        self._attempt = 0
        self._drawn: tuple[PartWanted, ...] | None = None
        self._unknown_post_since_s: float | None = None
        self._search_after = place.reply_to

    # What it shall show

    def begin(self, began: TurnBegan) -> None:
        """An attempt has begun; drafts of earlier ones are not shown any more."""
        if began.attempt > self._attempt:
            self._attempt, self._draft = began.attempt, None
            self._drawn = None

    def grow(self, draft: DraftShown, now_s: float) -> None:
        """Show this draft, unless something newer is known."""
        if self.outcome is not None or draft.attempt < self._attempt:
            return
        if self._draft is not None and (draft.attempt, draft.revision) <= (self._draft.attempt, self._draft.revision):
            return
        self._attempt, self._draft, self._drawn = draft.attempt, draft, None
        self.changed_at_s = self.changed_at_s or now_s

    def end(self, outcome: OutcomeOwed, now_s: float) -> None:
        """Show how the turn ended; that is for good."""
        if self.outcome is None:
            self.outcome, self._drawn = outcome, None
            self.text_refused = False  # of a draft; the whole may be taken
            self.changed_at_s = now_s

    @property
    def wanted(self) -> tuple[PartWanted, ...]:
        """The parts that shall stand in Discord."""
        if self._drawn is None:
            if self.outcome is not None and self.text_refused:
                self._drawn = (PartWanted(TEXT_REFUSED),)
            elif self.outcome is not None:
                self._drawn = answer_view.outcome(self.outcome)
            elif self._draft is not None:
                self._drawn = answer_view.draft(self.turn, self._draft.text)
            else:
                self._drawn = ()
        return self._drawn

    # What comes next

    def text_is_final(self) -> bool:
        """Whether the outcome's text stands in Discord, so that the session's next reply may appear."""
        return self.outcome is not None and self._next_text(may_post=True) is None

    def next(self, *, may_post: bool) -> tuple[Worth, Request] | None:
        """The one request that comes next, and its worth; None when there is nothing to send now."""
        text = self._next_text(may_post=may_post)
        if self.outcome is not None and not self.text_is_final():
            return text  # 👌 says that the answer stands there
        if text is not None and text[0] != "interim":
            return text
        return self._next_reaction() or text

    def _next_text(self, *, may_post: bool) -> tuple[Worth, Request] | None:
        if self.given_up or (self.text_refused and self.outcome is None):
            return None
        channel, ended = self.place.channel_id, self.outcome is not None
        if self.must_search:
            search = Search(turn=self.turn, channel_id=channel, after=self._search_after, reply_to=self.place.reply_to)
            return ("final_text" if ended else "first_text"), search
        for part, wanted in enumerate(self.wanted):
            if part >= len(self.shown):
                return (self._worth_of_post(part), self._post(part, wanted)) if may_post else None
            shown = self.shown[part]
            if shown.looks != wanted and not shown.gone:
                edit = EditPart(
                    turn=self.turn, channel_id=channel, part=part, message_id=shown.message_id, wanted=wanted
                )
                return ("final_text" if ended else "interim"), edit
        surplus = [*self._unwanted, *(shown.message_id for shown in self.shown[len(self.wanted) :])]
        if ended and surplus:
            return "final_text", DeletePart(turn=self.turn, channel_id=channel, message_id=surplus[-1])
        return None

    def _worth_of_post(self, part: int) -> Worth:
        if self.outcome is not None and self.outcome.ending == "refused":
            return "notice"
        if part == 0:
            return "first_text"
        return "final_text" if self.outcome is not None else "interim"

    def _post(self, part: int, wanted: PartWanted) -> PostPart:
        # At most 25 characters (Discord: Create Message, nonce); equal after a restart, so a lost answer is no second message.
        turn = _base36(self.turn) if self.turn > 0 else "-"  # a refusal that storage could not commit has no turn
        # A part that is posted anew is another message.
        nonce = f"{_base36(self.place.reply_to)}.{turn}{'-' if self._unwanted else '.'}{_base36(part)}"
        return PostPart(
            turn=self.turn,
            channel_id=self.place.channel_id,
            part=part,
            reply_to=self.place.reply_to,
            nonce=nonce,
            wanted=wanted,
        )

    def _next_reaction(self) -> tuple[Worth, Request] | None:
        question, channel = self.place.question_id, self.place.channel_id
        if question is None or (self.outcome is not None and not self.outcome.attempted):
            return None
        if self.outcome is None:
            if self.writing:
                return None
            return "writing", React(turn=self.turn, channel_id=channel, message_id=question, emoji=WRITING)
        if self.writing is not False:
            return "done", Unreact(turn=self.turn, channel_id=channel, message_id=question, emoji=WRITING)
        stands = not (self.given_up or self.text_refused or any(shown.gone for shown in self.shown))
        if self.outcome.ending == "answered" and not self.done and stands:
            return "done", React(turn=self.turn, channel_id=channel, message_id=question, emoji=DONE)
        return None

    # What became of requests

    def adopt(self, parts: tuple[Part, ...]) -> None:
        """These messages are known to hold the reply; what they show is not."""
        known = {shown.message_id for shown in self.shown} | set(self._unwanted)
        self.shown += [Shown(message_id=part.message_id) for part in parts if part.message_id not in known]
        self.shown.sort(key=lambda shown: shown.message_id)

    def searched(self, found: tuple[MessageId, ...], more_after: MessageId | None) -> tuple[Part, ...]:
        """A page of the channel was searched; returns the parts that nobody had recorded."""
        parts = tuple(
            Part(part=len(self.shown) + place, message_id=message_id) for place, message_id in enumerate(found)
        )
        self.must_search = more_after is not None
        self._search_after = more_after or self.place.reply_to
        self.adopt(parts)
        self._sent()
        return parts

    def posted(self, message_id: MessageId, looks: PartWanted | None) -> None:
        """A part stands in Discord now; `looks` is None when it may show something older than was asked for."""
        self._unknown_post_since_s = None
        if all(shown.message_id != message_id for shown in self.shown):
            self.shown.append(Shown(message_id=message_id, looks=looks))
        self._sent()

    def succeeded(self, request: EditPart | DeletePart | React | Unreact) -> None:
        """Discord did it."""
        match request:
            case EditPart(part=part, wanted=wanted):
                self.shown[part].looks = wanted
            case DeletePart(message_id=message_id):
                self.shown = [shown for shown in self.shown if shown.message_id != message_id]
                self._unwanted = [unwanted for unwanted in self._unwanted if unwanted != message_id]
            case React(emoji=emoji):
                self.writing, self.done = (True, self.done) if emoji == WRITING else (self.writing, True)
            case Unreact():
                self.writing = False
        self._sent()

    def impossible(self, request: Request, code: int) -> None:
        """Discord will never do it: the message or the channel is gone, or the right to it, or it does not take the text."""
        if code in TEXT_REFUSED_CODES and isinstance(request, PostPart | EditPart) and not self._says_refused():
            self.text_refused, self._drawn = True, None
            return
        match request:
            case EditPart(part=part) if code == TOO_MANY_EDITS:
                # It goes on in new messages, in order; those that cannot be changed are deleted when the answer stands.
                self._unwanted += [shown.message_id for shown in self.shown[part:]]
                del self.shown[part:]
            case EditPart(part=part):
                self.shown[part].gone = True
            case PostPart() | Search():
                self.given_up = True
            case DeletePart() | React() | Unreact():
                self.succeeded(request)

    def _says_refused(self) -> bool:
        return self.text_refused and self.outcome is not None

    def unknown(self, request: Request, now_s: float) -> None:
        """No answer came, so Discord may have done it or not: wait longer each time, then compare again."""
        if isinstance(request, React) and request.emoji == WRITING:
            self.writing = None
        if isinstance(request, EditPart):
            self.shown[request.part].looks = None
        self.failures += 1
        self.not_before_s = now_s + min(30.0, 0.5 * 2 ** min(self.failures, 7))
        if isinstance(request, PostPart):
            since = self._unknown_post_since_s = self._unknown_post_since_s or now_s
            if now_s - since > SEARCH_AGAIN_S:
                self.must_search, self._unknown_post_since_s = True, None

    def _sent(self) -> None:
        self.failures, self.changed_at_s = 0, 0.0
