"""What the courier decides: which request goes to Discord next. Pure: it is handed the time and sends nothing.

All requests share one budget. One is under way in a channel at a time, so that what lands last is what was sent last;
each route's very first request goes alone, because until its answer has come hikari queues all channels behind it.
"""

from collections import defaultdict, deque
from collections.abc import Iterator
from typing import Final

from actors.delivery import WORTHS, Delivery, Worth
from actors.requests import (
    DeletePart,
    Done,
    EditPart,
    Impossible,
    PostPart,
    React,
    Result,
    Search,
    Sendable,
    Unknown,
    Unreact,
)
from messages.courier import DraftShown, ReadChannel, TurnBegan
from messages.ids import ChannelId, SessionId, TurnId
from messages.recorder import ForgetPart, RecordPart
from messages.turn import OutcomeOwed, Part

REQUESTS_PER_S: Final = 48.0
"""Discord allows 50 a second in all (Rate Limits, Global); 48 paced by an own clock drew no 429, 49.5 drew five in 600."""

INTERIM_EDIT_S: Final = 1.25
"""Between interim edits in a channel: four in five seconds leave room for a final text in a bucket of five."""

BUCKETS: Final[dict[type[Sendable], tuple[int, float]]] = {
    PostPart: (5, 5.0),
    EditPart: (5, 5.0),
    DeletePart: (5, 1.0),
    React: (1, 0.25),
    Unreact: (1, 0.25),
    Search: (5, 1.0),
    ReadChannel: (5, 1.0),
}
"""Requests in so many seconds in one channel: Discord's present buckets. hikari obeys the true ones by Discord's headers;
these only keep a request here, where newer text can take its place, instead of there, where it grows stale."""

BUCKET_MARGIN_S: Final = 0.1
READ_AGAIN_S: Final = 5.0
"""A channel that could not be read rests that long, so that it does not take the place of answers."""
CHANNELS_REMEMBERED: Final = 4096
"""Buckets that are kept before those that hold nothing back are dropped."""
_RANK: Final[dict[Worth, int]] = {worth: rank for rank, worth in enumerate(WORTHS)}


def _bucket_of(request: Sendable) -> type[Sendable]:
    match request:
        case Unreact():
            return React  # both share one
        case Search():
            return ReadChannel  # the same route
        case _:
            return type(request)


