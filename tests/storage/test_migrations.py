"""Released migrations never change, and every database that an earlier version left behind is brought up to date."""

import hashlib
import sqlite3
from contextlib import closing
from typing import Any

import pytest
from sqlite_utils import Database

from messages.verbs.replies import PendingOutcomes
from storage import files, schema, schema_names
from storage.sqlite import SqliteStore
from tests.storage.people import LIMITS, accept, dialogue, finish, set_status, take

RELEASED = {
    "people_sessions_turns": "0d406fc182236dde6aba0e0a6715896e07e5a92a43a539e14cd6e33960a459c3",
    "people_rights_panels": "56ece2e74d1def780382865250acde8b77528627116976b951f5d7e9d6315735",
    "nothing_is_lost": "32bf20cc4f6f081a90b7031331f214c0253cfeeccfb8b0e0e28685bbc4b6fe2b",
    "what_was_asked": "e13427d62e7228429f1c9a0504e6ed133837fcb58c2572d2e668dae67fd8c18e",
    "usage_is_shown": "cdc4b172119c03737dee183f51598b5cff26ce3db1770daee5a961eb8b076987",
    "files_of_answers": "6852c2e845d565a8e3ad3446270751325457f62f76f18f2f9261931e1e517588",
    "quarantined_is_the_word": "427ece6a90600cd8523ed09c5561080ca4ea175433cca3f671b16791b67cf190",
    "first_minutes": "d66367fbcbc28b0ba25be3c49259197f9522cf99fb42cf078f8e550d9e28e4be",
    "what_questions_enclose": "f0cfa505f67b46ffb82ae16cbeeac16a2ecf59ad9595518fcf3acd083265d651",
    "bounded_work": "84dfcc47b47717fa9cd91760db428265cf869015578d5eeddb6058980c7a613f",
    "what_models_reasoned": "9f6abe1a21f9e24495dd45d94e8e1f6ffa6ed20bf08051312afcd11f1fb373eb",
    "notes_and_servers_are_found": "040035a3a5c45d485984bd4aa5347d4d21b7aee00d317949f6928929300c4205",
    "money_in_micro_dollars": "3d83d20eaf58fef290cb71d1422cab18eec623175e94aa3b203a552144350548",
    "reasoning_of_owners": "9bb35d1006d64189ff6120cf0bede3ed3989563dbead5d69f3760acef5dab4bd",
    "choices_of_sessions": "6ce22dfd5854cbb89434bafd8c9839a0fe7cc3f178a356a3b263fdc8a32290d2",
    "what_moderation_found": "a279d832291128423d7a4b070067c58693e0e66734836fdbcdd2b67de6645481",
    "every_attempt_is_booked": "1025a24288b6d13cd4e70a9aff56815ad118db88bebe2177e87fc3101ff5c68e",
    "answers_are_spoken": "5eed40f9d7a705e5b3f1a982f74e33a063d0204897d82d68ee67564f60c8c5e4",
    "vectors_of_texts": "13a86c0bb449355eaaeeacab6936cc7b9813d542c2b588baddde6954e15afea8",
    "files_of_questions": "dafae2277397ca5f47f331879e2a4c05ab3e5d8767f1297c0a25a9675775233e",
    "answers_have_files_on_disk": "ed043dc95c5b74e5fe97567bf2bdbc2d54c6f4af0da6a0cbaccced2e2451204d",
    "sessions_are_counted": "09d533b18db21552ec8b22a88fe4c4f95e434698e0b78ce67cd279cc21c087b7",
    "languages": "813a8a92a30d643a92493d1a32d96497c2a77b91d30e3d1ba201b90d4b9d94d9",
    "sessions_of_channels": "0feb178b93caccaed807949ca024cc4425a05ff4e6f3ea53ba5b722de4581596",
    "writes_into_caches": "8cbe3f3a0c021a076b3961125f3e4cbd4820ef857d7d5a79b1088cb6fe55e503",
    "bot_of_these_data": "8f3eb07a67c42c45586d9ee99192f7f835804af4913a231bd651eba2d9f0640e",
    "people_are_forgotten": "6576b2360c2a41b73f0cd9e48a36ed0cca8027fda6dcac73234fc6c5fc7e1a4a",
    "waiting_is_said": "c112045e69168cb8dd44a53ddd0e720cae351da18a09bb3c36fe4afd7e327b76",
    "counts_and_periods": "9f8c2d20635416dd6097aaf62f9487d649ea70adaf8a47667cab643ba7961835",
    "nothing_from_before": "046b99e2c96a6a6588d8bbf55eb7e7f8a209cd47f1e0e3c2fbfb45b656fe8bb2",
    "files_that_remain": "c69856874f3a6569f7d38778e006678fd78ae8d7eacef5955f52f203c4350892",
}
"""The SHA-256 of each migration's statements, with whitespace normalised to single spaces."""

CHANGED = (
    "The migration '{name}' is not what it was when it was released: databases that have it already will never get the"
    " change. Leave released migrations as they are, add a new one to storage/schema.py and pin its hash here."
)
MIGRATIONS = tuple(schema.migrations.pending(Database(memory=True)))


def test_each_migration_is_named_where_a_start_looks() -> None:
    """A start that finds all these names applied does not load what applies them; one that is missing there would never be applied."""
    assert tuple(migration.name for migration in MIGRATIONS) == schema_names.MIGRATIONS


