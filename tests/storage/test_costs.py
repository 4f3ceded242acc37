"""What a turn costs does not grow with what was said before, nor with how many people there are."""

import sqlite3
from collections.abc import Callable

from messages.recorder import AcceptMessage, OwedOutcomes, Recover, StopTurn, WithdrawQuestion
from storage.sqlite import SqliteStore
from tests.storage.people import (
    ALICE,
    NOW_S,
    accept,
    ask_again,
    finish,
    message_id,
    posted,
    set_status,
    store,
    take,
)


def _a_turns_life(rows: SqliteStore) -> None:
    session = accept(rows, 0).session
    rows.perform(AcceptMessage(posted=posted(1), now_s=NOW_S + 10_000, missed=True))
    set_status(rows, "activate", number=2)
    accept(rows, 3)
    first = take(rows, session, history_chars=100)
    finish(rows, first, reason="token_limit")
    for number, kind in ((4, "retry"), (5, "continue")):
        ask_again(rows, first.turn, number, "retry" if kind == "retry" else "continue")
        rows.perform(StopTurn(actor=ALICE, turn=first.turn))
        rows.perform(WithdrawQuestion(message_id=message_id(0)))
    rows.perform(Recover(now_s=NOW_S))
    rows.perform(OwedOutcomes())


def _statements(work: Callable[[SqliteStore], None], rows: SqliteStore) -> set[str]:
    """Every statement that the work executes."""
    seen: set[str] = set()
    rows._connection.set_trace_callback(seen.add)
    work(rows)
    rows._connection.set_trace_callback(None)
    return {sql for sql in seen if sql.startswith(("SELECT", "UPDATE", "INSERT", "DELETE"))}


def _plan(connection: sqlite3.Connection, sql: str) -> list[str]:
    return [row[3] for row in connection.execute("EXPLAIN QUERY PLAN " + sql)]


def test_no_statement_of_a_turns_life_reads_a_whole_table() -> None:
    """SQLite's plan for each of them names an index or a key, and sorts nothing."""
    rows = store()
    set_status(rows, "new")
    statements = _statements(_a_turns_life, rows)
    assert len(statements) > 30
    slow = {}
    for sql in statements:
        # An index that holds nothing but what is looked for, such as that of the owed turns, may be read whole.
        steps = [
            step
            for step in _plan(rows._connection, sql)
            if ("SCAN" in step and "turn_owed" not in step and "turn_streaming" not in step) or "TEMP B-TREE" in step
        ]
        if steps:
            slow[sql] = steps
    assert not slow


def test_accepting_and_taking_a_turn_costs_the_same_in_a_long_session() -> None:
    """Counted in steps of SQLite's machine, after 1 and after 400 turns."""
    rows = store()
    set_status(rows, "new")
    rows._connection.execute("UPDATE user SET attach = 1")
    counts = [0]

    def step() -> None:
        counts[-1] += 1

    for number in range(400):
        counts.append(0)
        rows._connection.set_progress_handler(step, 1)
        session = accept(rows, 1000 * number).session
        taken = take(rows, session, history_chars=10)
        rows._connection.set_progress_handler(None, 1)
        finish(rows, taken)
    few, many = counts[5], counts[-1]
    assert many < 1.2 * few
