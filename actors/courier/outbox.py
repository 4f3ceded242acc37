"""Every reply under way: what each would send next is worked out when something about it has changed, and kept. Pure."""

from collections import Counter
from collections.abc import Iterable
from itertools import chain

from actors.courier.effects import Delivered, Undelivered
from actors.courier.late_outcomes import LateOutcomes
from actors.courier.reactions import ForbiddenReactions
from actors.courier.reply import Reply
from actors.courier.reply_order import ReplyOrder
from actors.courier.requests import (
    THROTTLED_FROM,
    Candidate,
    EditPart,
    PartitionKey,
    PostPart,
    Priority,
    React,
    Request,
    Search,
    Sendable,
    TextRequest,
    partition_of,
)
from discord_api import error_codes
from discord_api.results import Found, Impossible, Posted, Result
from messages.courier import DraftShown, TurnBegan, TurnWaits
from messages.ids import ChannelId, MessageId, SessionId, TurnId
from messages.turn import OutcomePending, Part
from messages.verbs.replies import ForgetPart, RecordPart


class Outbox:
    """Every turn whose reply is under way."""

    def __init__(self, late: LateOutcomes) -> None:
        """Replies of sessions of which `late` still awaits outcomes do not appear."""
        self._late = late
        self._replies: dict[TurnId, Reply] = {}
        self._order = ReplyOrder()
        self._changed: dict[TurnId, None] = {}
        self._texts: dict[TurnId, Candidate] = {}
        self._reactions: dict[TurnId, Candidate] = {}
        self._complete: list[Delivered | Undelivered] = []
        self._under_way: Counter[TurnId] = Counter()
        self._forbidden = ForbiddenReactions()
        self.pending = 0
        """How many of these outcomes Discord does not show yet."""
        self.late = 0
        """How many of those are late."""

    # What is heard of turns

    def wait(self, waits: TurnWaits, now_s: float) -> None:
        """A turn waits behind others."""
        reply = self._replies.get(waits.turn)
        if reply is None:
            reply = self._replies[waits.turn] = Reply(
                waits.turn, waits.session, waits.asker, waits.place, search=waits.resumed, is_late=False
            )
        self._order.wait(reply)
        reply.text.wait(waits, now_s)
        self._touch(waits.turn)

    def begin(self, began: TurnBegan) -> None:
        """A turn is being answered."""
        reply = self._find(began.turn, began.session, began, search=began.resumed)
        if began.waited:
            self._order.wait(reply)
            self._touch_first(reply)
        reply.text.begin(began)

    def grow(self, draft: DraftShown, now_s: float) -> None:
        """A turn's draft grew."""
        reply = self._replies.get(draft.turn)
        if reply is None:
            return
        is_first = not reply.text.may_have_text()
        reply.text.grow(draft, now_s)
        if draft.turn not in self._texts:  # else it waits already; the newest text is drawn when it is sent
            self._touch(draft.turn)
        if is_first:
            self._touch_first(reply)

    def end(self, outcome: OutcomePending, now_s: float, *, is_late: bool = False) -> None:
        """A turn ended; the same may be told again. `is_late`: that was before the courier began."""
        # What is told while not all that was pending is known may be told again, and stand in Discord already.
        search = outcome.search or not self._late.is_complete
        is_known = outcome.turn in self._replies
        reply = self._find(outcome.turn, outcome.session, outcome, search=search, is_late=is_late)
        if reply.text.outcome is None:
            self.pending += 1
            self.late += reply.is_late
        if outcome.waited:
            self._order.wait(reply)
        if not (is_late and is_known):  # else more may be known of its messages than when it was loaded
            reply.text.adopt(outcome.parts, below=outcome.below)
        reply.text.end(outcome, now_s)

    def adopt(self, turn: TurnId, parts: tuple[Part, ...], below: MessageId) -> None:
        """Rows say that these messages hold parts of a turn's reply, which belongs below another message."""
        reply = self._replies.get(turn)
        if reply is not None:
            reply.text.adopt(parts, below=below)
            self._touch(turn)

    def forget(self, turn: TurnId) -> None:
        """Show nothing more of this turn."""
        reply = self._replies.pop(turn, None)
        self._texts.pop(turn, None)
        self._reactions.pop(turn, None)
        self._changed.pop(turn, None)
        if reply is None:
            return
        if reply.text.outcome is not None:
            self.pending -= 1
            self.late -= reply.is_late
        self._order.remove(reply)
        self._touch_first(reply)

    def _find(
        self,
        turn: TurnId,
        session: SessionId | None,
        said: TurnBegan | OutcomePending,
        *,
        search: bool,
        is_late: bool = False,
    ) -> Reply:
        reply = self._replies.get(turn)
        if reply is None:
            reply = self._replies[turn] = Reply(turn, session, said.asker, said.place, search=search, is_late=is_late)
        self._order.add(reply)
        self._touch(turn)
        return reply

    def release(self, session: SessionId) -> None:
        """The outcomes that a session's replies waited for are there."""
        for reply in self._order.of_session(session):
            self._touch(reply.turn)

    def _touch(self, turn: TurnId) -> None:
        """Have this turn worked out anew."""
        self._changed[turn] = None

    def _touch_first(self, reply: Reply) -> None:
        """The session's first reply may be waited for now, or not any more."""
        for first in self._order.of_session(reply.session)[:1]:
            self._touch(first.turn)

    # What may be sent

    def work_out(self, now_s: float) -> list[Delivered | Undelivered]:
        """Find out anew what each turn that has changed would send.

        Returns the turns of which nothing more is to be sent, and forgets them.
        """
        while self._changed:
            turn = next(iter(self._changed))
            del self._changed[turn]
            reply = self._replies.get(turn)
            if reply is not None:
                self._work_out_turn(turn, reply, now_s)
        complete, self._complete = self._complete, []
        return complete

    def _work_out_turn(self, turn: TurnId, reply: Reply, now_s: float) -> None:
        self._texts.pop(turn, None)
        self._reactions.pop(turn, None)
        text = reply.text
        ended = text.outcome is not None
        final = ended and text.is_final()
        if final:
            for following in self._order.after(reply)[:1]:
                self._touch(following.turn)  # it may be posted now
        if not final and text.may_have_text():
            partition: PartitionKey = (reply.place.channel_id, "text")
            kind: type[Sendable] = EditPart if text.will_edit() else PostPart
            priority = self._priority(reply, text.expected_priority())
            since_s = text.changed_at_s if priority < THROTTLED_FROM else text.sent_at_s
            self._texts[turn] = Candidate(
                priority, since_s, partition, kind, text.not_before_s, asker=reply.asker, turn=turn
            )
        if (not ended and not text.content.is_placeholder) or final:
            self._work_out_reaction(turn, reply, now_s)
        if final and turn not in self._reactions and turn not in self._changed and not self._under_way[turn]:
            code = reply.undelivered_code()
            self._complete.append(
                Delivered(turn, text.is_stored) if code is None else Undelivered(turn, code, text.is_stored)
            )
            self.forget(turn)

    def _work_out_reaction(self, turn: TurnId, reply: Reply, now_s: float) -> None:
        reaction = reply.next_reaction()
        if reaction is None:
            return
        priority, request = reaction
        if isinstance(request, React) and (code := self._forbidden.code_in(request.channel_id, now_s)) is not None:
            reply.learn(request, Impossible(code), now_s)
            self._touch(turn)  # a notice may be wanted where no mark can be put
            return
        self._reactions[turn] = Candidate(
            Priority.LATE if reply.is_late else priority,
            reply.text.changed_at_s,
            partition_of(request),
            type(request),
            reply.reactions.not_before_s,
            asker=reply.asker,
            turn=turn,
            request=request,
        )

    def candidates(self) -> Iterable[Candidate]:
        """Return what may be sent next: at most one text and one reaction for each turn."""
        return chain(self._texts.values(), self._reactions.values())

    def growing_in(self, channel: ChannelId) -> int:
        """Return how many answers grow in a channel: each of them will need a final edit."""
        return sum(
            reply.place.channel_id == channel and reply.text.outcome is None and reply.text.grows
            for reply in self._replies.values()
        )

    def draw(self, candidate: Candidate) -> TextRequest | None:
        """Return the request that a turn's text candidate stands for.

        None when the candidate promised too much: it is corrected, or removed, and another choice has to be made.
        """
        turn = candidate.turn
        reply = None if turn is None else self._replies.get(turn)
        if turn is None or reply is None:
            return None
        may_appear = not self._late.is_awaited(reply.session) and self._order.may_appear(reply)
        if may_appear:
            reply.text.appear()
        found = reply.text.next_text(may_appear=may_appear)
        if found is None:
            self._texts.pop(turn, None)
            return None
        priority, request = self._priority(reply, found[0]), found[1]
        if (priority, type(request)) != (candidate.priority, candidate.kind):
            candidate.priority, candidate.kind = priority, type(request)
            return None
        return request

    def _priority(self, reply: Reply, priority: Priority) -> Priority:
        """A final text goes with the first texts when the first text of the session's next reply waits for it."""
        if (reply.is_late or priority is Priority.FINAL_TEXT) and self._order.is_waited_for(reply):
            return Priority.FIRST_TEXT
        return Priority.LATE if reply.is_late else priority

    # What came of requests

    def started(self, candidate: Candidate, now_s: float) -> None:
        """A candidate's request is under way."""
        if candidate.turn is None:
            return
        self._under_way[candidate.turn] += 1
        if candidate.partition[1] == "text":
            self._texts.pop(candidate.turn, None)
            self._replies[candidate.turn].text.sent_at_s = now_s
        else:
            self._reactions.pop(candidate.turn, None)

    def learn(self, request: Request, result: Result, now_s: float) -> list[RecordPart | ForgetPart]:
        """Learn what came of a request; returns what must be recorded."""
        self._under_way[request.turn] -= 1
        if not self._under_way[request.turn]:
            del self._under_way[request.turn]
        if isinstance(request, React) and isinstance(result, Impossible) and result.code in error_codes.NO_REACTIONS:
            self._forbidden.forbid(request.channel_id, result.code, now_s)
            for turn, candidate in self._reactions.items():
                if candidate.partition[0] == request.channel_id:
                    self._touch(turn)
        reply = self._replies.get(request.turn)
        if reply is None:
            return []
        self._touch(request.turn)
        record = reply.learn(request, result, now_s)
        match request, result:
            case PostPart(wanted=wanted), Posted(message_id=message_id) if not wanted.is_placeholder:
                self._order.posted(reply, message_id)
            case Search(), Found(message_ids=message_ids) if message_ids:
                self._order.posted(reply, max(message_ids))
        return record
