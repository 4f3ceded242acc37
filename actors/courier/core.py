"""What the courier decides: which request goes to Discord next. Pure: it is handed the time and sends nothing.

What each turn would send next is worked out when something about it has changed, and kept; choosing compares what is kept.
One request is under way in a partition at a time, so that what lands last is what was sent last.
"""

from collections.abc import Iterator
from typing import Final

from actors.courier.global_limit import GlobalLimit, is_invalid
from actors.courier.outbox import RANK, UNHURRIED, Candidate, Outbox
from actors.courier.read_queue import ReadQueue
from actors.courier.requests import (
    EditPart,
    PartitionKey,
    React,
    ReadQuestion,
    Sendable,
    TellPrivately,
    partition_of,
)
from actors.courier.route_limits import PARTITIONS_REMEMBERED, RouteLimits
from discord_api import error_codes
from discord_api.results import Impossible, Limited, RateLimitHeaders, Result, Unknown
from messages.courier import ReadChannel
from messages.ids import ChannelId, SessionId, UserId
from messages.verbs.replies import ForgetPart, RecordPart

INTERIM_EDIT_MIN_S: Final = 1.0
"""Between interim edits in a channel, however many Discord would take: nobody reads faster."""

ASKERS_REMEMBERED: Final = 4096
SERVED_LATELY_S: Final = 60.0
"""Those that are kept before those that were not served lately are dropped."""

NOTE_AGAIN_S: Final = 30.0

UNMARKED_S: Final = 300.0
"""Where the bot may not react, it does not try again for so long. Discord shuts out who asks for 10,000 such things in ten
minutes (Rate Limits, Invalid Requests)."""


