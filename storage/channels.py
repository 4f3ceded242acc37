"""Channels: the last message seen in each, the server it belongs to, and the gaps that were missed."""

import msgspec

from messages.ids import ChannelId, GuildId, MessageId, snowflake_time_s
from messages.interaction import Interaction
from messages.verbs.channels import (
    ChannelGap,
    ForgetChannel,
    ForgetServer,
    KnownChannels,
    RecordLack,
    RememberServerLocale,
    SaveWatermarks,
    SeeChannel,
    SeeChannels,
)
from storage.unit_of_work import LACKS_LEARNT_S, UnitOfWork, Verbs


def move_watermark(unit: UnitOfWork, channel: ChannelId, message: int) -> None:
    """Move a channel's watermark forward; never backward."""
    unit.run(
        "INSERT INTO channel (id, last_message) VALUES (?, ?)"
        " ON CONFLICT (id) DO UPDATE SET last_message = max(last_message, excluded.last_message)",
        channel,
        message,
    )


def remember_channel(unit: UnitOfWork, channel: ChannelId, seen: int) -> None:
    """Remember a channel with this message as its watermark, unless it is known already."""
    unit.run("INSERT INTO channel (id, last_message) VALUES (?, ?) ON CONFLICT DO NOTHING", channel, seen)


def remember_server(
    unit: UnitOfWork, channel: ChannelId, guild: GuildId | None, parents: tuple[ChannelId, ...] | None = None
) -> None:
    """Remember which server a known channel belongs to, and which channels contain it. `parents` of None changes nothing."""
    if guild is None:
        return
    encoded = None if parents is None else msgspec.json.encode(parents).decode()
    unit.run(
        "UPDATE channel SET guild = :guild, parents = coalesce(:parents, parents)"
        " WHERE id = :channel AND (guild IS NOT :guild OR parents != coalesce(:parents, parents))",
        guild=guild,
        parents=encoded,
        channel=channel,
    )


def known_server(unit: UnitOfWork, channel: ChannelId) -> tuple[GuildId | None, tuple[ChannelId, ...]]:
    """Return the server of a channel, or None when it has none or is unknown, and the channels that contain it."""
    row = unit.one("SELECT guild, parents FROM channel WHERE id = ?", channel)
    if row is None or row["guild"] is None:
        return None, ()
    return row["guild"], msgspec.json.decode(row["parents"], type=tuple[ChannelId, ...])


def see_channels(unit: UnitOfWork, verb: SeeChannels) -> tuple[ChannelGap, ...]:
    """Return the channels in which something was posted after the last message seen.

    A channel that was never seen starts at its last message, unless it was begun after the last message seen in its
    server: then everything in it is new, also the first message of a forum's post, which has the id of its thread.
    """
    if verb.locale is not None:
        remember_server_locale(unit, RememberServerLocale(guild_id=verb.guild_id, locale=verb.locale))
    gaps = []
    begun = dict(verb.begun)
    row = unit.one("SELECT max(last_message) AS seen FROM channel WHERE guild = ?", verb.guild_id)
    seen_here = None if row is None else row["seen"]
    for channel, last in verb.last_messages:
        row = unit.one("SELECT last_message FROM channel WHERE id = ?", channel)
        if row is None and seen_here is not None and last >= channel and begun.get(channel, channel) > seen_here:
            before = MessageId(channel - 1)
            remember_channel(unit, channel, before)
            gaps.append(ChannelGap(channel_id=channel, after=before))
        elif row is None:
            remember_channel(unit, channel, last)
        elif last > row["last_message"]:
            gaps.append(ChannelGap(channel_id=channel, after=MessageId(row["last_message"])))
        remember_server(unit, channel, verb.guild_id)
    return tuple(gaps)


