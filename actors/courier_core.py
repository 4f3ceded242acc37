"""What the courier decides: which request goes to Discord next. Pure: it is handed the time and sends nothing.

What each turn would send next is worked out when something about it has changed, and kept; choosing compares what is kept.
One request is under way in a lane at a time, so that what lands last is what was sent last.
"""

from collections.abc import Iterator
from typing import Final

from actors.buckets import Buckets
from actors.deliveries import RANK, Candidate, Deliveries
from actors.pace import Pace, is_invalid
from actors.readings import Readings
from actors.requests import (
    Bucket,
    EditPart,
    Lane,
    Limited,
    ReadQuestion,
    Result,
    Sendable,
    TellPrivately,
    Unknown,
    lane_of,
)
from messages.courier import ReadChannel
from messages.ids import SessionId
from messages.recorder import ForgetPart, RecordPart

INTERIM_EDIT_S: Final = 1.25
"""Between interim edits in a channel: four in five seconds leave room for a final text in a bucket of five."""

NOTE_AGAIN_S: Final = 30.0


class CourierCore:
    """Every delivery under way, and the pace of all."""

    def __init__(self, *, pace: Pace | None = None, buckets: Buckets | None = None) -> None:
        """`pace` and `buckets` are what an earlier core of the same process had learned of Discord's limits."""
        self.deliveries = Deliveries()
        self.readings = Readings()
        self._busy: dict[Lane, Sendable] = {}
        self._notes: dict[int, TellPrivately] = {}
        self._note_not_before_s: dict[int, float] = {}
        self._interim_at_s: dict[Lane, float] = {}
        self._buckets = Buckets() if buckets is None else buckets
        self._pace = Pace() if pace is None else pace

    def tell(self, note: TellPrivately) -> None:
        """Somebody is to be told something by direct message."""
        self._notes.setdefault(note.note, note)

    # Which request is next

    def next(self, now_s: float) -> Sendable | float | None:
        """The request to send now, or the moment to ask again, or None when there is nothing to send.

        A request that is returned counts as under way until `ended` is called for it.
        """
        free_at_s = self._pace.free_at_s()
        deadline_s = self.readings.next_deadline_s()
        if free_at_s > now_s:
            return free_at_s if deadline_s is None else min(free_at_s, deadline_s)
        while True:
            best, wake_s = self._best(now_s)
            if best is None:
                moments = [moment for moment in (wake_s, deadline_s) if moment is not None]
                return min(moments, default=None)
            request = best.request or self.deliveries.drawn(best)
            if request is not None:
                self._start(request, best, now_s)
                return request

    def _best(self, now_s: float) -> tuple[Candidate | None, float | None]:
        """The worthiest candidate that may go now, or the moment from which one may."""
        best: Candidate | None = None
        wake_s: float | None = None
        for candidate in self._candidates():
            if candidate.lane in self._busy:
                continue
            if best is not None and (best.rank, best.since_s) <= (candidate.rank, candidate.since_s):
                continue
            at_s = max(candidate.not_before_s, self._buckets.free_at_s(candidate.lane, candidate.kind))
            if candidate.rank == RANK["interim"] and candidate.kind is EditPart:
                at_s = max(at_s, self._interim_at_s.get(candidate.lane, 0.0))
            if at_s <= now_s:
                best = candidate
            elif wake_s is None or at_s < wake_s:
                wake_s = at_s
        return best, wake_s

    def _candidates(self) -> Iterator[Candidate]:
        yield from self.deliveries.candidates()
        rank = RANK["notice"]
        for not_before_s, reading in self.readings.waiting():
            yield Candidate(rank, 0.0, lane_of(reading), type(reading), not_before_s, request=reading)
        for note in self._notes.values():
            not_before_s = self._note_not_before_s.get(note.note, 0.0)
            yield Candidate(rank, 0.0, lane_of(note), TellPrivately, not_before_s, request=note)

    def _start(self, request: Sendable, candidate: Candidate, now_s: float) -> None:
        # A direct message's channel has to be opened first.
        self._pace.take(now_s, 2 if isinstance(request, TellPrivately) else 1)
        self._busy[candidate.lane] = request
        if isinstance(request, ReadChannel | ReadQuestion):
            self.readings.began(request)
        elif isinstance(request, TellPrivately):
            del self._notes[request.note]
        else:
            self.deliveries.started(candidate)
        if candidate.rank == RANK["interim"]:
            self._interim_at_s[candidate.lane] = now_s + INTERIM_EDIT_S

    # What became of it

    def ended(
        self, request: Sendable, result: Result, now_s: float, told: Bucket | None = None
    ) -> list[RecordPart | ForgetPart]:
        """A request has ended; returns what must be recorded. `told` is what its answer's headers said."""
        lane = lane_of(request)
        self._busy.pop(lane, None)
        self._pace.ended(result, now_s, invalid=is_invalid(result))
        self._buckets.ended(lane, type(request), told, now_s)
        if isinstance(result, Limited) and not result.everywhere:
            self._buckets.hold(lane, type(request), now_s + result.retry_after_s)
        if isinstance(request, ReadChannel | ReadQuestion):
            self.readings.ended(request, result, now_s)
            return []
        if isinstance(request, TellPrivately):
            if isinstance(result, Unknown | Limited):
                self._notes[request.note] = request
                self._note_not_before_s[request.note] = now_s + NOTE_AGAIN_S
            return []
        return self.deliveries.learn(request, result, now_s)

    def take_reread(self, now_s: float) -> list[SessionId]:
        """The sessions whose questions have been read again, or have waited long enough for it."""
        under_way = frozenset(one.session for one in self._busy.values() if isinstance(one, ReadQuestion))
        return self.readings.take_reread(under_way, now_s)
