"""Many verbs are committed at once, and each runs in its own savepoint."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest

from messages.answer import Answer
from messages.ids import SessionId, TurnId
from messages.session import NothingWaits
from messages.verbs.acceptance import AcceptMessage
from messages.verbs.recovery import HasWork
from messages.verbs.turns import BeginAsking, FinishTurn, TakeNextTurn
from messages.verbs.verb import Verb
from storage import (
    acceptance,
    admin,
    budget_raises,
    cancellations,
    channels,
    erasure,
    forgetting,
    identifies,
    kept_files,
    model_usage,
    notes,
    person_data,
    reasoning,
    recovery,
    replies,
    retries,
    sessions,
    speech,
    turn_end,
    turns,
    waiting,
)
from storage import users as people
from storage.sqlite import VERBS, SqliteStore, open_store
from storage.store import StorageError
from tests.storage.people import LIMITS, NOW_S, accept, finish, posted, set_status, store, take, value


def test_every_verb_has_exactly_one_function() -> None:
    """Each verb has exactly one function."""
    known: set[Any] = {verb for verb in Verb.__subclasses__() if not verb.__module__.startswith("tests.")}
    assert set(VERBS) == known
    groups = (
        acceptance,
        admin,
        budget_raises,
        cancellations,
        retries,
        channels,
        erasure,
        forgetting,
        identifies,
        kept_files,
        model_usage,
        notes,
        person_data,
        people,
        reasoning,
        recovery,
        replies,
        sessions,
        speech,
        turn_end,
        turns,
        waiting,
    )
    assert sum(len(group.VERBS) for group in groups) == len(known)


def test_a_verb_that_fails_fails_alone() -> None:
    """A verb that raises is answered with its exception; the verbs before and after it are committed."""
    rows = store()
    set_status(rows, "new")
    nobody = FinishTurn(
        turn=TurnId(99),
        attempt=1,
        ending="answered",
        reason="complete",
        answer=Answer(text=""),
        usage=None,
        now_s=NOW_S,
    )
    answers = rows.commit(
        [AcceptMessage(posted=posted(0), now_s=NOW_S), nobody, AcceptMessage(posted=posted(1), now_s=NOW_S)]
    )
    assert isinstance(answers[1], LookupError)
    assert value(rows, "SELECT count(*) FROM turn") == 2
    with pytest.raises(LookupError):
        rows.perform(nobody)


def test_an_error_that_lives_on_holds_no_old_view_of_the_database(tmp_path: Path) -> None:
    """A verb raised amid the rows that it read: although somebody keeps its error, the store commits what follows another program's write."""
    rows = open_store(tmp_path / "causerie.db", LIMITS)
    set_status(rows, "new")
    session = accept(rows, 0).session
    finish(rows, take(rows, session))
    set_status(rows, "activate", number=1)
    accept(rows, 2)
    taken = take(rows, session)
    rows._connection.execute("UPDATE utterance SET enclosed = 'no JSON'")
    (kept,) = rows.commit([BeginAsking(turn=taken.turn, attempt=taken.attempt, chars=1000, now_s=NOW_S)])
    assert isinstance(kept, msgspec.MsgspecError)
    with closing(sqlite3.connect(tmp_path / "causerie.db", isolation_level=None)) as other:
        other.execute("UPDATE utterance SET enclosed = ''")
    set_status(rows, "disable", number=3)
    assert kept.__traceback__ is not None
    rows.close()


def test_what_a_failing_verb_had_written_is_taken_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a verb wrote before it raised is rolled back."""
    rows = store()
    set_status(rows, "new")

    def half(unit: Any, verb: AcceptMessage) -> Any:
        acceptance.accept_message(unit, verb)
        raise RuntimeError

    verbs: dict[Any, Any] = VERBS
    monkeypatch.setitem(verbs, AcceptMessage, half)
    answers = rows.commit([AcceptMessage(posted=posted(0), now_s=NOW_S), HasWork(session=SessionId(1))])
    assert isinstance(answers[0], RuntimeError)
    assert answers[1] is False
    assert value(rows, "SELECT count(*) FROM session") == 0


def test_nothing_written_costs_no_write_to_the_disk(tmp_path: Path) -> None:
    """A message that is not for the bot writes nothing, so its commit needs no fsync."""
    rows = open_store(tmp_path / "causerie.db", LIMITS)
    set_status(rows, "disable")
    log = tmp_path / "causerie.db-wal"
    before = (log.stat().st_size, log.stat().st_mtime_ns)
    for number in range(20):
        rows.perform(AcceptMessage(posted=posted(number), now_s=NOW_S))
    assert rows.perform(TakeNextTurn(session=SessionId(1))) == NothingWaits()
    assert (log.stat().st_size, log.stat().st_mtime_ns) == before
    rows.close()


def test_a_full_disk_commits_nothing_and_is_survived() -> None:
    """A full disk raises `StorageError`, and the same store works again once there is room."""
    rows = store()
    set_status(rows, "new")
    pages = value(rows, "PRAGMA page_count")
    rows._connection.execute(f"PRAGMA max_page_count = {pages}")
    long = AcceptMessage(posted=posted(0, "comet " * 50_000), now_s=NOW_S)
    with pytest.raises((StorageError, sqlite3.OperationalError)):
        rows.perform(long)
    assert value(rows, "SELECT count(*) FROM turn") == 0
    rows._connection.execute("PRAGMA max_page_count = 1000000")
    rows.perform(long)
    assert value(rows, "SELECT count(*) FROM turn") == 1


class Failing(sqlite3.Connection):
    """A connection that fails at one statement."""

    fails_at = ""

    def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
        if sql == self.fails_at:
            raise sqlite3.OperationalError("disk I/O error")
        return super().execute(sql, *values)


@pytest.mark.parametrize("statement", ["BEGIN IMMEDIATE", "COMMIT"])
def test_a_commit_that_fails_leaves_nothing_of_any_verb(tmp_path: Path, statement: str) -> None:
    """A disk that fails during a commit fails every verb of it, and none of them is partly committed."""
    path = tmp_path / "causerie.db"
    open_store(path, LIMITS).close()
    connection = sqlite3.connect(path, isolation_level=None, factory=Failing)
    rows = SqliteStore(connection, LIMITS)
    set_status(rows, "new")
    connection.fails_at = statement
    with pytest.raises(StorageError, match="disk I/O error"):
        rows.commit([AcceptMessage(posted=posted(number), now_s=NOW_S) for number in range(3)])
    connection.fails_at = ""
    assert value(rows, "SELECT count(*) FROM turn") == 0
    accept(rows, 5)
    assert value(rows, "SELECT count(*) FROM turn") == 1
    rows.close()


def test_every_commit_is_durable_and_what_is_removed_is_gone() -> None:
    """SQLite's settings: write-ahead log, full synchronisation, secure deletion, foreign keys."""
    rows = store()
    assert value(rows, "PRAGMA synchronous") == 2
    assert value(rows, "PRAGMA secure_delete") == 1
    assert value(rows, "PRAGMA foreign_keys") == 1
