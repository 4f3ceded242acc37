"""What people, roles and channels are called, as people see them in Discord. Nothing here waits or is remembered."""

import hikari

from discord_api.channel_tree import ChannelTree
from discord_api.message_text import Names
from messages.ids import ChannelId, GuildId, RoleId
from texts.escaping import one_line

Written = hikari.PartialMessage | hikari.messages.MessageSnapshot
"""Whatever has a text and may mention people."""


def name_of(user: hikari.User, member: hikari.Member | None = None) -> str:
    """Return the name that people see: the nickname in the server, else the display name, else the account's name."""
    nickname = None if member is None else member.nickname
    return nickname or user.global_name or user.username


def mentioned(message: Written) -> dict[int, str]:
    """Return the names of the people whom a message mentions, by their ids, each on one line."""
    return {int(user): one_line(name_of(who)) for user, who in (message.user_mentions or {}).items()}


def names_in(message: hikari.PartialMessage, channel_tree: ChannelTree) -> Names:
    """Return the names that the readers of a message see in place of ids.

    The names of channels are those that everybody who reads the message may know: of public channels of the same server, and
    of the channel that the message is in.
    """
    channel = ChannelId(int(message.channel_id))
    guild = channel_tree.guild_of(channel) if message.guild_id is None else GuildId(int(message.guild_id))

    def role(number: int) -> str | None:
        return None if guild is None else channel_tree.role_name(guild, RoleId(number))

    def named(number: int) -> str | None:
        return channel_tree.name_seen_in(channel, ChannelId(number))

    return Names(mentioned(message), role, named)
