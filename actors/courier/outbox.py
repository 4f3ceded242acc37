"""The replies under way: what each turn would send next, worked out when something about it has changed, and kept. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from itertools import chain
from typing import Final

from msgspec import Struct

from actors.courier.reply import WORTHS, Reply, Worth
from actors.courier.requests import (
    DeletePart,
    EditPart,
    PartitionKey,
    PostPart,
    Request,
    Search,
    Sendable,
    partition_of,
)
from discord_api.results import Done, Found, Impossible, Limited, Posted, Result, Unknown
from messages.courier import DraftShown, TurnBegan
from messages.ids import ChannelId, SessionId, TurnId, UserId
from messages.turn import OutcomePending, Part
from messages.verbs.replies import ForgetPart, RecordPart

RANK: Final[dict[Worth, int]] = {worth: rank for rank, worth in enumerate(WORTHS)}
"""Lowest first."""


UNHURRIED: Final = RANK["writing"]
"""From this rank on nobody waits for it: it is thinned out where there is no room."""


class Candidate(Struct):
    """What may be sent next in a partition, and who waits for it. `request` is drawn when it is chosen: until then newer text may come."""

    rank: int
    since_s: float
    partition: PartitionKey
    kind: type[Sendable]
    not_before_s: float
    asker: UserId | None = None
    turn: TurnId | None = None
    request: Sendable | None = None


class Complete(Struct, frozen=True):
    """Nothing more is to be sent of this turn: Discord shows its outcome, or never will, as `code` says.

    `is_stored` is false where no row knows the turn, so that there is nothing to record.
    """

    turn: TurnId
    code: int | None = None
    is_stored: bool = True


class Outbox:
    """Every turn whose reply is under way, and the order of each session's replies."""

    def __init__(self) -> None:
        self._replies: dict[TurnId, Reply] = {}
        self._of_session: defaultdict[SessionId, list[TurnId]] = defaultdict(list)
        self._changed: dict[TurnId, None] = {}
        self._texts: dict[TurnId, Candidate] = {}
        self._reactions: dict[TurnId, Candidate] = {}
        self._complete: list[Complete] = []
        self._under_way: Counter[TurnId] = Counter()
        self.pending = 0
        """How many outcomes Discord does not show yet."""

    def __len__(self) -> int:
        return len(self._replies)

    def __contains__(self, turn: TurnId) -> bool:
        return turn in self._replies

    def begin(self, began: TurnBegan) -> None:
        """A turn is being answered."""
        self._find(began.turn, began.session, began, search=began.resumed).begin(began)

    def grow(self, draft: DraftShown, now_s: float) -> None:
        """A turn's draft grew."""
        reply = self._replies.get(draft.turn)
        if reply is not None:
            is_first = not reply.may_have_text()
            reply.grow(draft, now_s)
            if draft.turn not in self._texts:  # else it waits already; the newest text is drawn when it is sent
                self._touch(draft.turn)
            if is_first and reply.session is not None:
                self._touch(self._of_session[reply.session][0])

    def end(self, outcome: OutcomePending, now_s: float) -> None:
        """A turn ended."""
        reply = self._find(outcome.turn, outcome.session, outcome, search=outcome.search)
        self.pending += reply.outcome is None
        reply.adopt(outcome.parts)
        reply.end(outcome, now_s)

    def adopt(self, turn: TurnId, parts: tuple[Part, ...]) -> None:
        """These messages are known to hold parts of a turn's reply."""
        reply = self._replies.get(turn)
        if reply is not None:
            reply.adopt(parts)
            self._touch(turn)

    def forget(self, turn: TurnId) -> None:
        """Nothing more is to be shown of this turn by this process."""
        reply = self._replies.pop(turn, None)
        self._texts.pop(turn, None)
        self._reactions.pop(turn, None)
        self._changed.pop(turn, None)
        if reply is None:
            return
        self.pending -= reply.outcome is not None
        if reply.session is not None:
            turns = self._of_session[reply.session]
            turns.remove(turn)
            if turns:
                self._touch(turns[0])
            else:
                del self._of_session[reply.session]

    def _touch(self, turn: TurnId) -> None:
        """Something about this turn has changed."""
        self._changed[turn] = None

    def _find(
        self, turn: TurnId, session: SessionId | None, said: TurnBegan | OutcomePending, *, search: bool
    ) -> Reply:
        reply = self._replies.get(turn)
        if reply is None:
            reply = self._replies[turn] = Reply(turn, session, said.asker, said.place, search=search)
            if session is not None:
                self._of_session[session].append(turn)
        self._touch(turn)
        return reply

    def take_complete(self) -> list[Complete]:
        """The turns of which nothing more is to be sent; they are forgotten."""
        self.work_out()
        complete, self._complete = self._complete, []
        return complete

    def candidates(self) -> Iterable[Candidate]:
        """What may be sent next, at most one text and one reaction a turn."""
        self.work_out()
        return chain(self._texts.values(), self._reactions.values())

    def streaming_in(self, channel: ChannelId) -> int:
        """How many answers grow in a channel: each will need a final edit."""
        return sum(
            reply.place.channel_id == channel and reply.outcome is None and bool(reply.shown)
            for reply in self._replies.values()
        )

    def work_out(self) -> None:
        """Find out anew what each turn that has changed would send."""
        while self._changed:
            turn = next(iter(self._changed))
            del self._changed[turn]
            reply = self._replies.get(turn)
            if reply is not None:
                self._work_out_turn(turn, reply)

    def _work_out_turn(self, turn: TurnId, reply: Reply) -> None:
        self._texts.pop(turn, None)
        self._reactions.pop(turn, None)
        ended = reply.outcome is not None
        final = ended and reply.text_is_final()
        if final and reply.session is not None:
            self._touch_next(turn, reply.session)
        partition: PartitionKey = (reply.place.channel_id, "text")
        if not final and reply.may_have_text():
            kind: type[Sendable] = EditPart if reply.shown and not reply.must_search else PostPart
            rank = self._rank(reply, reply.expected_worth())
            since_s = reply.changed_at_s if rank < UNHURRIED else reply.shown_at_s
            self._texts[turn] = Candidate(
                rank, since_s, partition, kind, reply.not_before_s, asker=reply.asker, turn=turn
            )
        if ended and not final:
            return  # 👌 says that the answer stands there
        reaction = reply.next_reaction()
        if reaction is not None:
            worth, request = reaction
            self._reactions[turn] = Candidate(
                RANK[worth],
                reply.changed_at_s,
                partition_of(request),
                type(request),
                reply.reactions.not_before_s,
                asker=reply.asker,
                turn=turn,
                request=request,
            )
        elif final and not self._under_way[turn]:
            self._complete.append(Complete(turn, reply.undelivered_code(), reply.is_stored))
            self.forget(turn)

    def _touch_next(self, turn: TurnId, session: SessionId) -> None:
        """The session's next reply may be posted now."""
        turns = self._of_session[session]
        following = turns.index(turn) + 1
        if following < len(turns):
            self._touch(turns[following])

    def drawn(self, candidate: Candidate) -> Request | None:
        """What a turn's text candidate really asks for; None, and the candidate gives way to the truth, if it is less worth."""
        turn = candidate.turn
        reply = None if turn is None else self._replies.get(turn)
        if turn is None or reply is None:
            return None
        found = reply.next_text(may_post=self._may_post(reply))
        if found is None:
            self._texts.pop(turn, None)
            return None
        worth, request = found
        rank = self._rank(reply, worth)
        if (rank, type(request)) != (candidate.rank, candidate.kind):
            candidate.rank, candidate.kind = rank, type(request)
            return None
        return request

    def _rank(self, reply: Reply, worth: Worth) -> int:
        """A final text for which the first text of the session's next reply waits is worth as much as that one."""
        if worth == "final_text" and reply.session is not None:
            turns = self._of_session[reply.session]
            following = turns[turns.index(reply.turn) + 1 :]
            if following and self._replies[following[0]].may_have_text():
                return RANK["first_text"]
        return RANK[worth]

    def _may_post(self, reply: Reply) -> bool:
        """A session's reply appears after the final text of the one before it."""
        if reply.session is None:
            return True
        if reply.outcome is not None and reply.outcome.ending in ("refused", "cancelled"):
            return True
        for turn in self._of_session[reply.session]:
            if turn == reply.turn:
                return True
            if not self._replies[turn].text_is_final():
                return False
        return True

    def started(self, candidate: Candidate, now_s: float) -> None:
        """A candidate's request is under way."""
        if candidate.turn is None:
            return
        self._under_way[candidate.turn] += 1
        if candidate.partition[1] == "text":
            self._texts.pop(candidate.turn, None)
            self._replies[candidate.turn].shown_at_s = now_s
        else:
            self._reactions.pop(candidate.turn, None)

    def learn(self, request: Request, result: Result, now_s: float) -> list[RecordPart | ForgetPart]:
        """What became of a request; returns what must be recorded."""
        self._under_way[request.turn] -= 1
        if not self._under_way[request.turn]:
            del self._under_way[request.turn]
        reply = self._replies.get(request.turn)
        if reply is None:
            return []
        self._touch(request.turn)
        record = _learn(reply, request, result, now_s)
        return record if reply.is_stored else []


def _learn(reply: Reply, request: Request, result: Result, now_s: float) -> list[RecordPart | ForgetPart]:
    """Tell a reply what became of its request; returns what must be recorded."""
    match result:
        case Limited():
            reply.limited(request)
        case Impossible(code=code):
            reply.impossible(request, code)
        case Unknown():
            reply.unknown(request, now_s)
        case Found(message_ids=found, more_after=more_after) if isinstance(request, Search):
            return [RecordPart(turn=request.turn, part=part) for part in reply.searched(found, more_after)]
        case Posted(message_id=message_id, text=text) if isinstance(request, PostPart):
            # A repeated nonce is answered with the message as it was first posted.
            same = text.strip() == request.wanted.text.strip()
            reply.posted(message_id, request.wanted if same else None)
            return [RecordPart(turn=request.turn, part=Part(part=request.part, message_id=message_id))]
        case Done() if not isinstance(request, Search | PostPart):
            reply.succeeded(request)
            if isinstance(request, DeletePart):
                return [ForgetPart(turn=request.turn, message_id=request.message_id)]
        case _:
            raise ValueError(f"{type(result).__name__} is no result of {type(request).__name__}")
    return []
