"""Sessions: show, change, read and remove them, for people who may."""

from typing import Final

from messages.ids import MessageId, SessionId, UserId, snowflake_at
from messages.interaction import Interaction
from messages.verbs.cancellations import Ended, merged
from messages.verbs.forgetting import RemoveUnused, UnusedRemoved
from messages.verbs.sessions import (
    EXCERPT_CHARS,
    Dialogue,
    NoServer,
    NoSession,
    NotListed,
    ReadDialogue,
    RemoveSession,
    SessionShown,
    SetSession,
    StaleConfirmation,
)
from messages.verbs.users import ClearSessions, SessionsRemoved
from messages.verbs.verb import Deny
from storage import erasure, history, listing, notes, rights, usage
from storage.cancellations import end_all
from storage.channels import lacks_for
from storage.rights import Action
from storage.rows import SessionRow
from storage.unit_of_work import UnitOfWork, Verbs
from storage.users import first_delivery, remember_presser

CLEARED_AT_ONCE: Final = 250
"""Sessions that one transaction of *Clear* removes, so that nobody waits long for it: 20 ms."""


def set_session(
    unit: UnitOfWork, verb: SetSession
) -> SessionShown | Deny | NoSession | NotListed | NoServer | StaleConfirmation:
    """Find a session, change what is given, and show it, as far as the actor may; writes only when something is given."""
    by = verb.by
    session = _meant_by(unit, verb)
    if session is None:
        return NoSession() if verb.typed is None else NotListed()
    changes: dict[Action, object] = {
        "rename": None if verb.title is None else verb.title.strip(),
        "instruct": None if verb.system_msg is None else verb.system_msg.strip(),
        "choose_model": verb.model,
        "choose_effort": verb.choices.effort or None,
        "choose_size": verb.choices.size or None,
        "choose_quality": verb.choices.quality or None,
        "make_public": verb.is_public or None,
        "make_private": True if verb.is_public is False else None,
    }
    given = {action: value for action, value in changes.items() if value is not None}
    subject = rights.subject(unit, session)
    if not all(rights.may(by.user_id, action, subject, by.guild_id) for action in ("see", *given)):
        return Deny()
    if "make_public" in given and subject is not None and subject.origin_guild is None:
        return NoServer()
    if "make_public" in given and history.count(unit, session) > verb.confirmed:
        return _stale(_shown(unit, by, session, Ended()))
    ended = Ended()
    if given and first_delivery(unit, by):
        remember_presser(unit, by, verb.now_s)
        for action, value in given.items():
            if action in ("rename", "instruct"):
                unit.erased.append(action)
            unit.run(_CHANGE[action], value=value, now=verb.now_s, session=session)
        if "make_private" in given:
            ended = end_all(unit, session, but_of=by.user_id)
    return _shown(unit, by, session, ended)


_CHANGE: Final[dict[Action, str]] = {
    # A form that leaves the name as it was does not give one.
    "rename": "UPDATE session SET title_is_given = title_is_given OR title != :value, title = :value, modify_time = :now WHERE id = :session",
    "instruct": "UPDATE session SET system_msg = :value, is_instructed = is_instructed OR :value != '',"
    " modify_time = :now WHERE id = :session",
    "choose_model": "UPDATE session SET model = :value, modify_time = :now WHERE id = :session",
    "choose_effort": "UPDATE session SET effort = :value, modify_time = :now WHERE id = :session",
    "choose_size": "UPDATE session SET size = :value, modify_time = :now WHERE id = :session",
    "choose_quality": "UPDATE session SET quality = :value, modify_time = :now WHERE id = :session",
    "make_public": "UPDATE session SET is_public = :value, modify_time = :now WHERE id = :session",
    "make_private": "UPDATE session SET is_public = NOT :value, direct_told = 0, modify_time = :now WHERE id = :session",
}


