"""What turns cost, and who has to hear that the budget or the key of the model's server fails."""

from typing import Final

from messages.ids import SessionId, TurnId, UserId
from messages.turn import Reason, Usage
from messages.verbs.turns import FinishTurn
from storage import notes
from storage.rows import TurnRow
from storage.unit_of_work import UnitOfWork

TOLD_TO_ADMINS: Final[frozenset[Reason]] = frozenset({"quota_exhausted", "wrong_key"})
"""What only those who run the bot can mend."""

MUTED_FOR_S: Final = 86_400.0
"""Whoever was told within a day that the budget is used up knows it: their next questions only carry a mark."""


def add_usage(unit: UnitOfWork, turn: TurnId, usage: Usage | None) -> None:
    """Add what an attempt used to what earlier attempts of the same turn used."""
    if usage is None:
        return
    unit.run(
        "UPDATE turn SET input_tokens = coalesce(input_tokens, 0) + ?, output_tokens = coalesce(output_tokens, 0) + ?,"
        " tokens_are_estimated = max(tokens_are_estimated, ?), cost = coalesce(cost, 0) + ? WHERE id = ?",
        usage.input_tokens,
        usage.output_tokens,
        int(usage.estimated),
        usage.cost,
        turn,
    )


def used_by(unit: UnitOfWork, asker: UserId) -> Usage:
    """Return what all turns that a person asked have used so far, in whatever session."""
    return _total(unit, " WHERE asker = ?", asker)


def used_in(unit: UnitOfWork, session: SessionId) -> Usage:
    """Return what all turns of a session have used so far, whoever asked them."""
    return _total(unit, " WHERE session = ?", session)


_TOTAL: Final = (
    "SELECT total(input_tokens) AS input_tokens, total(output_tokens) AS output_tokens,"
    " coalesce(max(tokens_are_estimated), 0) AS is_estimated, total(cost) AS cost FROM turn"
)
"""The indexes `turn_of_asker` and `turn_of_session` hold these columns, so that no row has to be read."""


def _total(unit: UnitOfWork, where: str, value: int) -> Usage:
    row = unit.one(_TOTAL + where, value)
    if row is None:
        raise LookupError("an aggregate without GROUP BY has one row")
    return Usage(
        input_tokens=int(row["input_tokens"]),
        output_tokens=int(row["output_tokens"]),
        estimated=bool(row["is_estimated"]),
        cost=row["cost"],
    )


def note_trouble(unit: UnitOfWork, turn: TurnRow, verb: FinishTurn) -> None:
    """Record when the question may be asked again, tell the admins of trouble, and mute a notice that the asker got already."""
    if verb.reason in TOLD_TO_ADMINS:
        notes.tell_admins(unit, verb.reason, verb.now_s)
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
