"""The channels that are being read again: what is requested of the courier, the pages that came, what is accepted. Pure."""

import heapq
import math
from collections import Counter
from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from messages.courier import ReadChannel
from messages.ids import ChannelId, MessageId, UserId, snowflake_at
from messages.intake import ChannelRead, MessagePosted

OLD_PAGES_MAX: Final = 20
"""Pages of messages that are too old to be answered; their authors get one notice. After that many, reading goes on with
the first message that may be answered, so that a channel with years of messages costs a bounded number of requests."""

PAGES_MAX: Final = 50
"""Pages that are kept of a channel; a gap that is larger is accepted piece by piece."""

READ_RETRY_S: Final = 60.0
"""A page that has not come by then is requested again."""

FULL_S: Final = 1.0
"""The pause after the courier's mailbox had no room for a request."""

IN_FLIGHT_MAX: Final = 32
"""How many pages are requested at the same time while nobody waits for them. A courier that is held up gets no more."""

Missed = list[tuple[MessagePosted, int | None]]
"""What is to be accepted of a gap, oldest first, each with how many its author wrote after it that were missed too.

It is None for a message that was not missed: it came live while its channel was being read.
"""


class _Reading(Struct):
    """One channel's gap begins after `start`; `to_accept` is what was read of it and is not accepted yet."""

    start: MessageId
    pages: list[ChannelRead] = []
    old_pages: int = 0
    to_accept: Missed = []


