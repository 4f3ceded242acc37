"""Acceptance: a message is recorded once, its user found, its session found or created, its turn queued, or it is refused.

All of it is one transaction, so no race decides who owns what: two quick messages of one person are accepted one after the
other, and the second sees what the first has changed.
"""

import sqlite3
from typing import Final

from messages.gateway import MessagePosted
from messages.ids import SessionId, TurnId, snowflake_time_s
from messages.recorder import (
    Acceptance,
    Accepted,
    AcceptMessage,
    AlreadyKnown,
    AskAgain,
    Deny,
    NotOurs,
    Refused,
    TooLate,
)
from messages.turn import Reason
from storage import rights
from storage.channels import move_watermark
from storage.rows import Books, Verbs, outcome_of

TITLE_CHARS: Final = 10
MINUTE_MS_SHIFTED: Final = 60_000 << 22
NOTICE_ONCE_S: Final = 3600.0
"""Of several messages that are too old, one person is told of one within this time."""


def accept_message(books: Books, verb: AcceptMessage) -> Acceptance:
    """Decide about a message; nothing is written when it is not for us."""
    posted = verb.posted
    if not posted.by_person:
        return NotOurs()
    if books.one("SELECT 1 FROM turn WHERE cause = ?", posted.message_id):
        return AlreadyKnown()
    user = books.one("SELECT * FROM user WHERE discord_user_id = ?", posted.author_id)
    if user is None:
        if not posted.mentions_bot and posted.guild_id is not None:
            return NotOurs()
        meet(books, posted.author_id, posted.author_name, verb.now_s)
        return _refuse(books, verb, None, "hint")
    if user["status"] == "disable" or posted.message_id <= user["status_cause"]:
        return NotOurs()
    if verb.missed and verb.now_s - snowflake_time_s(posted.message_id) > books.limits.missed_age_s:
        return _too_old(books, verb)
    if not posted.text.strip():
        return _refuse(books, verb, None, "nothing_to_ask")
    if asked_too_much(books, posted.author_id, posted.message_id):
        return _refuse(books, verb, None, "too_many_questions")
    session = _session_for(books, verb, user)
    if session is None:
        return _refuse(books, verb, None, "no_session")
    return _queue(books, verb, session)


def meet(books: Books, user_id: int, name: str, now_s: float) -> None:
    """Remember a person whom the bot had not met."""
    books.run(
        "INSERT INTO user (discord_user_id, name, create_time, update_time, modify_time, max_token)"
        " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        user_id,
        name,
        now_s,
        now_s,
        now_s,
        books.limits.default_max_token,
    )


def asked_too_much(books: Books, asker: int, cause: int) -> bool:
    """Whether the person's questions in the minute before this one are as many as are allowed."""
    row = books.one(
        "SELECT count(*) AS asked FROM turn WHERE asker = ? AND cause > ? AND cause < ? AND state != 'refused'",
        asker,
        cause - MINUTE_MS_SHIFTED,
        cause,
    )
    return row is not None and row["asked"] >= books.limits.questions_per_minute


def _session_for(books: Books, verb: AcceptMessage, user: sqlite3.Row) -> SessionId | None:
    if user["status"] == "new":
        return _create_session(books, verb, user)
    current: SessionId | None = user["current_session"]
    if current is None or not rights.may_speak(books, verb.posted.author_id, current):
        return None
    return current


def _create_session(books: Books, verb: AcceptMessage, user: sqlite3.Row) -> SessionId:
    posted = verb.posted
    cursor = books.run(
        "INSERT INTO session (creator, origin_guild, model, title, create_time, update_time, modify_time, is_public,"
        " system_msg) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        posted.author_id,
        posted.guild_id,
        user["model"] or books.limits.default_model,
        posted.text.strip()[:TITLE_CHARS].strip(),
        verb.now_s,
        verb.now_s,
        verb.now_s,
        int(posted.channel_is_public),
        user["system_msg"],
    )
    session = SessionId(cursor.lastrowid or 0)
    if user["attach"]:
        books.run("UPDATE user SET status = 'activate' WHERE discord_user_id = ?", posted.author_id)
    return session


def _queue(books: Books, verb: AcceptMessage, session: SessionId) -> Acceptance:
    posted = verb.posted
    parked = books.one("SELECT 1 FROM session WHERE id = ? AND parked_until > ?", session, verb.now_s)
    if parked:
        return _refuse(books, verb, session, "parked")
    if queue_is_full(books, session):
        return _refuse(books, verb, session, "queue_full")
    turn = _insert(books, verb, session, "queued", None)
    books.run("UPDATE session SET update_time = ? WHERE id = ?", verb.now_s, session)
    books.run(
        "UPDATE user SET name = ?, update_time = ?, current_session = ? WHERE discord_user_id = ?",
        posted.author_name,
        verb.now_s,
        session,
        posted.author_id,
    )
    return Accepted(turn=turn, session=session)


