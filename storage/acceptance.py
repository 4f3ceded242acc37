"""Acceptance: decide about a new message, and commit the decision.

A message is recorded once, its user is found, its session is found or created, and its turn is queued; or it is refused. All of
that is one transaction, so two quick messages of one person never race: they are accepted one after the other, and the second
sees what the first has changed.
"""

from typing import Final

from msgspec.structs import replace

from messages.enclosure import words_of
from messages.ids import SessionId
from messages.intake import MessagePosted
from messages.turn import Reason
from messages.verbs.acceptance import Acceptance, Accepted, AcceptMessage, AlreadyKnown, NotOurs, Refused
from storage import forgotten_people, hints, missed, rights
from storage.question_limits import asked_too_much, closed_for_now
from storage.question_row import insert_question
from storage.rows import UserRow
from storage.shared_channels import session_of, shared_channel_of
from storage.unit_of_work import UnitOfWork, Verbs, next_id, outcome_of
from storage.users import remember_roles, remember_user, roles_of
from texts import titles
from texts.characters import is_blank
from texts.say import locale_for

HINT_ONCE_S: Final = 86_400.0
"""Seconds within which a channel is told only once that Discord does not show the bot what is written there."""


def accept_message(unit: UnitOfWork, verb: AcceptMessage) -> Acceptance:
    """Decide about a message. Nothing is written when the message is not for us."""
    if verb.missed:
        verb = replace(verb, posted=missed.with_server(unit, verb.posted))
    verb = replace(verb, posted=forgotten_people.without_quotes(unit, verb.posted))
    posted = verb.posted
    if not posted.by_person or not _is_admitted(unit, posted):
        return NotOurs()
    if posted.is_to_others and not posted.mentions_bot:
        return NotOurs()
    if unit.one("SELECT 1 FROM turn WHERE cause = ?", posted.message_id):
        return AlreadyKnown()
    if forgotten_people.is_from_before(unit, posted.author_id, posted.message_id):
        return NotOurs()
    shared = shared_channel_of(posted, unit.limits.shared_channels)
    if shared is not None:
        remember_user(unit, posted.author_id, posted.account_name or posted.author_name, verb.now_s)
    user = unit.first(UserRow, "FROM user WHERE discord_user_id = ?", posted.author_id)
    if shared is None and user is not None and posted.message_id <= user.status_cause:
        return NotOurs()
    if user is None or (shared is None and user.status == "disable"):
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
    if shared is not None:
        return _queue(unit, verb, session_of(unit, verb, shared), becomes_current=False)
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
        titles.first_title(words_of(posted.text, posted.enclosures))
        or titles.untitled(verb.now_s, locale_for(user.locale)),
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
    turn = insert_question(unit, verb, session, "queued", None)
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


def _refuse(unit: UnitOfWork, verb: AcceptMessage, session: SessionId | None, reason: Reason) -> Refused:
    state = "failed" if reason == "parked" else "refused"
    turn = insert_question(unit, verb, session, state, reason)
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
    turn = insert_question(unit, verb, None, "refused", "hint")
    unit.run("UPDATE turn SET muted = ? WHERE id = ?", int(due == "mark"), turn)
    return Refused(outcome=outcome_of(unit, turn))


def _too_old(unit: UnitOfWork, verb: AcceptMessage) -> Acceptance:
    if missed.was_told(unit, verb.posted.author_id, verb.now_s):
        turn = insert_question(unit, verb, None, "refused", "too_old")
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


VERBS: Verbs = {AcceptMessage: accept_message}
