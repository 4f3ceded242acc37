"""How many questions a person has asked is kept beside the person, and is what counting them would say."""

import random
from contextlib import closing

import pytest
from sqlite_utils import Database

from messages.ids import UserId
from messages.verbs.acceptance import AcceptMessage
from messages.verbs.forgetting import ForgetNext, ForgetPerson, NobodyToForget, NotListed, ReadBelongings, RecordListed
from messages.verbs.sessions import EraseRemoved
from storage import schema
from storage.limits import Limits
from storage.sqlite import SqliteStore
from tests.storage.people import ALICE, BOB, NOW_S, by, finish, posted, set_status, store, take
from tests.storage.test_migrations import MIGRATIONS, _at

CAROL = UserId(ALICE + BOB)
COUNTED = """
    SELECT discord_user_id, questions,
        (SELECT count(*) FROM turn WHERE asker = discord_user_id AND kind = 'question' AND state != 'refused')
    FROM user
"""


def are_counted(rows: SqliteStore) -> int:
    """Compare what is kept with what is counted; returns how many questions there are."""
    found = rows._connection.execute(COUNTED).fetchall()
    for user, questions, counted in found:
        assert questions == counted, user
    return sum(row[1] for row in found)


def forget(rows: SqliteStore, person: UserId) -> None:
    rows.perform(ForgetPerson(person=person, now_s=NOW_S))
    while not isinstance(answer := rows.perform(ForgetNext(now_s=NOW_S)), NobodyToForget):
        if isinstance(answer, NotListed):
            rows.perform(RecordListed(person=answer.person))
        are_counted(rows)
        rows.perform(EraseRemoved())


@pytest.mark.parametrize("seed", range(3))
def test_what_is_kept_never_differs_from_what_is_counted(seed: int) -> None:
    """Whatever people ask, are refused and are answered, and whoever is forgotten and comes back."""
    rng, rows, most = random.Random(seed), store(Limits(default_model="test-model", queue_cap=3)), 0
    refused = 0
    for number in range(1, 301):
        who = rng.choice((ALICE, BOB, CAROL))
        match rng.choice(("ask", "ask", "ask", "ask", "ask", "answer", "begin", "begin", "forget")):
            case "begin":
                set_status(rows, "activate", user=who, number=100 * number)
            case "ask":
                rows.perform(AcceptMessage(posted=posted(100 * number + 1, author=who), now_s=NOW_S + 10 * number))
            case "answer":
                for (session,) in rows._connection.execute(
                    "SELECT session FROM turn WHERE state = 'queued'"
                ).fetchall():
                    finish(rows, take(rows, session))
            case _:
                if rng.random() < 0.2:
                    forget(rows, who)
        most = max(most, are_counted(rows))
        refused += rows._connection.execute("SELECT count(*) FROM turn WHERE state = 'refused'").fetchone()[0]
    assert most > 15
    assert refused


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM turn WHERE asker = 1001",
        "UPDATE turn SET state = 'refused'",
        "UPDATE turn SET asker = 1002",
        "DELETE FROM user WHERE discord_user_id = 1001",
    ],
)
def test_what_an_operator_writes_by_hand_is_counted_too(statement: str) -> None:
    """Statements that no verb has. Who was deleted and comes back has asked what they had asked."""
    rows = store()
    for number, who in enumerate((ALICE, BOB, ALICE, ALICE)):
        set_status(rows, "new", user=who, number=100 * number)
        rows.perform(AcceptMessage(posted=posted(100 * number + 1, author=who), now_s=NOW_S + 10 * number))
    assert are_counted(rows) == 4
    rows._connection.execute("PRAGMA foreign_keys = OFF")
    rows._connection.execute(statement)
    are_counted(rows)
    set_status(rows, "new", user=ALICE, number=1000)
    are_counted(rows)
    assert "user" not in statement or rows.perform(ReadBelongings(by=by(ALICE, 1001))).questions == 3


def test_questions_of_a_database_from_before_are_counted() -> None:
    """When the database is brought up to date."""
    names = [migration.name for migration in MIGRATIONS]
    with closing(_at(names.index("counts_and_periods"))) as connection:
        schema.migrations.apply(Database(connection))
        assert connection.execute(COUNTED).fetchall() == [(ALICE, 1, 1)]
