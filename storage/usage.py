"""What people and sessions have used so far: tokens and money."""

from typing import Final

from messages.ids import SessionId, UserId
from messages.turn import Usage
from storage.unit_of_work import UnitOfWork


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
