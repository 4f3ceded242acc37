"""What `causerie doctor` finds of what is rare: each thing that it looks at is missed by a test when it is not looked at."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from commands import doctor
from commands.doctor import findings
from settings.upkeep import Upkeep
from storage.schema_names import MIGRATIONS
from storage.sqlite import SqliteStore
from tests.commands.test_doctor import tidy
from tests.commands.test_restore import rows
from tests.storage.people import ALICE

__all__ = ["rows"]

NEVER = "that_is_applied_tomorrow"


def found(folder: Path) -> dict[str, str]:
    """Return what is found, by what it is about; of several lines about one thing, all of them."""
    said: dict[str, str] = {}
    data = folder / "data"
    for one in findings(Upkeep(data=data, backups=data / "backups", keep=1, bot=None)):
        said[one.about] = f"{said.get(one.about, '')}{one.state}: {one.text}\n"
    return said


@pytest.fixture
def stopped(tmp_path: Path, rows: SqliteStore) -> Path:
    """The folder of a bot that has stopped, with nothing wrong in it."""
    rows.close()
    tidy(tmp_path)
    return tmp_path


@contextmanager
def changing(folder: Path) -> Iterator[sqlite3.Connection]:
    """Change the rows as another program would."""
    with closing(sqlite3.connect(folder / "data" / "causerie.db")) as connection, connection:
        yield connection


def test_a_database_that_was_only_begun_is_left_over(stopped: Path) -> None:
    """As the first start makes it, when it is killed."""
    (stopped / "data" / "causerie.db.new").touch(mode=0o600)
    assert "causerie.db.new' is left" in found(stopped)["leftovers"]


def test_a_folder_that_others_may_look_into_is_said(stopped: Path) -> None:
    """Into which everybody may write is refused before anything is looked at."""
    (stopped / "data").chmod(0o755)
    assert "look: everybody may look into the folder" in found(stopped)["rights"]
    (stopped / "data").chmod(0o777)
    assert list(found(stopped)) == ["data"]
    assert "chmod o-w" in found(stopped)["data"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away: run the tests as root, for instance by sudo")
def test_what_belongs_to_somebody_else_is_wrong(stopped: Path) -> None:
    """Such as what root has copied back."""
    os.chown(stopped / "data" / "causerie.db", 54321, 54321)
    said = found(stopped)["rights"]
    assert "wrong: 1 files or folders belong to another user than the folder" in said
    assert "chown -R --reference" in said


def test_a_schema_that_waits_for_a_start_is_said(stopped: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing else can be said of the rows then."""
    monkeypatch.setattr(doctor, "MIGRATIONS", (*MIGRATIONS, NEVER))
    said = found(stopped)
    assert "start the bot, which brings it up to date" in said["schema"]
    assert "database" not in said


def test_a_database_that_cannot_be_read_is_wrong(stopped: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that fails while it is looked through."""

    def fails(*_arguments: object, **_options: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(doctor, "examine", fails)
    assert "cannot be read ([Errno 5] Input/output error)" in found(stopped)["database"]


def test_each_complaint_of_sqlites_is_told(stopped: Path) -> None:
    """Of a file that can be read: here it has a page that nothing refers to any more."""
    with changing(stopped) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute("DELETE FROM sqlite_schema WHERE name = 'utterance_of_turn'")
    said = found(stopped)["database"]
    assert said.startswith("wrong: it is damaged: ")
    assert "is never used" in said
    assert "put a backup in its place" in said


def test_what_takes_too_long_to_be_looked_through_is_not_called_sound(
    stopped: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was seen is."""
    with changing(stopped) as connection:
        connection.executemany(
            "INSERT OR IGNORE INTO channel (id, last_message) VALUES (?, 0)", ((number,) for number in range(1, 20_001))
        )
    monkeypatch.setattr(doctor, "INTEGRITY_S", -1.0)
    assert "look: " in found(stopped)["database"]
    assert "it could not be looked through within" in found(stopped)["database"]


def test_who_has_waited_long_to_be_forgotten_is_wrong(stopped: Path) -> None:
    """Nobody may have to ask for that twice."""
    with changing(stopped) as connection:
        connection.execute(
            "INSERT INTO forgetting (person, time, newest_turn, newest_session, is_listed) VALUES (?, 1, 0, 0, 1)",
            (ALICE,),
        )
    assert found(stopped)["forgetting"].startswith("wrong: 1 people have waited for more than an hour to be forgotten.")


def test_a_folder_of_backups_that_cannot_be_read_is_wrong(stopped: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another user's, or a disk that is not mounted."""

    def fails(_folder: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(doctor, "backups_in", fails)
    assert "wrong: " in found(stopped)["backups"]
    assert "cannot be read (Permission denied)" in found(stopped)["backups"]


def test_a_disk_without_room_is_wrong(stopped: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where less is free, nothing more can be stored."""
    assert found(stopped)["data"].startswith("ok")
    none = os.statvfs_result((4096, 4096, 1000, 0, 0, 0, 0, 0, 0, 255))
    monkeypatch.setattr("commands.doctor.os.statvfs", lambda _path: none)
    assert found(stopped)["data"].startswith("wrong: ")
