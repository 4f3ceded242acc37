"""What people and sessions have used so far: tokens, pictures, audio and money. The totals are kept beside each turn's figures."""

from typing import Any, Final

from messages.ids import SessionId, TurnId, UserId
from messages.usage import Total, Usage
from storage.unit_of_work import UnitOfWork

_ADD: Final = (
    (
        "UPDATE turn SET input_tokens = coalesce(input_tokens, 0) + :input_tokens,"
        " output_tokens = coalesce(output_tokens, 0) + :output_tokens,"
        " tokens_are_estimated = max(tokens_are_estimated, :estimated),"
        " micro_dollars = coalesce(micro_dollars, 0) + :micro_dollars, is_unpriced = max(is_unpriced, :unpriced) WHERE id = :turn"
    ),
    (
        "UPDATE user SET input_tokens = input_tokens + :input_tokens, output_tokens = output_tokens + :output_tokens,"
        " pictures = pictures + :pictures, audio_ms = audio_ms + :audio_ms, characters = characters + :characters,"
        " tokens_are_estimated = max(tokens_are_estimated, :estimated),"
        " micro_dollars = micro_dollars + :micro_dollars, is_unpriced = max(is_unpriced, :unpriced)"
        " WHERE discord_user_id = (SELECT asker FROM turn WHERE id = :turn)"
    ),
    (
        "UPDATE session SET input_tokens = input_tokens + :input_tokens, output_tokens = output_tokens + :output_tokens,"
        " pictures = pictures + :pictures, audio_ms = audio_ms + :audio_ms, characters = characters + :characters,"
        " tokens_are_estimated = max(tokens_are_estimated, :estimated),"
        " micro_dollars = micro_dollars + :micro_dollars, is_unpriced = max(is_unpriced, :unpriced)"
        " WHERE id = (SELECT session FROM turn WHERE id = :turn)"
    ),
)
"""A turn's own figures, the asker's total, and the session's."""


_COUNTED: Final = "SELECT input_tokens, output_tokens, pictures, audio_ms, characters, tokens_are_estimated, micro_dollars, is_unpriced "


def add(unit: UnitOfWork, turn: TurnId, usage: Usage | None) -> None:
    """Add what an attempt used to what its turn, its asker and its session have used before; writes."""
    if usage is None:
        return
    figures: dict[str, Any] = {
        "turn": turn,
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "pictures": usage.pictures,
        "audio_ms": usage.audio_ms,
        "characters": usage.characters,
        "micro_dollars": usage.cost or 0,
        "estimated": int(usage.estimated),
        "unpriced": int(usage.cost is None),
    }
    for statement in _ADD:
        unit.run(statement, **figures)


def used_by(unit: UnitOfWork, asker: UserId) -> Total:
    """Return what all turns that a person asked have used so far, in whatever session."""
    return _total(unit, "FROM user WHERE discord_user_id = ?", asker)


def used_in(unit: UnitOfWork, session: SessionId) -> Total:
    """Return what all turns of a session have used so far, whoever asked them."""
    return _total(unit, "FROM session WHERE id = ?", session)


def _total(unit: UnitOfWork, where: str, value: int) -> Total:
    row = unit.one(_COUNTED + where, value)
    if row is None:
        raise LookupError(value)
    return Total(
        input_tokens=row["input_tokens"],
        output_tokens=row["output_tokens"],
        pictures=row["pictures"],
        audio_ms=row["audio_ms"],
        characters=row["characters"],
        estimated=bool(row["tokens_are_estimated"]),
        cost=row["micro_dollars"],
        is_partly_unpriced=bool(row["is_unpriced"]),
    )