class Backlog:
    """Reads channels page by page, and keeps the pages until it is known how many messages each person wrote."""

    def __init__(self, *, reads_per_s: float) -> None:
        """`reads_per_s`: how many pages are requested in a second at most, but for channels where somebody waits."""
        self._step_s = 1 / reads_per_s
        self._next_at_s = -math.inf
        self._readings: dict[ChannelId, _Reading] = {}
        self._wanted: dict[ChannelId, MessageId] = {}
        self._by_priority: list[tuple[bool, int, ChannelId]] = []
        """A heap of what is wanted: first what is known to have missed something, then where something was said last."""
        self._urgent: set[ChannelId] = set()
        self._requested: dict[ChannelId, tuple[MessageId, float]] = {}
        self._full_until_s = -math.inf
        self.complete: dict[ChannelId, None] = {}
        """The channels that have been read as far as is to be accepted next, in the order in which it is accepted."""

    def begin(self, channel: ChannelId, after: MessageId, *, is_guess: bool = False) -> None:
        """Something after that message was missed: read the channel from there, or from where its gap began before.

        `is_guess`: nobody knows whether something was missed; such channels are read after the others.
        """
        known = self._readings.get(channel)
        start = after if known is None else min(after, known.start)
        self._readings[channel] = _Reading(start)
        self.complete.pop(channel, None)
        self._want(channel, start, is_guess=is_guess)

    def covers(self, channel: ChannelId, after: MessageId) -> bool:
        """Return whether the channel is being read from this message or an earlier one on."""
        return channel in self._readings and self._readings[channel].start <= after

    def hurry(self, channel: ChannelId) -> None:
        """Somebody waits until this channel has been read: it is read next."""
        self._urgent.add(channel)

    def forget(self, channel: ChannelId) -> None:
        """The channel has been read to its end, or nobody can read it any more."""
        self._readings.pop(channel, None)
        self._wanted.pop(channel, None)
        self._requested.pop(channel, None)
        self.complete.pop(channel, None)
        self._urgent.discard(channel)

    # What is requested of the courier.

    def take_requests(self, now_s: float) -> list[ReadChannel]:
        """Return what is to be requested of the courier now; from here on it is waited for."""
        self._retry(now_s)
        if now_s < self._full_until_s:
            return []
        requests = [self._request(channel, now_s) for channel in sorted(self._urgent) if channel in self._wanted]
        while self._wanted and now_s >= self._next_at_s and len(self._requested) < IN_FLIGHT_MAX:
            _, newest, channel = heapq.heappop(self._by_priority)
            if self._wanted.get(channel) == -newest:
                requests.append(self._request(channel, now_s))
                self._next_at_s = max(self._next_at_s, now_s) + self._step_s
        return requests

    def _request(self, channel: ChannelId, now_s: float) -> ReadChannel:
        after = self._wanted.pop(channel)
        self._requested[channel] = after, now_s
        return ReadChannel(channel_id=channel, after=after)

    def not_taken(self, read: ReadChannel, now_s: float) -> None:
        """The courier's mailbox had no room for this request."""
        if self._requested.pop(read.channel_id, None) is not None:
            self._want(read.channel_id, read.after)
        self._full_until_s = now_s + FULL_S

    def request_again(self) -> None:
        """The courier has forgotten every request."""
        self._retry(math.inf)

    def tick_at_s(self) -> float | None:
        """When there is something to request, again or at last (monotonic seconds); None when there is not."""
        moments = [requested_s + READ_RETRY_S for _, requested_s in self._requested.values()]
        if not self._urgent.isdisjoint(self._wanted):
            moments.append(self._full_until_s)
        elif self._wanted and len(self._requested) < IN_FLIGHT_MAX:
            moments.append(max(self._full_until_s, self._next_at_s))
        return min(moments, default=None)

    def _want(self, channel: ChannelId, after: MessageId, *, is_guess: bool = False) -> None:
        """Have a channel read after this message; a page that was requested before is not waited for any more."""
        self._requested.pop(channel, None)
        self._wanted[channel] = after
        heapq.heappush(self._by_priority, (is_guess, -after, channel))

    def _retry(self, now_s: float) -> None:
        for channel, (after, requested_s) in list(self._requested.items()):
            if requested_s + READ_RETRY_S <= now_s:
                self._want(channel, after)

    # What was read.

    def add(self, page: ChannelRead, oldest_answered_s: float, live: Mapping[MessageId, MessagePosted]) -> None:
        """Keep a page, and read on, or have all that is kept of the channel accepted.

        :param oldest_answered_s: missed messages from before this moment are not answered (seconds since 1970)
        :param live: the channel's messages that came by an event of the gateway while it was being read
        """
        channel = page.channel_id
        if channel not in self._requested or self._requested[channel][0] != page.after:
            return  # the channel has been, or is being, read from elsewhere
        reading = self._readings[channel]
        reading.pages.append(page)
        if page.complete or len(reading.pages) >= PAGES_MAX:
            reading.to_accept = _unanswered(reading.pages, live)
            self._requested.pop(channel)
            self.complete[channel] = None
            return
        self._want(channel, self._read_on_after(reading, page, MessageId(snowflake_at(oldest_answered_s))))

    def _read_on_after(self, reading: _Reading, page: ChannelRead, answered_from: MessageId) -> MessageId:
        reading.old_pages += page.last < answered_from
        return answered_from if page.last < answered_from and reading.old_pages >= OLD_PAGES_MAX else page.last

    # What is accepted.

    def take_piece(self, size: int) -> tuple[ChannelId, Missed]:
        """Return the next messages to accept, all of one channel. Channels take turns."""
        channel = next(iter(self.complete))
        del self.complete[channel]
        self.complete[channel] = None
        reading = self._readings[channel]
        piece, reading.to_accept = reading.to_accept[:size], reading.to_accept[size:]
        return channel, piece

    def end_of_accepted(self, channel: ChannelId) -> ChannelRead | None:
        """Return the last page of a channel of which all that was kept is accepted; None when there is more to accept."""
        reading = self._readings.get(channel)
        return None if reading is None or reading.to_accept or channel not in self.complete else reading.pages[-1]

    def read_on(self, channel: ChannelId, last: MessageId) -> None:
        """What was kept is accepted; the gap goes on after that message."""
        self._readings[channel] = _Reading(last)
        self.complete.pop(channel, None)
        self._want(channel, last)


def _unanswered(pages: list[ChannelRead], live: Mapping[MessageId, MessagePosted]) -> Missed:
    """Return the messages of these pages, without those that the bot has replied to; of `live` ones what their event said.

    Some that it has replied to may have been refused by a process that could not store it, and no row says so.
    """
    messages = [message for page in pages for message in page.messages]
    answered = {message for page in pages for message in page.answered}
    newer: Counter[UserId] = Counter()
    counted: Missed = []
    for message in reversed(messages):
        heard = live.get(message.message_id)
        if message.message_id not in answered:
            counted.append((message, newer[message.author_id]) if heard is None else (heard, None))
        newer[message.author_id] += heard is None
    return counted[::-1]