class CourierCore:
    """Every delivery under way, and the pace of all."""

    def __init__(self) -> None:
        self._deliveries: dict[TurnId, Delivery] = {}
        self._of_session: defaultdict[SessionId, list[TurnId]] = defaultdict(list)
        self._busy: set[ChannelId] = set()
        self._reads: dict[ChannelId, ReadChannel] = {}
        self._warm: set[type[Sendable]] = set()
        self._first_under_way: set[type[Sendable]] = set()
        self._sent: defaultdict[tuple[ChannelId, type[Sendable]], deque[float]] = defaultdict(deque)
        self._interim_at_s: dict[ChannelId, float] = {}
        self._channel_not_before_s: dict[ChannelId, float] = {}
        self._read_not_before_s: dict[ChannelId, float] = {}
        self._next_slot_s = 0.0

    def __len__(self) -> int:
        return len(self._deliveries)

    def delivery(self, turn: TurnId) -> Delivery | None:
        """What is known of a turn's reply, or None."""
        return self._deliveries.get(turn)

    def owed(self) -> int:
        """How many outcomes Discord does not show yet."""
        return sum(delivery.outcome is not None for delivery in self._deliveries.values())

    # What shall be shown

    def begin(self, began: TurnBegan) -> None:
        """A turn is being answered."""
        self._find(began.turn, began.session, began, search=began.resumed).begin(began)

    def grow(self, draft: DraftShown, now_s: float) -> None:
        """A turn's draft grew."""
        delivery = self._deliveries.get(draft.turn)
        if delivery is not None:
            delivery.grow(draft, now_s)

    def end(self, outcome: OutcomeOwed, now_s: float) -> None:
        """A turn ended."""
        delivery = self._find(outcome.turn, outcome.session, outcome, search=outcome.search)
        delivery.adopt(outcome.parts)
        delivery.end(outcome, now_s)

    def read(self, request: ReadChannel) -> None:
        """A channel is to be read again."""
        self._reads[request.channel_id] = request

    def forget(self, turn: TurnId) -> None:
        """Nothing more is to be shown of this turn by this process."""
        delivery = self._deliveries.pop(turn, None)
        if delivery is not None and delivery.session is not None:
            turns = self._of_session[delivery.session]
            turns.remove(turn)
            if not turns:
                del self._of_session[delivery.session]

    def _find(
        self, turn: TurnId, session: SessionId | None, said: TurnBegan | OutcomeOwed, *, search: bool
    ) -> Delivery:
        delivery = self._deliveries.get(turn)
        if delivery is None:
            delivery = self._deliveries[turn] = Delivery(turn, session, said.place, search=search)
            if session is not None:
                self._of_session[session].append(turn)
        return delivery

    def take_complete(self) -> list[TurnId]:
        """The turns of which Discord shows all that is to be shown; they are forgotten."""
        complete = [
            turn
            for turn, delivery in self._deliveries.items()
            if delivery.outcome is not None and delivery.next(may_post=True) is None
        ]
        for turn in complete:
            self.forget(turn)
        return complete

    # Which request is next

    def next(self, now_s: float) -> Sendable | float | None:
        """The request to send now, or the moment to ask again, or None when there is nothing to send.

        A request that is returned counts as under way until `ended` is called for it.
        """
        best: tuple[Worth, float, Sendable] | None = None
        wake_s: float | None = None
        for worth, since_s, not_before_s, request in self._candidates():
            at_s = max(self._possible_at_s(worth, request), not_before_s)
            if at_s > now_s:
                wake_s = at_s if wake_s is None else min(wake_s, at_s)
            elif best is None or (_RANK[worth], since_s) < (_RANK[best[0]], best[1]):
                best = (worth, since_s, request)
        if best is None:
            return wake_s
        if self._next_slot_s > now_s:
            return self._next_slot_s
        worth, _, request = best
        self._start(request, worth, now_s)
        return request

    def _candidates(self) -> Iterator[tuple[Worth, float, float, Sendable]]:
        """What each idle channel would send next: worth, waiting since, not before, request."""
        for read in self._reads.values():
            if read.channel_id not in self._busy and not self._waits_for_first(read):
                yield "notice", 0.0, self._read_not_before_s.get(read.channel_id, 0.0), read
        for delivery in self._deliveries.values():
            if delivery.place.channel_id in self._busy:
                continue
            candidate = delivery.next(may_post=self._may_post(delivery))
            if candidate is not None and not self._waits_for_first(candidate[1]):
                yield candidate[0], delivery.changed_at_s, delivery.not_before_s, candidate[1]

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

    def _waits_for_first(self, request: Sendable) -> bool:
        kind = type(request)
        return kind not in self._warm and kind in self._first_under_way

    def _possible_at_s(self, worth: Worth, request: Sendable) -> float:
        channel, bucket = request.channel_id, _bucket_of(request)
        at_s = self._channel_not_before_s.get(channel, 0.0)
        if worth == "interim" and isinstance(request, EditPart):
            at_s = max(at_s, self._interim_at_s.get(channel, 0.0))
        sent = self._sent.get((channel, bucket))
        allowed, window_s = BUCKETS[bucket]
        if sent is not None and len(sent) >= allowed:
            at_s = max(at_s, sent[-allowed] + window_s + BUCKET_MARGIN_S)
        return at_s

    def _start(self, request: Sendable, worth: Worth, now_s: float) -> None:
        self.pace(now_s)
        if isinstance(request, Search | ReadChannel):
            self.pace(now_s)  # hikari asks again after a page that is not full
        channel, kind = request.channel_id, type(request)
        self._busy.add(channel)
        if kind not in self._warm:
            self._first_under_way.add(kind)
        if isinstance(request, ReadChannel):
            self._reads.pop(channel, None)
        if worth == "interim":
            self._interim_at_s[channel] = now_s + INTERIM_EDIT_S

    def pace(self, now_s: float) -> float:
        """Take the next slot of the budget that all requests share; returns its moment."""
        slot_s = max(now_s, self._next_slot_s)
        self._next_slot_s = slot_s + 1.0 / REQUESTS_PER_S
        return slot_s

    # What became of it

    def ended(self, request: Sendable, result: Result, now_s: float) -> list[RecordPart | ForgetPart]:
        """A request has ended; returns what must be recorded."""
        self._free(request, result, now_s)
        if isinstance(request, ReadChannel):
            if isinstance(result, Unknown):
                self._reads.setdefault(request.channel_id, request)
                self._read_not_before_s[request.channel_id] = now_s + READ_AGAIN_S
            return []
        delivery = self._deliveries.get(request.turn)
        if delivery is None:
            return []
        match result:
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

    def _free(self, request: Sendable, result: Result, now_s: float) -> None:
        """The channel is free again, and its bucket has one request more in it."""
        channel, kind, bucket = request.channel_id, type(request), _bucket_of(request)
        self._busy.discard(channel)
        self._first_under_way.discard(kind)
        if not isinstance(result, Unknown) or result.answered:
            self._warm.add(kind)
        # Discord's window begins when Discord sees the request: the end of it is the safe moment to count from.
        sent = self._sent[channel, bucket]
        sent.append(now_s)
        while len(sent) > BUCKETS[bucket][0]:
            sent.popleft()
        if isinstance(result, Unknown) and result.retry_after_s > 0:
            self._channel_not_before_s[channel] = now_s + result.retry_after_s
        if len(self._sent) > CHANNELS_REMEMBERED:
            self._forget_old(now_s)

    def _forget_old(self, now_s: float) -> None:
        """Drop what does not hold anything back any more: a bot runs for years and sees many channels."""
        old_s = now_s - max(window_s for _, window_s in BUCKETS.values()) - BUCKET_MARGIN_S
        for key in [key for key, sent in self._sent.items() if sent[-1] < old_s]:
            del self._sent[key]
        for moments in (self._interim_at_s, self._channel_not_before_s, self._read_not_before_s):
            for channel in [channel for channel, at_s in moments.items() if at_s < now_s]:
                del moments[channel]