class CourierCore:
    """Every reply under way, and the pace of all."""

    def __init__(self, *, global_limit: GlobalLimit | None = None, route_limits: RouteLimits | None = None) -> None:
        """`global_limit` and `route_limits` are what an earlier core of the same process had learned of Discord's limits."""
        self.outbox = Outbox()
        self.read_queue = ReadQueue()
        self._busy: dict[PartitionKey, tuple[Sendable, float]] = {}
        """What is under way in each partition, and since when."""
        self._notes: dict[int, TellPrivately] = {}
        self._note_not_before_s: dict[int, float] = {}
        self._interim_at_s: dict[PartitionKey, float] = {}
        self._served_s: dict[UserId, float] = {}
        """When something that they wait for was last sent for each person."""
        self._unmarked: dict[ChannelId, tuple[float, Impossible]] = {}
        """Where a reaction was forbidden, until when that is remembered, and what Discord said."""
        self._route_limits = RouteLimits() if route_limits is None else route_limits
        self._global_limit = GlobalLimit() if global_limit is None else global_limit
        self._global_limit.forget_under_way()

    def tell(self, note: TellPrivately) -> None:
        """Somebody is to be told something by direct message."""
        self._notes.setdefault(note.note, note)

    # Which request is next

    def next(self, now_s: float) -> Sendable | float | None:
        """The request to send now, or the moment to ask again, or None when there is nothing to send.

        A request that is returned counts as under way until `ended` is called for it.
        """
        deadline_s = self.read_queue.next_deadline_s()
        free_at_s = self._global_limit.free_at_s(now_s)
        if free_at_s > now_s:
            return free_at_s if deadline_s is None else min(free_at_s, deadline_s)
        while True:
            best, wake_s = self._best(now_s)
            if best is None:
                moments = [moment for moment in (wake_s, deadline_s) if moment is not None]
                return min(moments, default=None)
            request = best.request or self.outbox.drawn(best)
            if isinstance(request, React) and (forbidden := self._forbidden(request, now_s)) is not None:
                self.outbox.started(best, now_s)
                self.outbox.learn(request, forbidden, now_s)
            elif request is not None:
                self._start(request, best, now_s)
                return request

    def _best(self, now_s: float) -> tuple[Candidate | None, float | None]:
        """The worthiest candidate that may go now, or the moment from which one may."""
        best: Candidate | None = None
        best_key: tuple[int, float, float] | None = None
        wake_s: float | None = None
        unhurried_s = self._global_limit.free_at_s(now_s, hurried=False)
        for candidate in self._candidates():
            if candidate.partition in self._busy or (best is not None and candidate.rank > best.rank):
                continue
            at_s = max(candidate.not_before_s, self._route_limits.free_at_s(candidate.partition, candidate.kind))
            if candidate.rank >= UNHURRIED:
                at_s = max(at_s, unhurried_s)
                if candidate.rank == RANK["interim"] and candidate.kind is EditPart:
                    at_s = max(at_s, self._interim_at_s.get(candidate.partition, 0.0))
            if at_s > now_s:
                wake_s = at_s if wake_s is None else min(at_s, wake_s)
                continue
            key = self._key(candidate)
            if best_key is None or key < best_key:
                best, best_key = candidate, key
        return best, wake_s

    def _key(self, candidate: Candidate) -> tuple[int, float, float]:
        """The lowest goes first: by worth, then whose turn it is, then who has waited longest.

        Of what nobody waits for, all answers have the same share, whoever asked.
        """
        if candidate.rank >= UNHURRIED or candidate.asker is None:
            return candidate.rank, 0.0, candidate.since_s
        return candidate.rank, self._served_s.get(candidate.asker, 0.0), candidate.since_s

    def _candidates(self) -> Iterator[Candidate]:
        yield from self.outbox.candidates()
        rank = RANK["notice"]
        for not_before_s, reading in self.read_queue.waiting():
            yield Candidate(rank, 0.0, partition_of(reading), type(reading), not_before_s, request=reading)
        for note in self._notes.values():
            not_before_s = self._note_not_before_s.get(note.note, 0.0)
            yield Candidate(rank, 0.0, partition_of(note), TellPrivately, not_before_s, request=note)

    def _forbidden(self, request: React, now_s: float) -> Impossible | None:
        """What Discord would say to a reaction, where that is known without asking."""
        until_s, said = self._unmarked.get(request.channel_id, (0.0, None))
        return said if now_s < until_s else None

    def _start(self, request: Sendable, candidate: Candidate, now_s: float) -> None:
        self._global_limit.take(now_s, _requests_of(request))
        self._busy[candidate.partition] = request, now_s
        if isinstance(request, ReadChannel | ReadQuestion):
            self.read_queue.began(request)
        elif isinstance(request, TellPrivately):
            del self._notes[request.note]
        else:
            self.outbox.started(candidate, now_s)
        if candidate.rank == RANK["interim"]:
            kept = self.outbox.streaming_in(request.channel_id) if isinstance(request, EditPart) else 1
            spacing_s = self._route_limits.spacing_s(candidate.partition, EditPart, kept)
            if len(self._interim_at_s) > PARTITIONS_REMEMBERED:
                self._interim_at_s = {known: at_s for known, at_s in self._interim_at_s.items() if at_s > now_s}
            self._interim_at_s[candidate.partition] = now_s + max(INTERIM_EDIT_MIN_S, spacing_s)
        elif candidate.asker is not None and candidate.rank < UNHURRIED:
            self._served_s[candidate.asker] = now_s
            if len(self._served_s) > ASKERS_REMEMBERED:
                self._served_s = {
                    asker: at_s for asker, at_s in self._served_s.items() if at_s > now_s - SERVED_LATELY_S
                }

    # What became of it

    def ended(
        self, request: Sendable, result: Result, now_s: float, told: RateLimitHeaders | None = None
    ) -> list[RecordPart | ForgetPart]:
        """A request has ended; returns what must be recorded. `told` is what its answer's headers said."""
        partition = partition_of(request)
        _, sent_s = self._busy.pop(partition, (request, now_s))
        self._global_limit.ended(result, sent_s, now_s, requests=_requests_of(request), invalid=is_invalid(result))
        self._route_limits.ended(partition, type(request), told, now_s)
        if isinstance(result, Limited) and not result.everywhere:
            self._route_limits.hold(partition, type(request), now_s + result.retry_after_s)
        if isinstance(request, React) and isinstance(result, Impossible) and result.code in error_codes.NO_REACTIONS:
            self._unmarked = {channel: known for channel, known in self._unmarked.items() if now_s < known[0]}
            self._unmarked[request.channel_id] = now_s + UNMARKED_S, result
        if isinstance(request, ReadChannel | ReadQuestion):
            self.read_queue.ended(request, result, now_s)
            return []
        if isinstance(request, TellPrivately):
            self._note_not_before_s.pop(request.note, None)
            if isinstance(result, Unknown | Limited):
                self._notes[request.note] = request
                self._note_not_before_s[request.note] = now_s + NOTE_AGAIN_S
            return []
        return self.outbox.learn(request, result, now_s)

    def take_reread(self, now_s: float) -> list[SessionId]:
        """The sessions whose questions have been read again, or have waited long enough for it."""
        under_way = frozenset(one.session for one, _ in self._busy.values() if isinstance(one, ReadQuestion))
        return self.read_queue.take_reread(under_way, now_s)


def _requests_of(request: Sendable) -> int:
    """How many requests it takes: a direct message's channel has to be opened first."""
    return 2 if isinstance(request, TellPrivately) else 1
