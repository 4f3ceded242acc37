"""What Discord's events say about servers, channels and threads: the channel tree remembers it, and the intake is told what it needs.

Nothing here waits.
"""

from collections.abc import Iterable, Iterator
from typing import Final, Literal

import hikari

from discord_api.channel_tree import ChannelTree, KnownChannel
from discord_api.translation import locale_name
from messages.ids import ChannelId, GuildId, MessageId, RoleId, snowflake_at
from messages.intake import ChannelGone, ChannelsListed, ServerLeft, ServerLocale
from texts.escaping import one_line

ServerEvent = (
    hikari.GuildAvailableEvent
    | hikari.GuildJoinEvent
    | hikari.GuildUpdateEvent
    | hikari.GuildLeaveEvent
    | hikari.RoleCreateEvent
    | hikari.RoleUpdateEvent
    | hikari.RoleDeleteEvent
    | hikari.GuildChannelCreateEvent
    | hikari.GuildChannelUpdateEvent
    | hikari.GuildChannelDeleteEvent
    | hikari.GuildThreadCreateEvent
    | hikari.GuildThreadAccessEvent
    | hikari.GuildThreadUpdateEvent
    | hikari.GuildThreadDeleteEvent
    | hikari.ThreadListSyncEvent
)
SERVER_EVENTS: Final[tuple[type[hikari.Event], ...]] = ServerEvent.__args__
"""The events that `remember` knows."""

UNASKED_LOCALE: Final = "en-US"
"""The language of a server that was never asked for one."""


def remember(
    event: ServerEvent, channel_tree: ChannelTree
) -> ChannelsListed | ChannelGone | ServerLeft | ServerLocale | None:
    """Change the channel tree as an event says; return what the intake is to be told of it, if anything."""
    match event:
        case hikari.GuildAvailableEvent() | hikari.GuildJoinEvent():
            return _list_guild(event, channel_tree)
        case hikari.GuildUpdateEvent():
            _remember_roles(event.roles.values(), channel_tree)
            channel_tree.name_guild(GuildId(int(event.guild_id)), one_line(event.guild.name))
            return ServerLocale(guild_id=GuildId(int(event.guild_id)), locale=_chosen_locale(event.guild))
        case hikari.RoleCreateEvent() | hikari.RoleUpdateEvent():
            _remember_roles([event.role], channel_tree)
        case hikari.RoleDeleteEvent():
            channel_tree.name_role(GuildId(int(event.guild_id)), RoleId(int(event.role_id)), None)
        case hikari.GuildLeaveEvent():
            channel_tree.leave(GuildId(int(event.guild_id)))
            return ServerLeft(guild_id=GuildId(int(event.guild_id)))
        case hikari.GuildChannelCreateEvent():
            return _begin(event.channel, MessageId(0), channel_tree)
        case hikari.GuildThreadCreateEvent():
            return _begin(event.thread, MessageId(0), channel_tree)
        case hikari.GuildThreadAccessEvent():
            return _begin(event.thread, _last_message_of(event.thread), channel_tree)
        case hikari.GuildChannelUpdateEvent():
            channel_tree.change(_known_channel(event.channel))
        case hikari.GuildThreadUpdateEvent():
            channel_tree.change(_known_channel(event.thread))
        case hikari.GuildChannelDeleteEvent():
            return _remove(event.channel_id, channel_tree)
        case hikari.GuildThreadDeleteEvent():
            return _remove(event.thread_id, channel_tree)
        case hikari.ThreadListSyncEvent():
            _list_threads(event, channel_tree)
    return None


