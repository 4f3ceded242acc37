"""The Discord messages that hold answers, and the outcomes that Discord does not show yet."""

from messages.ids import MessageId
from messages.turn import OutcomePending
from messages.verbs.replies import (
    ForgetPart,
    Known,
    KnownParts,
    PendingOutcomes,
    RecordDelivered,
    RecordPart,
    UnclaimedOf,
)
from storage import answer_files, kept_files, reasoning, speech, superseded, vectors
from storage.quarantine import outcomes_of
from storage.unit_of_work import UnitOfWork, Verbs, below_of, parts_of, stored_turn


def record_part(unit: UnitOfWork, verb: RecordPart) -> None:
    """Record which message holds a part of a reply. Recording it twice is harmless."""
    unit.run(
        "INSERT INTO reply (message_id, turn, part) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        verb.part.message_id,
        verb.turn,
        verb.part.part,
    )


def forget_part(unit: UnitOfWork, verb: ForgetPart) -> None:
    """Forget a message that was deleted from Discord."""
    unit.run("DELETE FROM reply WHERE message_id = ? AND turn = ?", verb.message_id, verb.turn)


def known_parts(unit: UnitOfWork, verb: KnownParts) -> Known:
    """Return the parts recorded for a turn, in order, and below which message they belong."""
    return Known(parts=parts_of(unit, verb.turn), below=below_of(unit, stored_turn(unit, verb.turn)))


def unclaimed_of(unit: UnitOfWork, verb: UnclaimedOf) -> tuple[MessageId, ...]:
    """Return the messages that came while the turn was the newest one of its question, and that hold no recorded part."""
    turn = unit.one("SELECT cause, reply_to FROM turn WHERE id = ?", verb.turn)
    if turn is None:
        return ()
    following = unit.one(
        "SELECT min(cause) AS cause FROM turn WHERE reply_to = ? AND kind != 'question' AND cause > ?",
        turn["reply_to"],
        turn["cause"],
    )
    before = None if following is None else following["cause"]
    return tuple(
        message
        for message in verb.message_ids
        if message > turn["cause"]
        and (before is None or message < before)
        and unit.one("SELECT 1 FROM reply WHERE message_id = ?", message) is None
    )


def record_delivered(unit: UnitOfWork, verb: RecordDelivered) -> None:
    """Record that Discord shows the whole outcome.

    The answer is read aloud from now on, if its asker wants that. What is left of an answer is erased now, if its session was
    removed, or its question was deleted or asked again as edited.
    """
    unit.run(
        "UPDATE turn SET owed = 0, state = CASE state WHEN 'answered' THEN 'delivered' ELSE state END WHERE id = ?",
        verb.turn,
    )
    speech.want(unit, verb.turn)
    erased = unit.run(
        "UPDATE turn SET draft = '', flags = '' WHERE id = ?"
        " AND (reason = 'question_deleted'"
        " OR EXISTS (SELECT 1 FROM session WHERE session.id = turn.session AND is_removed = 1))",
        verb.turn,
    )
    if erased.rowcount:
        answer_files.erase_of_turn(unit, verb.turn)
        reasoning.erase_of_turn(unit, verb.turn)
        vectors.erase_of_turn(unit, verb.turn)
        unit.erased.append("draft")
    else:
        superseded.forget_delivered(unit, verb.turn)
    kept_files.release_shown(unit, verb.turn)


def pending_outcomes(unit: UnitOfWork, verb: PendingOutcomes) -> tuple[OutcomePending, ...]:
    """Return outcomes that Discord does not show yet. A process that crashed may have posted more than it recorded."""
    if verb.session is None:
        rows = unit.all("SELECT id FROM turn WHERE owed = 1 AND id > ? ORDER BY id LIMIT ?", verb.after, verb.limit)
    else:
        rows = unit.all(
            "SELECT id FROM turn INDEXED BY turn_owed_of_session WHERE session = ? AND owed = 1 AND id > ? ORDER BY id LIMIT ?",
            verb.session,
            verb.after,
            verb.limit,
        )
    return outcomes_of(unit, [row["id"] for row in rows], search=True)


VERBS: Verbs = {
    RecordPart: record_part,
    ForgetPart: forget_part,
    KnownParts: known_parts,
    UnclaimedOf: unclaimed_of,
    RecordDelivered: record_delivered,
    PendingOutcomes: pending_outcomes,
}
