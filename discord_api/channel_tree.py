"""What the gateway knows of servers and their channels: which contains which, and what everybody can see. Pure.

Discord, "Permissions", section "Permission Overwrites": what @everyone may do in the server, less what the channel denies
@everyone, and what the channel allows them. A thread has no overwrites of its own and follows its channel.
"""

from collections.abc import Iterable
from typing import Final, Literal

from msgspec import Struct

from messages.ids import ChannelId, GuildId

ADMINISTRATOR: Final = 1 << 3
VIEW_CHANNEL: Final = 1 << 10
"""Discord, "Permissions", section "Bitwise Permission Flags"."""

PARENTS_MAX: Final = 2
"""A thread stands in a channel, a channel in a category; nothing is deeper."""


class KnownChannel(Struct, frozen=True, kw_only=True):
    """A channel, category or thread, as Discord last described it.

    `parent_id` is a thread's channel or a channel's category. `allow` and `deny` are the bits of its overwrite for
    @everyone. Private threads are seen by those who were added.
    """

    channel_id: ChannelId
    guild_id: GuildId
    parent_id: ChannelId | None = None
    kind: Literal["channel", "thread", "private_thread"] = "channel"
    allow: int = 0
    deny: int = 0


class ChannelTree:
    """Learns from Discord's events, in their order."""

    def __init__(self) -> None:
        self._everyone: dict[GuildId, int] = {}
        self._channels: dict[ChannelId, KnownChannel] = {}

    def guild_of(self, channel: ChannelId) -> GuildId | None:
        """Which server a channel belongs to; None for direct messages and for what Discord has not described."""
        known = self._channels.get(channel)
        return None if known is None else known.guild_id

    def parents_of(self, channel: ChannelId) -> tuple[ChannelId, ...]:
        """The channels that contain this one, nearest first: a thread's channel, then that channel's category."""
        parents: list[ChannelId] = []
        known = self._channels.get(channel)
        while known is not None and known.parent_id is not None and len(parents) < PARENTS_MAX:
            parents.append(known.parent_id)
            known = self._channels.get(known.parent_id)
        return tuple(parents)

    def is_public(self, channel: ChannelId) -> bool:
        """Whether @everyone of its server can see a channel; what is not known is not public."""
        known = self._channels.get(channel)
        if known is not None and known.kind == "thread":
            known = None if known.parent_id is None else self._channels.get(known.parent_id)
        if known is None or known.kind != "channel":
            return False
        everyone = self._everyone.get(known.guild_id, 0)
        if everyone & ADMINISTRATOR:
            return True
        return bool(((everyone & ~known.deny) | known.allow) & VIEW_CHANNEL)

    def list_guild(self, guild: GuildId, everyone: int, channels: Iterable[KnownChannel]) -> None:
        """Discord described a whole server: what was known of it before is replaced."""
        self.leave(guild)
        self._everyone[guild] = everyone
        self._channels.update((channel.channel_id, channel) for channel in channels)

    def change(self, channel: KnownChannel) -> None:
        """A channel or thread was created, opened to the bot or changed."""
        self._channels[channel.channel_id] = channel

    def remove(self, channel: ChannelId) -> None:
        """A channel or thread was deleted, or cannot be seen by the bot any more; its threads go with it."""
        self._channels.pop(channel, None)
        for thread in self._threads_in({channel}):
            del self._channels[thread]

    def list_threads(
        self, guild: GuildId, channels: Iterable[ChannelId] | None, threads: Iterable[KnownChannel]
    ) -> None:
        """Discord listed the active threads of some channels (None: of all in the server); others there are gone."""
        of_guild = {known.channel_id for known in self._channels.values() if known.guild_id == guild}
        for thread in self._threads_in(of_guild if channels is None else of_guild & set(channels)):
            del self._channels[thread]
        self._channels.update((thread.channel_id, thread) for thread in threads)

    def change_everyone(self, guild: GuildId, everyone: int) -> None:
        """What @everyone may do in a server was changed."""
        self._everyone[guild] = everyone

    def leave(self, guild: GuildId) -> None:
        """The bot is in that server no longer."""
        self._everyone.pop(guild, None)
        for channel in [known.channel_id for known in self._channels.values() if known.guild_id == guild]:
            del self._channels[channel]

    def _threads_in(self, channels: set[ChannelId]) -> list[ChannelId]:
        """The threads of some channels; a channel in a category is no thread."""
        return [
            known.channel_id
            for known in self._channels.values()
            if known.kind != "channel" and known.parent_id in channels
        ]
