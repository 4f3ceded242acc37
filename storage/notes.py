"""Notes: what the bot still has to tell one person privately, such as an answer that could not be delivered."""

from typing import Final

from messages.answer import Answer
from messages.ids import ChannelId, SessionId, TurnId, UserId, snowflake_time_s
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
    TellAdmins,
    Trouble,
    UndeliveredAnswer,
    UndeliveredNotice,
)
from messages.verbs.replies import RecordDelivered
from messages.verbs.turns import FinishTurn
from messages.verbs.verb import Deny
from storage import rights
from storage.channels import lacks_in
from storage.replies import record_delivered
from storage.rows import TurnRow
from storage.unit_of_work import UnitOfWork, Verbs, files_of, locale_of_person

TOLD_TO_ADMINS: Final[frozenset[Reason]] = frozenset({"quota_exhausted", "wrong_key", "wrong_address", "not_verified"})
"""Reasons that only the people who run the bot can mend; they are told."""

MUTED_FOR_S: Final = 86_400.0
"""Seconds during which somebody who was told that the budget is used up is not told again; their next questions get a mark only."""

ADMINS_AGAIN_S: Final = 86_400.0
"""Seconds within which admins are told of the same trouble only once."""

KEPT_S: Final = 30 * 86_400.0
KEPT_MAX: Final = 100
"""Undelivered answers are kept this long, and so many of one person, the newest; whoever has not looked for a month does not miss them."""

_WAITING: Final = (
    " FROM note LEFT JOIN turn ON turn.id = note.turn LEFT JOIN session ON session.id = turn.session"
    " WHERE note.person = :person AND note.told_time IS NULL AND note.is_direct = 0"
    " AND (note.turn IS NULL OR (session.is_removed = 0 AND (turn.draft != '' OR "
    "EXISTS (SELECT 1 FROM answer_file WHERE answer_file.turn = turn.id))))"
)
"""The notes of a person that can be shown: those of removed sessions cannot."""


def keep_undelivered(unit: UnitOfWork, verb: KeepUndelivered) -> None:
    """Give up showing an outcome in its channel, and keep its answer for the asker, once; writes.

    An answer that was shown before, and should only have got a button, is not kept: its asker has had it.
    """
    shown_before = unit.one("SELECT 1 FROM turn WHERE id = ? AND state = 'delivered'", verb.turn)
    record_delivered(unit, RecordDelivered(turn=verb.turn))
    if shown_before is not None:
        return
    unit.run(
        "INSERT INTO note (person, turn, create_time)"
        " SELECT asker, id, :now FROM turn WHERE id = :turn AND session IS NOT NULL"
        " AND (draft != '' OR EXISTS (SELECT 1 FROM answer_file WHERE answer_file.turn = :turn))"
        " AND state NOT IN ('refused', 'cancelled') AND NOT EXISTS (SELECT 1 FROM note WHERE turn = :turn)",
        turn=verb.turn,
        now=verb.now_s,
    )
    unit.run(
        "DELETE FROM note WHERE turn IS NOT NULL AND person = (SELECT asker FROM turn WHERE id = ?)"
        " AND (create_time < ? OR id NOT IN (SELECT id FROM note AS newer WHERE newer.person = note.person"
        " AND newer.turn IS NOT NULL ORDER BY id DESC LIMIT ?))",
        verb.turn,
        verb.now_s - KEPT_S,
        KEPT_MAX,
    )


def tell_admins_of(unit: UnitOfWork, verb: TellAdmins) -> None:
    """Keep a note for every admin who has had none about it within a day; writes."""
    tell_admins(unit, verb.trouble, verb.now_s)


def tell_admins(unit: UnitOfWork, reason: Trouble, now_s: float) -> None:
    """Keep a note about this trouble for every admin who has had none about it within a day; writes."""
    for admin in sorted(unit.limits.permissions.admins):
        unit.run(
            "INSERT INTO note (person, reason, is_direct, create_time) SELECT :admin, :reason, 1, :now"
            " WHERE NOT EXISTS (SELECT 1 FROM note WHERE person = :admin AND reason = :reason AND create_time > :since)",
            admin=admin,
            reason=reason,
            now=now_s,
            since=now_s - ADMINS_AGAIN_S,
        )


