"""Acceptance: decide about a new message, and commit the decision.

A message is recorded once, its user is found, its session is found or created, and its turn is queued; or it is refused. All of
that is one transaction, so two quick messages of one person never race: they are accepted one after the other, and the second
sees what the first has changed.
"""

from typing import Final, Literal

import msgspec
from msgspec.structs import replace

from messages.enclosure import Enclosure, words_of
from messages.ids import SessionId, TurnId
from messages.intake import MessagePosted
from messages.turn import Reason
from messages.verbs.acceptance import Acceptance, Accepted, AcceptMessage, AlreadyKnown, NotOurs, Refused
from storage import hints, history, missed, rights
from storage.enclosures import encoded
from storage.rows import UserRow
from storage.unit_of_work import UnitOfWork, Verbs, next_id, outcome_of
from storage.users import remember_roles, remember_user, roles_of
from texts import titles
from texts.characters import is_blank

MINUTE_MS_SHIFTED: Final = 60_000 << 22
HINT_ONCE_S: Final = 86_400.0
"""Seconds within which a channel is told only once that Discord does not show the bot what is written there."""


def accept_message(unit: UnitOfWork, verb: AcceptMessage) -> Acceptance:
    """Decide about a message. Nothing is written when the message is not for us."""
    if verb.missed:
        verb = replace(verb, posted=missed.with_server(unit, verb.posted))
    posted = verb.posted
    if not posted.by_person or not _is_admitted(unit, posted):
        return NotOurs()
    if posted.is_to_others and not posted.mentions_bot:
        return NotOurs()
    if unit.one("SELECT 1 FROM turn WHERE cause = ?", posted.message_id):
        return AlreadyKnown()
    user = unit.first(UserRow, "FROM user WHERE discord_user_id = ?", posted.author_id)
    if user is not None and posted.message_id <= user.status_cause:
        return NotOurs()
    if user is None or user.status == "disable":
        return _hint(unit, verb)
    if verb.missed and missed.is_too_old(unit, verb):
        return _too_old(unit, verb)
    unaskable = _unaskable(posted)
    if unaskable is not None and _is_hidden(unit, posted):
        return _content_hidden(unit, verb)
    if unaskable is not None:
        return _refuse(unit, verb, None, unaskable)
    if asked_too_much(unit, posted.author_id, posted.message_id):
        return _refuse(unit, verb, None, "too_many_questions")
    answering = _answers_in(unit, posted)
    if answering is not None:
        # A reply goes where its answer came from, and does not change which session is the current one.
        if not _may_speak(unit, posted, answering):
            return _refuse(unit, verb, None, "session_closed")
        return _queue(unit, verb, answering, becomes_current=False)
    session = _current(posted, user) if user.status == "activate" else None
    if session is None:
        return _queue(unit, verb, _create_session(unit, verb, user), becomes_current=True)
    if not _may_speak(unit, posted, session):
        return _refuse(unit, verb, None, "session_closed")
    return _queue(unit, verb, session, becomes_current=True)


def _unaskable(posted: MessagePosted) -> Reason | None:
    """Return why there is nothing in a message that a model could be asked; None when there is."""
    if not is_blank(posted.text) or any(enclosed.can_be_asked for enclosed in posted.enclosures):
        return None
    return "no_question"


def _is_admitted(unit: UnitOfWork, posted: MessagePosted) -> bool:
    """Return whether the operator's lists allow the bot to answer this person here."""
    permissions = unit.limits.permissions
    roles = posted.roles
    if roles is None and unit.limits.needs_roles and posted.guild_id is not None:
        roles = roles_of(unit, posted.guild_id, posted.author_id)
    return permissions.admits(
        user=posted.author_id, guild=posted.guild_id, channels=(posted.channel_id, *posted.parents), roles=roles
    )


def _answers_in(unit: UnitOfWork, posted: MessagePosted) -> SessionId | None:
    """Return the session of the answer that a message replies to, or None when it replies to no answer of the bot."""
    if posted.reply_to is None:
        return None
    row = unit.one(
        "SELECT turn.session FROM turn WHERE id ="
        " coalesce((SELECT turn FROM reply WHERE message_id = :id), (SELECT turn FROM speech WHERE message_id = :id))",
        id=posted.reply_to,
    )
    return None if row is None else row["session"]


def _may_speak(unit: UnitOfWork, posted: MessagePosted, session: SessionId) -> bool:
    return rights.may_in(unit, posted.author_id, "speak", session, posted.guild_id)


def asked_too_much(unit: UnitOfWork, asker: int, cause: int) -> bool:
    """Return whether the person has asked as many questions in the minute before `cause` as the limit allows."""
    row = unit.one(
        "SELECT count(*) AS asked FROM turn WHERE asker = ? AND cause > ? AND cause < ? AND state != 'refused'",
        asker,
        cause - MINUTE_MS_SHIFTED,
        cause,
    )
    return row is not None and row["asked"] >= unit.limits.questions_per_minute


def _current(posted: MessagePosted, user: UserRow) -> SessionId | None:
    """Return the session that was the user's current one when they wrote the message, or None."""
    return user.session_before if posted.message_id < user.chosen_cause else user.current_session


