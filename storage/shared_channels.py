"""Shared channels: where everybody who is answered speaks in one session of the channel's, whatever their own status is.

The operator names them, with the model and the system message of their session. Nobody owns that session: the people who run the bot
may read and remove it, and the next message begins a new one. What each question uses counts for whoever asked it.
"""

from collections.abc import Mapping
from typing import Final

from messages.enclosure import words_of
from messages.ids import NOBODY, ChannelId, SessionId
from messages.intake import MessagePosted
from messages.verbs.acceptance import AcceptMessage
from storage.limits import SharedChannel
from storage.unit_of_work import UnitOfWork, locale_of_place, next_id
from storage.users import remember_user
from texts import titles
from texts.say import locale_for

EVERYONE: Final = "everyone"
"""The name that the creator of these sessions has in the table `user`."""


def shared_channel_of(posted: MessagePosted, shared: Mapping[ChannelId, SharedChannel]) -> ChannelId | None:
    """Return the shared channel to which a message belongs; None where it belongs to its author's own sessions.

    A channel has its threads with it, and a category its channels, as far as everybody in the server sees these: what is written among a
    few must not come up before all.
    """
    if posted.guild_id is None:
        return None
    if posted.channel_id in shared:
        return posted.channel_id
    return next((parent for parent in posted.parents if posted.channel_is_public and parent in shared), None)


def session_of(unit: UnitOfWork, verb: AcceptMessage, channel: ChannelId) -> SessionId:
    """Return the session of a shared channel as the operator's file has it now, begun if there is none; writes."""
    posted, wanted = verb.posted, unit.limits.shared_channels[channel]
    model = wanted.model or unit.limits.default_model
    row = unit.one("SELECT id FROM session WHERE shared_channel = ? AND is_removed = 0", channel)
    if row is None:
        return _begin(unit, verb, channel, model, wanted.system_msg)
    # Where a channel has been closed to some since, what was said in it is closed to them, too.
    unit.run(
        "UPDATE session SET model = :model, system_msg = :msg, is_instructed = is_instructed OR :msg != '', is_public = is_public AND :public,"
        " modify_time = :now WHERE id = :session AND (model != :model OR system_msg != :msg OR is_public > :public)",
        model=model,
        msg=wanted.system_msg,
        public=int(posted.channel_is_public),
        now=verb.now_s,
        session=row["id"],
    )
    return SessionId(row["id"])


def _begin(unit: UnitOfWork, verb: AcceptMessage, channel: ChannelId, model: str, system_msg: str) -> SessionId:
    posted = verb.posted
    locale = locale_for(locale_of_place(unit, posted.guild_id, posted.author_id))
    remember_user(unit, NOBODY, EVERYONE, verb.now_s)
    session = SessionId(next_id(unit, "session"))
    unit.run(
        "INSERT INTO session (id, creator, origin_guild, model, title, create_time, update_time, modify_time, is_public,"
        " system_msg, is_instructed, shared_channel)"
        " VALUES (:id, :nobody, :guild, :model, :title, :now, :now, :now, :public, :msg, :msg != '', :channel)",
        id=session,
        nobody=NOBODY,
        guild=posted.guild_id,
        model=model,
        title=titles.first_title(words_of(posted.text, posted.enclosures)) or titles.untitled(verb.now_s, locale),
        now=verb.now_s,
        public=int(posted.channel_is_public),
        msg=system_msg,
        channel=channel,
    )
    return session
