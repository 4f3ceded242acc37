"""Turns messages, as hikari reads them, into our words. Nothing here waits or is remembered."""

import re
from collections.abc import Iterator
from typing import Final, Protocol

import hikari

from discord_api.channel_tree import ChannelTree
from discord_api.enclosures import enclosures_of, has_told_enclosures
from discord_api.message_text import name_of, names_in, readable, without_mention
from messages.enclosure import Enclosure
from messages.ids import ChannelId, GuildId, MessageId, RoleId, UserId
from messages.intake import MessageEdited, MessagePosted

_MENTION_AT_START: Final = re.compile(r"\s*<@!?(\d{1,20})>")
"""A mention of a person (Discord: Reference, Message Formatting)."""

_WRITTEN_BY_PEOPLE: Final = (
    hikari.MessageType.DEFAULT,
    hikari.MessageType.REPLY,
)


class MessageTranslator(Protocol):
    """Turns a message that was read over REST into our words."""

    def posted(self, message: hikari.Message) -> MessagePosted | None:
        """Return the message, or None when no actor needs to hear of it."""
        ...

    def edited(self, message: hikari.Message) -> MessageEdited | None:
        """Return what a question says now, or None when it was never edited."""
        ...


class HikariMessages:
    """The translator of messages, whether they came by an event or were read over REST."""

    def __init__(self, bot_id: int, channel_tree: ChannelTree) -> None:
        """`channel_tree` knows the server of a channel, which a message that was read over REST does not say."""
        self._bot_id = bot_id
        self._channel_tree = channel_tree

    def posted(self, message: hikari.Message) -> MessagePosted:
        """Return a message in our words."""
        tree = self._channel_tree
        reference = message.message_reference
        is_reply = message.type == hikari.MessageType.REPLY and reference is not None and reference.id is not None
        channel = ChannelId(int(message.channel_id))
        guild = tree.guild_of(channel) if message.guild_id is None else GuildId(int(message.guild_id))
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
            text=self._text(message),
            enclosures=(*self._thread(message), *self._enclosures(message)),
            mentions_bot=self._bot_id in (message.user_mentions_ids or ()),
            reply_to=MessageId(int(reference.id)) if is_reply and reference and reference.id else None,
            is_to_others=self._is_to_others(message),
            edited_s=None if message.edited_timestamp is None else message.edited_timestamp.timestamp(),
            channel_is_public=tree.is_public(channel),
            parents=tree.parents_of(channel),
            roles=roles_of(message.member) if message.member is not None or guild is None else None,
        )

    def edited(self, message: hikari.PartialMessage) -> MessageEdited | None:
        """Return what a message says since it was edited; None when its author changed nothing."""
        if not message.edited_timestamp or message.content is hikari.UNDEFINED:
            return None
        return MessageEdited(
            message_id=MessageId(int(message.id)),
            channel_id=ChannelId(int(message.channel_id)),
            text=self._text(message),
            enclosures=self._enclosures(message) if has_told_enclosures(message) else None,
            edited_s=message.edited_timestamp.timestamp(),
        )

    def _is_to_others(self, message: hikari.Message) -> bool:
        """Return whether a message is said to somebody else: it replies to them, or begins by mentioning them."""
        own = (self._bot_id, int(message.author.id))
        target = message.referenced_message if message.type == hikari.MessageType.REPLY else None
        if target and target.author and int(target.author.id) not in own:
            return True
        mention = _MENTION_AT_START.match(message.content or "")
        return mention is not None and int(mention[1]) not in own

    def _text(self, message: hikari.PartialMessage) -> str:
        text = without_mention(message.content or "", self._bot_id)
        return readable(text, names_in(message, self._channel_tree))

    def _enclosures(self, message: hikari.PartialMessage) -> tuple[Enclosure, ...]:
        return enclosures_of(message, names_in(message, self._channel_tree), self._bot_id)

    def _thread(self, message: hikari.Message) -> Iterator[Enclosure]:
        """Yield what the message's thread began with, which has to be read; a thread's first message encloses no thread."""
        thread = ChannelId(int(message.channel_id))
        parent = self._channel_tree.thread_parent(thread)
        if parent is not None and int(message.id) != thread:
            name = self._channel_tree.name_seen_in(thread, thread) or ""
            yield Enclosure(kind="thread", name=name, origin=(parent, MessageId(thread)))


def locale_name(locale: str | hikari.Locale) -> str:
    """Return Discord's name of a language, such as `zh-CN`; hikari knows some of them as members of an enumeration."""
    return locale.value if isinstance(locale, hikari.Locale) else locale


def roles_of(member: hikari.Member | None) -> tuple[RoleId, ...]:
    """Return a member's roles, among them that of @everyone, whose id is the server's; none in direct messages."""
    return () if member is None else tuple(RoleId(int(role)) for role in member.role_ids)
