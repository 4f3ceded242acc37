"""The messages in the intake's mailbox: Discord's events as plain data, and what the courier has read."""

from msgspec import Struct

from messages.enclosure import Enclosure
from messages.ids import ChannelId, GuildId, MessageId, RoleId, SessionId, UserId


class MessagePosted(Struct, frozen=True, kw_only=True, tag="message_posted"):
    """A person wrote where the bot can read.

    From the gateway, or from the courier as part of a `ChannelRead`; the intake has it accepted by storage.
    `by_person` is false for bots, webhooks and system messages. `guild_id` is None in direct messages. `parents` are the
    channels that contain this one: a thread's channel, a channel's category. `roles` are the author's in that server;
    None where Discord did not say, as in messages that were read over REST. `channel_is_public`: @everyone can see it.
    `author_name` is what people see of the author there, `account_name` what they see everywhere (empty: the same).
    `text` is as people read it, with names in place of ids. `enclosures` are what the message carries beside it.
    """

    message_id: MessageId
    channel_id: ChannelId
    guild_id: GuildId | None
    author_id: UserId
    author_name: str
    account_name: str = ""
    by_person: bool
    text: str
    enclosures: tuple[Enclosure, ...] = ()
    mentions_bot: bool
    reply_to: MessageId | None
    is_to_others: bool = False
    """It replies to another person's message, or begins by mentioning another person."""
    edited_s: float | None = None
    """When it was edited last, by Discord's clock (seconds since 1970); None when it never was."""
    channel_is_public: bool = False
    parents: tuple[ChannelId, ...] = ()
    roles: tuple[RoleId, ...] | None = None


class MessageEdited(Struct, frozen=True, kw_only=True, tag="message_edited"):
    """A person changed the text of a message. From the gateway, or from the courier, which read a question again.

    Discord also updates a message when it adds a link preview; that changes nothing a person wrote and is not told.
    `enclosures` is None where Discord did not say what the message encloses: then it is what it was.
    """

    message_id: MessageId
    channel_id: ChannelId
    text: str
    enclosures: tuple[Enclosure, ...] | None = None
    edited_s: float
    """When it was edited, by Discord's clock (seconds since 1970). The newest edit counts, in whatever order they come."""


class MessageDeleted(Struct, frozen=True, kw_only=True, tag="message_deleted"):
    """A message was deleted. From the gateway, or from the courier, which read a question again."""

    message_id: MessageId
    channel_id: ChannelId


ChannelEvent = MessagePosted | MessageEdited | MessageDeleted


class EventsDropped(Struct, frozen=True, kw_only=True, tag="events_dropped"):
    """An event found no room in the intake's mailbox: the channel has to be read again, from after this message.

    From the gateway. One waits per channel, and it is accepted however full the mailbox is.
    """

    channel_id: ChannelId
    after: MessageId


class Connected(Struct, frozen=True, kw_only=True, tag="connected"):
    """Discord opened a new gateway session: what was posted since the last one was told by no event. From the gateway.

    `guilds` are the servers whose channels Discord will list now.
    """

    guilds: tuple[GuildId, ...]


class ChannelsListed(Struct, frozen=True, kw_only=True, tag="channels_listed"):
    """Discord named a server's channels and threads, each with its last message (0 when it has none). From the gateway.

    The intake has those read again whose last message is newer than the last one seen. `begun` says when threads were
    begun, as the smallest message id of that moment: a thread that begins with a message has that message's id. `locale` is as in
    `ServerLocale`; None where Discord named channels only.
    """

    guild_id: GuildId
    last_messages: tuple[tuple[ChannelId, MessageId], ...]
    begun: tuple[tuple[ChannelId, MessageId], ...] = ()
    locale: str | None = None


class ServerLocale(Struct, frozen=True, kw_only=True, tag="server_locale"):
    """A server was changed, and has this language, by Discord's name, or with "" has chosen none. From the gateway."""

    guild_id: GuildId
    locale: str


class ServerLeft(Struct, frozen=True, kw_only=True, tag="server_left"):
    """The bot was removed from a server. From the gateway. The intake has the server's watermarks deleted."""

    guild_id: GuildId


class ChannelRead(Struct, frozen=True, kw_only=True, tag="channel_read"):
    """A page of a channel that had a gap, oldest message first. From the courier, which read it over REST.

    `after` is the message after which it was read. `last` is the newest message of the page, whoever wrote it.
    `answered` are the messages that the bot's own messages in this page reply to: they have their outcome, whatever is
    stored. `complete` is true when nothing newer is left, and when the channel cannot be read any more.
    """

    channel_id: ChannelId
    after: MessageId
    messages: tuple[MessagePosted, ...]
    last: MessageId
    complete: bool
    answered: tuple[MessageId, ...] = ()


class ChannelGone(Struct, frozen=True, kw_only=True, tag="channel_gone"):
    """A channel was deleted, or the bot cannot read it any more.

    From the gateway, or from the courier, to which Discord refused it. The intake has its watermark deleted; otherwise
    each new gateway session would have the channel read again.
    """

    channel_id: ChannelId


class QuestionsRead(Struct, frozen=True, kw_only=True, tag="questions_read"):
    """The courier has read a session's waiting questions again; what had changed in them was told before this."""

    session: SessionId


class ReadsForgotten(Struct, frozen=True, kw_only=True, tag="reading_forgotten"):
    """The courier was rebuilt and has forgotten which channels it was to read. From the supervisor."""


IntakeMessage = (
    ChannelEvent
    | EventsDropped
    | Connected
    | ChannelsListed
    | ServerLocale
    | ServerLeft
    | ChannelRead
    | ChannelGone
    | QuestionsRead
    | ReadsForgotten
)
