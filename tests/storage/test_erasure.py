"""Removing much is done in pieces: nobody waits long for it, and nothing is left in the end."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import anyio
import pytest

from actors.recorder import Recorder
from messages.answer import Answer
from messages.files import File
from messages.ids import SessionId
from messages.verbs.cancellations import EditQuestion
from messages.verbs.recovery import HasWork
from messages.verbs.replies import RecordDelivered
from messages.verbs.sessions import EraseRemoved, RemoveSession
from messages.verbs.turns import FinishTurn
from messages.verbs.users import ClearSessions, SessionsRemoved
from storage import pieces
from storage.sqlite import SqliteStore, open_store
from tests.storage.people import ALICE, LIMITS, NOW_S, accept, by, finish, message_id, set_status, store, take, value

ROWS = pieces.ROWS_MAX


def long_session(rows: SqliteStore, turns: int) -> SessionId:
    """Make a session of Alice's with so many answered turns, of which each is in Discord."""
    set_status(rows, "new")
    session = accept(rows, 0, "Canary?").session
    turn = finish(rows, take(rows, session), "Canary!")
    rows.perform(RecordDelivered(turn=turn.turn))
    numbers = f"WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {turns - 1})"
    columns = "kind, session, asker, asker_name, channel_id, reply_to, question, state, reason, draft, create_time"
    rows._connection.execute(
        f"INSERT INTO turn (id, root, cause, {columns}) {numbers}"
        f" SELECT id + n, id + n, cause + n, {columns} FROM turn, n"
    )
    rows._connection.execute(
        f"INSERT INTO utterance (session, position, role, author_name, text, turn) {numbers}"
        " SELECT session, position + 2 * n, role, author_name, text, turn + n FROM utterance, n"
    )
    return session


def changes(rows: SqliteStore) -> int:
    return rows._connection.total_changes


def remove(rows: SqliteStore, session: SessionId) -> SessionsRemoved:
    removed = rows.perform(RemoveSession(by=by(ALICE, 5), session=session, now_s=NOW_S))
    assert isinstance(removed, SessionsRemoved)
    return removed


def test_no_transaction_of_a_removal_changes_many_rows(tmp_path: Path) -> None:
    """Whatever the session holds, each piece is bounded; after the last one no file has anything of it."""
    rows = open_store(tmp_path / "causerie.db", LIMITS)
    session = long_session(rows, 3 * ROWS)
    before = changes(rows)
    remove(rows, session)
    pieces = [changes(rows) - before]
    are_more = True
    while are_more:
        before = changes(rows)
        are_more = rows.perform(EraseRemoved())
        pieces.append(changes(rows) - before)
    assert max(pieces) <= 3 * ROWS
    assert len(pieces) > 5
    assert rows.perform(EraseRemoved()) is False
    assert value(rows, "SELECT count(*) FROM utterance") == 0
    assert [path.name for path in tmp_path.iterdir() if b"Canary" in path.read_bytes()] == []
    rows.close()


def test_what_is_not_erased_yet_is_removed_for_everybody() -> None:
    """The first transaction removes the session; erasing it is only housekeeping."""
    rows = store()
    session = long_session(rows, 3 * ROWS)
    remove(rows, session)
    assert value(rows, "SELECT count(*) FROM utterance") > 0
    assert rows.perform(ClearSessions(by=by(ALICE, 6), newest=SessionId(2**62), now_s=NOW_S)).removed == 0
    assert value(rows, "SELECT count(*) FROM session WHERE is_removed = 0 OR title != '' OR is_public") == 0


async def test_a_process_goes_on_erasing_what_an_earlier_one_left() -> None:
    """The rows say what is left, so a kill in between is harmless; nobody has to ask for it."""
    rows = store()
    remove(rows, long_session(rows, 3 * ROWS))
    recorder = Recorder(rows)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(recorder.run)
        for _ in range(15):  # between two transactions it erases a piece at least
            await recorder.execute(HasWork(session=SessionId(1)))
        tasks.cancel_scope.cancel()
    assert value(rows, "SELECT count(*) FROM utterance") == 0
    assert value(rows, "SELECT count(*) FROM turn WHERE question != '' OR draft != '' OR asker_name != ''") == 0


def test_clear_removes_a_bounded_number_of_sessions_at_once_and_says_that_there_are_more() -> None:
    """Whoever executes it goes on until nothing is left; sessions that began later stay."""
    rows = store()
    set_status(rows, "new")
    sessions = [accept(rows, number).session for number in range(1, 601)]
    parts = list(cleared(rows, sessions[-2]))
    assert sum(part.removed for part in parts) == 599
    assert len(parts) > 2
    assert value(rows, "SELECT count(*) FROM session WHERE is_removed = 0") == 1
    assert sum(len(part.ended.outcomes) for part in parts) == 599


