"""Up to which message each channel needs no reading again after the next start, though no accepted message says so. Pure."""

import math
from collections.abc import Collection
from typing import Final

from actors.intake.effects import Record
from messages.ids import ChannelId, MessageId
from messages.verbs.channels import SaveWatermarks

WATERMARKS_S: Final = 30.0
"""How often watermarks are saved. Reading a message twice that was not for us is harmless."""


class Watermarks:
    """The last message of each channel that was seen since the watermarks were saved."""

    def __init__(self) -> None:
        self._seen: dict[ChannelId, MessageId] = {}
        self._save_at_s = -math.inf

    def see(self, channel: ChannelId, message: MessageId) -> None:
        """Remember that the channel needs no reading again up to this message."""
        self._seen[channel] = max(message, self._seen.get(channel, message))

    def forget(self, channel: ChannelId) -> None:
        """The channel is gone."""
        self._seen.pop(channel, None)

    def tick_at_s(self) -> float | None:
        """When they are to be saved (monotonic seconds); None while there is nothing to save."""
        return self._save_at_s if self._seen else None

    def save_due(self, now_s: float, gaps: Collection[ChannelId]) -> list[Record]:
        """Return what `save` returns, if that is due."""
        return self.save(now_s, gaps) if now_s >= self._save_at_s else []

    def save(self, now_s: float, gaps: Collection[ChannelId]) -> list[Record]:
        """Return what saves them. Channels with a gap are left out: a message in it may be older than the one seen."""
        self._save_at_s = now_s + WATERMARKS_S
        seen = tuple((channel, last) for channel, last in self._seen.items() if channel not in gaps)
        self._seen.clear()
        return [Record(SaveWatermarks(seen=seen), is_durable=False)] if seen else []