def queue_is_full(books: Books, session: SessionId) -> bool:
    """Whether as many turns wait in a session as may."""
    row = books.one("SELECT count(*) AS waiting FROM turn WHERE session = ? AND state = 'queued'", session)
    return row is not None and row["waiting"] >= books.limits.queue_cap


def _refuse(books: Books, verb: AcceptMessage, session: SessionId | None, reason: Reason) -> Refused:
    state = "failed" if reason == "parked" else "refused"
    turn = _insert(books, verb, session, state, reason)
    return Refused(outcome=outcome_of(books, turn))


def _too_old(books: Books, verb: AcceptMessage) -> Acceptance:
    told = books.one(
        "SELECT 1 FROM turn WHERE asker = ? AND reason = 'too_old' AND create_time > ?",
        verb.posted.author_id,
        verb.now_s - NOTICE_ONCE_S,
    )
    if told:
        turn = _insert(books, verb, None, "refused", "too_old")
        books.run("UPDATE turn SET owed = 0 WHERE id = ?", turn)
        return NotOurs()
    return _refuse(books, verb, None, "too_old")


def _insert(books: Books, verb: AcceptMessage, session: SessionId | None, state: str, reason: Reason | None) -> TurnId:
    posted: MessagePosted = verb.posted
    cursor = books.run(
        "INSERT INTO turn (cause, kind, session, asker, asker_name, channel_id, reply_to, question_id, question, state,"
        " reason, owed, create_time) VALUES (?, 'question', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        posted.message_id,
        session,
        posted.author_id,
        posted.author_name,
        posted.channel_id,
        posted.message_id,
        posted.message_id,
        posted.text,
        state,
        reason,
        int(state != "queued"),
        verb.now_s,
    )
    turn = TurnId(cursor.lastrowid or 0)
    books.run("UPDATE turn SET root = id WHERE id = ?", turn)
    move_watermark(books, posted.channel_id, posted.message_id)
    return turn


def ask_again(books: Books, verb: AskAgain) -> Accepted | Refused | Deny | TooLate:
    """Queue a retry or a continuation of a turn that is over."""
    if not rights.may(books, verb.actor, verb.kind, verb.turn):
        return Deny()
    if books.one("SELECT 1 FROM turn WHERE cause = ?", verb.interaction_id):
        return TooLate()
    pressed = books.one("SELECT * FROM turn WHERE id = ?", verb.turn)
    if pressed is None or pressed["session"] is None:
        return Deny()
    newest = books.one("SELECT * FROM turn WHERE root = ? ORDER BY cause DESC LIMIT 1", pressed["root"])
    if newest is None or newest["id"] != verb.turn or not _may_be_asked_again(newest):
        return TooLate()
    session = SessionId(pressed["session"])
    root = books.one("SELECT * FROM turn WHERE id = ?", pressed["root"])
    reply_to = pressed["reply_to"] if root is None else root["question_id"]
    if verb.kind == "continue":
        last = books.one("SELECT max(message_id) AS id FROM reply WHERE turn = ?", verb.turn)
        reply_to = reply_to if last is None or last["id"] is None else last["id"]
    parked = books.one("SELECT 1 FROM session WHERE id = ? AND parked_until > ?", session, verb.now_s)
    reason: Reason | None = None
    if parked:
        reason = "parked"
    elif asked_too_much(books, verb.actor, verb.interaction_id):
        reason = "too_many_questions"
    elif queue_is_full(books, session):
        reason = "queue_full"
    state = "queued" if reason is None else "failed" if reason == "parked" else "refused"
    cursor = books.run(
        "INSERT INTO turn (cause, kind, root, session, asker, asker_name, channel_id, reply_to, question, state, reason,"
        " owed, create_time) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        verb.interaction_id,
        verb.kind,
        None if state == "refused" else pressed["root"],
        session,
        verb.actor,
        pressed["asker_name"],
        verb.channel_id,
        reply_to,
        pressed["question"],
        state,
        reason,
        int(reason is not None),
        verb.now_s,
    )
    turn = TurnId(cursor.lastrowid or 0)
    if reason is not None:
        return Refused(outcome=outcome_of(books, turn))
    return Accepted(turn=turn, session=session)


def _may_be_asked_again(turn: sqlite3.Row) -> bool:
    ended = turn["state"] in ("interrupted", "failed", "cancelled", "answered", "delivered")
    return ended and turn["reason"] not in ("complete", "question_deleted")


VERBS: Verbs = {AcceptMessage: accept_message, AskAgain: ask_again}
