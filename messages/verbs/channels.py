"""Verbs about channels: the watermark of each (the last message seen), and the gaps after it."""

from msgspec import Struct

from messages.ids import ChannelId, GuildId, MessageId
from messages.verbs.verb import Verb


class ChannelGap(Struct, frozen=True, kw_only=True):
    """A channel in which messages may have been missed, after this one."""

    channel_id: ChannelId
    after: MessageId


class SeeChannels(Verb[tuple[ChannelGap, ...]], frozen=True, kw_only=True):
    """Compare the last messages of a server's channels with their watermarks, and return the gaps.

    A channel that was never seen gets its last message as its watermark, unless it was begun after the last message seen
    in its server. `begun` says when channels were begun (as the smallest message id of that moment) whose ids do not.
    `locale` is remembered as by `RememberServerLocale`; None changes nothing.
    """

    guild_id: GuildId
    last_messages: tuple[tuple[ChannelId, MessageId], ...]
    begun: tuple[tuple[ChannelId, MessageId], ...] = ()
    locale: str | None = None


class KnownChannels(Verb[tuple[ChannelGap, ...]], frozen=True, kw_only=True):
    """Return as gaps the channels that have a watermark and are not in `except_for`: above all, direct messages.

    Channels of servers other than `guilds`, which the bot has left, are forgotten.
    """

    except_for: tuple[ChannelId, ...]
    guilds: tuple[GuildId, ...]


class SeeChannel(Verb[tuple[ChannelGap, ...]], frozen=True, kw_only=True):
    """Return this channel as a gap, if it has a watermark."""

    channel_id: ChannelId


class RecordLack(Verb[None], frozen=True, kw_only=True):
    """Record permissions that the bot lacks in a channel, as Discord's bits, because Discord refused a request there.

    What Discord says of itself, with an interaction in that channel, takes the place of what was learnt so.
    """

    channel_id: ChannelId
    lacks: int
    now_s: float


class RememberServerLocale(Verb[None], frozen=True, kw_only=True):
    """Remember the language that a server has chosen, by Discord's name, or with "" that it has chosen none."""

    guild_id: GuildId
    locale: str


class ForgetServer(Verb[None], frozen=True, kw_only=True):
    """Delete the watermarks of all channels of a server that the bot has left, and its language."""

    guild_id: GuildId


class ForgetChannel(Verb[None], frozen=True, kw_only=True):
    """Delete the watermark of a channel that is gone or closed to the bot. A new message gives it one again."""

    channel_id: ChannelId


class SaveWatermarks(Verb[None], frozen=True, kw_only=True):
    """Move watermarks forward to these messages, which were not for the bot. No watermark moves backward."""

    seen: tuple[tuple[ChannelId, MessageId], ...]
