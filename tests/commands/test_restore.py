"""`causerie backup` and `causerie restore` as an operator uses them: what they say, refuse, keep and forget."""

import os
import resource
import shutil
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from commands.backups import Manifest, backups_in
from messages.ids import UserId
from messages.verbs.forgetting import ForgetPerson
from messages.verbs.recovery import Recover
from storage.backup import alone_in
from storage.files import own
from storage.forgotten import note
from storage.sqlite import SqliteStore, open_store
from tests.commands.process import CHECKOUT, causerie
from tests.storage.people import ALICE, BOB, LIMITS, NOW_S, accept, finish, set_status, take

BOT, OTHER_BOT = 1_100_000_000_000_000_001, 1_100_000_000_000_000_002
NAME = f"{7:032x}.png"


@pytest.fixture
def rows(tmp_path: Path) -> Iterator[SqliteStore]:
    """The data of a bot: Alice and Bob have an answered question each, and Bob a file."""
    store = open_store(tmp_path / "data" / "causerie.db", LIMITS)
    store.perform(Recover(now_s=NOW_S, bot=UserId(BOT)))
    for number, person in enumerate((ALICE, BOB)):
        set_status(store, "activate", user=person)
        accepted = accept(store, number, f"Secret of {person}", author=person)
        finish(store, take(store, accepted.session))
        if person == BOB:
            (tmp_path / "data" / "files").mkdir()
            (tmp_path / "data" / "files" / NAME).write_bytes(b"Bob's")
            store._connection.execute(
                "INSERT INTO kept_file (name, session, turn, person, bytes) VALUES (?, ?, ?, ?, 5)",
                (NAME, accepted.session, accepted.turn, person),
            )
    yield store
    store.close()


def done(folder: Path, *arguments: str) -> str:
    """Run a command that works, and return what it says."""
    ended = causerie(folder, *arguments)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def refused(folder: Path, *arguments: str, status: int = 78) -> str:
    """Run a command that is refused, and return its one line; nothing in the database changes."""
    before = (folder / "data" / "causerie.db").read_bytes()
    ended = causerie(folder, *arguments)
    assert ended.returncode == status, ended.stdout + ended.stderr
    (line,) = [line for line in ended.stderr.splitlines() if line.startswith("causerie: ")]
    assert (folder / "data" / "causerie.db").read_bytes() == before
    return line


def the_backup(folder: Path) -> Path:
    """Return the newest backup."""
    return backups_in(folder / "data" / "backups")[0].path


def test_a_backup_and_all_around_it_is_for_its_owner_alone_whatever_the_umask(
    tmp_path: Path, rows: SqliteStore
) -> None:
    """Database, log, files, lock, list and manifest: 0600 in folders of 0700; after a restore, too."""
    before = os.umask(0)
    try:
        note(tmp_path / "data", 5, NOW_S)
        done(tmp_path, "backup")
        rows.close()
        done(tmp_path, "restore", the_backup(tmp_path).name)
    finally:
        os.umask(before)
    (tmp_path / "data" / "files" / NAME).chmod(0o600)  # the test has made it, not the bot
    found = [tmp_path / "data", *(tmp_path / "data").rglob("*")]
    assert len(found) > 12
    modes = {path.relative_to(tmp_path).as_posix(): stat.S_IMODE(path.stat().st_mode) for path in found}
    assert {path: oct(mode) for path, mode in modes.items() if mode not in (0o600, 0o700)} == {}
    assert [path for path in found if path.is_dir() != (modes[path.relative_to(tmp_path).as_posix()] == 0o700)] == []


@pytest.mark.usefixtures("rows")
def test_the_newest_backups_are_kept_and_listed(tmp_path: Path) -> None:
    """Newest first, and what is not whole is no backup."""
    made = []
    for _ in range(3):
        said = done(tmp_path, "backup", "--keep", "2")
        made.append(said.partition("'")[2].partition("'")[0])
    assert "One older backup was removed." in said
    assert [str(one.path) for one in backups_in(tmp_path / "data" / "backups")] == [made[2], made[1]]
    (tmp_path / "data" / "backups" / "backup-of-mine").mkdir()
    listed = done(tmp_path, "restore").splitlines()
    assert [line.partition("  ")[0] for line in listed[:2]] == [
        f"data/backups/{one.path.name}" for one in backups_in(tmp_path / "data" / "backups")
    ]
    assert listed[2] == ""
    assert "2 people, 2 sessions" in listed[0]


