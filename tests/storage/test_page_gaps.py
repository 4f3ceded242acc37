"""What SQLite leaves of erased rows in the unused part of its pages is overwritten, and nothing else is."""

import random
import sqlite3
from pathlib import Path

import pytest

from storage.page_gaps import PageGaps

ERASED, KEPT = b"Canary", b"Bobolink"
GIBIBYTE = 2**30


def busy(
    path: Path, seed: int, *, page_bytes: int = 4096, auto_vacuum: bool = False, begins_at: int = 0
) -> sqlite3.Connection:
    """A file in which many rows have grown, of which half are erased as SQLite does it with `secure_delete`.

    :param begins_at: so many bytes stand before the rows, of pages that SQLite has no use for; the disk does not keep them
    """
    chance = random.Random(seed)
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute(f"PRAGMA page_size = {page_bytes}")
    connection.execute(f"PRAGMA auto_vacuum = {int(auto_vacuum)}")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA secure_delete = ON")
    connection.execute("CREATE TABLE turn (id INTEGER PRIMARY KEY, who INTEGER, draft TEXT)")
    connection.execute("CREATE TABLE said (a INTEGER, b INTEGER, text TEXT, PRIMARY KEY (a, b)) WITHOUT ROWID")
    if begins_at:
        connection.close()
        _enlarge(path, begins_at, page_bytes)
        connection = sqlite3.connect(path, isolation_level=None)
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute("PRAGMA synchronous = OFF")
    for number in range(400):
        who = chance.choice([0, 1])
        word = f"{(KEPT, ERASED)[who].decode()}{number}"
        connection.execute("INSERT INTO turn VALUES (?, ?, '')", (number, who))
        for length in sorted(chance.sample(range(100), 4)):
            connection.execute("UPDATE turn SET draft = ? WHERE id = ?", (word * length, number))
        connection.execute("INSERT INTO said VALUES (?, ?, ?)", (chance.randrange(10), number, word * length))
    connection.execute("UPDATE turn SET draft = '' WHERE who = 1")
    connection.execute("UPDATE said SET text = '' WHERE text LIKE 'Canary%'")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return connection


def _enlarge(path: Path, size: int, page_bytes: int) -> None:
    """Have a closed file's head say that it has so many bytes (SQLite: Database File Format, 1.3.7)."""
    with path.open("r+b") as file:
        file.truncate(size)
        head = bytearray(file.read(100))
        head[28:32] = (size // page_bytes).to_bytes(4, "big")
        head[92:96] = head[24:28]
        file.seek(0)
        file.write(head)


def clear(path: Path, connection: sqlite3.Connection) -> None:
    gaps = PageGaps(str(path))
    connection.execute("BEGIN IMMEDIATE")
    while gaps.clear_piece():
        pass
    connection.execute("ROLLBACK")
    connection.execute("PRAGMA shrink_memory")
    connection.close()
    gaps.close()


@pytest.mark.parametrize("page_bytes", [512, 4096, 65536])
@pytest.mark.parametrize("seed", range(8))
def test_copies_in_unused_parts_are_overwritten_and_no_row_changes(tmp_path: Path, seed: int, page_bytes: int) -> None:
    """Whatever was written in which order, in pages of whatever size."""
    path = tmp_path / "causerie.db"
    connection = busy(path, seed, page_bytes=page_bytes)
    before = list(connection.iterdump())
    clear(path, connection)
    assert ERASED not in path.read_bytes()
    connection = sqlite3.connect(path)
    assert list(connection.iterdump()) == before
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    connection.close()


def test_secure_delete_alone_leaves_copies(tmp_path: Path) -> None:
    """Else the test above could not fail."""
    left = 0
    for seed in range(8):
        path = tmp_path / f"{seed}.db"
        busy(path, seed).close()
        left += path.read_bytes().count(ERASED)
    assert left > 0


def test_a_file_whose_pages_could_be_mistaken_is_left_alone(tmp_path: Path) -> None:
    """With `auto_vacuum` there are pages that begin as those of tables do; Causerie makes no such file."""
    path = tmp_path / "causerie.db"
    connection = busy(path, 1, auto_vacuum=True)
    before = path.read_bytes()
    clear(path, connection)
    assert path.read_bytes() == before


def test_bytes_that_are_no_database_are_left_alone(tmp_path: Path) -> None:
    """Nothing is guessed."""
    path = tmp_path / "causerie.db"
    path.write_bytes(b"\x0d" * 50)
    gaps = PageGaps(str(path))
    assert gaps.clear_piece() is False
    gaps.close()
    assert path.read_bytes() == b"\x0d" * 50


@pytest.mark.parametrize("page_bytes", [4096, 65536])
def test_a_file_of_more_than_a_gibibyte_is_looked_through_on_both_sides_of_the_page_that_sqlite_leaves_out(
    tmp_path: Path, page_bytes: int
) -> None:
    """SQLite locks bytes from 2^30 on, so the page there holds nothing (SQLite: Database File Format, 1.3); the pages after it do."""
    path = tmp_path / "causerie.db"
    connection = busy(path, 3, page_bytes=page_bytes, begins_at=GIBIBYTE - 4 * page_bytes)
    before = [connection.execute(f"SELECT * FROM {table}").fetchall() for table in ("turn", "said")]
    if page_bytes == 4096:
        assert ERASED in beyond(path, GIBIBYTE + page_bytes)  # else nothing could be found that is left
    clear(path, connection)
    assert ERASED not in beyond(path, GIBIBYTE - 4 * page_bytes)
    assert beyond(path, GIBIBYTE)[:page_bytes] == bytes(page_bytes)
    assert KEPT in beyond(path, GIBIBYTE + page_bytes)
    connection = sqlite3.connect(path)
    assert [connection.execute(f"SELECT * FROM {table}").fetchall() for table in ("turn", "said")] == before
    connection.close()


def beyond(path: Path, at: int) -> bytes:
    with path.open("rb") as file:
        file.seek(at)
        return file.read()
