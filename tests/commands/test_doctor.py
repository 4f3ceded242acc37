"""`causerie doctor` and `causerie stats`: each thing that is wrong with the data is found and has its remedy; a bot may run."""

import json
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from commands.doctor import LOG_BYTES_LOOK
from storage.sqlite import SqliteStore
from tests.commands.process import causerie
from tests.commands.test_restore import NAME, done, rows, the_backup
from tests.storage.people import ALICE, accept

__all__ = ["rows"]


def said_by_doctor(folder: Path, status: int) -> dict[str, str]:
    """Return the lines by what they are about, each with its state."""
    ended = causerie(folder, "doctor")
    assert ended.returncode == status, ended.stdout + ended.stderr
    lines = [line.split(maxsplit=2) for line in ended.stdout.partition("\n\n")[0].splitlines()]
    return {about: f"{state}: {text}" for state, about, text in lines}


def tidy(folder: Path) -> None:
    """Give the test's own file the rights that the bot gives."""
    (folder / "data" / "files").chmod(0o700)
    (folder / "data" / "files" / NAME).chmod(0o600)


def test_sound_data_are_called_sound_while_a_bot_runs(tmp_path: Path, rows: SqliteStore) -> None:
    """The answers of the fixture are not shown yet, but not for long."""
    rows._connection.execute("UPDATE turn SET end_time = unixepoch()")
    tidy(tmp_path)
    done(tmp_path, "backup")
    found = said_by_doctor(tmp_path, 0)
    assert {about: text.partition(":")[0] for about, text in found.items()} == dict.fromkeys(
        ("data", "rights", "process", "schema", "database", "log", "turns", "files", "backups"), "ok"
    )
    assert "a bot runs on it now" in found["process"]
    assert "1, 0.0 MB; rows and disk agree" in found["files"]


def test_work_that_does_not_get_on_is_wrong_while_a_bot_runs_and_waits_where_none_does(
    tmp_path: Path, rows: SqliteStore
) -> None:
    """Turns of the past: the first start of a bot goes on with them."""
    accept(rows, 5, "Waits", author=ALICE)
    rows._connection.execute("UPDATE turn SET create_time = 1, end_time = 1")
    assert "wrong: 1 turns have waited for more than an hour, and of 2" in said_by_doctor(tmp_path, 1)["turns"]
    rows.close()
    tidy(tmp_path)
    assert "look: 3 turns are unfinished. The next start goes on" in said_by_doctor(tmp_path, 0)["turns"]


@pytest.mark.usefixtures("rows")
def test_files_are_compared_with_the_rows_both_ways(tmp_path: Path) -> None:
    """One that no row knows, if it is not new; and one that is gone."""
    folder = tmp_path / "data" / "files"
    tidy(tmp_path)
    (folder / f"{8:032x}").touch(mode=0o600)
    assert "rows and disk agree" in said_by_doctor(tmp_path, 1)["files"]
    os.utime(folder / f"{8:032x}", (1, 1))
    assert "look: 1 files are known by no row" in said_by_doctor(tmp_path, 1)["files"]
    (folder / f"{8:032x}").unlink()
    (folder / NAME).unlink()
    assert f"wrong: 1 files that rows name are gone from the disk: {NAME}" in said_by_doctor(tmp_path, 1)["files"]


def test_what_others_may_read_is_wrong(tmp_path: Path, rows: SqliteStore) -> None:
    """With the command that takes it back, which works."""
    rows.close()
    tidy(tmp_path)
    (tmp_path / "data" / "causerie.db").chmod(0o640)
    found = said_by_doctor(tmp_path, 1)["rights"]
    assert "wrong: 1 files or folders are open to others" in found
    command = found.rpartition("Run: ")[2]
    assert os.system(command) == 0  # noqa: S605 it is what an operator does
    assert said_by_doctor(tmp_path, 0)["rights"].startswith("ok")