@pytest.mark.usefixtures("rows")
def test_of_a_backup_that_was_put_elsewhere_the_link_goes_and_backups_go_on(tmp_path: Path) -> None:
    """An operator may move one to another disk; what is there is theirs."""
    done(tmp_path, "backup")
    made = the_backup(tmp_path)
    made.rename(tmp_path / "elsewhere")
    made.symlink_to(tmp_path / "elsewhere")
    for _ in range(2):
        done(tmp_path, "backup", "--keep", "1")
    assert [one.path.is_symlink() for one in backups_in(tmp_path / "data" / "backups")] == [False]
    assert (tmp_path / "elsewhere" / "backup.json").exists()


def test_a_backup_from_elsewhere_brings_no_file_of_this_machine(tmp_path: Path, rows: SqliteStore) -> None:
    """A symbolic link in it could name any file, which root could read and the bot then show."""
    done(tmp_path, "backup")
    made = the_backup(tmp_path)
    (tmp_path / "secret").write_text("of this machine")
    (made / "files" / NAME).unlink()
    (made / "files" / NAME).symlink_to(tmp_path / "secret")
    rows.close()
    (tmp_path / "data" / "files" / NAME).unlink()
    assert "Files that the backup does not have: 1." in done(tmp_path, "restore", made.name)
    assert not os.path.lexists(tmp_path / "data" / "files" / NAME)


@pytest.mark.usefixtures("rows")
def test_the_settings_say_where_backups_go_and_how_many_are_kept(tmp_path: Path) -> None:
    """The options go before the settings."""
    (tmp_path / "causerie.toml").write_text(f'[backups]\nfolder = "{tmp_path}/elsewhere"\nkeep = 1\n')
    variables = {"CAUSERIE_CONFIG": "causerie.toml"}
    for _ in range(2):
        assert causerie(tmp_path, "backup", variables=variables).returncode == 0
    assert len(backups_in(tmp_path / "elsewhere")) == 1
    assert causerie(tmp_path, "backup", "--to", "third", variables=variables).returncode == 0
    assert len(backups_in(tmp_path / "third")) == 1


@pytest.mark.usefixtures("rows")
def test_two_backups_at_once_do_not_meet(tmp_path: Path) -> None:
    """The second one says so, and leaves the first one alone."""
    done(tmp_path, "backup")
    with alone_in(tmp_path / "data" / "backups"):
        assert "Another backup is being made" in refused(tmp_path, "backup", status=69)


def test_a_disk_that_fills_up_costs_that_backup_and_nothing_else(tmp_path: Path, rows: SqliteStore) -> None:
    """The older ones stay, what was begun is removed, and the bot's data are as they were."""
    done(tmp_path, "backup")
    accept(rows, 5, "After the backup" * 10_000)
    code = "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000)); import cli; sys.exit(cli.main())"
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(CHECKOUT)}
    ended = subprocess.run(
        [sys.executable, "-c", code, "backup"], cwd=tmp_path, env=env, check=False, capture_output=True, text=True
    )
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] != 200_000
    assert ended.returncode == 69, ended.stderr
    assert "No backup was made" in ended.stderr
    assert "The older backups are as they were." in ended.stderr
    assert len(backups_in(tmp_path / "data" / "backups")) == 1
    assert [path.name for path in (tmp_path / "data" / "backups").glob(".*")] == [".lock"]
    assert "are as they were" not in done(tmp_path, "backup")


def test_a_backup_that_does_not_fit_is_refused(tmp_path: Path, rows: SqliteStore) -> None:
    """Not there, not a backup, of another bot, of a later version, of a later format, damaged; and data that are not ours."""
    done(tmp_path, "backup")
    rows.close()
    made = the_backup(tmp_path)
    assert "is not there" in refused(tmp_path, "restore", "backup-9")
    assert "is no backup" in refused(tmp_path, "restore", "data")

    other = msgspec.structs.replace(backups_in(made.parent)[0].manifest, bot=OTHER_BOT)
    theirs = shutil.copytree(made, tmp_path / "theirs")
    (theirs / "backup.json").write_bytes(msgspec.json.encode(other))
    assert f"is a backup of the bot {OTHER_BOT}, and the data in 'data' are of the bot {BOT}" in refused(
        tmp_path, "restore", "theirs"
    )
    (theirs / "backup.json").write_bytes(msgspec.json.encode(msgspec.structs.replace(other, format=2)))
    assert "was made by a later version of Causerie" in refused(tmp_path, "restore", "theirs")

    later = shutil.copytree(made, tmp_path / "later")
    with closing(sqlite3.connect(later / "causerie.db")) as connection, connection:
        (columns,) = connection.execute(
            "SELECT group_concat(name) FROM pragma_table_info('_sqlite_migrations')"
        ).fetchone()
        assert columns == "id,migration_set,name,applied_at"
        connection.execute("INSERT INTO _sqlite_migrations VALUES (999, 'causerie', 'from_tomorrow', '')")
    said = refused(tmp_path, "restore", "later")
    assert "was written by a later version of Causerie. Install that version." in said

    damaged = shutil.copytree(made, tmp_path / "damaged")
    with closing(sqlite3.connect(damaged / "causerie.db")) as connection:
        (page,) = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'utterance_of_turn'").fetchone()
    content = bytearray((damaged / "causerie.db").read_bytes())
    content[(page - 1) * 4096 : page * 4096] = bytes(4096)
    (damaged / "causerie.db").write_bytes(content)
    assert "The data are as they were. Name an older backup." in refused(tmp_path, "restore", "damaged", status=69)
    (damaged / "causerie.db").write_bytes(bytes(content[:4096]))
    assert "is damaged" in refused(tmp_path, "restore", "damaged")

    (tmp_path / "data" / "causerie.db").write_bytes(b"a letter to my aunt" * 10)
    assert "is not a SQLite database" in refused(tmp_path, "restore", made.name)


