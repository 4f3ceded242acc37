"""Which channels may have missed messages, and which live events wait until those channels have been read again. Pure.

A channel's missed messages are accepted before its live ones: while a channel has a gap, its live events are held here.
After a new gateway session was opened, every channel may have a gap until Discord has listed it.
"""

from typing import Final

from messages.ids import ChannelId, GuildId, MessageId
from messages.intake import ChannelEvent

HELD_MAX: Final = 1000
"""Events of one channel that are held while it is read. When more come, all of them are dropped, and read again instead."""


class Gaps:
    """The channels with a gap, and the events that are held for them."""

    def __init__(self) -> None:
        self._held: dict[ChannelId, list[ChannelEvent]] = {}
        self._gaps: set[ChannelId] = set()
        self._must_reread: set[ChannelId] = set()
        self._overflowed: dict[ChannelId, MessageId] = {}
        self._listed: set[ChannelId] = set()
        self._unlisted_guilds: set[GuildId] = set()
        self._guilds: set[GuildId] = set()
        self._connecting = False

    def connected(self, guilds: tuple[GuildId, ...]) -> None:
        """A new gateway session begins: any channel may have a gap until it is listed."""
        self._connecting, self._unlisted_guilds = True, set(guilds)
        self._guilds.update(guilds)
        self._listed.clear()

    def listed(self, guild: GuildId, channels: tuple[ChannelId, ...]) -> list[ChannelEvent]:
        """Discord listed a server; return the events that need not be held any more."""
        self._unlisted_guilds.discard(guild)
        self._guilds.add(guild)
        self._listed.update(channels)
        return self._release([channel for channel in channels if channel not in self._gaps])

    def all_listed(self) -> bool:
        """Whether every server of a new gateway session is listed, so that direct messages are next."""
        return self._connecting and not self._unlisted_guilds

    def known_channels(self) -> tuple[ChannelId, ...]:
        """The channels that servers have listed."""
        return tuple(sorted(self._listed))

    def known_guilds(self) -> tuple[GuildId, ...]:
        """The servers that the bot is in, as far as it has heard."""
        return tuple(sorted(self._guilds))

    def swept(self) -> list[ChannelEvent]:
        """Channels that no server lists were looked up too: from here on only channels with a gap hold their events.

        Returns the events that need not be held any more.
        """
        self._connecting = False
        return self._release([channel for channel in self._held if channel not in self._gaps])

    def add(self, channel: ChannelId) -> None:
        """This channel has a gap, or may have one."""
        self._gaps.add(channel)

    def close(self, channel: ChannelId) -> list[ChannelEvent]:
        """The channel has been read to its end; return the events that came meanwhile."""
        self._gaps.discard(channel)
        return self._release([channel])

    def has(self, channel: ChannelId) -> bool:
        """Whether this channel has a gap."""
        return channel in self._gaps

    def hold(self, event: ChannelEvent) -> bool:
        """Keep a live event for later if its channel may have missed something before it; return whether it was kept."""
        channel = event.channel_id
        if channel not in self._gaps and (not self._connecting or channel in self._listed):
            return False
        held = self._held.setdefault(channel, [])
        held.append(event)
        if len(held) > HELD_MAX:
            if channel in self._gaps:
                self._must_reread.add(channel)
            else:
                after = MessageId(min(event.message_id for event in held) - 1)
                self._overflowed[channel] = min(after, self._overflowed.get(channel, after))
            held.clear()
        return True

    def take_overflowed(self) -> dict[ChannelId, MessageId]:
        """The channels whose held events were dropped though nobody reads them, each with the message to read it after."""
        overflowed, self._overflowed = self._overflowed, {}
        return overflowed

    def take_must_reread(self, channel: ChannelId) -> bool:
        """Whether held events were dropped while the channel was read, so that it has to be read on. Asking forgets it."""
        must_reread = channel in self._must_reread
        self._must_reread.discard(channel)
        return must_reread

    def _release(self, channels: list[ChannelId]) -> list[ChannelEvent]:
        return [event for channel in channels for event in self._held.pop(channel, ())]