def test_damage_contradictions_and_leftovers_are_found(tmp_path: Path, rows: SqliteStore) -> None:
    """SQLite's first complaints, rows without what they refer to, and what a kill left."""
    rows.close()
    tidy(tmp_path)
    path = tmp_path / "data" / "causerie.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("INSERT INTO reply (message_id, turn, part) VALUES (1, 987654321, 0)")
    (tmp_path / "data" / "causerie.db.restoring").touch(mode=0o600)
    found = said_by_doctor(tmp_path, 1)
    assert "wrong: 1 rows of reply refer to something that is not there" in found["rows"]
    assert "look: 'data/causerie.db.restoring' is left" in found["leftovers"]
    with closing(sqlite3.connect(path)) as connection:
        (page,) = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'utterance_of_turn'").fetchone()
    content = bytearray(path.read_bytes())
    content[(page - 1) * 4096 : page * 4096] = bytes(4096)
    path.write_bytes(content)
    ended = causerie(tmp_path, "doctor")
    assert ended.returncode == 1
    assert "put a backup in its place" in ended.stdout


@pytest.mark.usefixtures("rows")
def test_a_log_that_grows_and_backups_that_are_missing_or_old_are_looked_at(tmp_path: Path) -> None:
    """None of it is wrong."""
    with (tmp_path / "data" / "causerie.db-wal").open("r+b") as log:
        log.truncate(LOG_BYTES_LOOK + 1)
    found = said_by_doctor(tmp_path, 1)
    assert found["log"].startswith("look: the write-ahead log has 256.0 MB")
    assert found["backups"].startswith("look: there is none")
    done(tmp_path, "backup")
    manifest = the_backup(tmp_path) / "backup.json"
    about = json.loads(manifest.read_text())
    manifest.write_text(json.dumps({**about, "made_s": about["made_s"] - 10 * 86_400}))
    assert said_by_doctor(tmp_path, 1)["backups"].startswith("look: there are 1; the newest is 10.0 days old")


def test_figures_are_those_of_the_rows(tmp_path: Path, rows: SqliteStore) -> None:
    """By month and model; as a table, and as JSON."""
    rows._connection.executescript(
        "INSERT INTO ledger (time, turn, attempt, purpose, asker, model, input_tokens, output_tokens, micro_dollars) VALUES"
        " (1700000000, 1, 1, 'answer', 5, 'small', 10, 20, 1500000), (1700000001, 2, 1, 'answer', 5, 'small', 1, 2, NULL),"
        " (1702600000, 3, 1, 'answer', 5, 'large', 100, 200, 2500000)"
    )
    found = json.loads(done(tmp_path, "stats", "--json"))
    assert (found["rows"]["people"], found["rows"]["sessions"], found["rows"]["turns"]) == (2, 2, {"answered": 2})
    assert found["rows"]["files"] == 1
    assert found["bytes"]["files"] == 5
    use = {(row["month"], row["model"]): row for row in found["rows"]["use"]}
    assert [key for key in use if key[0] < "2024"] == [("2023-12", "large"), ("2023-11", "small")]
    assert use["2023-11", "small"] == {
        "month": "2023-11",
        "model": "small",
        "requests": 2,
        "input_tokens": 11,
        "output_tokens": 22,
        "pictures": 0,
        "micro_dollars": 1_500_000,
        "unpriced_requests": 1,
    }
    text = done(tmp_path, "stats")
    assert "people    2, of whom" in text
    assert "2023-11  small" in text
    assert "1.50  1 without a price" in text


def test_where_there_are_no_data_each_command_says_so(tmp_path: Path) -> None:
    """And makes nothing."""
    for command, status in (("backup", 78), ("stats", 78), ("doctor", 1)):
        ended = causerie(tmp_path, command)
        assert ended.returncode == status
        assert "where there is no causerie.db" in ended.stdout + ended.stderr
    assert list(tmp_path.iterdir()) == []