def test_another_bots_backup_is_restored_where_the_operator_says_so(tmp_path: Path, rows: SqliteStore) -> None:
    """A bot that moved to another application."""
    done(tmp_path, "backup")
    rows.perform(Recover(now_s=NOW_S, bot=UserId(OTHER_BOT)))
    rows.close()
    assert f"of the bot {OTHER_BOT}" in refused(tmp_path, "restore", the_backup(tmp_path).name)
    done(tmp_path, "restore", "--any-bot", the_backup(tmp_path).name)


@pytest.mark.usefixtures("rows")
def test_a_bot_that_runs_is_not_restored(tmp_path: Path) -> None:
    """It owns the data; nothing changes."""
    done(tmp_path, "backup")
    assert "Stop that one" in refused(tmp_path, "restore", the_backup(tmp_path).name)


def test_damaged_data_are_replaced_and_kept(tmp_path: Path, rows: SqliteStore) -> None:
    """Nobody can say then what was answered since."""
    done(tmp_path, "backup")
    rows.close()
    path = tmp_path / "data" / "causerie.db"
    content = bytearray(path.read_bytes())
    content[4096:] = bytes(len(content) - 4096)
    path.write_bytes(content)
    said = done(tmp_path, "restore", the_backup(tmp_path).name)
    assert "What was there before is damaged" in said
    assert "nothing that was written before this moment is answered" in said
    (kept,) = (tmp_path / "data" / "backups").glob("damaged-*")
    assert (kept / "causerie.db").read_bytes() == bytes(content)
    with closing(own(path)):
        assert open_to_read_questions(path) == [f"Secret of {ALICE}", f"Secret of {BOB}"]


def open_to_read_questions(path: Path) -> list[str]:
    """Return what was asked."""
    with closing(sqlite3.connect(path)) as connection:
        return [text for (text,) in connection.execute("SELECT question FROM turn ORDER BY id")]


def test_who_was_forgotten_since_the_backup_is_forgotten_again_also_in_files(tmp_path: Path, rows: SqliteStore) -> None:
    """Bob is not in the restored data, Alice is; and the list goes with them to another machine."""
    done(tmp_path, "backup")
    made = the_backup(tmp_path)
    note(tmp_path / "data", BOB, NOW_S)
    rows.perform(ForgetPerson(person=BOB, now_s=NOW_S))
    rows.close()
    (tmp_path / "data" / "files" / NAME).unlink()
    said = done(tmp_path, "restore", made.name)
    assert "are forgotten again: 1." in said
    path = tmp_path / "data" / "causerie.db"
    assert open_to_read_questions(path) == [f"Secret of {ALICE}", ""]
    with closing(sqlite3.connect(path)) as connection:
        assert f"Secret of {BOB}" not in "\n".join(connection.iterdump())
    assert not (tmp_path / "data" / "files" / NAME).exists()
    assert (made / "files" / NAME).read_bytes() == b"Bob's"  # an earlier backup keeps what it has, as the docs say


@pytest.mark.usefixtures("rows")
def test_a_manifest_says_what_a_backup_holds(tmp_path: Path) -> None:
    """In words that other programs read, too."""
    done(tmp_path, "backup")
    found = msgspec.json.decode((the_backup(tmp_path) / "backup.json").read_bytes(), type=Manifest)
    assert (found.bot, found.people, found.sessions, found.turns, found.files) == (BOT, 2, 2, 2, 1)
