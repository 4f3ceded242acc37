"""One turn's reply in Discord: what it shall show, what it shows, and the one request that comes next. Pure.

Nothing is remembered about the past except what Discord is known to show, so a kill, a lost answer and a restart are all
the same thing: compare, and send the difference. Posting is the only step that could double something; it carries a nonce,
and after a restart the channel is searched first.
"""

from typing import Final, Literal

from msgspec import Struct

from actors.courier import answer_view, nonces
from actors.courier.answer_view import PartWanted
from actors.courier.reactions import DONE, TOLD_BEFORE, Reactions, pause_s
from actors.courier.requests import DeletePart, EditPart, PostPart, React, Request, Search, Unreact
from discord_api import error_codes
from messages.courier import DraftShown, TurnBegan
from messages.ids import MessageId, SessionId, TurnId, UserId
from messages.turn import OutcomePending, Part, Place
from texts.answers import TEXT_REFUSED

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


class Reply:
    """The reply of one turn."""

    def __init__(self, turn: TurnId, session: SessionId | None, asker: UserId, place: Place, *, search: bool) -> None:
        self.turn = turn
        self.session = session
        self.asker = asker
        self.place = place
        self.outcome: OutcomePending | None = None
        self.must_search = search
        self.parts_are_known = not search
        """Until what rows say of an earlier process's parts was heard, nothing can be told about texts."""
        self.shown: list[Shown] = []
        self.lost_code: int | None = None
        self.text_refused = False
        self._unwanted: list[MessageId] = []
        self.reactions = Reactions(turn, place, unknown=search)
        self.changed_at_s = 0.0
        self.shown_at_s = 0.0
        """When a text was sent last."""
        self.not_before_s = 0.0
        self._failures = 0
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

    def end(self, outcome: OutcomePending, now_s: float) -> None:
        """Show how the turn ended; that is for good."""
        if self.outcome is None:
            self.outcome, self._drawn = outcome, None
            self.text_refused = False  # of a draft; the whole may be taken
            self.changed_at_s = now_s

    @property
    def is_stored(self) -> bool:
        """Whether rows know of this turn; they do not where storage could not commit even the refusal."""
        return self.outcome is None or self.outcome.is_stored

    @property
    def wanted(self) -> tuple[PartWanted, ...]:
        """The parts that shall stand in Discord."""
        if self._drawn is None:
            if self.outcome is not None and self.text_refused:
                self._drawn = (PartWanted(TEXT_REFUSED),)
            elif self.outcome is not None:
                # Where no reaction can be put on the question, the mark cannot speak for the notice.
                told_before = self.outcome.muted and not self.shown and self.reactions.can_be_put
                self._drawn = () if told_before else answer_view.outcome(self.outcome)
            elif self._draft is not None:
                self._drawn = answer_view.draft(self.turn, self._draft.answer)
            else:
                self._drawn = ()
        return self._drawn

    # What comes next

    def text_is_final(self) -> bool:
        """Whether the outcome's text stands in Discord, so that the session's next reply may appear."""
        return self.outcome is not None and self.next_text(may_post=True) is None

    def may_have_text(self) -> bool:
        """Whether `next_text` may say something; asking this draws nothing."""
        return self.parts_are_known and (self.must_search or self.outcome is not None or self._draft is not None)

    def expected_worth(self) -> Worth:
        """The worth that the next text will have, as far as can be told without drawing it."""
        if self.outcome is not None:
            return "notice" if self.outcome.ending == "refused" else "first_text" if not self.shown else "final_text"
        return "interim" if self.shown and not self.must_search else "first_text"

    def next_text(self, *, may_post: bool) -> tuple[Worth, Request] | None:
        """The request about the text that comes next, and its worth; None when there is nothing to send now."""
        if self.lost_code is not None or not self.parts_are_known or (self.text_refused and self.outcome is None):
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
        stored_turn = self.turn if self.is_stored else None
        nonce = nonces.of_part(self.place.reply_to, stored_turn, part, anew=bool(self._unwanted))
        return PostPart(
            turn=self.turn,
            channel_id=self.place.channel_id,
            part=part,
            reply_to=self.place.reply_to,
            nonce=nonce,
            wanted=wanted,
        )

    def next_reaction(self) -> tuple[Worth, Request] | None:
        """The request about the question's reactions that comes next, and its worth.

        Of an outcome it is asked only when its text is final: 👌 says that the answer stands there.
        """
        if self.outcome is None:
            reaction = None if self.lost_code is not None else self.reactions.while_written(grows=bool(self.shown))
            return None if reaction is None else ("writing", reaction)
        last = self.reactions.when_over(self._mark(), attempted=self.outcome.attempted)
        return None if last is None else ("done", last)

    def _mark(self) -> str | None:
        """The reaction that the question keeps."""
        if self.outcome is None:
            return None
        if self.outcome.muted and not self.wanted:
            return TOLD_BEFORE
        stands = self.undelivered_code() is None and not self.text_refused
        return DONE if self.outcome.ending == "answered" and stands else None

    def undelivered_code(self) -> int | None:
        """Why the outcome will never stand where it belongs, as Discord's code; None when it does or will."""
        if self.lost_code is not None:
            return self.lost_code
        return error_codes.UNKNOWN_MESSAGE if any(shown.gone for shown in self.shown) else None

    # What became of requests

    def adopt(self, parts: tuple[Part, ...]) -> None:
        """These messages are known to hold the reply; what they show is not."""
        known = {shown.message_id for shown in self.shown} | set(self._unwanted)
        self.shown += [Shown(message_id=part.message_id) for part in parts if part.message_id not in known]
        self._drawn, self.parts_are_known = None, True
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
        """A part stands in Discord now; `looks` is None when it may show something older than was asked for.

        So it may after a post of unknown outcome: the nonce is answered with the message as it was first posted.
        """
        if self._unknown_post_since_s is not None:
            self._unknown_post_since_s, looks = None, None
        if all(shown.message_id != message_id for shown in self.shown):
            self.shown.append(Shown(message_id=message_id, looks=looks))
        self._sent()

    def succeeded(self, request: EditPart | DeletePart | React | Unreact) -> None:
        """Discord did it."""
        match request:
            case EditPart(part=part, wanted=wanted):
                self.shown[part].looks = wanted
                self._sent()
            case DeletePart(message_id=message_id):
                self.shown = [shown for shown in self.shown if shown.message_id != message_id]
                self._unwanted = [unwanted for unwanted in self._unwanted if unwanted != message_id]
                self._sent()
            case React() | Unreact():
                self.reactions.succeeded(request)

    def impossible(self, request: Request, code: int) -> None:
        """Discord will never do it; what follows from that stands in `refusals`."""
        if isinstance(request, React | Unreact):
            self.reactions.impossible(request, code)
            self._drawn = None
        elif isinstance(request, DeletePart):
            self.succeeded(request)
        elif code in error_codes.TEXT and isinstance(request, PostPart | EditPart) and not self._says_refused():
            self.text_refused, self._drawn = True, None
        elif isinstance(request, EditPart) and code in error_codes.STUCK:
            # It goes on in new messages, in order; those that cannot be changed are deleted when the answer stands.
            self._unwanted += [shown.message_id for shown in self.shown[request.part :]]
            del self.shown[request.part :]
        elif isinstance(request, EditPart) and code not in error_codes.PLACE:
            self.shown[request.part].gone = True
        else:
            self.lost_code = code
            self.reactions.can_be_put = self.reactions.can_be_put and code not in error_codes.OUT_OF_SIGHT

    def _says_refused(self) -> bool:
        return self.text_refused and self.outcome is not None

    def limited(self, request: Request) -> None:
        """Discord did not do it yet."""
        if isinstance(request, React | Unreact):
            self.reactions.limited(request)

    def unknown(self, request: Request, now_s: float) -> None:
        """No answer came, so Discord may have done it or not: wait longer each time, then compare again."""
        if isinstance(request, React | Unreact):
            self.reactions.unknown(request, now_s)
            return
        if isinstance(request, EditPart):
            self.shown[request.part].looks = None
        self._failures += 1
        self.not_before_s = now_s + pause_s(self._failures)
        if isinstance(request, PostPart):
            since = self._unknown_post_since_s = self._unknown_post_since_s or now_s
            if now_s - since > SEARCH_AGAIN_S:
                self.must_search, self._unknown_post_since_s = True, None

    def _sent(self) -> None:
        self._failures, self.changed_at_s = 0, 0.0