def _create_session(unit: UnitOfWork, verb: AcceptMessage, user: UserRow) -> SessionId:
    posted = verb.posted
    cursor = unit.run(
        "INSERT INTO session (id, creator, origin_guild, model, title, create_time, update_time, modify_time, is_public,"
        " system_msg, is_instructed) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        next_id(unit, "session"),
        posted.author_id,
        posted.guild_id,
        user.model or unit.limits.default_model,
        titles.first_title(words_of(posted.text, posted.enclosures)) or titles.untitled(verb.now_s),
        verb.now_s,
        verb.now_s,
        verb.now_s,
        int(posted.channel_is_public),
        user.system_msg,
        int(user.system_msg != ""),
    )
    session = SessionId(cursor.lastrowid or 0)
    if user.attach:
        unit.run("UPDATE user SET status = 'activate' WHERE discord_user_id = ?", posted.author_id)
    return session


def _queue(unit: UnitOfWork, verb: AcceptMessage, session: SessionId, *, becomes_current: bool) -> Acceptance:
    posted = verb.posted
    closed = closed_for_now(unit, session, verb.now_s)
    if closed is not None:
        return _refuse(unit, verb, session, closed)
    turn = _insert(unit, verb, session, "queued", None)
    unit.run("UPDATE session SET update_time = ? WHERE id = ?", verb.now_s, session)
    unit.run(
        "UPDATE user SET name = ?, update_time = ? WHERE discord_user_id = ?",
        posted.account_name or posted.author_name,
        verb.now_s,
        posted.author_id,
    )
    if becomes_current:
        _make_current(unit, posted, session)
    if posted.guild_id is not None and posted.roles is not None and unit.limits.needs_roles:
        remember_roles(unit, posted.guild_id, posted.author_id, posted.roles)
    return Accepted(turn=turn, session=session)


def _make_current(unit: UnitOfWork, posted: MessagePosted, session: SessionId) -> None:
    """Make a session the current one, or, for a message from before the person chose another, the one before that."""
    unit.run(
        "UPDATE user SET current_session = iif(chosen_cause < :message, :session, current_session),"
        " session_before = iif(chosen_cause < :message, session_before, :session) WHERE discord_user_id = :author",
        message=posted.message_id,
        session=session,
        author=posted.author_id,
    )


def closed_for_now(unit: UnitOfWork, session: SessionId, now_s: float) -> Literal["parked", "queue_full"] | None:
    """Return why a session takes no new turn now: it is parked after repeated crashes, or its queue is full. None when it takes one."""
    row = unit.one(
        "SELECT parked_until > ? AS parked,"
        " (SELECT count(*) FROM turn WHERE turn.session = session.id AND state = 'queued') AS waiting"
        " FROM session WHERE id = ?",
        now_s,
        session,
    )
    if row is None:
        return None
    if row["parked"]:
        return "parked"
    return "queue_full" if row["waiting"] >= unit.limits.queue_cap else None


def _refuse(unit: UnitOfWork, verb: AcceptMessage, session: SessionId | None, reason: Reason) -> Refused:
    state = "failed" if reason == "parked" else "refused"
    turn = _insert(unit, verb, session, state, reason)
    return Refused(outcome=outcome_of(unit, turn))


def _hint(unit: UnitOfWork, verb: AcceptMessage) -> Acceptance:
    """Give the hint to somebody who calls the bot without being served; within ten minutes after it, only a mark."""
    posted = verb.posted
    if not hints.calls_bot(posted, missed=verb.missed) or (verb.missed and missed.is_too_old(unit, verb)):
        return NotOurs()
    due = hints.due(unit, posted.author_id, posted.message_id)
    if due == "nothing":
        return NotOurs()
    remember_user(unit, posted.author_id, posted.account_name or posted.author_name, verb.now_s)
    turn = _insert(unit, verb, None, "refused", "hint")
    unit.run("UPDATE turn SET muted = ? WHERE id = ?", int(due == "mark"), turn)
    return Refused(outcome=outcome_of(unit, turn))


def _too_old(unit: UnitOfWork, verb: AcceptMessage) -> Acceptance:
    if missed.was_told(unit, verb.posted.author_id, verb.now_s):
        turn = _insert(unit, verb, None, "refused", "too_old")
        unit.run("UPDATE turn SET owed = 0 WHERE id = ?", turn)
        return AlreadyKnown()
    return _refuse(unit, verb, None, "too_old")


def _is_hidden(unit: UnitOfWork, posted: MessagePosted) -> bool:
    """Return whether Discord may have hidden this message's text from the bot, because the bot may not read content in servers."""
    return not unit.limits.reads_content and posted.guild_id is not None and not posted.mentions_bot


def _content_hidden(unit: UnitOfWork, verb: AcceptMessage) -> Acceptance:
    notice = unit.one(
        "SELECT 1 FROM turn WHERE channel_id = ? AND reason = 'content_hidden' AND create_time > ?",
        verb.posted.channel_id,
        verb.now_s - HINT_ONCE_S,
    )
    return NotOurs() if notice else _refuse(unit, verb, None, "content_hidden")


def _insert(
    unit: UnitOfWork, verb: AcceptMessage, session: SessionId | None, state: str, reason: Reason | None
) -> TurnId:
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


VERBS: Verbs = {AcceptMessage: accept_message}