def cleared(rows: SqliteStore, newest: SessionId) -> Iterator[SessionsRemoved]:
    are_more = True
    while are_more:
        part = rows.perform(ClearSessions(by=by(ALICE, 9000), newest=newest, now_s=NOW_S))
        yield part
        are_more = part.are_more


@pytest.mark.parametrize("column", ["question", "enclosed", "edited", "left_out", "draft", "flags", "asker_name"])
def test_every_text_of_a_turn_is_erased(column: str) -> None:
    """Whatever a turn's row holds of what somebody wrote."""
    rows = store()
    set_status(rows, "new")
    session = accept(rows, 1).session
    turn = finish(rows, take(rows, session)).turn
    rows.perform(RecordDelivered(turn=turn))
    rows._connection.execute(f"UPDATE turn SET {column} = 'Canary'")
    remove(rows, session)
    assert value(rows, f"SELECT coalesce({column}, '') FROM turn") == ""


def test_every_column_with_words_of_a_session_is_known_here() -> None:
    """A new column of text has to be erased with its session, or to be named here as one that holds no words of people."""
    rows = store()
    harmless = {"kind", "state", "reason", "stop_reason", "model", "role", "effort", "size", "quality"}
    erased = {
        "question",
        "enclosed",
        "edited",
        "left_out",
        "draft",
        "flags",
        "asker_name",
        "title",
        "system_msg",
        "text",
        "author_name",
    }
    for table in ("turn", "session", "utterance"):
        columns = rows._connection.execute(f"PRAGMA table_info({table})").fetchall()
        texts = {name for _, name, kind, *_ in columns if kind == "TEXT"}
        assert texts <= harmless | erased, f"{table}: {sorted(texts - harmless - erased)}"


def test_files_of_a_long_session_are_erased_too() -> None:
    """A turn's files go with its texts, in the piece that its turn is in."""
    rows = store()
    session = long_session(rows, 3 * ROWS)
    set_status(rows, "activate", number=1)
    rows._connection.execute("UPDATE user SET current_session = ?", (session,))
    accept(rows, 2000, "Draw!")
    taken = take(rows, session)
    answer = Answer(files=(File(name="a.png", content=b"Canary"),))
    outcome = rows.perform(
        FinishTurn(
            turn=taken.turn, attempt=1, ending="answered", reason="complete", answer=answer, usage=None, now_s=NOW_S
        )
    )
    rows.perform(RecordDelivered(turn=outcome.turn))
    remove(rows, session)
    assert value(rows, "SELECT count(*) FROM answer_file") == 1
    while rows.perform(EraseRemoved()):
        pass
    assert value(rows, "SELECT count(*) FROM answer_file") == 0


def test_an_edit_brings_nothing_back_while_a_session_is_being_erased() -> None:
    """Its questions are not edited any more."""
    rows = store()
    session = long_session(rows, 3 * ROWS)
    remove(rows, session)
    rows.perform(EditQuestion(message_id=message_id(0), text="Back again?"))
    while rows.perform(EraseRemoved()):
        pass
    assert value(rows, "SELECT count(*) FROM turn WHERE question != ''") == 0


def test_a_piece_of_an_erasure_is_bounded_in_bytes_too() -> None:
    """Answers, vectors and reasoning may be very long: nobody waits until SQLite has overwritten some megabytes of them."""
    rows = store()
    session = long_session(rows, 60)
    rows._connection.execute("UPDATE turn SET draft = hex(zeroblob(20000))")
    rows._connection.execute("UPDATE utterance SET text = hex(zeroblob(20000))")
    rows._connection.execute(
        "INSERT INTO vector (turn, session, model, numbers) SELECT id, 1, '', zeroblob(50000) FROM turn"
    )
    rows._connection.execute("INSERT INTO reasoning (turn, text) SELECT id, hex(zeroblob(20000)) FROM turn")
    left = [held(rows)]
    remove(rows, session)
    left.append(held(rows))
    are_more = True
    while are_more:
        are_more = rows.perform(EraseRemoved())
        left.append(held(rows))
    assert left[0] > 20 * pieces.BYTES_MAX
    assert max(before - after for before, after in pairwise(left)) <= pieces.BYTES_MAX + 130_000  # one row more
    assert left[-1] == 0
    assert value(rows, "PRAGMA synchronous") == 2  # what comes next survives a power cut again


def held(rows: SqliteStore) -> int:
    return sum(
        int(value(rows, f"SELECT coalesce(sum(length({column})), 0) FROM {table}"))
        for table, column in (("turn", "draft"), ("utterance", "text"), ("vector", "numbers"), ("reasoning", "text"))
    )