def known_channels(unit: UnitOfWork, verb: KnownChannels) -> tuple[ChannelGap, ...]:
    """Return the known channels that were not listed; forget those of servers that the bot has left."""
    listed, guilds = set(verb.except_for), set(verb.guilds)
    for row in unit.all("SELECT DISTINCT guild FROM channel WHERE guild IS NOT NULL"):
        if row["guild"] not in guilds:
            unit.run("DELETE FROM channel WHERE guild = ?", row["guild"])
    for row in unit.all("SELECT id FROM server"):
        if row["id"] not in guilds:
            unit.run("DELETE FROM server WHERE id = ?", row["id"])
    return tuple(
        ChannelGap(channel_id=ChannelId(row["id"]), after=MessageId(row["last_message"]))
        for row in unit.all("SELECT id, last_message FROM channel ORDER BY id")
        if row["id"] not in listed
    )


def see_channel(unit: UnitOfWork, verb: SeeChannel) -> tuple[ChannelGap, ...]:
    """Return a channel as a gap, if it has a watermark."""
    row = unit.one("SELECT last_message FROM channel WHERE id = ?", verb.channel_id)
    return () if row is None else (ChannelGap(channel_id=verb.channel_id, after=MessageId(row["last_message"])),)


def remember_server_locale(unit: UnitOfWork, verb: RememberServerLocale) -> None:
    """Remember the language that a server has chosen, or that it has chosen none; writes where that has changed."""
    if verb.locale:
        unit.run(
            "INSERT INTO server (id, locale) VALUES (?, ?)"
            " ON CONFLICT (id) DO UPDATE SET locale = excluded.locale WHERE locale != excluded.locale",
            verb.guild_id,
            verb.locale,
        )
    else:
        unit.run("DELETE FROM server WHERE id = ?", verb.guild_id)


def forget_server(unit: UnitOfWork, verb: ForgetServer) -> None:
    """Delete everything known about a server and its channels."""
    unit.run("DELETE FROM server WHERE id = ?", verb.guild_id)
    unit.run("DELETE FROM channel WHERE guild = ?", verb.guild_id)


def save_watermarks(unit: UnitOfWork, verb: SaveWatermarks) -> None:
    """Move watermarks forward."""
    for channel, message in verb.seen:
        move_watermark(unit, channel, message)


def forget_channel(unit: UnitOfWork, verb: ForgetChannel) -> None:
    """Delete everything known about a channel."""
    unit.run("DELETE FROM channel WHERE id = ?", verb.channel_id)


def record_lack(unit: UnitOfWork, verb: RecordLack) -> None:
    """Add to the permissions that the bot lacks in a channel; writes. Those that are known for too long are replaced."""
    known = lacks_in(unit, verb.channel_id, verb.now_s)
    _set_lacks(unit, verb.channel_id, known | verb.lacks, verb.now_s)


def remember_lacks(unit: UnitOfWork, by: Interaction, now_s: float) -> None:
    """Remember what Discord said with an interaction about the permissions that the bot lacks in its channel; writes."""
    if by.lacks is not None and (by.lacks or lacks_in(unit, by.channel_id, now_s)):
        _set_lacks(unit, by.channel_id, by.lacks, now_s)


def _set_lacks(unit: UnitOfWork, channel: ChannelId, lacks: int, now_s: float) -> None:
    unit.run("UPDATE channel SET lacks = ?, lacks_time = ? WHERE id = ?", lacks, now_s, channel)


def lacks_for(unit: UnitOfWork, by: Interaction) -> int:
    """Return the permissions that the bot lacks where somebody acts: as Discord says, or else as far as was learnt."""
    return lacks_in(unit, by.channel_id, snowflake_time_s(by.interaction_id)) if by.lacks is None else by.lacks


def lacks_in(unit: UnitOfWork, channel: ChannelId, now_s: float) -> int:
    """Return the permissions that the bot lacks in a channel, as Discord's bits, as far as was learnt within a day; 0 for none."""
    row = unit.one("SELECT lacks FROM channel WHERE id = ? AND lacks_time > ?", channel, now_s - LACKS_LEARNT_S)
    return 0 if row is None else int(row["lacks"])


VERBS: Verbs = {
    RecordLack: record_lack,
    SeeChannels: see_channels,
    KnownChannels: known_channels,
    SeeChannel: see_channel,
    RememberServerLocale: remember_server_locale,
    ForgetServer: forget_server,
    SaveWatermarks: save_watermarks,
    ForgetChannel: forget_channel,
}