def note_trouble(unit: UnitOfWork, turn: TurnRow, verb: FinishTurn) -> None:
    """Record when the question may be asked again, tell the admins of trouble, and mute a notice that the asker got already."""
    if verb.reason in TOLD_TO_ADMINS:
        tell_admins(unit, verb.reason, verb.now_s)
    muted = verb.reason == "quota_exhausted" and turn.kind == "question" and _was_told(unit, turn)
    if muted or verb.again_at_s is not None:
        unit.run("UPDATE turn SET again_at = ?, muted = ? WHERE id = ?", verb.again_at_s, int(muted), turn.id)


def _was_told(unit: UnitOfWork, turn: TurnRow) -> bool:
    """Return whether the asker's previous turn that a model ended, within a day, ended for want of budget too."""
    before = unit.one(
        "SELECT reason FROM turn WHERE asker = ? AND cause < ? AND cause > ? AND attempt > 0"
        " AND state IN ('answered', 'delivered', 'interrupted', 'failed') ORDER BY cause DESC LIMIT 1",
        turn.asker,
        turn.idempotency_key,
        turn.idempotency_key - (int(MUTED_FOR_S * 1000) << 22),
    )
    return before is not None and before["reason"] == "quota_exhausted"


def pending_notes(unit: UnitOfWork, _verb: PendingNotes) -> tuple[PendingNote, ...]:
    """Return the notes that wait to be sent by direct message, oldest first."""
    rows = unit.all("SELECT id, person, reason FROM note WHERE is_direct = 1 AND told_time IS NULL ORDER BY id")
    return tuple(
        PendingNote(
            note=row["id"],
            person=UserId(row["person"]),
            reason=row["reason"],
            locale=locale_of_person(unit, UserId(row["person"])),
        )
        for row in rows
    )


def record_note_told(unit: UnitOfWork, verb: RecordNoteTold) -> None:
    """Record that the person has received a note."""
    unit.run("UPDATE note SET told_time = ? WHERE id = ?", verb.now_s, verb.note)


def keep_note(unit: UnitOfWork, verb: KeepNote) -> None:
    """Keep a note for the person's next panel, because no direct message reaches them."""
    unit.run("UPDATE note SET is_direct = 0 WHERE id = ?", verb.note)


def waiting(unit: UnitOfWork, person: UserId) -> int:
    """Return how many notes wait to be shown to a person."""
    row = unit.one("SELECT count(*) AS notes" + _WAITING, person=person)
    return 0 if row is None else int(row["notes"])


def read_undelivered(unit: UnitOfWork, verb: ReadUndelivered) -> tuple[UndeliveredAnswer | UndeliveredNotice, ...]:
    """Return what waits for a person, oldest first. An answer is given only while its session is open to them."""
    person, guild = verb.by.user_id, verb.by.guild_id
    rows = unit.all(
        "SELECT note.id, note.reason, note.turn, turn.channel_id, turn.question, turn.draft, turn.reason AS ending, turn.session"
        + _WAITING
        + " ORDER BY note.id LIMIT :limit",
        person=person,
        limit=NOTES_A_PRESS,
    )
    return tuple(
        UndeliveredNotice(note=row["id"], reason=row["reason"])
        if row["reason"] is not None
        else UndeliveredAnswer(
            note=row["id"],
            channel_id=ChannelId(row["channel_id"]),
            question=row["question"],
            answer=_answer(unit, TurnId(row["turn"]), row["draft"])
            if rights.may_in(unit, person, "see", SessionId(row["session"]), guild)
            else None,
            is_cut=row["ending"] != "complete",
            lacks=lacks_in(unit, ChannelId(row["channel_id"]), snowflake_time_s(verb.by.interaction_id)),
        )
        for row in rows
    )


def _answer(unit: UnitOfWork, turn: TurnId, text: str) -> Answer:
    return Answer(text=text, files=files_of(unit, turn))


def dismiss_note(unit: UnitOfWork, verb: DismissNote) -> int | Deny:
    """Record that the person has read a note, and return how many still wait; `Deny` when the note is not theirs."""
    dismissed = unit.run(
        "UPDATE note SET told_time = ? WHERE id = ? AND person = ? AND is_direct = 0",
        verb.now_s,
        verb.note,
        verb.by.user_id,
    )
    return waiting(unit, verb.by.user_id) if dismissed.rowcount else Deny()


VERBS: Verbs = {
    ReadUndelivered: read_undelivered,
    DismissNote: dismiss_note,
    KeepUndelivered: keep_undelivered,
    PendingNotes: pending_notes,
    RecordNoteTold: record_note_told,
    KeepNote: keep_note,
    TellAdmins: tell_admins_of,
}
