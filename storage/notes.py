"""What is owed to one person privately: answers that could not be delivered, and what only an admin can mend."""

from messages.ids import UserId
from messages.notes import KeepNote, KeepUndelivered, NoteOwed, OwedNotes, RecordNoteTold
from messages.recorder import RecordDelivered
from messages.turn import Reason
from storage.replies import record_delivered
from storage.rows import Books, Verbs

ADMINS_AGAIN_S = 86_400.0
"""Admins are told of the same trouble once a day at most."""


def keep_undelivered(books: Books, verb: KeepUndelivered) -> None:
    """Owe nothing in the channel any more, and the asker their answer, once."""
    record_delivered(books, RecordDelivered(turn=verb.turn))
    books.run(
        "INSERT INTO note (person, turn, create_time)"
        " SELECT asker, id, ?2 FROM turn WHERE id = ?1 AND session IS NOT NULL AND draft != ''"
        " AND state NOT IN ('refused', 'cancelled') AND NOT EXISTS (SELECT 1 FROM note WHERE turn = ?1)",
        verb.turn,
        verb.now_s,
    )


def tell_admins(books: Books, reason: Reason, now_s: float) -> None:
    """Owe every admin a note about this trouble, unless one was made within a day."""
    for admin in sorted(books.limits.permissions.admins):
        books.run(
            "INSERT INTO note (person, reason, is_direct, create_time) SELECT ?1, ?2, 1, ?3 WHERE NOT EXISTS"
            " (SELECT 1 FROM note WHERE person = ?1 AND reason = ?2 AND create_time > ?4)",
            admin,
            reason,
            now_s,
            now_s - ADMINS_AGAIN_S,
        )


def owed_notes(books: Books, _verb: OwedNotes) -> tuple[NoteOwed, ...]:
    """The notes that wait to be sent by direct message, oldest first."""
    rows = books.all("SELECT id, person, reason FROM note WHERE is_direct = 1 AND told_time IS NULL ORDER BY id")
    return tuple(NoteOwed(note=row["id"], person=UserId(row["person"]), reason=row["reason"]) for row in rows)


def record_note_told(books: Books, verb: RecordNoteTold) -> None:
    """The person has it."""
    books.run("UPDATE note SET told_time = ? WHERE id = ?", verb.now_s, verb.note)


def keep_note(books: Books, verb: KeepNote) -> None:
    """It waits for the person's next panel."""
    books.run("UPDATE note SET is_direct = 0 WHERE id = ?", verb.note)


VERBS: Verbs = {
    KeepUndelivered: keep_undelivered,
    OwedNotes: owed_notes,
    RecordNoteTold: record_note_told,
    KeepNote: keep_note,
}
