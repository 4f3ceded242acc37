"""What is owed to one person privately: answers that could not be delivered, and what only an admin can mend."""

from typing import Final

from messages.ids import ChannelId, GuildId, SessionId, UserId
from messages.turn import Reason
from messages.verbs.notes import (
    NOTES_A_PRESS,
    DismissNote,
    KeepNote,
    KeepUndelivered,
    PendingNote,
    PendingNotes,
    ReadUndelivered,
    RecordNoteTold,
    UndeliveredAnswer,
    UndeliveredNotice,
)
from messages.verbs.replies import RecordDelivered
from messages.verbs.verb import Deny
from storage import rights
from storage.replies import record_delivered
from storage.unit_of_work import UnitOfWork, Verbs

ADMINS_AGAIN_S: Final = 86_400.0
"""Admins are told of the same trouble once a day at most."""

KEPT_S: Final = 30 * 86_400.0
KEPT_MAX: Final = 100
"""Of one person, the newest: whoever has not looked for a month does not miss it."""

_WAITING: Final = (
    " FROM note LEFT JOIN turn ON turn.id = note.turn LEFT JOIN session ON session.id = turn.session"
    " WHERE note.person = ?1 AND note.told_time IS NULL AND note.is_direct = 0"
    " AND (note.turn IS NULL OR (session.is_removed = 0 AND turn.draft != ''))"
)
"""Of somebody's notes those that may be shown: what was removed is gone here too."""


def keep_undelivered(unit: UnitOfWork, verb: KeepUndelivered) -> None:
    """Owe nothing in the channel any more, and the asker their answer, once."""
    record_delivered(unit, RecordDelivered(turn=verb.turn))
    unit.run(
        "INSERT INTO note (person, turn, create_time)"
        " SELECT asker, id, ?2 FROM turn WHERE id = ?1 AND session IS NOT NULL AND draft != ''"
        " AND state NOT IN ('refused', 'cancelled') AND NOT EXISTS (SELECT 1 FROM note WHERE turn = ?1)",
        verb.turn,
        verb.now_s,
    )
    unit.run(
        "DELETE FROM note WHERE turn IS NOT NULL AND person = (SELECT asker FROM turn WHERE id = ?1)"
        " AND (create_time < ?2 OR id NOT IN (SELECT id FROM note AS newer WHERE newer.person = note.person"
        " AND newer.turn IS NOT NULL ORDER BY id DESC LIMIT ?3))",
        verb.turn,
        verb.now_s - KEPT_S,
        KEPT_MAX,
    )


def tell_admins(unit: UnitOfWork, reason: Reason, now_s: float) -> None:
    """Owe every admin a note about this trouble, unless one was made within a day."""
    for admin in sorted(unit.limits.permissions.admins):
        unit.run(
            "INSERT INTO note (person, reason, is_direct, create_time) SELECT ?1, ?2, 1, ?3 WHERE NOT EXISTS"
            " (SELECT 1 FROM note WHERE person = ?1 AND reason = ?2 AND create_time > ?4)",
            admin,
            reason,
            now_s,
            now_s - ADMINS_AGAIN_S,
        )


def pending_notes(unit: UnitOfWork, _verb: PendingNotes) -> tuple[PendingNote, ...]:
    """The notes that wait to be sent by direct message, oldest first."""
    rows = unit.all("SELECT id, person, reason FROM note WHERE is_direct = 1 AND told_time IS NULL ORDER BY id")
    return tuple(PendingNote(note=row["id"], person=UserId(row["person"]), reason=row["reason"]) for row in rows)


def record_note_told(unit: UnitOfWork, verb: RecordNoteTold) -> None:
    """The person has it."""
    unit.run("UPDATE note SET told_time = ? WHERE id = ?", verb.now_s, verb.note)


def keep_note(unit: UnitOfWork, verb: KeepNote) -> None:
    """It waits for the person's next panel."""
    unit.run("UPDATE note SET is_direct = 0 WHERE id = ?", verb.note)


def waiting(unit: UnitOfWork, person: UserId) -> int:
    """How much waits to be shown to a person."""
    row = unit.one("SELECT count(*) AS notes" + _WAITING, person)
    return 0 if row is None else int(row["notes"])


def read_undelivered(unit: UnitOfWork, verb: ReadUndelivered) -> tuple[UndeliveredAnswer | UndeliveredNotice, ...]:
    """What waits for a person, oldest first; an answer's text only to whom its session is open."""
    person, place = verb.by.user_id, verb.by.guild_id
    rows = unit.all(
        "SELECT note.id, note.reason, turn.channel_id, turn.question, turn.draft, turn.reason AS ending, turn.session"
        + _WAITING
        + " ORDER BY note.id LIMIT ?2",
        person,
        NOTES_A_PRESS,
    )
    return tuple(
        UndeliveredNotice(note=row["id"], reason=row["reason"])
        if row["reason"] is not None
        else UndeliveredAnswer(
            note=row["id"],
            channel_id=ChannelId(row["channel_id"]),
            question=row["question"],
            text=row["draft"] if _sees(unit, person, SessionId(row["session"]), place) else None,
            is_cut=row["ending"] != "complete",
        )
        for row in rows
    )


def _sees(unit: UnitOfWork, person: UserId, session: SessionId, place: GuildId | None) -> bool:
    return rights.may_in(unit, person, "see", session, place)


def dismiss_note(unit: UnitOfWork, verb: DismissNote) -> int | Deny:
    """Show it no more; whose it is not learns nothing."""
    told = unit.run(
        "UPDATE note SET told_time = ? WHERE id = ? AND person = ? AND is_direct = 0",
        verb.now_s,
        verb.note,
        verb.by.user_id,
    )
    return waiting(unit, verb.by.user_id) if told.rowcount else Deny()


VERBS: Verbs = {
    ReadUndelivered: read_undelivered,
    DismissNote: dismiss_note,
    KeepUndelivered: keep_undelivered,
    PendingNotes: pending_notes,
    RecordNoteTold: record_note_told,
    KeepNote: keep_note,
}
