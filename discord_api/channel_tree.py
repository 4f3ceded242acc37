"""The channel tree: which channels contain which, and what everybody in a server can see. Pure.

Discord, "Permissions", section "Permission Overwrites": from what @everyone may do in the server, the channel's overwrite for
@everyone first takes away what it denies, then adds what it allows. A thread has no overwrites; its channel's count.
"""

from collections.abc import Iterable
from typing import Final, Literal

from msgspec import Struct

from messages.ids import ChannelId, GuildId, RoleId

ADMINISTRATOR: Final = 1 << 3
VIEW_CHANNEL: Final = 1 << 10
"""Discord, "Permissions", section "Bitwise Permission Flags"."""

PARENTS_MAX: Final = 2
"""The most channels that can contain one: a thread is in a channel, and that channel in a category."""


class KnownChannel(Struct, frozen=True, kw_only=True):
    """A channel, category or thread, as Discord last described it.

    `parent_id` is a thread's channel or a channel's category. `allow` and `deny` are the permission bits of the channel's
    overwrite for @everyone. Only people who were added to a private thread see it.
    """

    channel_id: ChannelId
    guild_id: GuildId
    name: str = ""
    parent_id: ChannelId | None = None
    kind: Literal["channel", "thread", "private_thread"] = "channel"
    allow: int = 0
    deny: int = 0


class ChannelTree:
    """Servers and channels as Discord's events describe them; the events must be applied in their order."""

    def __init__(self) -> None:
        self._everyone: dict[GuildId, int] = {}
        self._names: dict[GuildId, str] = {}
        self._roles: dict[GuildId, dict[RoleId, str]] = {}
        self._channels: dict[ChannelId, KnownChannel] = {}

    def guild_of(self, channel: ChannelId) -> GuildId | None:
        """Return the server of a channel; None for direct messages and for channels that Discord has not described."""
        known = self._channels.get(channel)
        return None if known is None else known.guild_id

    def parents_of(self, channel: ChannelId) -> tuple[ChannelId, ...]:
        """Return the channels that contain this one, nearest first: a thread's channel, then that channel's category."""
        parents: list[ChannelId] = []
        known = self._channels.get(channel)
        while known is not None and known.parent_id is not None and len(parents) < PARENTS_MAX:
            parents.append(known.parent_id)
            known = self._channels.get(known.parent_id)
        return tuple(parents)

    def is_public(self, channel: ChannelId) -> bool:
        """Return whether @everyone in the server can see a channel; a channel that is not known is not public."""
        known = self._channels.get(channel)
        if known is not None and known.kind == "thread":
            known = None if known.parent_id is None else self._channels.get(known.parent_id)
        if known is None or known.kind != "channel":
            return False
        everyone = self._everyone.get(known.guild_id, 0)
        if everyone & ADMINISTRATOR:
            return True
        return bool(((everyone & ~known.deny) | known.allow) & VIEW_CHANNEL)

    def name_seen_in(self, seen_in: ChannelId, channel: ChannelId) -> str | None:
        """Return a channel's name if everybody who reads the channel `seen_in` may know it; else None.

        They may know the public channels of the same server, and the channel itself with those that contain it.
        """
        known, reader = self._channels.get(channel), self._channels.get(seen_in)
        if known is None or reader is None or known.guild_id != reader.guild_id or not known.name:
            return None
        around = (seen_in, *self.parents_of(seen_in))
        return known.name if channel in around or self.is_public(channel) else None

    def role_name(self, guild: GuildId, role: RoleId) -> str | None:
        """Return the name of a role, which all members of its server can see; None when it is not known."""
        return self._roles.get(guild, {}).get(role)

    def guild_name(self, guild: GuildId) -> str | None:
        """Return the name of a server; None when it is not known."""
        return self._names.get(guild)

    def name_shown_outside(self, channel: ChannelId, seen_in: GuildId | None) -> str | None:
        """Return the name of a channel that a mention does not show in the server `seen_in`, because it is in another one.

        Only for the people who run the bot: a restricted channel has a name, too.
        """
        known = self._channels.get(channel)
        return None if known is None or known.guild_id == seen_in else known.name or None

    def role_shown_outside(self, role: RoleId, seen_in: GuildId | None) -> str | None:
        """Return the name of a role that a mention does not show in the server `seen_in`, because it is of another one."""
        return next((roles[role] for guild, roles in self._roles.items() if role in roles and guild != seen_in), None)

    def thread_parent(self, channel: ChannelId) -> ChannelId | None:
        """Return the channel in which a thread was begun; None for what is no public thread."""
        known = self._channels.get(channel)
        return known.parent_id if known is not None and known.kind == "thread" else None

    def name_role(self, guild: GuildId, role: RoleId, name: str | None) -> None:
        """Note the name of a role; None when it was deleted."""
        roles = self._roles.setdefault(guild, {})
        roles.pop(role, None)
        if name is not None:
            roles[role] = name

    def name_guild(self, guild: GuildId, name: str) -> None:
        """Note the name of a server."""
        self._names[guild] = name

    def list_guild(self, guild: GuildId, everyone: int, channels: Iterable[KnownChannel]) -> None:
        """Replace everything that is known of a server by what Discord lists now; `everyone` is the permission bits of @everyone."""
        self.leave(guild)
        self._everyone[guild] = everyone
        self._channels.update((channel.channel_id, channel) for channel in channels)

    def change(self, channel: KnownChannel) -> None:
        """Remember a channel or thread that was created, opened to the bot, or changed."""
        self._channels[channel.channel_id] = channel

    def remove(self, channel: ChannelId) -> None:
        """Forget a channel or thread that was deleted, or that the bot cannot see any more, and the threads in it."""
        self._channels.pop(channel, None)
        for thread in self._threads_in({channel}):
            del self._channels[thread]

    def list_threads(
        self, guild: GuildId, channels: Iterable[ChannelId] | None, threads: Iterable[KnownChannel]
    ) -> None:
        """Replace the threads of some channels, or of all channels of the server (None), by those that Discord lists as active."""
        of_guild = {known.channel_id for known in self._channels.values() if known.guild_id == guild}
        for thread in self._threads_in(of_guild if channels is None else of_guild & set(channels)):
            del self._channels[thread]
        self._channels.update((thread.channel_id, thread) for thread in threads)

    def change_everyone(self, guild: GuildId, everyone: int) -> None:
        """Remember the permission bits that @everyone now has in a server."""
        self._everyone[guild] = everyone

    def keep_only(self, guilds: Iterable[GuildId]) -> None:
        """Forget all servers but these, which Discord lists at the beginning of a gateway session."""
        known = {channel.guild_id for channel in self._channels.values()} | self._everyone.keys()
        for guild in known - set(guilds):
            self.leave(guild)

    def leave(self, guild: GuildId) -> None:
        """Forget a server that the bot was removed from, and its channels."""
        self._everyone.pop(guild, None)
        self._roles.pop(guild, None)
        self._names.pop(guild, None)
        for channel in [known.channel_id for known in self._channels.values() if known.guild_id == guild]:
            del self._channels[channel]

    def _threads_in(self, channels: set[ChannelId]) -> list[ChannelId]:
        """Return the known threads of some channels. A channel in a category is no thread, though it has a parent, too."""
        return [
            known.channel_id
            for known in self._channels.values()
            if known.kind != "channel" and known.parent_id in channels
        ]