def _list_guild(event: hikari.GuildAvailableEvent | hikari.GuildJoinEvent, channel_tree: ChannelTree) -> ChannelsListed:
    guild, listed = GuildId(int(event.guild_id)), [*event.channels.values(), *event.threads.values()]
    everyone = event.roles.get(event.guild_id)
    channel_tree.list_guild(
        guild, 0 if everyone is None else int(everyone.permissions), [_known_channel(channel) for channel in listed]
    )
    channel_tree.name_guild(guild, one_line(event.guild.name))
    last_messages = tuple(
        (ChannelId(int(channel.id)), _last_message_of(channel))
        for channel in listed
        if isinstance(channel, hikari.TextableGuildChannel)
    )
    _remember_roles(event.roles.values(), channel_tree)
    begun = tuple(began for thread in event.threads.values() for began in _begun(thread))
    return ChannelsListed(guild_id=guild, last_messages=last_messages, begun=begun, locale=_chosen_locale(event.guild))


def _chosen_locale(guild: hikari.Guild) -> str:
    """Return the language that a server has chosen, by Discord's name; "" where it has chosen none.

    Discord asks only Community servers for it, and says `en-US` of every other one (Discord: Guild Object, preferred_locale).
    """
    locale = locale_name(guild.preferred_locale)
    is_asked = hikari.GuildFeature.COMMUNITY in guild.features
    return locale if is_asked or locale != UNASKED_LOCALE else ""


def _begun(channel: hikari.GuildChannel) -> Iterator[tuple[ChannelId, MessageId]]:
    """Yield when a thread was begun. Discord does not say it of threads from before January 2022."""
    if isinstance(channel, hikari.GuildThreadChannel) and channel.thread_created_at is not None:
        yield ChannelId(int(channel.id)), MessageId(snowflake_at(channel.thread_created_at.timestamp()))


def _list_threads(event: hikari.ThreadListSyncEvent, channel_tree: ChannelTree) -> None:
    channels = None if event.channel_ids is None else [ChannelId(int(channel)) for channel in event.channel_ids]
    threads = [_known_channel(thread) for thread in event.threads.values()]
    channel_tree.list_threads(GuildId(int(event.guild_id)), channels, threads)


def _remember_roles(roles: Iterable[hikari.Role], channel_tree: ChannelTree) -> None:
    """Remember what roles are called, and what @everyone may do, if that role is among these: its id is the server's."""
    for role in roles:
        name = one_line(role.name.removeprefix("@"))
        channel_tree.name_role(GuildId(int(role.guild_id)), RoleId(int(role.id)), name)
        if role.id == role.guild_id:
            channel_tree.change_everyone(GuildId(int(role.guild_id)), int(role.permissions))


def _begin(channel: hikari.GuildChannel, last: MessageId, channel_tree: ChannelTree) -> ChannelsListed:
    """Remember a channel that is new to the bot; `last` is the last message in it that the bot need not have seen."""
    known = _known_channel(channel)
    channel_tree.change(known)
    listed = ((known.channel_id, last),)
    return ChannelsListed(guild_id=known.guild_id, last_messages=listed, begun=tuple(_begun(channel)))


def _remove(gone: hikari.Snowflake, channel_tree: ChannelTree) -> ChannelGone:
    channel = ChannelId(int(gone))
    channel_tree.remove(channel)
    return ChannelGone(channel_id=channel)


def _known_channel(channel: hikari.GuildChannel) -> KnownChannel:
    everyone = None
    if isinstance(channel, hikari.PermissibleGuildChannel):
        everyone = channel.permission_overwrites.get(channel.guild_id)
    return KnownChannel(
        channel_id=ChannelId(int(channel.id)),
        guild_id=GuildId(int(channel.guild_id)),
        name=one_line(channel.name or ""),
        parent_id=None if channel.parent_id is None else ChannelId(int(channel.parent_id)),
        kind=_kind_of(channel),
        allow=0 if everyone is None else int(everyone.allow),
        deny=0 if everyone is None else int(everyone.deny),
    )


def _kind_of(channel: hikari.GuildChannel) -> Literal["channel", "thread", "private_thread"]:
    match channel:
        case hikari.GuildPrivateThread():
            return "private_thread"
        case hikari.GuildThreadChannel():
            return "thread"
        case _:
            return "channel"


def _last_message_of(channel: hikari.GuildChannel) -> MessageId:
    """Return a channel's last message; 0 when it has none."""
    return MessageId(int(getattr(channel, "last_message_id", None) or 0))
