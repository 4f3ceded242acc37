"""Quarantine: a turn whose row cannot be read ends with a notice, and does not block the other turns."""

from collections.abc import Callable, Iterable

import structlog

from messages.ids import TurnId
from messages.turn import OutcomePending
from storage.unit_of_work import UnitOfWork, outcome_of

log = structlog.get_logger()


def or_quarantine(unit: UnitOfWork, turn: int, now_s: float, do: Callable[[], object]) -> None:
    """Do something with a turn. When that fails, undo it and quarantine the turn without reading its row; writes."""
    unit.run("SAVEPOINT one_turn")
    try:
        do()
    except Exception as error:  # noqa: BLE001 whatever its rows hold
        log.error("turn.unreadable", turn=turn, error=type(error).__name__)
        unit.run("ROLLBACK TO one_turn")
        _quarantine(unit, turn, now_s)
    unit.run("RELEASE one_turn")


def outcomes_of(unit: UnitOfWork, turns: Iterable[int], *, search: bool = False) -> tuple[OutcomePending, ...]:
    """Return how these turns ended. A turn whose outcome cannot be read is quarantined; writes then."""
    return tuple(_outcome_of(unit, TurnId(turn), search=search) for turn in turns)


def _outcome_of(unit: UnitOfWork, turn: TurnId, *, search: bool) -> OutcomePending:
    try:
        return outcome_of(unit, turn, search=search)
    except Exception as error:  # noqa: BLE001 whatever its row holds
        log.error("turn.unreadable", turn=turn, error=type(error).__name__)
        _quarantine(unit, turn, None)
        return outcome_of(unit, turn, search=search)


def _quarantine(unit: UnitOfWork, turn: int, now_s: float | None) -> None:
    unit.run(
        "UPDATE turn SET state = 'failed', reason = 'quarantined', draft = '', owed = 1,"
        " end_time = coalesce(?, end_time, create_time) WHERE id = ?",
        now_s,
        turn,
    )
