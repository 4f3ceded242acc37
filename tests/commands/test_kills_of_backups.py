"""A kill at any moment of a backup or of a restore leaves data that are whole: what was there, or what is restored.

A child process does the work, and kills itself at its n-th step: when it opens, names, links or removes a file, or opens a database.
"""

import os
import shutil
import signal
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Final

import pytest

from commands.backup import back_up
from commands.backups import backups_in
from commands.restore import restore
from settings.upkeep import Upkeep
from storage.files import bring_up_to_date
from storage.sqlite import open_store
from tests.storage.people import LIMITS, accept, finish, set_status, take

STEPS: Final = frozenset(
    {
        "open",
        "os.rename",
        "os.link",
        "os.remove",
        "os.rmdir",
        "os.mkdir",
        "os.chmod",
        "sqlite3.connect",
        "shutil.rmtree",
    }
)
"""What a kill may come before (Python: Audit events table)."""

STEPS_MAX: Final = 100

PICTURE: Final = f"{1:032x}"


def killed_at(step: int, within: str, work: Callable[[], object]) -> bool:
    """Do this in a child that kills itself at this step within a folder, and return whether it came so far."""
    child = os.fork()
    if child == 0:
        left = step

        def count(event: str, arguments: tuple[object, ...]) -> None:
            nonlocal left
            if event in STEPS and within in str(arguments[0]):
                left -= 1
                if left < 0:
                    os.kill(os.getpid(), signal.SIGKILL)

        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        sys.addaudithook(count)
        status = 1
        try:
            work()
            status = 0
        finally:
            os._exit(status)
    _, ended = os.waitpid(child, 0)
    assert os.WIFSIGNALED(ended) or os.WEXITSTATUS(ended) == 0
    return os.WIFSIGNALED(ended)


def rows_of(database: Path) -> list[tuple[object, ...]]:
    """Return all that people said, as a start of the bot would find it."""
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        bring_up_to_date(connection)
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return connection.execute("SELECT question, draft FROM turn ORDER BY id").fetchall()


def answered(data: Path, number: int, text: str) -> None:
    """Have a question asked and answered."""
    rows = open_store(data / "causerie.db", LIMITS)
    if number == 0:
        set_status(rows, "activate")
    accepted = accept(rows, number, text)
    finish(rows, take(rows, accepted.session))
    rows.close()


@pytest.fixture
def upkeep(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Upkeep:
    """Data with a question and a file, of which there is a backup, and a later question that only the data have."""
    for name in ("fsync", "fdatasync"):
        monkeypatch.setattr(os, name, lambda _number: None)  # what a kill leaves does not depend on it
    made = Upkeep(data=tmp_path / "data", backups=tmp_path / "data" / "backups", keep=2, bot=None)
    answered(made.data, 0, "In the backup")
    (made.data / "files").mkdir()
    (made.data / "files" / PICTURE).write_bytes(b"a picture")
    with closing(sqlite3.connect(made.data / "causerie.db")) as connection, connection:
        connection.execute(
            "INSERT INTO kept_file (name, session, turn, person, bytes) VALUES (?, 1, 1, 1001, 9)", (PICTURE,)
        )
    back_up(made)
    answered(made.data, 50, "After the backup")
    return made


def again(upkeep: Upkeep, step: int) -> Upkeep:
    """Return a copy of all of it, for this step."""
    data = upkeep.data.with_name(f"step-{step}")
    shutil.copytree(upkeep.data, data)
    return Upkeep(data=data, backups=data / "backups", keep=upkeep.keep, bot=None)


def test_a_kill_at_any_step_of_a_backup_harms_neither_the_data_nor_older_backups(upkeep: Upkeep) -> None:
    """The next backup settles what was left."""
    now = rows_of(upkeep.data / "causerie.db")
    for step in range(STEPS_MAX):
        one = again(upkeep, step)
        is_killed = killed_at(step, str(one.data), partial(back_up, one))
        assert rows_of(one.data / "causerie.db") == now
        held = backups_in(one.backups)
        assert [rows_of(made.path / "causerie.db") for made in held] in ([now[:1]], [now, now[:1]])
        back_up(one)
        held = backups_in(one.backups)
        assert len(held) == one.keep
        assert rows_of(held[0].path / "causerie.db") == now
        assert all((made.path / "files" / PICTURE).read_bytes() == b"a picture" for made in held)
        assert [path for path in one.backups.glob(".*") if path.name != ".lock"] == []
        if not is_killed:
            break
    assert 15 < step < STEPS_MAX - 1


def test_a_kill_at_any_step_of_a_restore_leaves_the_old_data_or_the_new_ones(upkeep: Upkeep) -> None:
    """Where it leaves the new ones, the old ones are a backup, and can be restored themselves."""
    now = rows_of(upkeep.data / "causerie.db")
    seen = set()
    for step in range(STEPS_MAX):
        one = again(upkeep, step)
        name = backups_in(one.backups)[0].path
        is_killed = killed_at(step, str(one.data), partial(restore, one, str(name), any_bot=False))
        found = rows_of(one.data / "causerie.db")
        seen.add((is_killed, found == now))
        assert found in (now, now[:1])
        assert (one.data / "files" / PICTURE).read_bytes() == b"a picture"
        # Whoever goes on with it settles what was left.
        restore(one, str(name), any_bot=False)
        assert rows_of(one.data / "causerie.db") == now[:1]
        replaced = next(made for made in backups_in(one.backups) if rows_of(made.path / "causerie.db") == now)
        restore(one, str(replaced.path), any_bot=False)
        assert rows_of(one.data / "causerie.db") == now
        assert not list(one.data.glob("causerie.db.*"))
        assert [path for path in one.backups.glob(".*") if path.name != ".lock"] == []
        if not is_killed:
            break
    assert seen == {(True, True), (True, False), (False, False)}
    assert 30 < step < STEPS_MAX - 1
