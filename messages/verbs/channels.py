"""Verbs about channels: the last message seen in each, and the gaps behind it."""

from msgspec import Struct

from messages.ids import ChannelId, GuildId, MessageId
from messages.verbs.verb import Verb


class ChannelGap(Struct, frozen=True, kw_only=True):
    """A channel in which something was posted after the last message seen."""

    channel_id: ChannelId
    after: MessageId


class SeeChannels(Verb[tuple[ChannelGap, ...]], frozen=True, kw_only=True):
    """Compare a server's channels' last messages with the watermarks; a channel never seen starts at its last message."""

    guild_id: GuildId
    last_messages: tuple[tuple[ChannelId, MessageId], ...]


class KnownChannels(Verb[tuple[ChannelGap, ...]], frozen=True, kw_only=True):
    """Every channel with a watermark that no server lists, direct messages above all; of servers only these."""

    except_for: tuple[ChannelId, ...]
    guilds: tuple[GuildId, ...]


class ForgetChannel(Verb[None], frozen=True, kw_only=True):
    """A channel is gone, or closed to the bot: it has no watermark any more, until something is seen of it again."""

    channel_id: ChannelId


class SaveWatermarks(Verb[None], frozen=True, kw_only=True):
    """Move watermarks forward past messages that were not for us; never backward."""

    seen: tuple[tuple[ChannelId, MessageId], ...]
