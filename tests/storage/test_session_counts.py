"""How many sessions a person has is kept beside the person, and is what counting them would say."""

import random
from contextlib import closing

import pytest
from sqlite_utils import Database

from messages.ids import SessionId, UserId
from messages.verbs.sessions import EraseRemoved, RemoveSession
from messages.verbs.users import ClearSessions
from storage import schema
from storage.sqlite import SqliteStore
from tests.storage.people import ALICE, BOB, NOW_S, accept, by, set_status, store
from tests.storage.test_migrations import MIGRATIONS, _at

CAROL = UserId(ALICE + BOB)
COUNTED = """
    SELECT discord_user_id, sessions, newest_session,
        (SELECT count(*) FROM session WHERE creator = discord_user_id AND is_removed = 0),
        (SELECT coalesce(max(id), 0) FROM session WHERE creator = discord_user_id)
    FROM user
"""


def are_counted(rows: SqliteStore) -> int:
    """Compare what is kept with what is counted; returns how many sessions there are."""
    found = rows._connection.execute(COUNTED).fetchall()
    for user, sessions, newest, counted, newest_counted in found:
        assert sessions == counted, user
        assert newest >= newest_counted, user
    return sum(row[1] for row in found)


def ids(rows: SqliteStore) -> list[SessionId]:
    return [SessionId(row[0]) for row in rows._connection.execute("SELECT id FROM session ORDER BY id")]


@pytest.mark.parametrize("seed", range(3))
def test_what_is_kept_never_differs_from_what_is_counted(seed: int) -> None:
    """Whatever people begin, remove and clear, in whatever order, also what is not theirs or is gone already."""
    rng, rows, most = random.Random(seed), store(), 0
    for number in range(1, 301):
        who = rng.choice((ALICE, BOB, CAROL))
        session = rng.choice(ids(rows) or [SessionId(1)])
        match rng.choice(("begin", "begin", "begin", "begin", "remove", "clear", "erase")):
            case "begin":
                set_status(rows, "new", user=who, number=10 * number)
                accept(rows, 10 * number + 1, author=who)
            case "remove":
                rows.perform(RemoveSession(by=by(who, 10 * number), session=session, now_s=NOW_S))
            case "clear":
                rows.perform(ClearSessions(by=by(who, 10 * number), newest=session, now_s=NOW_S))
            case _:
                rows.perform(EraseRemoved())
        most = max(most, are_counted(rows))
        assert all(newest == begun for *_, newest, _, begun in rows._connection.execute(COUNTED))
    assert most > 20


@pytest.mark.parametrize(
    ("statement", "difference"),
    [
        ("DELETE FROM session WHERE creator = 2", -4),
        ("UPDATE session SET is_removed = 0", 3),
        ("UPDATE session SET creator = 2", 0),
    ],
)
def test_what_an_operator_writes_by_hand_is_counted_too(statement: str, difference: int) -> None:
    """Statements that no verb has."""
    rows = store()
    for number in range(1, 9):
        who = (UserId(1), UserId(2))[number % 2]
        set_status(rows, "new", user=who, number=10 * number)
        accept(rows, 10 * number + 1, author=who)
    rows.perform(ClearSessions(by=by(UserId(1), 100), newest=ids(rows)[5], now_s=NOW_S))
    before = are_counted(rows)
    rows._connection.execute("PRAGMA foreign_keys = OFF")
    rows._connection.execute(statement)
    assert are_counted(rows) == before + difference


def test_sessions_of_a_database_from_before_are_counted() -> None:
    """When the database is brought up to date."""
    names = [migration.name for migration in MIGRATIONS]
    with closing(_at(names.index("sessions_are_counted"))) as connection:
        schema.migrations.apply(Database(connection))
        ((_, sessions, _, counted, _),) = connection.execute(COUNTED).fetchall()
    assert sessions == counted == 1