def _stale(shown: SessionShown | Deny) -> StaleConfirmation | Deny:
    return shown if isinstance(shown, Deny) else StaleConfirmation(shown=shown)


def _meant_by(unit: UnitOfWork, verb: SetSession) -> SessionId | None:
    """Return which session is meant. A session that does not exist is 0, which no row has."""
    by = verb.by
    if verb.session is not None:
        return verb.session
    if verb.answer is not None:
        return _of_answer(unit, verb.answer) or SessionId(0)
    if verb.typed is not None:
        return _typed(unit, by, verb.typed)
    row = unit.one("SELECT current_session FROM user WHERE discord_user_id = ?", by.user_id)
    current = None if row is None else row["current_session"]
    return current if rights.may_in(unit, by.user_id, "see", current, by.guild_id) else None


def _of_answer(unit: UnitOfWork, message: MessageId) -> SessionId | None:
    row = unit.one("SELECT turn.session FROM reply JOIN turn ON turn.id = reply.turn WHERE message_id = ?", message)
    return None if row is None else row["session"]


def _typed(unit: UnitOfWork, by: Interaction, typed: str) -> SessionId | None:
    """Find a session by its id, which autocomplete sends, or by its whole title; a title may look like an id."""
    wanted = typed.strip().casefold()
    if (
        wanted.isascii()
        and wanted.isdigit()
        and rights.may_in(unit, by.user_id, "see", SessionId(int(wanted)), by.guild_id)
    ):
        return SessionId(int(wanted))
    return listing.named(unit, by, wanted)


def _shown(unit: UnitOfWork, by: Interaction, session: SessionId, ended: Ended) -> SessionShown | Deny:
    listed = listing.entry(unit, by, session)
    row = unit.first(SessionRow, "FROM session WHERE id = ?", session)
    if listed is None or row is None:
        return Deny()
    subject = rights.subject(unit, session)
    looking = unit.one("SELECT temperature FROM user WHERE discord_user_id = ?", by.user_id)
    sees_system_msg = rights.may(by.user_id, "see_system_msg", subject, by.guild_id)
    may_remove = rights.may(by.user_id, "remove", subject, by.guild_id)
    return SessionShown(
        session=session,
        title=listed.title,
        creator=listed.creator,
        creator_name=listed.creator_name,
        is_own=listed.is_own,
        may_remove=may_remove,
        is_current=listed.is_current,
        is_public=listed.is_public,
        may_be_public=row.origin_guild is not None,
        model=row.model,
        choices=row.choices,
        system_msg=row.system_msg if sees_system_msg else None,
        create_time_s=row.create_time_s,
        update_time_s=row.update_time_s,
        modify_time_s=row.modify_time_s,
        utterances=history.count(unit, session),
        excerpt=history.newest(unit, session, EXCERPT_CHARS),
        used=usage.used_in(unit, session) if may_remove else None,
        temperature=None if looking is None else looking["temperature"],
        ended=ended,
        undelivered=notes.waiting(unit, by.user_id),
        lacks=lacks_for(unit, by),
    )


def read_dialogue(unit: UnitOfWork, verb: ReadDialogue) -> Dialogue | Deny:
    """Return a page of what was said in a session, to somebody who may export it."""
    by = verb.by
    if not rights.may_in(unit, by.user_id, "export", verb.session, by.guild_id):
        return Deny()
    shown = _shown(unit, by, verb.session, Ended())
    if isinstance(shown, Deny):
        return shown
    utterances, left_out = history.page(unit, verb.session, verb.before)
    return Dialogue(shown=shown, utterances=utterances, left_out=left_out)


def remove_session(unit: UnitOfWork, verb: RemoveSession) -> SessionsRemoved | Deny:
    """Remove one session; writes."""
    by = verb.by
    if not rights.may_in(unit, by.user_id, "remove", verb.session, by.guild_id):
        return Deny()
    first_delivery(unit, by)  # removing twice is removing once
    ended = remove(unit, verb.session, by.user_id, verb.now_s)
    erasure.erase_piece(unit)
    return SessionsRemoved(removed=1, ended=ended)


