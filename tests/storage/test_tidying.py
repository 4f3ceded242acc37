"""A pass through the file while others write: nothing erased comes back into a part that the pass has left behind."""

import os
import random
import sqlite3
from pathlib import Path

import pytest

from messages.verbs.verb import Verb
from storage import page_gaps, sqlite, tidying
from storage.sqlite import SqliteStore
from storage.store import StorageError
from storage.unit_of_work import UnitOfWork
from tests.storage.people import LIMITS

ERASED, KEPT = "Canary", "Bobolink"


class Say(Verb[None], frozen=True, kw_only=True):
    """Insert rows of which SQLite spreads some over other pages."""

    rows: list[tuple[int, int, str]]


class EraseAll(Verb[None], frozen=True, kw_only=True):
    """Erase what is to be erased."""


INSERT = "INSERT INTO said VALUES (?, ?, ?)"


def say(unit: UnitOfWork, verb: Say) -> None:
    for row in verb.rows:
        unit.run(INSERT, *row)


def erase_all(unit: UnitOfWork, _verb: EraseAll) -> None:
    unit.run("DELETE FROM said WHERE text LIKE 'Canary%'")
    unit.erased.append("all")


@pytest.fixture(autouse=True)
def _verbs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "VERBS", {Say: say, EraseAll: erase_all})
    monkeypatch.setattr(page_gaps, "PIECE_BYTES", 16_384)
    for name in ("QUIET_S", "QUIET_S_MAX"):
        monkeypatch.setattr(tidying, name, 0.0)


def some(chance: random.Random, first: int, count: int, words: tuple[str, ...]) -> list[tuple[int, int, str]]:
    return [
        (chance.randrange(60), number, f"{chance.choice(words)}{number}" * chance.randrange(100))
        for number in range(first, first + count)
    ]


def busy(path: Path, chance: random.Random) -> SqliteStore:
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in (*sqlite.PRAGMAS, "PRAGMA synchronous = OFF"):  # the test would wait for the disk
        connection.execute(pragma)
    connection.execute("CREATE TABLE untidy (since REAL NOT NULL) STRICT")
    connection.execute("CREATE TABLE said (a INTEGER, b INTEGER, text TEXT, PRIMARY KEY (a, b)) WITHOUT ROWID")
    rows = SqliteStore(connection, LIMITS, path=str(path))
    rows.perform(Say(rows=some(chance, 0, 600, (ERASED, KEPT))))
    return rows


@pytest.mark.parametrize("by", ["the bot", "another program"])
@pytest.mark.parametrize("seed", [2, 17, 19, 28, 30, 41])
def test_pages_that_change_places_during_a_pass_take_nothing_back(tmp_path: Path, seed: int, by: str) -> None:
    """SQLite may give a page that the pass has not reached yet the number of one that it has left behind."""
    chance = random.Random(seed)
    path = tmp_path / "causerie.db"
    rows = busy(path, chance)
    other = sqlite3.connect(path, isolation_level=None)
    rows.perform(EraseAll())
    number, pieces = 1000, 0
    while rows.tidy() == 0:
        pieces += 1
        more = some(chance, number, chance.randrange(12) if pieces < 100 else 0, (KEPT,))
        number += len(more)
        if by == "the bot":
            rows.perform(Say(rows=more))
        elif more:
            other.execute("BEGIN")
            other.executemany(INSERT, more)
            other.execute("COMMIT")
    other.close()
    assert pieces > 20
    assert not rows.is_untidy
    assert rows._connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    assert rows._connection.execute("SELECT count(*) FROM said WHERE b >= 1000").fetchone()[0] == number - 1000
    rows.close()
    assert ERASED.encode() not in path.read_bytes()


@pytest.mark.parametrize("seed", range(6))
def test_a_power_cut_between_two_bytes_of_a_pass_harms_no_row(
    tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of what a pass writes, any part may have reached the disk."""
    chance = random.Random(seed)
    path = tmp_path / "causerie.db"
    rows = busy(path, chance)
    rows.perform(EraseAll())
    before = list(rows._connection.iterdump())
    whole = os.pwrite

    def torn(file: int, content: bytes, at: int) -> int:
        start, end = sorted(chance.choices(range(len(content) + 1), k=2))
        return whole(file, content[start:end], at + start)

    monkeypatch.setattr(os, "pwrite", torn)
    while rows.tidy() == 0:
        pass
    rows.close()
    again = sqlite3.connect(path)
    assert [line for line in again.iterdump() if "untidy" not in line] == [
        line for line in before if "untidy" not in line
    ]
    assert again.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    again.close()


def test_a_transaction_that_failed_leaves_no_word_that_a_pass_is_wanted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So the next one says it again; else a kill before the pass would leave what it erased."""
    rows = busy(tmp_path / "causerie.db", random.Random(1))
    rows._connection.execute("CREATE TABLE parent (id INTEGER PRIMARY KEY)")
    rows._connection.execute("CREATE TABLE child (id INTEGER REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED)")

    def fails_at_its_commit(unit: UnitOfWork, verb: EraseAll) -> None:
        erase_all(unit, verb)
        unit.run("INSERT INTO child VALUES (1)")

    monkeypatch.setattr(sqlite, "VERBS", {EraseAll: fails_at_its_commit})
    with pytest.raises(StorageError):
        rows.perform(EraseAll())
    monkeypatch.setattr(sqlite, "VERBS", {EraseAll: erase_all})
    rows.perform(EraseAll())
    assert rows._connection.execute("SELECT count(*) FROM untidy").fetchone()[0] == 1
    rows.close()


def test_a_later_pass_reads_what_was_written_since_and_a_new_process_reads_everything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So a second person is forgotten at once after the first, however large the file is; and nothing erased is left."""
    read = 0
    whole = os.pread

    def counted(file: int, count: int, at: int) -> bytes:
        nonlocal read
        read += count if count >= 4096 else 0
        return whole(file, count, at)

    chance = random.Random(5)
    path = tmp_path / "causerie.db"
    rows = busy(path, chance)
    rows.perform(EraseAll())
    while rows.tidy() == 0:
        pass
    rows.perform(Say(rows=some(chance, 1000, 30, (ERASED, KEPT))))
    rows.perform(EraseAll())
    monkeypatch.setattr(os, "pread", counted)
    while rows.tidy() == 0:
        pass
    assert not rows.is_untidy
    assert 0 < read < path.stat().st_size / 2
    assert ERASED.encode() not in path.read_bytes()
    rows.close()
    connection = sqlite3.connect(path, isolation_level=None)
    again = SqliteStore(connection, LIMITS, path=str(path))
    again.perform(EraseAll())
    read = 0
    while again.tidy() == 0:
        pass
    assert read >= path.stat().st_size
    again.close()
