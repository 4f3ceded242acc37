"""Which channels may have missed something, and what waits until they have been read again. Pure.

A channel's missed messages are accepted before its live ones: while a channel has a gap, its live events are held. After
the gateway connects anew, every channel may have a gap until Discord has listed it.
"""

from typing import Final

from messages.ids import ChannelId, GuildId, MessageId
from messages.intake import MessageDeleted, MessageEdited, MessagePosted

ChannelEvent = MessagePosted | MessageEdited | MessageDeleted

HELD_MAX: Final = 1000
"""Events of one channel that are held while it is read. Where more come they are let go, and read again instead."""


class Gaps:
    """What is held, and why."""

    def __init__(self) -> None:
        self._held: dict[ChannelId, list[ChannelEvent]] = {}
        self._gaps: set[ChannelId] = set()
        self._widened: set[ChannelId] = set()
        self._let_go: dict[ChannelId, MessageId] = {}
        self._listed: set[ChannelId] = set()
        self._unlisted_guilds: set[GuildId] = set()
        self._guilds: set[GuildId] = set()
        self._connecting = False

    def connected(self, guilds: tuple[GuildId, ...]) -> None:
        """A new gateway session: nothing is known of any channel until it is listed."""
        self._connecting, self._unlisted_guilds = True, set(guilds)
        self._guilds.update(guilds)
        self._listed.clear()

    def listed(self, guild: GuildId, channels: tuple[ChannelId, ...], with_gap: set[ChannelId]) -> list[ChannelEvent]:
        """Discord listed a server; returns what need not be held any more."""
        self._unlisted_guilds.discard(guild)
        self._guilds.add(guild)
        self._listed.update(channels)
        self._gaps |= with_gap
        return self._release([channel for channel in channels if channel not in self._gaps])

    def all_listed(self) -> bool:
        """Whether every server of a new connection is listed, so that direct messages are next."""
        return self._connecting and not self._unlisted_guilds

    def known_channels(self) -> tuple[ChannelId, ...]:
        """The channels that servers have listed."""
        return tuple(sorted(self._listed))

    def known_guilds(self) -> tuple[GuildId, ...]:
        """The servers that the bot is in, as far as it has heard."""
        return tuple(sorted(self._guilds))

    def swept(self, with_gap: set[ChannelId]) -> list[ChannelEvent]:
        """Direct messages are looked up too: from here only channels with a gap hold; returns what need not be held."""
        self._connecting = False
        self._gaps |= with_gap
        return self._release([channel for channel in self._held if channel not in self._gaps])

    def open(self, channel: ChannelId) -> None:
        """Something of this channel was not taken in."""
        self._gaps.add(channel)

    def close(self, channel: ChannelId) -> list[ChannelEvent]:
        """The channel has been read to its end; returns what came meanwhile."""
        self._gaps.discard(channel)
        return self._release([channel])

    def has(self, channel: ChannelId) -> bool:
        """Whether this channel is being read again."""
        return channel in self._gaps

    def hold(self, event: ChannelEvent) -> bool:
        """Keep a live event for later, if its channel may have missed something before it."""
        channel = event.channel_id
        if channel not in self._gaps and (not self._connecting or channel in self._listed):
            return False
        held = self._held.setdefault(channel, [])
        held.append(event)
        if len(held) > HELD_MAX:
            if channel in self._gaps:
                self._widened.add(channel)
            else:
                self._let_go[channel] = MessageId(min(event.message_id for event in held) - 1)
            held.clear()
        return True

    def take_let_go(self) -> dict[ChannelId, MessageId]:
        """Where held events were let go although nobody reads the channel, and after which message it is to be read."""
        let_go, self._let_go = self._let_go, {}
        return let_go

    def was_widened(self, channel: ChannelId) -> bool:
        """Whether events were let go while the channel was read, so that it has to be read once more; asking forgets it."""
        widened = channel in self._widened
        self._widened.discard(channel)
        return widened

    def _release(self, channels: list[ChannelId]) -> list[ChannelEvent]:
        return [event for channel in channels for event in self._held.pop(channel, ())]