class _Listening:
    """A database that records the statements that it executes."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.statements: list[str] = []

    def execute(self, sql: str) -> sqlite3.Cursor:
        self.statements.append(" ".join(sql.split()))
        return self._connection.execute(sql)


def _apply(connection: sqlite3.Connection, migration: Any) -> str:
    """Apply one migration; returns the hash of its statements."""
    database = _Listening(connection)
    migration.fn(database)
    assert database.statements
    return hashlib.sha256("\n".join(database.statements).encode()).hexdigest()


def test_every_migration_is_pinned_in_its_place() -> None:
    """Migrations keep their order, and every migration has a pinned hash."""
    assert [migration.name for migration in MIGRATIONS] == list(RELEASED)


def test_no_released_migration_has_changed() -> None:
    """A released migration never changes: databases that have it would not get the change."""
    with closing(sqlite3.connect(":memory:")) as connection:
        for migration in MIGRATIONS:
            assert _apply(connection, migration) == RELEASED[migration.name], CHANGED.format(name=migration.name)


def _schema(connection: sqlite3.Connection) -> set[tuple[str, str]]:
    rows = connection.execute("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE '_sqlite%'")
    return {(name, " ".join(sql.split())) for name, sql in rows}


def _at(count: int) -> sqlite3.Connection:
    """Make a database with the first migrations only, holding a session with one answered question."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    database = Database(connection)
    if count < len(MIGRATIONS):
        schema.migrations.apply(database, stop_before=MIGRATIONS[count].name)
    else:
        schema.migrations.apply(database)
    connection.execute(
        "INSERT INTO user (discord_user_id, name, create_time, update_time, modify_time, status, max_token, attach)"
        " VALUES (1001, 'Alice', 1, 1, 1, 'new', 500, 0)"
    )
    connection.execute(
        "INSERT INTO session (id, creator, model, title, create_time, update_time, modify_time)"
        " VALUES (7, 1001, 'test-model', 'Comets', 1, 1, 1)"
    )
    connection.execute(
        "INSERT INTO turn (id, cause, kind, root, session, asker, asker_name, channel_id, reply_to, question, state, reason,"
        " create_time) VALUES (9, 5, 'question', 9, 7, 1001, 'Alice', 2001, 5, 'A comet?', 'failed', 'set_aside', 1)"
    )
    for number, reason in ((20, "no_session"), (21, "nothing_to_ask"), (22, "hint")):
        connection.execute(
            "INSERT INTO turn (id, cause, kind, root, asker, asker_name, channel_id, reply_to, question, state, reason, owed,"
            " create_time) VALUES (:id, :id, 'question', :id, 1001, 'Alice', 2001, :id, '', 'refused', :reason, 1, 1)",
            {"id": number, "reason": reason},
        )
    for position, role, text in ((0, "user", "A comet?"), (1, "assistant", "A ball of ice.")):
        connection.execute(
            "INSERT INTO utterance (session, position, role, author_name, text, turn) VALUES (7, ?, ?, 'A', ?, 9)",
            (position, role, text),
        )
    return connection


@pytest.mark.parametrize("count", range(1, len(MIGRATIONS) + 1))
def test_a_database_of_each_earlier_version_is_brought_up_to_date(count: int) -> None:
    """A database of any earlier version gets the schema of a new one, keeps its rows, and works."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as new:
        files.bring_up_to_date(new)
        expected = _schema(new)
    connection = _at(count)
    files.bring_up_to_date(connection)
    assert _schema(connection) == expected
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    reasons = [reason for (reason,) in connection.execute("SELECT reason FROM turn ORDER BY id")]
    names = [migration.name for migration in MIGRATIONS[count:]]
    assert reasons[0] == ("quarantined" if "quarantined_is_the_word" in names else "set_aside")
    rows = SqliteStore(connection, LIMITS)
    if "first_minutes" in names:
        assert [outcome.reason for outcome in rows.perform(PendingOutcomes())] == [
            "session_closed",
            "no_question",
            "hint",
        ]
    connection.execute("DELETE FROM turn WHERE owed = 1")
    assert [text for _, text, _ in dialogue(rows, 7)] == ["A comet?", "A ball of ice."]  # type: ignore[arg-type]
    set_status(rows, "new")
    finish(rows, take(rows, accept(rows, 0).session))
    rows.close()


def test_dollars_become_the_nearest_micro_dollars() -> None:
    """What had no price counts as unknown, in the totals too; the column that people may read still says dollars."""
    connection = _at([migration.name for migration in MIGRATIONS].index("money_in_micro_dollars"))
    for turn, cost, tokens in ((9, 0.0000014, 3), (20, 1.2345678, 3), (21, 0.0, 3), (22, None, None)):
        connection.execute("UPDATE turn SET cost = ?, input_tokens = ? WHERE id = ?", (cost, tokens, turn))
    connection.execute("UPDATE user SET cost = 1.2345692, input_tokens = 9")
    connection.execute("UPDATE session SET cost = 0.0000014, input_tokens = 3")
    files.bring_up_to_date(connection)
    turns = connection.execute("SELECT micro_dollars, is_unpriced, cost FROM turn ORDER BY id").fetchall()
    assert turns == [(1, 0, 0.000001), (1_234_568, 0, 1.234568), (0, 1, 0.0), (None, 0, None)]
    assert connection.execute("SELECT micro_dollars, is_unpriced, cost FROM user").fetchall() == [
        (1_234_569, 1, 1.234569)
    ]
    assert connection.execute("SELECT micro_dollars, is_unpriced FROM session").fetchall() == [(1, 0)]
    connection.close()
