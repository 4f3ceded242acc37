"""Which channels the courier is asked to read, and when it is asked once more. Pure."""

import math
from typing import Final

from messages.courier import ReadChannel
from messages.ids import ChannelId, MessageId

READ_RETRY_S: Final = 60.0
"""A page that has not come by then is requested again."""

FULL_S: Final = 1.0
"""The pause after the courier's mailbox had no room for a request."""


class Reads:
    """The reads that are wanted, and those that the courier has been asked for."""

    def __init__(self) -> None:
        self._wanted: dict[ChannelId, MessageId] = {}
        self._requested: dict[ChannelId, tuple[MessageId, float]] = {}
        self._full_until_s = -math.inf

    def want(self, channel: ChannelId, after: MessageId) -> None:
        """Have a channel read after this message; a page that was requested before is not waited for any more."""
        self._requested.pop(channel, None)
        self._wanted[channel] = after

    def forget(self, channel: ChannelId) -> None:
        """Nobody wants this channel read any more."""
        self._wanted.pop(channel, None)
        self._requested.pop(channel, None)

    def is_requested(self, channel: ChannelId, after: MessageId) -> bool:
        """Whether the page of this channel after this message is waited for."""
        requested = self._requested.get(channel)
        return requested is not None and requested[0] == after

    def not_taken(self, read: ReadChannel, now_s: float) -> None:
        """The courier's mailbox had no room for this request."""
        self._requested.pop(read.channel_id, None)
        self._wanted.setdefault(read.channel_id, read.after)
        self._full_until_s = now_s + FULL_S

    def retry(self, now_s: float) -> None:
        """Want the pages again that were requested so long before this moment that they will not come."""
        for channel, (after, requested_s) in list(self._requested.items()):
            if requested_s + READ_RETRY_S <= now_s:
                del self._requested[channel]
                self._wanted.setdefault(channel, after)

    def take_requests(self, now_s: float) -> list[ReadChannel]:
        """What is to be requested of the courier now; from here on it is waited for."""
        if now_s < self._full_until_s:
            return []
        wanted, self._wanted = self._wanted, {}
        for channel, after in wanted.items():
            self._requested[channel] = after, now_s
        return [ReadChannel(channel_id=channel, after=after) for channel, after in wanted.items()]

    def tick_at_s(self) -> float | None:
        """When there is something to request, again or at last (monotonic seconds); None when there is not."""
        moments = [requested_s + READ_RETRY_S for _, requested_s in self._requested.values()]
        if self._wanted:
            moments.append(self._full_until_s)
        return min(moments, default=None)
