"""Recovery after a crash: interrupted turns wait again, and a turn that crashes the process three times is quarantined."""

import time
from functools import partial

from messages.answer import Answer
from messages.ids import ChannelId, MessageId, SessionId, TurnId
from messages.turn import CRASH_COUNT_MAX, OutcomePending
from messages.verbs.recovery import (
    NewestTurn,
    ParkSession,
    Recover,
    RestartTurns,
    SessionQuestions,
    WaitingQuestions,
    WaitingSessions,
)
from storage import ledger
from storage.quarantine import or_quarantine, outcomes_of
from storage.turn_end import end, end_if_stopped
from storage.unit_of_work import UnitOfWork, Verbs, stored_turn


def recover(unit: UnitOfWork, verb: Recover) -> None:
    """Count a crash for each turn whose model was being asked, then have it wait again, or quarantine it; writes.

    What the models were asked is booked as estimated. No session is parked any more.
    """
    unit.run("UPDATE session SET parked_until = 0 WHERE parked_until > 0")
    ledger.settle_all(unit)
    if verb.bot is not None:
        unit.run("DELETE FROM bot WHERE id != ?", verb.bot)
        unit.run("INSERT INTO bot (id) VALUES (?) ON CONFLICT DO NOTHING", verb.bot)
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
    _settle_session(unit, verb.session)
    unit.run("UPDATE turn SET state = 'queued' WHERE session = ? AND state = 'streaming'", verb.session)
    for row in stopped:
        or_quarantine(unit, row["id"], time.time(), partial(_end_stopped, unit, row["id"]))
    return outcomes_of(unit, [row["id"] for row in stopped])


def _settle_session(unit: UnitOfWork, session: SessionId) -> None:
    """Book what a session's actor that crashed had asked a model, as estimated; writes."""
    for row in unit.all("SELECT id, draft FROM turn WHERE session = ? AND state = 'streaming'", session):
        ledger.settle(unit, TurnId(row["id"]), cut_bytes=ledger.bytes_of(row["draft"]))


def _end_stopped(unit: UnitOfWork, turn_id: TurnId) -> None:
    turn = stored_turn(unit, turn_id)
    end_if_stopped(unit, turn, turn.draft)


def park_session(unit: UnitOfWork, verb: ParkSession) -> tuple[OutcomePending, ...]:
    """Fail what waits in a session, and what comes until the given time; writes."""
    unit.run("UPDATE session SET parked_until = ? WHERE id = ?", verb.until_s, verb.session)
    _settle_session(unit, verb.session)
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


def newest_turn(unit: UnitOfWork, _verb: NewestTurn) -> TurnId:
    """Return the newest turn."""
    row = unit.one("SELECT max(id) AS newest FROM turn")
    return TurnId(0 if row is None else row["newest"] or 0)


def waiting_sessions(unit: UnitOfWork, verb: WaitingSessions) -> tuple[SessionId, ...]:
    """Return the next sessions in which a turn waits."""
    rows = unit.all(
        "SELECT DISTINCT session FROM turn WHERE state = 'queued' AND session > ? ORDER BY session LIMIT ?",
        verb.after,
        verb.limit,
    )
    return tuple(SessionId(row["session"]) for row in rows)


def waiting_questions(unit: UnitOfWork, verb: WaitingQuestions) -> tuple[SessionQuestions, ...]:
    """Return the messages whose questions wait in some sessions, each once."""
    waiting = []
    for session in verb.sessions:
        rows = unit.all(
            "SELECT channel_id, question_id FROM turn WHERE session = ? AND state = 'queued' AND id <= ?"
            " AND question_id IS NOT NULL GROUP BY channel_id, question_id ORDER BY min(cause)",
            session,
            verb.up_to,
        )
        questions = tuple((ChannelId(row["channel_id"]), MessageId(row["question_id"])) for row in rows)
        if questions:
            waiting.append(SessionQuestions(session=session, questions=questions))
    return tuple(waiting)


VERBS: Verbs = {
    Recover: recover,
    RestartTurns: restart_turns,
    ParkSession: park_session,
    NewestTurn: newest_turn,
    WaitingSessions: waiting_sessions,
    WaitingQuestions: waiting_questions,
}
