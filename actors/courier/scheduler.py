"""Chooses which request goes to Discord next, within the rate limits. Pure.

One request is under way in a partition at a time. Of the requests that may go now, the first is chosen by priority, then by
whose asker was served longest ago, then by which has waited longest.
"""

from collections.abc import Iterable
from typing import Final

from actors.courier.global_limit import GlobalLimit, is_invalid
from actors.courier.requests import (
    DECORATION,
    THROTTLED_FROM,
    Candidate,
    EditPart,
    PartitionKey,
    PostPart,
    Priority,
    Sendable,
    partition_of,
    requests_in,
)
from actors.courier.route_limits import PARTITIONS_REMEMBERED, RouteLimits
from discord_api.results import Limited, RateLimitHeaders, Result
from messages.ids import UserId

INTERIM_EDIT_MIN_S: Final = 1.0
"""The shortest time between interim edits in a channel, however many Discord would take: nobody reads faster."""

LATE_STEP_S: Final = 1 / 12
"""As often as that, something late goes before what nobody waits for: a quarter of the budget is its own, the rest it gets where
there is room."""

POSTS_KEPT: Final = 3
"""Of the posts that a channel takes in a window, so many are left to answers and notices; what says that turns wait has the rest."""

ASKERS_REMEMBERED: Final = 4096
SERVED_LATELY_S: Final = 60.0
"""When more askers than that are remembered, those who were not served within this time are forgotten."""


class Scheduler:
    """The partitions that are busy, who was served when, and the limits."""

    def __init__(self, global_limit: GlobalLimit, route_limits: RouteLimits) -> None:
        self._global_limit = global_limit
        self._route_limits = route_limits
        self._busy: dict[PartitionKey, float] = {}
        """The partitions in which a request is under way, and since when."""
        self._interim_at_s: dict[PartitionKey, float] = {}
        """When the next interim edit may be sent in each partition."""
        self._placeholder_at_s: dict[PartitionKey, float] = {}
        """When the next placeholder may be posted in each partition."""
        self._late_at_s = 0.0
        """When something late may be sent next whatever else waits."""
        self._served_s: dict[UserId, float] = {}
        """When each asker was last sent something that they wait for."""

    def choose(self, candidates: Iterable[Candidate], now_s: float) -> Candidate | float | None:
        """Return the candidate to send now, or the moment to choose again, or None when there is nothing to send."""
        free_at_s = self._global_limit.free_at_s(now_s)
        if free_at_s > now_s:
            return free_at_s
        best: Candidate | None = None
        best_key: tuple[int, float, float] | None = None
        wake_s: float | None = None
        throttled_s = self._global_limit.free_at_s(now_s, throttled=True)
        for candidate in candidates:
            priority = candidate.priority
            if priority is Priority.LATE and self._late_at_s <= now_s:
                priority = Priority.NOTICE
            if candidate.partition in self._busy or (best_key is not None and priority > best_key[0]):
                continue
            key = self._key(candidate, priority)
            if best_key is not None and key >= best_key:
                continue
            at_s = candidate.not_before_s
            if priority is Priority.LATE:
                at_s = max(at_s, min(throttled_s, self._late_at_s))
            elif priority >= THROTTLED_FROM:
                at_s = max(at_s, throttled_s)
                at_s = max(at_s, self._spaced_at_s(candidate, priority))
            if at_s <= now_s:  # looked at last, because it costs most and most drafts are not due
                at_s = self._route_limits.free_at_s(candidate.partition, candidate.kind)
            if at_s > now_s:
                wake_s = at_s if wake_s is None else min(at_s, wake_s)
                continue
            best, best_key = candidate, key
        return wake_s if best is None else best

    def _spaced_at_s(self, candidate: Candidate, priority: Priority) -> float:
        """Return the moment from which a text that nobody waits for leaves room for others in its channel."""
        if priority in DECORATION and candidate.kind is EditPart:
            return self._interim_at_s.get(candidate.partition, 0.0)
        if priority is Priority.PLACEHOLDER and candidate.kind is PostPart:
            return self._placeholder_at_s.get(candidate.partition, 0.0)
        return 0.0

    def _key(self, candidate: Candidate, priority: Priority) -> tuple[int, float, float]:
        """The lowest goes first. What nobody waits for is shared out by answers, whoever asked."""
        if candidate.priority >= THROTTLED_FROM or candidate.asker is None:
            return priority, 0.0, candidate.since_s
        return priority, self._served_s.get(candidate.asker, 0.0), candidate.since_s

    def start(self, request: Sendable, candidate: Candidate, now_s: float, *, growing: int) -> None:
        """A request that was chosen is sent now. `growing` is how many answers grow in its channel, for an edit that nobody waits for."""
        self._global_limit.take(now_s, requests_in(request))
        self._busy[candidate.partition] = now_s
        if candidate.priority is Priority.LATE:
            self._late_at_s = now_s + LATE_STEP_S
        elif candidate.priority is Priority.PLACEHOLDER and candidate.kind is PostPart:
            spacing_s = self._route_limits.spacing_s(candidate.partition, PostPart, POSTS_KEPT)
            self._placeholder_at_s = _with(self._placeholder_at_s, candidate.partition, now_s, spacing_s)
        elif candidate.priority in DECORATION:
            self._space_interim_edits(candidate.partition, now_s, growing)
        elif candidate.asker is not None and candidate.priority < THROTTLED_FROM:
            self._served_s[candidate.asker] = now_s
            if len(self._served_s) > ASKERS_REMEMBERED:
                self._served_s = {
                    asker: at_s for asker, at_s in self._served_s.items() if at_s > now_s - SERVED_LATELY_S
                }

    def _space_interim_edits(self, partition: PartitionKey, now_s: float, growing: int) -> None:
        """Leave room in the route's limit for a final edit of each answer that grows in the channel."""
        spacing_s = self._route_limits.spacing_s(partition, EditPart, growing)
        self._interim_at_s = _with(self._interim_at_s, partition, now_s, max(INTERIM_EDIT_MIN_S, spacing_s))

    def ended(self, request: Sendable, result: Result, headers: RateLimitHeaders | None, now_s: float) -> None:
        """A request has ended; `headers` are what its answer said about its rate limit."""
        partition = partition_of(request)
        sent_s = self._busy.pop(partition, now_s)
        self._global_limit.ended(result, sent_s, now_s, requests=requests_in(request), invalid=is_invalid(result))
        self._route_limits.ended(partition, type(request), headers, now_s)
        if isinstance(result, Limited) and not result.everywhere:
            self._route_limits.hold(partition, type(request), now_s + result.retry_after_s)


def _with(
    known: dict[PartitionKey, float], partition: PartitionKey, now_s: float, pause_s: float
) -> dict[PartitionKey, float]:
    """Return what is known with a partition's pause from now on; where that is much, without the pauses that are over."""
    if len(known) > PARTITIONS_REMEMBERED:
        known = {one: at_s for one, at_s in known.items() if at_s > now_s}
    known[partition] = now_s + pause_s
    return known
