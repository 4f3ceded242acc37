"""What people and sessions have used so far: tokens and money. The totals are kept beside each attempt's figures."""

from typing import Final

from messages.ids import SessionId, TurnId, UserId
from messages.turn import Usage
from storage.unit_of_work import UnitOfWork

_ADD: Final = (
    (
        "UPDATE turn SET input_tokens = coalesce(input_tokens, 0) + :input, output_tokens = coalesce(output_tokens, 0) + :output,"
        " tokens_are_estimated = max(tokens_are_estimated, :estimated), cost = coalesce(cost, 0) + :cost WHERE id = :turn"
    ),
    (
        "UPDATE user SET input_tokens = input_tokens + :input, output_tokens = output_tokens + :output,"
        " tokens_are_estimated = max(tokens_are_estimated, :estimated), cost = cost + :cost"
        " WHERE discord_user_id = (SELECT asker FROM turn WHERE id = :turn)"
    ),
    (
        "UPDATE session SET input_tokens = input_tokens + :input, output_tokens = output_tokens + :output,"
        " tokens_are_estimated = max(tokens_are_estimated, :estimated), cost = cost + :cost"
        " WHERE id = (SELECT session FROM turn WHERE id = :turn)"
    ),
)
"""A turn's own figures, the asker's total, and the session's."""


def add(unit: UnitOfWork, turn: TurnId, usage: Usage | None) -> None:
    """Add what an attempt used to what its turn, its asker and its session have used before; writes."""
    if usage is None:
        return
    for statement in _ADD:
        unit.run(
            statement,
            turn=turn,
            input=usage.input_tokens,
            output=usage.output_tokens,
            estimated=int(usage.estimated),
            cost=usage.cost,
        )


def used_by(unit: UnitOfWork, asker: UserId) -> Usage:
    """Return what all turns that a person asked have used so far, in whatever session."""
    return _total(unit, "FROM user WHERE discord_user_id = ?", asker)


def used_in(unit: UnitOfWork, session: SessionId) -> Usage:
    """Return what all turns of a session have used so far, whoever asked them."""
    return _total(unit, "FROM session WHERE id = ?", session)


def _total(unit: UnitOfWork, where: str, value: int) -> Usage:
    row = unit.one("SELECT input_tokens, output_tokens, tokens_are_estimated, cost " + where, value)
    if row is None:
        raise LookupError(value)
    return Usage(
        input_tokens=row["input_tokens"],
        output_tokens=row["output_tokens"],
        estimated=bool(row["tokens_are_estimated"]),
        cost=row["cost"],
    )
