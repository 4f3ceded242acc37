"""What the gateway hears: Discord's events, as plain data."""

from msgspec import Struct

from messages.ids import ChannelId, GuildId, MessageId, RoleId, SessionId, UserId


class MessagePosted(Struct, frozen=True, kw_only=True, tag="message_posted"):
    """A person wrote where the bot can read.

    From hikari's listener, or from a channel that was read again; to the gateway, which has it accepted.
    `by_person` is false for bots, webhooks and system messages. `guild_id` is None in direct messages. `parents` are the
    channels that contain this one: a thread's channel, a channel's category. `roles` are the author's in that server;
    None where Discord did not say, as in messages that were read over REST. `channel_is_public`: @everyone can see it.
    `author_name` is what people see of the author there, `account_name` what they see everywhere (empty: the same).
    """

    message_id: MessageId
    channel_id: ChannelId
    guild_id: GuildId | None
    author_id: UserId
    author_name: str
    account_name: str = ""
    by_person: bool
    text: str
    mentions_bot: bool
    reply_to: MessageId | None
    attachments: int
    channel_is_public: bool = False
    parents: tuple[ChannelId, ...] = ()
    roles: tuple[RoleId, ...] | None = None


class MessageEdited(Struct, frozen=True, kw_only=True, tag="message_edited"):
    """A person changed a message; link previews, which change nothing a person wrote, are not edits."""

    message_id: MessageId
    channel_id: ChannelId
    text: str


class MessageDeleted(Struct, frozen=True, kw_only=True, tag="message_deleted"):
    """A message is gone."""

    message_id: MessageId
    channel_id: ChannelId


class ChannelsListed(Struct, frozen=True, kw_only=True, tag="channels_listed"):
    """Discord named a server's channels and threads, each with its last message (0 when it has none).

    To the gateway, which reads those again whose last message is newer than the last one seen.
    """

    guild_id: GuildId
    last_messages: tuple[tuple[ChannelId, MessageId], ...]


class Connected(Struct, frozen=True, kw_only=True, tag="connected"):
    """Discord's gateway opened a new session: what was posted since the last one came by no event.

    `guilds` are the servers whose channels Discord will list now.
    """

    guilds: tuple[GuildId, ...]


class ChannelRead(Struct, frozen=True, kw_only=True, tag="channel_read"):
    """A page of a channel that had a gap, oldest first. From the courier, which read it over REST after that message.

    `last` is the newest message of the page, whoever wrote it. `answered` are the messages that the bot's own in this page
    reply to: they have their outcome, whatever is stored. `complete` is true when nothing newer is left, and when
    the channel cannot be read any more.
    """

    channel_id: ChannelId
    after: MessageId
    messages: tuple[MessagePosted, ...]
    last: MessageId
    complete: bool
    answered: tuple[MessageId, ...] = ()


class ChannelGone(Struct, frozen=True, kw_only=True, tag="channel_gone"):
    """A channel was deleted, or cannot be read by the bot any more.

    From Discord, or from the courier, which was refused it; to the gateway, which has it forgotten: each new session would
    ask for it again.
    """

    channel_id: ChannelId


class QuestionsRead(Struct, frozen=True, kw_only=True, tag="questions_read"):
    """All that had changed in a session's waiting questions was told before this. From the courier."""

    session: SessionId


class ReadsForgotten(Struct, frozen=True, kw_only=True, tag="reading_forgotten"):
    """The courier was rebuilt and does not know any more what it was to read. From the supervisor."""


IntakeMessage = (
    MessagePosted
    | MessageEdited
    | MessageDeleted
    | ChannelsListed
    | Connected
    | ChannelRead
    | ChannelGone
    | QuestionsRead
    | ReadsForgotten
)
