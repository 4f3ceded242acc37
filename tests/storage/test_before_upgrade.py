"""The way back from an upgrade, in rows: whom the later version was told to forget is forgotten in the copy, too, whatever that version knows."""

import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import pytest
from sqlite_utils import Database

from messages.ids import UserId
from messages.verbs.forgetting import ForgetNext, ForgetPerson, NobodyToForget, NotListed, RecordListed
from messages.verbs.sessions import EraseRemoved
from storage import before_upgrade, forgotten, schema, schema_names
from storage.files import bring_up_to_date
from storage.limits import Limits
from storage.sqlite import open_store
from storage.store import StorageError
from tests.storage.test_migrations import MIGRATIONS, _schema

FIXTURE: Final = Path(__file__).parents[1] / "fixtures" / "databases" / "0.1.0.sql"
OLD: Final = "0.1.0-1a2b3c4d"
"""The earlier version's name."""
ALICE: Final = 1001
NOW_S: Final = 1_790_000_000.0
OF_ALICE: Final = ("Alice", "Small bodies", "comet", "ball of ice", "Answer in one sentence", "star", "planet")
OF_OTHERS: Final = ("Bob", "What is a moon?", "A moon goes round a planet.", "Carol", "What is the sun?")
FORGETTING: Final = schema_names.MIGRATIONS.index("people_are_forgotten") + 1
NAMES: Final = [migration.name for migration in MIGRATIONS]


def read_fixture() -> str:
    """Return what version 0.1.0 wrote; people and places have numbers from 1001, messages later ones."""
    text = FIXTURE.read_text()
    numbers = {"alice": ALICE, "bob": 1002, "carol": 1003, "guild": 2001, "general": 2002, "direct": 2003}
    names = [*numbers, *sorted(set(re.findall("@([a-z_0-9]+)@", text)) - set(numbers))]
    for place, name in enumerate(names):
        text = text.replace(f"@{name}@", str(numbers.get(name, 10**18 + place)))
    return text


def made_at(folder: Path, count: int) -> Path:
    """Make the data of an earlier version: so many migrations are applied."""
    folder.mkdir(mode=0o700)
    with closing(sqlite3.connect(folder / "causerie.db", isolation_level=None)) as connection:
        connection.executescript(read_fixture())
        stop = {"stop_before": NAMES[count]} if count < len(NAMES) else {}
        if count > len(applied(connection)):
            schema.migrations.apply(Database(connection), **stop)
    return folder


def applied(connection: sqlite3.Connection) -> list[Any]:
    return connection.execute("SELECT name FROM _sqlite_migrations ORDER BY id").fetchall()


def forget(folder: Path, person: int) -> None:
    """Have the version of today forget somebody, as the bot does."""
    with closing(open_store(folder / "causerie.db", Limits(default_model="m"))) as rows:
        rows.perform(ForgetPerson(person=UserId(person), now_s=NOW_S))
        while not isinstance(step := rows.perform(ForgetNext(now_s=NOW_S)), NobodyToForget):
            if isinstance(step, NotListed):
                forgotten.note(folder, step.person, step.time_s)
                rows.perform(RecordListed(person=step.person))
            while rows.perform(EraseRemoved()):
                pass


def bring_back(data: Path) -> None:
    """Go back to the earlier version, as `causerie upgrade --back` does."""
    before_upgrade.learn(data, OLD, NOW_S)
    before_upgrade.put_back(data, OLD)


def all_text(folder: Path) -> str:
    """Return every value of the database as text."""
    with closing(sqlite3.connect(folder / "causerie.db")) as connection:
        return "\n".join(connection.iterdump())


def test_the_fixture_is_what_the_migrations_of_that_version_make() -> None:
    """So it stands for what people have."""
    with (
        closing(sqlite3.connect(":memory:", isolation_level=None)) as old,
        closing(sqlite3.connect(":memory:", isolation_level=None)) as new,
    ):
        old.executescript(read_fixture())
        count = len(applied(old))
        schema.migrations.apply(Database(new), stop_before=NAMES[count])
        assert _schema(old) == _schema(new)
        assert [name for (name,) in applied(old)] == NAMES[:count]
        bring_up_to_date(old)
        assert old.execute("PRAGMA foreign_key_check").fetchall() == []


@pytest.mark.parametrize("count", [7, *range(8, len(NAMES))])
def test_who_was_forgotten_since_the_upgrade_does_not_come_back(tmp_path: Path, count: int) -> None:
    """A version that cannot forget gets data without them; one that can goes on to forget them when it starts. Others keep everything."""
    data = made_at(tmp_path / "data", count)
    before_upgrade.keep(data, OLD)
    forget(data, ALICE)
    bring_back(data)
    with closing(sqlite3.connect(data / "causerie.db")) as connection:
        assert len(applied(connection)) == count
        assert connection.execute("SELECT name, status FROM user WHERE discord_user_id = ?", (ALICE,)).fetchall() == [
            ("", "disable")
        ]
        if count >= FORGETTING:
            assert connection.execute("SELECT person, is_listed FROM forgetting").fetchall() == [(ALICE, 1)]
    if count >= FORGETTING:
        bring(data)
    text = all_text(data)
    assert [part for part in OF_ALICE if part in text and part != "planet"] == []
    assert "What is a planet?" not in text
    assert [part for part in OF_OTHERS if part not in text] == []
    assert not (data / before_upgrade.BEFORE / OLD).exists()


def bring(data: Path) -> None:
    """Have whoever waits to be forgotten be forgotten, as the bot does at its start."""
    with closing(open_store(data / "causerie.db", Limits(default_model="m"))) as rows:
        while not isinstance(rows.perform(ForgetNext(now_s=NOW_S)), NobodyToForget):
            while rows.perform(EraseRemoved()):
                pass


def test_who_was_forgotten_before_the_upgrade_and_came_back_stays(tmp_path: Path) -> None:
    """The copy knows the list as it was then."""
    data = made_at(tmp_path / "data", len(NAMES) - 1)
    forgotten.note(data, ALICE, NOW_S - 1000)
    before_upgrade.keep(data, OLD)
    with closing(open_store(data / "causerie.db", Limits(default_model="m"))):
        pass
    bring_back(data)
    text = all_text(data)
    assert [part for part in OF_ALICE if part not in text] == []
    with closing(sqlite3.connect(data / "causerie.db")) as connection:
        assert connection.execute("SELECT person FROM forgetting").fetchall() == []
        assert connection.execute("SELECT name FROM user WHERE discord_user_id = ?", (ALICE,)).fetchall() == [
            ("Alice",)
        ]


def test_without_the_later_database_nothing_is_changed(tmp_path: Path) -> None:
    """What was seen since cannot be known then; the operator keeps everything that there is."""
    data = made_at(tmp_path / "data", 7)
    before_upgrade.keep(data, OLD)
    (data / "causerie.db").write_bytes(b"no database" * 1000)
    before = (data / "before-upgrade" / OLD / "causerie.db").read_bytes()
    with pytest.raises(StorageError, match="cannot be used"):
        before_upgrade.learn(data, OLD, NOW_S)
    assert (data / "before-upgrade" / OLD / "causerie.db").read_bytes() == before
