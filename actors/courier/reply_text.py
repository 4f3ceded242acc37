"""The text of one turn's reply in Discord: what it should show, what it shows, and the one request that comes next. Pure.

The reply remembers nothing but what Discord is known to show. After a kill, a lost answer or a restart it does the same as
always: it compares and sends the difference. Posting is the only request that could show something twice, so each post
carries a nonce, and after a restart the channel is searched first.

Its states stand in `machine.py`.
"""

from typing import TypeGuard

from actors.courier import text_priority
from actors.courier.answer_view import PartWanted
from actors.courier.content import Content, ShownParts
from actors.courier.lost_requests import LostRequests
from actors.courier.machine import TEXT, TextEvent, TextState, step
from actors.courier.reactions import Reactions
from actors.courier.requests import (
    DeletePart,
    EditPart,
    PostPart,
    Priority,
    Search,
    TextRequest,
    nonce_of_part,
    nonce_of_placeholder,
)
from discord_api import error_codes
from discord_api.results import Done, Found, Impossible, Limited, Posted, Result, Unknown
from messages.courier import DraftShown, TurnBegan, TurnWaits
from messages.ids import MessageId, TurnId
from messages.turn import OutcomePending, Part, Place
from messages.verbs.replies import ForgetPart, RecordPart


class ReplyText:
    """The text of one turn's reply."""

    def __init__(self, turn: TurnId, place: Place, reactions: Reactions, *, search: bool) -> None:
        """`search` is true when an earlier process may have posted parts: their rows are to be loaded, the channel searched.

        `reactions` are those on the question: a mark there may speak for a notice.
        """
        self.turn, self.place = turn, place
        self.state: TextState = "unloaded" if search else "known"
        self.content = Content(turn)
        self.shown = ShownParts()
        self._reactions = reactions
        self.changed_at_s = 0.0
        self.sent_at_s = 0.0
        """When a text was sent last."""
        self._has_placeholder = False
        """Whether Discord may show, where the reply will stand, that the turn waits."""
        self._below = MessageId(0)
        """The newest message of the session's earlier replies in the channel: the answer stands below it."""
        self.lost_code: int | None = None
        """Why Discord takes no more of it, as its code."""
        self._lost = LostRequests()
        self._search_after = place.reply_to

    # What it should show

    def wait(self, waits: TurnWaits, now_s: float) -> None:
        """Say that the turn waits behind others, unless more is known of it."""
        if self.content.wait(waits):
            self._has_placeholder = True
            self.changed_at_s = self.changed_at_s or now_s

    def begin(self, began: TurnBegan) -> None:
        """An attempt has begun."""
        self._has_placeholder = self._has_placeholder or began.waited
        self.content.begin(began)

    def belongs_below(self, message_id: MessageId) -> None:
        """This message holds a part of an earlier reply of the session."""
        self._below = max(self._below, message_id)

    def appear(self) -> None:
        """The earlier replies of the session are whole: what said that the turn waits becomes this one.

        Where it stands above a part of those, this one is posted below them, and that is deleted.
        """
        if not self._has_placeholder or self.content.is_placeholder or self.state != "known" or self._is_post_moot():
            return
        self._has_placeholder = False
        if not self.content.is_notice:
            self.shown.replace_above(self._below)
        if not self.shown.parts and not self.shown.above:
            self.content.drop_placeholder()

    def grow(self, draft: DraftShown, now_s: float) -> None:
        """Show this draft, unless something newer is known."""
        if self.content.grow(draft):
            self.changed_at_s = self.changed_at_s or now_s

    def end(self, outcome: OutcomePending, now_s: float) -> None:
        """Show how the turn ended. The first outcome counts; it may be told again."""
        self._has_placeholder = self._has_placeholder or outcome.waited
        if self.content.end(outcome):
            self.changed_at_s = now_s

    @property
    def outcome(self) -> OutcomePending | None:
        """How the turn ended; None while it is being answered."""
        return self.content.outcome

    @property
    def is_stored(self) -> bool:
        """Whether rows know of this turn; they do not where storage could not commit even the refusal."""
        return self.outcome is None or self.outcome.is_stored

    def wanted(self, part: int) -> PartWanted | None:
        """Return a part that should stand in Discord, counted from 0; None when there are not so many."""
        return self.content.part(part, mark_is_enough=not self.shown.parts and self._reactions.can_be_put)

    # What comes next

    @property
    def not_before_s(self) -> float:
        """The earliest moment to send anything."""
        return self._lost.not_before_s

    def is_final(self) -> bool:
        """Whether Discord shows the outcome's text, so that the session's next reply may appear."""
        return self.outcome is not None and self.next_text(may_appear=True) is None

    @property
    def grows(self) -> bool:
        """Whether Discord shows the beginning of the answer."""
        return bool(self.shown.parts) and not self._has_placeholder

    def may_have_text(self) -> bool:
        """Whether `next_text` may return something; this draws nothing."""
        return self.state != "unloaded" and (self.state == "unsearched" or bool(self.content))

    def expected_priority(self) -> Priority:
        """Return the priority that the next text will have, as far as can be told without drawing it."""
        return text_priority.expected(self.content, will_edit=self.will_edit(), has_begun=bool(self.shown.parts))

    def will_edit(self) -> bool:
        """Whether the next text is expected to be an edit."""
        return bool(self.shown.parts) and self.state != "unsearched"

    def next_text(self, *, may_appear: bool) -> tuple[Priority, TextRequest] | None:
        """Return the request about the text that comes next, and its priority; None when there is nothing to send now.

        `may_appear` is false while earlier replies of the session are not whole: then nothing of this one is posted, and what says that
        its turn waits stays.
        """
        if self.state in ("unloaded", "lost") or self.content.state == "held":
            return None
        channel, ended = self.place.channel_id, self.outcome is not None
        if self.state == "known" and self._is_post_moot():
            self._search_again()
        if self.state == "unsearched":
            search = Search(turn=self.turn, channel_id=channel, after=self._search_after, reply_to=self.place.reply_to)
            return text_priority.of_search(self.content), search
        if not may_appear and self._has_placeholder and not self.content.is_placeholder:
            return None
        may_post = may_appear or self.content.is_placeholder
        if self.shown.above and (self.shown.parts or self.wanted(0) is None):
            delete = DeletePart(turn=self.turn, channel_id=channel, message_id=self.shown.above[0])
            return text_priority.of_edit(self.content), delete
        part = 0
        while (wanted := self.wanted(part)) is not None:
            if part >= len(self.shown.parts):
                return (text_priority.of_post(self.content, part), self._post(part, wanted)) if may_post else None
            shown = self.shown.parts[part]
            if shown.looks != wanted and not shown.gone:
                edit = EditPart(
                    turn=self.turn,
                    channel_id=channel,
                    part=part,
                    message_id=shown.message_id,
                    wanted=wanted,
                    may_have_files=shown.may_have_files,
                )
                return text_priority.of_edit(self.content), edit
            part += 1
        if ended and (surplus := self.shown.surplus(part)):
            return Priority.FINAL_TEXT, DeletePart(turn=self.turn, channel_id=channel, message_id=surplus[-1])
        return None

    def _is_post_moot(self) -> bool:
        """Whether a post that nothing came back for would not be repeated: if it landed, it has to be found."""
        if not self._lost.has_post:
            return False
        said_wait = self._lost.has_placeholder and not self.content.is_placeholder
        return said_wait or (self.outcome is not None and self.wanted(0) is None)

    def _post(self, part: int, wanted: PartWanted) -> PostPart:
        stored_turn, reply_to = self.turn if self.is_stored else None, self.place.reply_to
        if wanted.is_placeholder:
            nonce = nonce_of_placeholder(self.place, self.turn)
        else:
            nonce = nonce_of_part(self.place, stored_turn, part, replaced=self.shown.newest_replaced)
        return PostPart(
            turn=self.turn,
            channel_id=self.place.channel_id,
            part=part,
            reply_to=reply_to,
            nonce=nonce,
            wanted=wanted,
        )

    # What came of requests

    def adopt(self, parts: tuple[Part, ...], below: MessageId) -> None:
        """Rows say that these messages hold the reply, which belongs `below` another message; what they show is not known."""
        self.state = step(TEXT, self.state, "parts_loaded")
        self.belongs_below(below)
        self.shown.adopt(parts, is_placeholder=self.content.is_placeholder)
        self.content.redraw()

    def learn(self, request: TextRequest, result: Result, now_s: float) -> list[RecordPart | ForgetPart]:
        """Learn what came of a request; returns what must be recorded.

        :raises ValueError: the result is none that such a request can have
        """
        match result:
            case Limited():
                return []
            case Unknown():
                self._unanswered(request, now_s)
                return []
            case Impossible(code=code):
                return self._refused(request, code)
            case _:
                self._lost.forget()
                self.changed_at_s = 0.0
                return self._succeeded(request, result)

    def _succeeded(self, request: TextRequest, result: Result) -> list[RecordPart | ForgetPart]:
        match request, result:
            case Search(), Found():
                return [RecordPart(turn=self.turn, part=part) for part in self._searched(result)]
            case PostPart(part=part), Posted(message_id=message_id):
                self._lost.forget_uploads()
                self._posted(request, result)
                return [RecordPart(turn=self.turn, part=Part(part=part, message_id=message_id))]
            case EditPart(part=part, wanted=wanted), Done():
                self._lost.forget_uploads()
                self.shown.parts[part].looks = wanted
                self.shown.parts[part].is_placeholder = wanted.is_placeholder
                return []
            case DeletePart(message_id=message_id), Done():
                self.shown.remove(message_id)
                return [ForgetPart(turn=self.turn, message_id=message_id)]
            case _:
                raise ValueError(f"{type(result).__name__} is no result of {type(request).__name__}")

    def _searched(self, found: Found) -> tuple[Part, ...]:
        """Adopt what a page of the channel holds; returns the parts that nobody had recorded."""
        parts = tuple(
            Part(part=len(self.shown.parts) + number, message_id=message_id)
            for number, message_id in enumerate(found.message_ids)
        )
        event: TextEvent = "all_searched" if found.more_after is None else "page_searched"
        self.state = step(TEXT, self.state, event)
        self._search_after = found.more_after or self.place.reply_to
        self.shown.adopt(parts, is_placeholder=self.content.is_placeholder)
        self.content.redraw()
        return parts

    def _posted(self, request: PostPart, posted: Posted) -> None:
        """Discord answers a repeated nonce with the message as it was first posted, which may show an older text."""
        is_as_wanted = not self._lost.has_post and posted.text.strip() == request.wanted.text.strip()
        self._lost.forget_post()
        self.shown.add(posted.message_id, request.wanted if is_as_wanted else None)

    def _refused(self, request: TextRequest, code: int) -> list[RecordPart | ForgetPart]:
        """Discord will never do it; the table in `error_codes` says what follows from that. Returns what must be recorded."""
        if isinstance(request, EditPart) and code == error_codes.UNKNOWN_MESSAGE and self._was_placeholder(request):
            # Somebody deleted what said that the turn waits. That is no part of the answer.
            self.shown.remove(request.message_id)
            self.content.drop_placeholder(is_refused=True)
            return [ForgetPart(turn=self.turn, message_id=request.message_id)]
        if isinstance(request, PostPart | EditPart) and request.wanted.is_placeholder:
            self.content.drop_placeholder(is_refused=True)
        elif isinstance(request, DeletePart):
            self.shown.remove(request.message_id)
            self._lost.forget()
            self.changed_at_s = 0.0
            # An earlier process deleted it, and did not live to forget it.
            is_gone = code == error_codes.UNKNOWN_MESSAGE
            return [ForgetPart(turn=self.turn, message_id=request.message_id)] if is_gone else []
        elif code in error_codes.TEXT and isinstance(request, PostPart | EditPart) and self.content.state != "sentence":
            if request.wanted.files:
                self.content.refuse_files(request.wanted.files, "too_large" if code in error_codes.SIZES else "refused")
            else:
                self.content.refuse_text()
            if self._lost.has_post:
                # An earlier try may have landed all the same: it is found, and deleted where it is not wanted.
                self._search_again()
        elif self._needs_no_files(request, code):
            self.content.refuse_files(request.wanted.files, "not_allowed")
        elif isinstance(request, EditPart) and code in error_codes.STUCK:
            self.shown.replace_from(request.part)
        elif isinstance(request, EditPart) and code not in error_codes.CHANNEL_CLOSED:
            self.shown.parts[request.part].gone = True
        else:
            self.state, self.lost_code = step(TEXT, self.state, "place_closed"), code
            if code in error_codes.OUT_OF_SIGHT:
                self._reactions.forbid()
        return []

    def _was_placeholder(self, request: EditPart) -> bool:
        return any(shown.message_id == request.message_id and shown.is_placeholder for shown in self.shown.parts)

    def _unanswered(self, request: TextRequest, now_s: float) -> None:
        """Nothing came back, so Discord may have done it or not: wait, then compare again."""
        self._lost.add(request, now_s)
        if isinstance(request, EditPart):
            self.shown.parts[request.part].looks = None
        if isinstance(request, PostPart) and self._lost.is_nonce_old(now_s):
            self._search_again()
        if isinstance(request, PostPart | EditPart) and request.wanted.files and self._lost.has_too_many_uploads:
            self.content.refuse_files(request.wanted.files, "refused")

    def _needs_no_files(self, request: TextRequest, code: int) -> TypeGuard[PostPart | EditPart]:
        """Whether a permission is missing, perhaps only that for files, and there is a text to show without them."""
        return (
            code == error_codes.MISSING_PERMISSIONS
            and isinstance(request, PostPart | EditPart)
            and bool(request.wanted.files)
            and (self.outcome is None or bool(self.outcome.answer.text.strip()))
        )

    def _search_again(self) -> None:
        self.state = step(TEXT, self.state, "post_unanswered")
        self._lost.forget_post()
