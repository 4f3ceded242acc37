"""The replies under way: what each turn would send next, worked out when something about it has changed, and kept. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from itertools import chain
from typing import Final

from msgspec import Struct

from actors.courier.reply import WORTHS, Delivery, Worth
from actors.courier.requests import (
    DeletePart,
    Done,
    EditPart,
    Impossible,
    Lane,
    Limited,
    PostPart,
    Request,
    Result,
    Search,
    Sendable,
    Unknown,
    lane_of,
)
from messages.courier import DraftShown, TurnBegan
from messages.ids import ChannelId, SessionId, TurnId, UserId
from messages.turn import OutcomeOwed, Part
from messages.verbs.turns import ForgetPart, RecordPart

RANK: Final[dict[Worth, int]] = {worth: rank for rank, worth in enumerate(WORTHS)}
"""Lowest first."""


UNHURRIED: Final = RANK["writing"]
"""From this rank on nobody waits for it: it is thinned out where there is no room."""


class Candidate(Struct):
    """What may be sent next in a lane, and who waits for it. `request` is drawn when it is chosen: until then newer text may come."""

    rank: int
    since_s: float
    lane: Lane
    kind: type[Sendable]
    not_before_s: float
    asker: UserId | None = None
    turn: TurnId | None = None
    request: Sendable | None = None


class Complete(Struct, frozen=True):
    """Nothing more is to be sent of this turn: Discord shows its outcome, or never will, as `code` says."""

    turn: TurnId
    code: int | None = None


class Deliveries:
    """Every turn whose reply is under way, and the order of each session's replies."""

    def __init__(self) -> None:
        self._deliveries: dict[TurnId, Delivery] = {}
        self._of_session: defaultdict[SessionId, list[TurnId]] = defaultdict(list)
        self._changed: dict[TurnId, None] = {}
        self._texts: dict[TurnId, Candidate] = {}
        self._reactions: dict[TurnId, Candidate] = {}
        self._complete: list[Complete] = []
        self._under_way: Counter[TurnId] = Counter()
        self.owed = 0
        """How many outcomes Discord does not show yet."""

    def __len__(self) -> int:
        return len(self._deliveries)

    def __contains__(self, turn: TurnId) -> bool:
        return turn in self._deliveries

    def begin(self, began: TurnBegan) -> None:
        """A turn is being answered."""
        self._find(began.turn, began.session, began, search=began.resumed).begin(began)

    def grow(self, draft: DraftShown, now_s: float) -> None:
        """A turn's draft grew."""
        delivery = self._deliveries.get(draft.turn)
        if delivery is not None:
            is_first = not delivery.may_have_text()
            delivery.grow(draft, now_s)
            if draft.turn not in self._texts:  # else it waits already; the newest text is drawn when it is sent
                self._touch(draft.turn)
            if is_first and delivery.session is not None:
                self._touch(self._of_session[delivery.session][0])

    def end(self, outcome: OutcomeOwed, now_s: float) -> None:
        """A turn ended."""
        delivery = self._find(outcome.turn, outcome.session, outcome, search=outcome.search)
        self.owed += delivery.outcome is None
        delivery.adopt(outcome.parts)
        delivery.end(outcome, now_s)

    def adopt(self, turn: TurnId, parts: tuple[Part, ...]) -> None:
        """These messages are known to hold parts of a turn's reply."""
        delivery = self._deliveries.get(turn)
        if delivery is not None:
            delivery.adopt(parts)
            self._touch(turn)

    def forget(self, turn: TurnId) -> None:
        """Nothing more is to be shown of this turn by this process."""
        delivery = self._deliveries.pop(turn, None)
        self._texts.pop(turn, None)
        self._reactions.pop(turn, None)
        self._changed.pop(turn, None)
        if delivery is None:
            return
        self.owed -= delivery.outcome is not None
        if delivery.session is not None:
            turns = self._of_session[delivery.session]
            turns.remove(turn)
            if turns:
                self._touch(turns[0])
            else:
                del self._of_session[delivery.session]

    def _touch(self, turn: TurnId) -> None:
        """Something about this turn has changed."""
        self._changed[turn] = None

    def _find(
        self, turn: TurnId, session: SessionId | None, said: TurnBegan | OutcomeOwed, *, search: bool
    ) -> Delivery:
        delivery = self._deliveries.get(turn)
        if delivery is None:
            delivery = self._deliveries[turn] = Delivery(turn, session, said.asker, said.place, search=search)
            if session is not None:
                self._of_session[session].append(turn)
        self._touch(turn)
        return delivery

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
            delivery.place.channel_id == channel and delivery.outcome is None and bool(delivery.shown)
            for delivery in self._deliveries.values()
        )

    def work_out(self) -> None:
        """Find out anew what each turn that has changed would send."""
        while self._changed:
            turn = next(iter(self._changed))
            del self._changed[turn]
            delivery = self._deliveries.get(turn)
            if delivery is not None:
                self._work_out_turn(turn, delivery)

    def _work_out_turn(self, turn: TurnId, delivery: Delivery) -> None:
        self._texts.pop(turn, None)
        self._reactions.pop(turn, None)
        ended = delivery.outcome is not None
        final = ended and delivery.text_is_final()
        if final and delivery.session is not None:
            self._touch_next(turn, delivery.session)
        lane: Lane = (delivery.place.channel_id, "text")
        if not final and delivery.may_have_text():
            kind: type[Sendable] = EditPart if delivery.shown and not delivery.must_search else PostPart
            rank = self._rank(delivery, delivery.expected_worth())
            since_s = delivery.changed_at_s if rank < UNHURRIED else delivery.shown_at_s
            self._texts[turn] = Candidate(
                rank, since_s, lane, kind, delivery.not_before_s, asker=delivery.asker, turn=turn
            )
        if ended and not final:
            return  # 👌 says that the answer stands there
        reaction = delivery.next_reaction()
        if reaction is not None:
            worth, request = reaction
            self._reactions[turn] = Candidate(
                RANK[worth],
                delivery.changed_at_s,
                lane_of(request),
                type(request),
                delivery.marks.not_before_s,
                asker=delivery.asker,
                turn=turn,
                request=request,
            )
        elif final and not self._under_way[turn]:
            self._complete.append(Complete(turn, delivery.undelivered_code()))
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
        delivery = None if turn is None else self._deliveries.get(turn)
        if turn is None or delivery is None:
            return None
        found = delivery.next_text(may_post=self._may_post(delivery))
        if found is None:
            self._texts.pop(turn, None)
            return None
        worth, request = found
        rank = self._rank(delivery, worth)
        if (rank, type(request)) != (candidate.rank, candidate.kind):
            candidate.rank, candidate.kind = rank, type(request)
            return None
        return request

    def _rank(self, delivery: Delivery, worth: Worth) -> int:
        """A final text for which the first text of the session's next reply waits is worth as much as that one."""
        if worth == "final_text" and delivery.session is not None:
            turns = self._of_session[delivery.session]
            following = turns[turns.index(delivery.turn) + 1 :]
            if following and self._deliveries[following[0]].may_have_text():
                return RANK["first_text"]
        return RANK[worth]

    def _may_post(self, delivery: Delivery) -> bool:
        """A session's reply appears after the final text of the one before it."""
        if delivery.session is None:
            return True
        if delivery.outcome is not None and delivery.outcome.ending in ("refused", "cancelled"):
            return True
        for turn in self._of_session[delivery.session]:
            if turn == delivery.turn:
                return True
            if not self._deliveries[turn].text_is_final():
                return False
        return True

    def started(self, candidate: Candidate, now_s: float) -> None:
        """A candidate's request is under way."""
        if candidate.turn is None:
            return
        self._under_way[candidate.turn] += 1
        if candidate.lane[1] == "text":
            self._texts.pop(candidate.turn, None)
            self._deliveries[candidate.turn].shown_at_s = now_s
        else:
            self._reactions.pop(candidate.turn, None)

    def learn(self, request: Request, result: Result, now_s: float) -> list[RecordPart | ForgetPart]:
        """What became of a request; returns what must be recorded."""
        self._under_way[request.turn] -= 1
        if not self._under_way[request.turn]:
            del self._under_way[request.turn]
        delivery = self._deliveries.get(request.turn)
        if delivery is None:
            return []
        self._touch(request.turn)
        return _learn(delivery, request, result, now_s)


def _learn(delivery: Delivery, request: Request, result: Result, now_s: float) -> list[RecordPart | ForgetPart]:
    """Tell a delivery what became of its request; returns what must be recorded."""
    match result:
        case Limited():
            delivery.limited(request)
        case Impossible(code=code):
            delivery.impossible(request, code)
        case Unknown():
            delivery.unknown(request, now_s)
        case Done(found=found, more_after=more_after) if isinstance(request, Search):
            return [RecordPart(turn=request.turn, part=part) for part in delivery.searched(found, more_after)]
        case Done(message_id=message_id, text=text) if isinstance(request, PostPart):
            if message_id is None:
                raise ValueError("a post without a message id")
            # A repeated nonce is answered with the message as it was first posted.
            same = text.strip() == request.wanted.text.strip()
            delivery.posted(message_id, request.wanted if same else None)
            return [RecordPart(turn=request.turn, part=Part(part=request.part, message_id=message_id))]
        case Done() if not isinstance(request, Search | PostPart):
            delivery.succeeded(request)
            if isinstance(request, DeletePart):
                return [ForgetPart(turn=request.turn, message_id=request.message_id)]
    return []
