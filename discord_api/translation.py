"""Turns messages, as hikari reads them, into our words. Nothing here waits or is remembered."""

from typing import Final, Protocol

import hikari

from discord_api.channel_tree import ChannelTree
from messages.ids import ChannelId, GuildId, MessageId, RoleId, UserId
from messages.intake import MessagePosted

_WRITTEN_BY_PEOPLE: Final = (
    hikari.MessageType.DEFAULT,
    hikari.MessageType.REPLY,
)


class MessageTranslator(Protocol):
    """Turns a message that was read over REST into our words."""

    def posted(self, message: hikari.Message) -> MessagePosted | None:
        """Return the message, or None when no actor needs to hear of it."""
        ...


class HikariMessages:
    """The translator for messages that hikari has read over REST."""

    def __init__(self, bot_id: int, channel_tree: ChannelTree) -> None:
        """`channel_tree` knows the server of a channel, which a message that was read over REST does not say."""
        self._bot_id = bot_id
        self._channel_tree = channel_tree

    def posted(self, message: hikari.Message) -> MessagePosted:
        """Return the message in our words."""
        return posted_of(message, self._bot_id, self._channel_tree)


def posted_of(message: hikari.Message, bot_id: int, channel_tree: ChannelTree) -> MessagePosted:
    """Return a message in our words, whether it came by an event or was read over REST.

    Over REST it has neither server nor roles: the server is looked up in the channel tree.
    """
    mentioned = message.user_mentions_ids or ()
    reference = message.message_reference
    channel = ChannelId(int(message.channel_id))
    guild = channel_tree.guild_of(channel) if message.guild_id is None else GuildId(int(message.guild_id))
    return MessagePosted(
        message_id=MessageId(int(message.id)),
        channel_id=channel,
        guild_id=guild,
        author_id=UserId(int(message.author.id)),
        author_name=name_of(message.author, message.member),
        account_name=name_of(message.author),
        by_person=not message.author.is_bot
        and not message.author.is_system
        and message.webhook_id is None
        and message.type in _WRITTEN_BY_PEOPLE,
        text=message.content or "",
        mentions_bot=bot_id in mentioned,
        reply_to=None if reference is None or reference.id is None else MessageId(int(reference.id)),
        channel_is_public=channel_tree.is_public(channel),
        parents=channel_tree.parents_of(channel),
        roles=roles_of(message.member) if message.member is not None or guild is None else None,
    )


def roles_of(member: hikari.Member | None) -> tuple[RoleId, ...]:
    """Return a member's roles, among them that of @everyone, whose id is the server's; none in direct messages."""
    return () if member is None else tuple(RoleId(int(role)) for role in member.role_ids)


def name_of(user: hikari.User, member: hikari.Member | None = None) -> str:
    """Return the name that people see: the nickname in the server, else the display name, else the account's name."""
    nickname = None if member is None else member.nickname
    return nickname or user.global_name or user.username