def clear_sessions(unit: UnitOfWork, verb: ClearSessions) -> SessionsRemoved:
    """Remove some of the person's sessions that the confirmation counted, and none that began later; writes."""
    by = verb.by
    rows = unit.all(
        "SELECT id FROM session WHERE creator = ? AND id <= ? AND is_removed = 0 ORDER BY update_time LIMIT ?",
        by.user_id,
        verb.newest,
        CLEARED_AT_ONCE,
    )
    ended = merged(remove(unit, SessionId(row["id"]), by.user_id, verb.now_s) for row in rows)
    erasure.erase_piece(unit)
    return SessionsRemoved(
        removed=len(rows),
        ended=ended,
        are_more=len(rows) == CLEARED_AT_ONCE,
    )


def remove(unit: UnitOfWork, session: SessionId, owner: UserId, now_s: float) -> Ended:
    """End a session's turns and remove it for everybody, at once; writes. What was said in it is erased in pieces."""
    unit.run(_BLANK_WAITING, session)  # first, so that no question that cannot be read is in the way
    ended = end_all(unit, session, but_of=None)
    unit.erased.append("session")
    unit.run(
        "UPDATE session SET title = '', system_msg = '', model = '', effort = '', size = '', quality = '', is_public = 0, is_removed = 1, modify_time = ?,"
        " erased_to = 0 WHERE id = ? AND is_removed = 0",
        now_s,
        session,
    )
    # Others are told that it is gone when they next ask; its owner knows.
    unit.run("UPDATE user SET current_session = NULL WHERE discord_user_id = ? AND current_session = ?", owner, session)
    return ended


_BLANK_WAITING: Final = "UPDATE turn SET question = '', enclosed = '', edited = NULL, left_out = '', flags = '' WHERE session = ? AND state = 'queued'"

UNUSED_AT_ONCE: Final = 50
"""Unused sessions that one transaction removes, beside which people's own work goes on."""

AHEAD_S: Final = 86_400.0
"""Whatever was used so long after now was used while a clock was wrong."""

_OLD: Final = (
    "SELECT id, creator FROM session WHERE is_removed = 0 AND update_time < ?"
    " AND NOT EXISTS (SELECT 1 FROM turn WHERE turn.session = session.id AND turn.cause >= ?) ORDER BY update_time LIMIT ?"
)
_AHEAD: Final = (
    "SELECT id, creator FROM session WHERE is_removed = 0 AND update_time > ?"
    " AND NOT EXISTS (SELECT 1 FROM turn WHERE turn.session = session.id AND turn.cause >= ?) ORDER BY update_time LIMIT ?"
)


def remove_unused(unit: UnitOfWork, verb: RemoveUnused) -> UnusedRemoved:
    """Remove some of the sessions that nobody has used for long, as their owners would; writes.

    Their newest question decides, by its id, which Discord made: a clock that was wrong when a session was used makes it neither old nor
    young. `update_time` only finds those that may be old.
    """
    since, ahead_s = snowflake_at(verb.before_s), verb.now_s + AHEAD_S
    rows = unit.all(_OLD, verb.before_s, since, UNUSED_AT_ONCE)
    rows = rows or unit.all(_AHEAD, ahead_s, since, UNUSED_AT_ONCE)
    ended = merged(remove(unit, SessionId(row["id"]), UserId(row["creator"]), verb.now_s) for row in rows)
    if rows:
        erasure.erase_piece(unit)
    return UnusedRemoved(removed=len(rows), ended=ended, are_more=len(rows) == UNUSED_AT_ONCE)


VERBS: Verbs = {
    SetSession: set_session,
    ReadDialogue: read_dialogue,
    RemoveSession: remove_session,
    ClearSessions: clear_sessions,
    RemoveUnused: remove_unused,
}
