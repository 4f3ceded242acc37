"""The pages that were read of channels with a gap, kept until it is known how many messages each person wrote. Pure."""

from collections import Counter
from typing import Final

from msgspec import Struct

from messages.ids import ChannelId, MessageId, UserId, snowflake_at
from messages.intake import ChannelRead, MessagePosted

OLD_PAGES_MAX: Final = 20
"""Pages of messages that are too old to be answered; their authors get one notice. After that many, reading goes on with
the first message that may be answered, so that a channel with years of messages costs a bounded number of requests."""

PAGES_MAX: Final = 50
"""Pages that are kept; a gap that is larger is accepted piece by piece."""


class _Gap(Struct):
    start: MessageId
    pages: list[ChannelRead]
    old_pages: int = 0


class Backlog:
    """The gaps that are being read, and what was read of them."""

    def __init__(self) -> None:
        self._gaps: dict[ChannelId, _Gap] = {}

    def begin(self, channel: ChannelId, after: MessageId) -> MessageId:
        """Something after that message was missed; return after which message to read, from the gap's beginning."""
        known = self._gaps.get(channel)
        start = after if known is None else min(after, known.start)
        self._gaps[channel] = _Gap(start, [])
        return start

    def add(self, page: ChannelRead, oldest_answered_s: float) -> MessageId | None:
        """Keep a page; return the message after which to read on, or None when all that is kept is to be accepted.

        :param oldest_answered_s: missed messages from before this moment are not answered (seconds since 1970)
        """
        gap = self._gaps.setdefault(page.channel_id, _Gap(page.after, []))
        if page not in gap.pages[-1:]:
            gap.pages.append(page)
        if page.complete or len(gap.pages) >= PAGES_MAX:
            return None
        answered_from = MessageId(snowflake_at(oldest_answered_s))
        if page.last < answered_from:
            gap.old_pages += 1
            if gap.old_pages >= OLD_PAGES_MAX:
                return answered_from
        return page.last

    def kept(self, channel: ChannelId) -> list[tuple[MessagePosted, int]]:
        """What is kept of a channel, oldest first, each message with how many its author wrote after it.

        Messages that the bot has replied to are left out: some may have been refused by a process that could not store
        it, and no row says so.
        """
        pages = self._gaps[channel].pages if channel in self._gaps else []
        messages = [message for page in pages for message in page.messages]
        answered = {message for page in pages for message in page.answered}
        newer: Counter[UserId] = Counter()
        counted: list[tuple[MessagePosted, int]] = []
        for message in reversed(messages):
            if message.message_id not in answered:
                counted.append((message, newer[message.author_id]))
            newer[message.author_id] += 1
        return counted[::-1]

    def accepted(self, channel: ChannelId, last: MessageId) -> None:
        """What was kept is accepted; the gap, if it goes on, begins after that message."""
        self._gaps[channel] = _Gap(last, [])

    def close(self, channel: ChannelId) -> None:
        """The channel has been read to its end."""
        self._gaps.pop(channel, None)
