"""On a large database every verb costs what it costs on a small one, and SQLite finds each row by an index or a key."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import pytest

from messages.verbs.verb import Verb
from storage.sqlite import VERBS, SqliteStore, open_store
from tests.bench import large
from tests.storage.life import LIMITS, Life
from tests.storage.test_costs import NOT_DONE


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A large database and a small one of the same shape."""
    made = {name: tmp_path_factory.mktemp(name) / "causerie.db" for name in ("large", "small")}
    large.make(made["large"], scale=0.03)
    large.make(made["small"], scale=0.0003)
    return made


@pytest.fixture
def rows(folders: dict[str, Path], request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqliteStore]:
    """A copy of one of them."""
    (tmp_path / "causerie.db").write_bytes(folders[getattr(request, "param", "large")].read_bytes())
    with closing(open_store(tmp_path / "causerie.db", LIMITS)) as store:
        yield store


def test_the_life_that_is_looked_at_has_every_verb(rows: SqliteStore) -> None:
    """A new verb has to be added to it."""
    seen: set[type[Verb[Any]]] = set()

    def perform(verb: Verb[Any]) -> Any:
        seen.add(type(verb))
        return rows.perform(verb)

    Life(perform).live()
    assert set(VERBS) - seen == set()


SMALL: Final = (
    "turn_owed",
    "turn_streaming",
    "turn_waiting",
    "session_parked",
    "session_to_erase",
    "reservation",
    "json_each",
    "kept_file_to_remove",
    "kept_file_that_remains",
    "server",
    "note_direct",
    "identify",
    "reservation",
    "(subquery",
    "interaction",
    "CONSTANT ROW",
    "forgetting",
    "spent_of_forgotten",
)
"""What may be read whole: indexes that hold nothing but what is looked for, the page of a list, and tables that stay small."""


@pytest.mark.parametrize("statistics", [False, True])
def test_no_statement_of_any_verb_reads_a_large_table(rows: SqliteStore, statistics: bool) -> None:
    """With SQLite's statistics of a large database and without any, each row is found by an index or a key."""
    connection = rows._connection
    if statistics:
        connection.execute("ANALYZE")
        connection.execute(
            "UPDATE sqlite_stat1 SET stat = CAST(stat AS INTEGER) * 33 || substr(stat, instr(stat || ' ', ' '))"
        )
        connection.execute("ANALYZE sqlite_schema")
    statements: set[str] = set()
    run = type(rows._unit).run

    def seen(unit: Any, sql: str, *values: object, **named: object) -> sqlite3.Cursor:
        statements.add(sql)
        return run(unit, sql, *values, **named)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(rows._unit), "run", seen)
        Life(rows.perform).live()
    assert len(statements) > 120
    statements.remove("SELECT id, last_message FROM channel ORDER BY id")  # a new gateway session asks for all channels
    slow = {sql: steps for sql in statements if (steps := list(_scans(connection, sql)))}
    assert not slow, "\n".join(f"{sql}\n    {steps}" for sql, steps in slow.items())


def _scans(connection: sqlite3.Connection, sql: str) -> Iterator[str]:
    values: Any = _Anything() if ":" in sql else (1,) * sql.count("?")
    for *_, step in connection.execute("EXPLAIN QUERY PLAN " + sql, values):
        if sql.startswith(NOT_DONE[0]) and step == NOT_DONE[1]:
            continue
        if "SCAN" in step and not any(small in step for small in SMALL):
            yield step


class _Anything(dict[str, int]):
    def __missing__(self, _name: str) -> int:
        return 1


def _steps(path: Path, folder: Path) -> dict[str, int]:
    """Return what each verb of a life costs at most on a copy of a database, in steps of SQLite's virtual machine."""
    folder.mkdir(mode=0o700)
    (folder / "causerie.db").write_bytes(path.read_bytes())
    most: dict[str, int] = {}
    steps = 0

    def step() -> None:
        nonlocal steps
        steps += 1

    with closing(open_store(folder / "causerie.db", LIMITS)) as rows:

        def perform(verb: Verb[Any]) -> Any:
            nonlocal steps
            steps = 0
            answer = rows.perform(verb)
            most[type(verb).__name__] = max(steps, most.get(type(verb).__name__, 0))
            return answer

        rows._connection.set_progress_handler(step, 1)
        Life(perform).live()
        rows._connection.set_progress_handler(None, 1)
    return most


def test_every_verb_costs_the_same_on_a_large_database(folders: dict[str, Path], tmp_path: Path) -> None:
    """A hundred times the rows are no reason to read more of them."""
    small, great = (_steps(folders[name], tmp_path / name) for name in ("small", "large"))
    small.pop("KnownChannels"), great.pop("KnownChannels")  # it is about all channels that there are
    dearer = {verb: (small[verb], steps) for verb, steps in great.items() if steps > 1.5 * small[verb]}
    assert not dearer
