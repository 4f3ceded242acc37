"""After an unclean end: what was under way waits again, what brings the process down is set aside."""

import sqlite3
import time
from functools import partial

from messages.answer import Answer
from messages.ids import ChannelId, MessageId, SessionId
from messages.turn import CRASH_COUNT_MAX, OutcomePending
from messages.verbs.recovery import (
    HasWork,
    ParkSession,
    Recover,
    RestartTurns,
    SessionQuestions,
    WaitingQuestions,
    WaitingSessions,
)
from storage.quarantine import or_quarantine, outcomes_of
from storage.turns import end, end_if_stopped
from storage.unit_of_work import UnitOfWork, Verbs


def recover(unit: UnitOfWork, verb: Recover) -> None:
    """Count a death for each turn whose model was being asked, then have it wait again or set it aside.

    No session is parked any more.
    """
    unit.run("UPDATE session SET parked_until = 0 WHERE parked_until > 0")
    unit.run("UPDATE turn SET deaths = deaths + 1 WHERE state = 'streaming' AND asked = 1")
    for turn in unit.all("SELECT * FROM turn WHERE state = 'streaming'"):
        or_quarantine(unit, turn["id"], verb.now_s, partial(_recover, unit, turn, verb.now_s))


def _recover(unit: UnitOfWork, turn: sqlite3.Row, now_s: float) -> None:
    if end_if_stopped(unit, turn, turn["draft"]):
        return
    if turn["deaths"] >= CRASH_COUNT_MAX:
        end(unit, turn, "failed", "quarantined", Answer(text=turn["draft"]), now_s)
    else:
        unit.run("UPDATE turn SET state = 'queued' WHERE id = ?", turn["id"])


def restart_turns(unit: UnitOfWork, verb: RestartTurns) -> tuple[OutcomePending, ...]:
    """A session's actor crashed: its turn waits again, or ends where it was to be stopped."""
    streaming = unit.all("SELECT * FROM turn WHERE session = ? AND state = 'streaming'", verb.session)
    unit.run("UPDATE turn SET state = 'queued' WHERE session = ? AND state = 'streaming'", verb.session)
    ended = [turn for turn in streaming if turn["stop_reason"] is not None]
    for turn in ended:
        or_quarantine(unit, turn["id"], time.time(), partial(end_if_stopped, unit, turn, turn["draft"]))
    return outcomes_of(unit, [turn["id"] for turn in ended])


def park_session(unit: UnitOfWork, verb: ParkSession) -> tuple[OutcomePending, ...]:
    """Fail what waits in a session, and what comes until the given time."""
    unit.run("UPDATE session SET parked_until = ? WHERE id = ?", verb.until_s, verb.session)
    waiting = unit.all(
        "SELECT * FROM turn WHERE session = ? AND state IN ('queued', 'streaming') ORDER BY cause", verb.session
    )
    for turn in waiting:
        park = partial(end, unit, turn, "failed", "parked", Answer(text=turn["draft"]), verb.now_s)
        or_quarantine(unit, turn["id"], verb.now_s, park)
    return outcomes_of(unit, [turn["id"] for turn in waiting])


def waiting_sessions(unit: UnitOfWork, _verb: WaitingSessions) -> tuple[SessionId, ...]:
    """The sessions in which a turn waits."""
    rows = unit.all("SELECT DISTINCT session FROM turn WHERE state = 'queued' ORDER BY session")
    return tuple(SessionId(row["session"]) for row in rows)


def waiting_questions(unit: UnitOfWork, _verb: WaitingQuestions) -> tuple[SessionQuestions, ...]:
    """The messages whose questions wait, by session, each once."""
    waiting: dict[SessionId, dict[tuple[ChannelId, MessageId], None]] = {}
    for row in unit.all("SELECT session, channel_id, question_id FROM turn WHERE state = 'queued' ORDER BY cause"):
        if row["question_id"] is not None:
            waiting.setdefault(SessionId(row["session"]), {})[row["channel_id"], row["question_id"]] = None
    return tuple(SessionQuestions(session=session, questions=tuple(asked)) for session, asked in waiting.items())


def has_work(unit: UnitOfWork, verb: HasWork) -> bool:
    """Whether a turn of this session waits."""
    return unit.one("SELECT 1 FROM turn WHERE session = ? AND state = 'queued' LIMIT 1", verb.session) is not None


VERBS: Verbs = {
    Recover: recover,
    RestartTurns: restart_turns,
    ParkSession: park_session,
    WaitingSessions: waiting_sessions,
    WaitingQuestions: waiting_questions,
    HasWork: has_work,
}
