"""What a turn costs does not grow with what was said before, nor with how many people there are."""

import sqlite3
from collections.abc import Callable
from functools import partial
from typing import Final

from messages.turn import TurnTaken
from messages.verbs.acceptance import AcceptMessage
from messages.verbs.cancellations import WithdrawQuestion
from messages.verbs.recovery import Recover
from messages.verbs.replies import PendingOutcomes, RecordDelivered
from messages.verbs.sessions import RemoveSession
from storage.sqlite import SqliteStore
from tests.storage.people import (
    ALICE,
    BOB,
    NOW_S,
    accept,
    ask_again,
    by,
    finish,
    message_id,
    posted,
    set_status,
    stop,
    store,
    take,
)

SMALL = ("turn_owed", "turn_streaming", "session_parked", "session_to_erase", "reservation", "json_each", "(subquery")
"""What may be read whole: indexes that hold nothing but what is looked for, the requests under way, and the page of a list."""


def _a_turns_life(rows: SqliteStore) -> None:
    session = accept(rows, 0).session
    rows.perform(AcceptMessage(posted=posted(1), now_s=NOW_S + 10_000, missed=True))
    set_status(rows, "activate", number=2)
    accept(rows, 3)
    first = take(rows, session)
    finish(rows, first, reason="token_limit")
    for number, kind in ((4, "retry"), (5, "continue")):
        ask_again(rows, first.turn, number, "retry" if kind == "retry" else "continue")
        stop(rows, first.turn)
        rows.perform(WithdrawQuestion(message_id=message_id(0)))
    rows.perform(Recover(now_s=NOW_S))
    rows.perform(PendingOutcomes())


def _statements(work: Callable[[SqliteStore], None], rows: SqliteStore) -> set[str]:
    """Return every statement that the work executes."""
    seen: set[str] = set()
    rows._connection.set_trace_callback(seen.add)
    work(rows)
    rows._connection.set_trace_callback(None)
    return {sql for sql in seen if sql.startswith(("SELECT", "UPDATE", "INSERT", "DELETE"))}


NOT_DONE: Final = ("INSERT INTO session ", "SCAN user")
"""The plan of a table with triggers looks for rows that refer to a new one, but only a statement that has broken a foreign key
before does that (SQLite: FkIfZero)."""


def _plan(connection: sqlite3.Connection, sql: str) -> list[str]:
    steps = [row[3] for row in connection.execute("EXPLAIN QUERY PLAN " + sql)]
    return [step for step in steps if not (sql.startswith(NOT_DONE[0]) and step == NOT_DONE[1])]


def test_no_statement_of_a_turns_life_reads_a_whole_table() -> None:
    """SQLite's plan for each statement uses an index or a key, and sorts nothing."""
    rows = store()
    set_status(rows, "new")
    statements = _statements(_a_turns_life, rows)
    assert len(statements) > 30
    slow = {}
    for sql in statements:
        steps = [
            step
            for step in _plan(rows._connection, sql)
            if ("SCAN" in step and not any(small in step for small in SMALL)) or "TEMP B-TREE" in step
        ]
        if steps:
            slow[sql] = steps
    assert not slow


def _steps(rows: SqliteStore, work: Callable[[], object]) -> int:
    """Return what some work costs, in steps of SQLite's virtual machine."""
    steps = 0

    def step() -> None:
        nonlocal steps
        steps += 1

    rows._connection.set_progress_handler(step, 1)
    work()
    rows._connection.set_progress_handler(None, 1)
    return steps


def test_accepting_and_taking_a_turn_costs_the_same_in_a_long_session() -> None:
    """A turn costs the same after 400 turns as after 5."""
    rows = store()
    set_status(rows, "new")
    rows._connection.execute("UPDATE user SET attach = 1")
    costs = []
    for number in range(400):
        taken: list[TurnTaken] = []

        def life(number: int = number, taken: list[TurnTaken] = taken) -> None:
            taken.append(take(rows, accept(rows, 1000 * number).session, history_chars=10))

        costs.append(_steps(rows, life))
        finish(rows, taken[0])
    assert costs[-1] < 1.2 * costs[5]


def test_refusing_a_missed_message_costs_the_same_for_somebody_who_has_asked_much() -> None:
    """The search for an earlier notice reads notices only."""
    rows = store()
    set_status(rows, "new")
    costs = []
    for number in range(300):
        late_s = NOW_S + 1_000_000 + 4000 * number
        missed = AcceptMessage(posted=posted(2000 * number + 1), now_s=late_s, missed=True)
        costs.append(_steps(rows, partial(rows.perform, missed)))
        accept(rows, 2000 * number + 2)
    assert costs[-1] < 1.2 * costs[5]


def test_a_new_sessions_first_answer_and_its_removal_cost_the_same_however_much_was_asked_before() -> None:
    """A session's turns are found by an index, not among all turns."""
    rows = store()
    set_status(rows, "new")
    finishing, removing = [], []
    for number in range(200):
        taken = take(rows, accept(rows, 1000 * number).session)
        finishing.append(_steps(rows, partial(finish, rows, taken)))
        remove = RemoveSession(by=by(ALICE, 1000 * number + 1), session=taken.session, now_s=NOW_S)
        rows.perform(RecordDelivered(turn=taken.turn))
        if number % 10 == 0:
            removing.append(_steps(rows, partial(rows.perform, remove)))
    assert finishing[-1] < 1.2 * finishing[5]
    assert removing[-1] < 1.2 * removing[1]


def test_a_persons_limit_costs_the_same_however_many_others_ask() -> None:
    """The limit of questions a minute reads only the person's own turns."""
    rows = store()
    for person in (ALICE, BOB):
        set_status(rows, "new", user=person)
    alone = _steps(rows, partial(accept, rows, 0))
    for number in range(1, 300):
        accept(rows, number, author=BOB)
    assert _steps(rows, partial(accept, rows, 301)) < 1.2 * alone
