"""After an unclean end: what was under way waits again, what brings the process down is set aside."""

import sqlite3
import time
from functools import partial

from messages.answer import Answer
from messages.turn import CRASH_COUNT_MAX, OutcomePending
from messages.verbs.turns import ParkSession, Recover, RestartTurns
from storage.quarantine import or_set_aside, outcomes_of
from storage.turns import end, end_if_stopped
from storage.unit_of_work import UnitOfWork, Verbs


def recover(unit: UnitOfWork, verb: Recover) -> None:
    """Count a death for each turn whose model was being asked, then have it wait again or set it aside.

    No session is parked any more.
    """
    unit.run("UPDATE session SET parked_until = 0 WHERE parked_until > 0")
    unit.run("UPDATE turn SET deaths = deaths + 1 WHERE state = 'streaming' AND asked = 1")
    for turn in unit.all("SELECT * FROM turn WHERE state = 'streaming'"):
        or_set_aside(unit, turn["id"], verb.now_s, partial(_recover, unit, turn, verb.now_s))


def _recover(unit: UnitOfWork, turn: sqlite3.Row, now_s: float) -> None:
    if end_if_stopped(unit, turn, turn["draft"]):
        return
    if turn["deaths"] >= CRASH_COUNT_MAX:
        end(unit, turn, "failed", "set_aside", Answer(text=turn["draft"]), now_s)
    else:
        unit.run("UPDATE turn SET state = 'queued' WHERE id = ?", turn["id"])


def restart_turns(unit: UnitOfWork, verb: RestartTurns) -> tuple[OutcomePending, ...]:
    """A session's actor crashed: its turn waits again, or ends where it was to be stopped."""
    streaming = unit.all("SELECT * FROM turn WHERE session = ? AND state = 'streaming'", verb.session)
    unit.run("UPDATE turn SET state = 'queued' WHERE session = ? AND state = 'streaming'", verb.session)
    ended = [turn for turn in streaming if turn["stop_reason"] is not None]
    for turn in ended:
        or_set_aside(unit, turn["id"], time.time(), partial(end_if_stopped, unit, turn, turn["draft"]))
    return outcomes_of(unit, [turn["id"] for turn in ended])


def park_session(unit: UnitOfWork, verb: ParkSession) -> tuple[OutcomePending, ...]:
    """Fail what waits in a session, and what comes until the given time."""
    unit.run("UPDATE session SET parked_until = ? WHERE id = ?", verb.until_s, verb.session)
    waiting = unit.all(
        "SELECT * FROM turn WHERE session = ? AND state IN ('queued', 'streaming') ORDER BY cause", verb.session
    )
    for turn in waiting:
        park = partial(end, unit, turn, "failed", "parked", Answer(text=turn["draft"]), verb.now_s)
        or_set_aside(unit, turn["id"], verb.now_s, park)
    return outcomes_of(unit, [turn["id"] for turn in waiting])


VERBS: Verbs = {Recover: recover, RestartTurns: restart_turns, ParkSession: park_session}
