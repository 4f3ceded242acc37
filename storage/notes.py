"""Notes: what the bot still has to tell one person privately, such as an answer that could not be delivered."""

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
    """Give up showing an outcome in its channel, and keep its answer for the asker, once; writes."""
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
    """Keep a note about this trouble for every admin who has had none about it within a day; writes."""
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
    """Return the notes that wait to be sent by direct message, oldest first."""
    rows = unit.all("SELECT id, person, reason FROM note WHERE is_direct = 1 AND told_time IS NULL ORDER BY id")
    return tuple(PendingNote(note=row["id"], person=UserId(row["person"]), reason=row["reason"]) for row in rows)


def record_note_told(unit: UnitOfWork, verb: RecordNoteTold) -> None:
    """Record that the person has received a note."""
    unit.run("UPDATE note SET told_time = ? WHERE id = ?", verb.now_s, verb.note)


def keep_note(unit: UnitOfWork, verb: KeepNote) -> None:
    """Keep a note for the person's next panel, because no direct message reaches them."""
    unit.run("UPDATE note SET is_direct = 0 WHERE id = ?", verb.note)


def waiting(unit: UnitOfWork, person: UserId) -> int:
    """Return how many notes wait to be shown to a person."""
    row = unit.one("SELECT count(*) AS notes" + _WAITING, person)
    return 0 if row is None else int(row["notes"])


def read_undelivered(unit: UnitOfWork, verb: ReadUndelivered) -> tuple[UndeliveredAnswer | UndeliveredNotice, ...]:
    """Return what waits for a person, oldest first. The text of an answer is given only while its session is open to them."""
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
    """Record that the person has read a note, and return how many still wait; `Deny` when the note is not theirs."""
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
