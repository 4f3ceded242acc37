"""Recovery after a crash: interrupted turns wait again, and a turn that crashes the process three times is quarantined."""

import time
from functools import partial

from messages.answer import Answer
from messages.ids import ChannelId, MessageId, SessionId, TurnId
from messages.turn import CRASH_COUNT_MAX, OutcomePending
from messages.verbs.recovery import (
    ParkSession,
    Recover,
    RestartTurns,
    SessionQuestions,
    WaitingQuestions,
    WaitingSessions,
)
from storage.quarantine import or_quarantine, outcomes_of
from storage.turns import end, end_if_stopped
from storage.unit_of_work import UnitOfWork, Verbs, stored_turn


def recover(unit: UnitOfWork, verb: Recover) -> None:
    """Count a crash for each turn whose model was being asked, then have it wait again, or quarantine it; writes.

    No session is parked any more.
    """
    unit.run("UPDATE session SET parked_until = 0 WHERE parked_until > 0")
    unit.run("UPDATE turn SET deaths = deaths + 1 WHERE state = 'streaming' AND asked = 1")
    for row in unit.all("SELECT id FROM turn WHERE state = 'streaming'"):
        or_quarantine(unit, row["id"], verb.now_s, partial(_recover, unit, row["id"], verb.now_s))


def _recover(unit: UnitOfWork, turn_id: TurnId, now_s: float) -> None:
    turn = stored_turn(unit, turn_id)
    if end_if_stopped(unit, turn, turn.draft):
        return
    if turn.crash_count >= CRASH_COUNT_MAX:
        end(unit, turn, "failed", "quarantined", Answer(text=turn.draft), now_s)
    else:
        unit.run("UPDATE turn SET state = 'queued' WHERE id = ?", turn_id)


def restart_turns(unit: UnitOfWork, verb: RestartTurns) -> tuple[OutcomePending, ...]:
    """Have the streaming turn of a session whose actor crashed wait again, or end it where it was to be stopped; writes."""
    stopped = unit.all(
        "SELECT id FROM turn WHERE session = ? AND state = 'streaming' AND stop_reason IS NOT NULL", verb.session
    )
    unit.run("UPDATE turn SET state = 'queued' WHERE session = ? AND state = 'streaming'", verb.session)
    for row in stopped:
        or_quarantine(unit, row["id"], time.time(), partial(_end_stopped, unit, row["id"]))
    return outcomes_of(unit, [row["id"] for row in stopped])


def _end_stopped(unit: UnitOfWork, turn_id: TurnId) -> None:
    turn = stored_turn(unit, turn_id)
    end_if_stopped(unit, turn, turn.draft)


def park_session(unit: UnitOfWork, verb: ParkSession) -> tuple[OutcomePending, ...]:
    """Fail what waits in a session, and what comes until the given time; writes."""
    unit.run("UPDATE session SET parked_until = ? WHERE id = ?", verb.until_s, verb.session)
    waiting = [
        *unit.all("SELECT id FROM turn WHERE session = ? AND state = 'streaming'", verb.session),
        *unit.all("SELECT id FROM turn WHERE session = ? AND state = 'queued' ORDER BY cause", verb.session),
    ]
    for row in waiting:
        or_quarantine(unit, row["id"], verb.now_s, partial(_park, unit, row["id"], verb.now_s))
    return outcomes_of(unit, [row["id"] for row in waiting])


def _park(unit: UnitOfWork, turn_id: TurnId, now_s: float) -> None:
    turn = stored_turn(unit, turn_id)
    end(unit, turn, "failed", "parked", Answer(text=turn.draft), now_s)


def waiting_sessions(unit: UnitOfWork, _verb: WaitingSessions) -> tuple[SessionId, ...]:
    """Return the sessions in which a turn waits."""
    rows = unit.all("SELECT DISTINCT session FROM turn WHERE state = 'queued' ORDER BY session")
    return tuple(SessionId(row["session"]) for row in rows)


def waiting_questions(unit: UnitOfWork, _verb: WaitingQuestions) -> tuple[SessionQuestions, ...]:
    """Return the messages whose questions wait, by session, each once."""
    waiting: dict[SessionId, dict[tuple[ChannelId, MessageId], None]] = {}
    for row in unit.all("SELECT session, channel_id, question_id FROM turn WHERE state = 'queued' ORDER BY cause"):
        if row["question_id"] is not None:
            waiting.setdefault(SessionId(row["session"]), {})[row["channel_id"], row["question_id"]] = None
    return tuple(SessionQuestions(session=session, questions=tuple(asked)) for session, asked in waiting.items())


VERBS: Verbs = {
    Recover: recover,
    RestartTurns: restart_turns,
    ParkSession: park_session,
    WaitingSessions: waiting_sessions,
    WaitingQuestions: waiting_questions,
}
