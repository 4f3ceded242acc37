"""The rate limits of single routes: what Discord says in its headers, and what is assumed until it has. Pure."""

from collections import defaultdict, deque
from typing import Final

from actors.courier.requests import (
    DeletePart,
    EditPart,
    PartitionKey,
    PostPart,
    React,
    ReadQuestion,
    Search,
    Sendable,
    Unreact,
)
from discord_api.results import RateLimitHeaders
from messages.courier import ReadChannel

ASSUMED: Final[dict[type[Sendable], tuple[int, float]]] = {
    PostPart: (5, 5.0),
    EditPart: (5, 5.0),
    DeletePart: (5, 1.0),
    React: (1, 0.25),
    ReadChannel: (5, 1.0),
    ReadQuestion: (5, 1.0),
}
"""Requests in so many seconds in one channel: what bots report of Discord, which publishes no sizes.

They keep a request here, where newer text can take its place, before the headers of a first answer are there.
"""

MARGIN_S: Final = 0.1
"""A window begins when Discord sees a request, and our clock is not Discord's."""

PARTITIONS_REMEMBERED: Final = 4096
"""Those that are kept before those that hold nothing back are dropped: a bot runs for years and sees many channels."""

_SAME: Final[dict[type[Sendable], type[Sendable]]] = {Unreact: React, Search: ReadChannel}
"""Requests that share another's bucket: the same route, or the same resource."""

_Key = tuple[int, type[Sendable]]


class RouteLimits:
    """When each route of each channel takes the next request."""

    def __init__(self) -> None:
        self._sent: defaultdict[_Key, deque[float]] = defaultdict(deque)
        self._told_s: dict[_Key, float] = {}
        self._sizes: dict[_Key, tuple[int, float]] = {}

    def free_at_s(self, partition: PartitionKey, kind: type[Sendable]) -> float:
        """The moment from which this kind of request may be sent in this partition."""
        key = (partition[0], _SAME.get(kind, kind))
        at_s = self._told_s.get(key, 0.0)
        sent = self._sent.get(key)
        size = self._size(key)
        if sent is not None and size is not None:
            allowed, window_s = size
            if len(sent) >= allowed:
                at_s = max(at_s, sent[-allowed] + window_s + MARGIN_S)
        return at_s

    def spacing_s(self, partition: PartitionKey, kind: type[Sendable], kept: int) -> float:
        """How long to wait between requests of a kind in a partition so that there is always room for so many more at once."""
        size = self._size((partition[0], _SAME.get(kind, kind)))
        if size is None:
            return 0.0
        allowed, window_s = size
        return window_s / max(1, allowed - kept)

    def _size(self, key: _Key) -> tuple[int, float] | None:
        """How many requests a window takes, and how long it is: as told, else as assumed."""
        return self._sizes.get(key) or ASSUMED.get(key[1])

    def ended(self, partition: PartitionKey, kind: type[Sendable], told: RateLimitHeaders | None, now_s: float) -> None:
        """A request has ended: the safe moment to count from. `told` is what its answer's headers said."""
        key = (partition[0], _SAME.get(kind, kind))
        sent = self._sent[key]
        sent.append(now_s)
        if told is not None and told.limit > 0 and told.remaining == told.limit - 1 and told.reset_after_s > 0:
            self._sizes[key] = told.limit, told.reset_after_s  # the first of a window tells how long it is
        while len(sent) > (self._size(key) or (1, 0.0))[0]:
            sent.popleft()
        if told is not None and told.remaining <= 0:
            self._told_s[key] = max(now_s + told.reset_after_s + MARGIN_S, self._told_s.get(key, 0.0))
        if len(self._sent) > PARTITIONS_REMEMBERED:
            self._forget_old(now_s)

    def hold(self, partition: PartitionKey, kind: type[Sendable], until_s: float) -> None:
        """Send nothing by this route in this channel before that moment."""
        key = (partition[0], _SAME.get(kind, kind))
        self._told_s[key] = max(until_s, self._told_s.get(key, 0.0))

    def _forget_old(self, now_s: float) -> None:
        old_s = now_s - max(window_s for _, window_s in ASSUMED.values()) - MARGIN_S
        for key in [key for key, sent in self._sent.items() if sent[-1] < old_s]:
            del self._sent[key]
            self._sizes.pop(key, None)
        for key in [key for key, at_s in self._told_s.items() if at_s < now_s]:
            del self._told_s[key]
