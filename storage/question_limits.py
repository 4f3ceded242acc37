"""Whether a person may ask one more question now, and whether a session takes one."""

from typing import Final, Literal

from messages.ids import SessionId
from storage.unit_of_work import UnitOfWork

MINUTE_MS_SHIFTED: Final = 60_000 << 22


def asked_too_much(unit: UnitOfWork, asker: int, cause: int) -> bool:
    """Return whether the person has asked as many questions in the minute before `cause` as the limit allows."""
    row = unit.one(
        "SELECT count(*) AS asked FROM turn WHERE asker = ? AND cause > ? AND cause < ? AND state != 'refused'",
        asker,
        cause - MINUTE_MS_SHIFTED,
        cause,
    )
    return row is not None and row["asked"] >= unit.limits.questions_per_minute


def closed_for_now(unit: UnitOfWork, session: SessionId, now_s: float) -> Literal["parked", "queue_full"] | None:
    """Return why a session takes no new turn now: it is parked after repeated crashes, or its queue is full. None when it takes one."""
    row = unit.one(
        "SELECT parked_until > ? AS parked,"
        " (SELECT count(*) FROM turn WHERE turn.session = session.id AND state = 'queued') AS waiting"
        " FROM session WHERE id = ?",
        now_s,
        session,
    )
    if row is None:
        return None
    if row["parked"]:
        return "parked"
    return "queue_full" if row["waiting"] >= unit.limits.queue_cap else None
