"""The rate limits of single routes in single channels: what Discord's headers say, and what is assumed until then. Pure.

Each is a sliding log: the moments of the last requests, as many as a window takes. The oldest of them says when the next
request may be sent.
"""

from collections import defaultdict
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
"""How many requests of a kind a channel takes in how many seconds. Discord publishes no sizes; these are what bots report.

Before the first headers are there, they keep a request here, where newer text can still take its place.
"""

MARGIN_S: Final = 0.1
"""Added to each window, because a window begins when Discord sees a request, and our clock is not Discord's."""

PARTITIONS_REMEMBERED: Final = 4096
"""When more than that are remembered, those that hold nothing back are forgotten: a bot runs for years and sees many channels."""

_SAME: Final[dict[type[Sendable], type[Sendable]]] = {Unreact: React, Search: ReadChannel}
"""Kinds that share the limit of another kind, because they use the same route or the same resource."""

_Key = tuple[int, type[Sendable]]


class RouteLimits:
    """When each route of each channel takes the next request. It outlives the courier's core, as `GlobalLimit` does."""

    def __init__(self) -> None:
        self._sent: defaultdict[_Key, list[float]] = defaultdict(list)
        """No deques: each would take 600 bytes for its five moments, and there are some for every channel that was answered in."""
        self._not_before_s: dict[_Key, float] = {}
        self._sizes: dict[_Key, tuple[int, float]] = {}

    def free_at_s(self, partition: PartitionKey, kind: type[Sendable]) -> float:
        """Return the moment from which this kind of request may be sent in this partition."""
        key = (partition[0], _SAME.get(kind, kind))
        at_s = self._not_before_s.get(key, 0.0)
        sent = self._sent.get(key)
        size = self._size(key)
        if sent is not None and size is not None:
            allowed, window_s = size
            if len(sent) >= allowed:
                at_s = max(at_s, sent[-allowed] + window_s + MARGIN_S)
        return at_s

    def spacing_s(self, partition: PartitionKey, kind: type[Sendable], kept: int) -> float:
        """Return the seconds between requests of a kind in a partition that leave room for `kept` more at any time."""
        size = self._size((partition[0], _SAME.get(kind, kind)))
        if size is None:
            return 0.0
        allowed, window_s = size
        return window_s / max(1, allowed - kept)

    def _size(self, key: _Key) -> tuple[int, float] | None:
        """Return how many requests a window takes, and its seconds: as Discord said, else as assumed."""
        return self._sizes.get(key) or ASSUMED.get(key[1])

    def ended(
        self, partition: PartitionKey, kind: type[Sendable], headers: RateLimitHeaders | None, now_s: float
    ) -> None:
        """A request has ended, which is the latest moment at which its window can have begun. `headers` are what its answer said."""
        key = (partition[0], _SAME.get(kind, kind))
        sent = self._sent[key]
        sent.append(now_s)
        if (
            headers is not None
            and headers.limit > 0
            and headers.remaining == headers.limit - 1
            and headers.reset_after_s > 0
        ):
            # The first request of a window says how long it is, less what Discord took to answer: the longest is nearest to it.
            known, longest_s = self._sizes.get(key, (headers.limit, 0.0))
            window_s = max(headers.reset_after_s, longest_s) if known == headers.limit else headers.reset_after_s
            self._sizes[key] = headers.limit, window_s
        while len(sent) > (self._size(key) or (1, 0.0))[0]:
            del sent[0]
        if headers is not None and headers.remaining <= 0:
            self._not_before_s[key] = max(now_s + headers.reset_after_s + MARGIN_S, self._not_before_s.get(key, 0.0))
        if len(self._sent) > PARTITIONS_REMEMBERED:
            self._forget_old(now_s)

    def hold(self, partition: PartitionKey, kind: type[Sendable], until_s: float) -> None:
        """Send nothing of this kind in this channel before a moment."""
        key = (partition[0], _SAME.get(kind, kind))
        self._not_before_s[key] = max(until_s, self._not_before_s.get(key, 0.0))

    def _forget_old(self, now_s: float) -> None:
        old_s = now_s - max(window_s for _, window_s in ASSUMED.values()) - MARGIN_S
        for key in [key for key, sent in self._sent.items() if sent[-1] < old_s]:
            del self._sent[key]
            self._sizes.pop(key, None)
        for key in [key for key, at_s in self._not_before_s.items() if at_s < now_s]:
            del self._not_before_s[key]
