"""The row of a new question: what it encloses, and where its channel has been read up to."""

import msgspec

from messages.enclosure import Enclosure
from messages.ids import SessionId, TurnId
from messages.intake import MessagePosted
from messages.turn import Reason
from messages.verbs.acceptance import AcceptMessage
from storage import history
from storage.enclosures import encoded
from storage.unit_of_work import UnitOfWork, next_id


def insert_question(
    unit: UnitOfWork, verb: AcceptMessage, session: SessionId | None, state: str, reason: Reason | None
) -> TurnId:
    """Insert the turn of a message, which waits in its session or is refused, and return its number."""
    posted: MessagePosted = verb.posted
    turn = TurnId(next_id(unit, "turn"))
    unit.run(
        "INSERT INTO turn (id, root, cause, kind, session, asker, asker_name, channel_id, guild, reply_to, question_id,"
        " question, enclosed, state, reason, owed, create_time)"
        " VALUES (?, ?, ?, 'question', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        turn,
        turn,
        posted.message_id,
        session,
        posted.author_id,
        posted.author_name,
        posted.channel_id,
        posted.guild_id,
        posted.message_id,
        posted.message_id,
        # Nobody will ask what was refused.
        "" if state == "refused" else posted.text,
        "" if state == "refused" else encoded(_enclosed(unit, posted, session)),
        state,
        reason,
        int(state != "queued"),
        verb.now_s,
    )
    _remember_channel(unit, posted)
    return turn


def _enclosed(unit: UnitOfWork, posted: MessagePosted, session: SessionId | None) -> tuple[Enclosure, ...]:
    """Return what the question encloses, without what its session knows: the thread that it is in, its newest answer."""
    if not any(enclosed.kind == "thread" or enclosed.is_own for enclosed in posted.enclosures):
        return posted.enclosures
    last = unit.one("SELECT id, channel_id FROM turn WHERE session = ? ORDER BY cause DESC LIMIT 1", session)
    is_new_here = last is None or last["channel_id"] != posted.channel_id
    replied = unit.one("SELECT turn FROM reply WHERE message_id = ?", posted.reply_to)
    is_older = replied is not None and last is not None and replied["turn"] != last["id"]
    return tuple(
        history.with_picture(unit, enclosed, replied["turn"]) if enclosed.is_own and replied is not None else enclosed
        for enclosed in posted.enclosures
        if (enclosed.kind != "thread" or is_new_here) and (not enclosed.is_own or is_older)
    )


def _remember_channel(unit: UnitOfWork, posted: MessagePosted) -> None:
    """Move the channel's watermark forward, and remember its server, if it has one, and the channels that contain it."""
    unit.run(
        "INSERT INTO channel (id, last_message, guild, parents)"
        " VALUES (:channel, :message, :guild, iif(:guild IS NULL, '[]', :parents))"
        " ON CONFLICT (id) DO UPDATE SET last_message = max(last_message, excluded.last_message),"
        " guild = coalesce(excluded.guild, guild), parents = iif(:guild IS NULL, parents, :parents)",
        channel=posted.channel_id,
        message=posted.message_id,
        guild=posted.guild_id,
        parents=msgspec.json.encode(posted.parents).decode(),
    )
