"""Opening the file: it is created completely, recognised, locked and migrated."""

import fcntl
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database, Migrations

from messages.ids import TurnId
from messages.verbs.replies import RecordDelivered
from messages.verbs.sessions import RemoveSession
from storage import files, schema, schema_names
from storage.sqlite import open_store
from storage.store import AlreadyRunningError, ForeignDatabaseError, NewerDatabaseError, OpenToOthersError
from tests.storage.people import ALICE, LIMITS, NOW_S, accept, by, finish, open_reader, set_status, take, value

CHECKOUT = Path(__file__).parents[2]
OPEN = "import sys; from tests.storage.people import LIMITS; from storage.sqlite import open_store; "


def _contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix != ".lock"}


def _foreign(path: Path, *, wal: bool) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = " + ("WAL" if wal else "DELETE"))
    connection.execute("CREATE TABLE turn (id INTEGER)")
    return connection


def test_folder_and_file_are_private(tmp_path: Path) -> None:
    """Only the bot's own account can read the files."""
    path = tmp_path / "some" / "data" / "causerie.db"
    rows = open_store(path, LIMITS)
    set_status(rows, "new")
    modes = {file.name: file.stat().st_mode & 0o777 for file in path.parent.iterdir()}
    assert modes == dict.fromkeys(("causerie.db", "causerie.db-wal", "causerie.db-shm", "causerie.lock"), 0o600)
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert value(rows, "PRAGMA journal_mode") == "wal"
    rows.close()


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077, 0o777])
def test_files_and_folders_are_private_whatever_the_umask_is(tmp_path: Path, umask: int) -> None:
    """Also the folders above the data that had to be made, and also where the umask would take the bot's own rights away."""
    before = os.umask(umask)
    try:
        rows = open_store(tmp_path / "some" / "data" / "causerie.db", LIMITS)
        set_status(rows, "new")
        modes = {path.stat().st_mode & 0o7777 for path in (tmp_path / "some" / "data").iterdir()}
        assert modes == {0o600}
        assert {path.stat().st_mode & 0o7777 for path in (tmp_path / "some", tmp_path / "some" / "data")} == {0o700}
        rows.close()
    finally:
        os.umask(before)


@pytest.mark.parametrize("mode", [0o777, 0o757, 0o702, 0o1777])
def test_a_folder_into_which_everybody_may_write_is_refused(tmp_path: Path, mode: int) -> None:
    """Somebody else could put another database there; the sentence has the mode and the command that helps."""
    tmp_path.chmod(mode)
    with pytest.raises(OpenToOthersError, match=f"its mode is {mode:04o}.*chmod o-w {tmp_path}"):
        open_store(tmp_path / "causerie.db", LIMITS)
    assert list(tmp_path.iterdir()) == []
    tmp_path.chmod(mode & ~0o002)
    open_store(tmp_path / "causerie.db", LIMITS).close()


def test_files_of_ours_that_others_may_read_are_made_private(tmp_path: Path) -> None:
    """A backup that was copied back has the mode of the copy; after a kill there is a log beside it."""
    path = tmp_path / "causerie.db"
    open_store(path, LIMITS).close()
    with closing(sqlite3.connect(path)) as other:
        other.execute("UPDATE user SET name = name")
        for file in tmp_path.iterdir():
            file.chmod(0o666)
        rows = open_store(path, LIMITS)
        assert {file.name: file.stat().st_mode & 0o777 for file in tmp_path.iterdir()} == dict.fromkeys(
            ("causerie.db", "causerie.db-wal", "causerie.db-shm", "causerie.lock"), 0o600
        )
        rows.close()


def test_what_was_stored_is_there_after_a_restart(tmp_path: Path) -> None:
    """A second opening finds the rows and applies no migration again."""
    path = tmp_path / "causerie.db"
    rows = open_store(path, LIMITS)
    set_status(rows, "new")
    accept(rows, 0)
    rows.close()
    rows = open_store(path, LIMITS)
    assert value(rows, "SELECT question FROM turn") == "What is a comet?"
    rows.close()


@pytest.mark.parametrize("content", [b"Dear diary", b"SQLite format 3\0", b"\0" * 8192, os.urandom(5000)])
def test_a_file_that_is_no_database_is_refused_and_left_as_it_is(tmp_path: Path, content: bytes) -> None:
    """A file that is no database of ours stays as it is, byte for byte, and no file appears beside it."""
    path = tmp_path / "causerie.db"
    path.write_bytes(content)
    with pytest.raises(ForeignDatabaseError, match="not a SQLite database"):
        open_store(path, LIMITS)
    assert _contents(tmp_path) == {"causerie.db": content}


@pytest.mark.parametrize("wal", [False, True])
def test_another_programs_database_is_refused_and_left_as_it_is(tmp_path: Path, wal: bool) -> None:
    """Another program's database is refused, even when its tables have our names."""
    path = tmp_path / "causerie.db"
    _foreign(path, wal=wal).close()
    before = _contents(tmp_path)
    with pytest.raises(ForeignDatabaseError, match="another program"):
        open_store(path, LIMITS)
    assert _contents(tmp_path) == before


def test_another_programs_database_in_use_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    """The log and the index beside another program's database stay as they are too."""
    path = tmp_path / "causerie.db"
    with closing(_foreign(path, wal=True)):
        before = _contents(tmp_path)
        assert "causerie.db-wal" in before
        with pytest.raises(ForeignDatabaseError, match="another program"):
            open_store(path, LIMITS)
        assert _contents(tmp_path) == before


def test_a_damaged_database_of_ours_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    """A damaged database is refused and not written to."""
    path = tmp_path / "causerie.db"
    open_store(path, LIMITS).close()
    path.write_bytes(path.read_bytes()[:5000])
    before = _contents(tmp_path)
    with pytest.raises(ForeignDatabaseError, match="damaged"):
        open_store(path, LIMITS)
    assert _contents(tmp_path) == before


def test_a_later_versions_database_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    """A database of a later version is refused and not changed."""
    path = tmp_path / "causerie.db"
    open_store(path, LIMITS).close()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("INSERT INTO _sqlite_migrations (migration_set, name) VALUES ('causerie', 'from_tomorrow')")
    before = _contents(tmp_path)
    with pytest.raises(NewerDatabaseError, match="later version"):
        open_store(path, LIMITS)
    assert _contents(tmp_path) == before


def test_a_refusal_gives_the_lock_back(tmp_path: Path) -> None:
    """A start works again once the foreign file was moved away."""
    path = tmp_path / "causerie.db"
    path.write_bytes(b"Dear diary")
    with pytest.raises(ForeignDatabaseError):
        open_store(path, LIMITS)
    path.unlink()
    open_store(path, LIMITS).close()


def test_a_second_process_is_refused_until_the_first_is_gone(tmp_path: Path) -> None:
    """The lock ends with its process, here by SIGKILL."""
    path = tmp_path / "causerie.db"
    first = subprocess.Popen(
        [
            sys.executable,
            "-c",
            OPEN + "rows = open_store(sys.argv[1], LIMITS); print('open', flush=True); input()",
            path,
        ],
        cwd=CHECKOUT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert first.stdout is not None
    assert first.stdout.readline() == b"open\n"
    with pytest.raises(AlreadyRunningError, match="another running Causerie"):
        open_store(path, LIMITS)
    first.kill()
    first.communicate()
    open_store(path, LIMITS).close()


def _killed_at(statement: int, work: Callable[[], object], monkeypatch: pytest.MonkeyPatch) -> bool:
    """Do the work in a process that gets SIGKILL before its n-th SQL statement; says whether it came to that."""
    child = os.fork()
    if child == 0:
        try:
            _kill_before(statement, monkeypatch)
            work()
            os._exit(0)
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.waitstatus_to_exitcode(status) == 0
    return os.WIFSIGNALED(status)


def _kill_before(statement: int, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = 0
    connect = sqlite3.connect

    def count(_sql: str) -> None:
        nonlocal seen
        seen += 1
        if seen == statement:
            os.kill(os.getpid(), signal.SIGKILL)

    def connecting(*arguments: Any, **options: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(*arguments, **options)
        connection.set_trace_callback(count)
        return connection

    monkeypatch.setattr(sqlite3, "connect", connecting)


def test_a_kill_at_any_statement_of_the_first_start_leaves_nothing_in_the_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A kill while the database is created leaves no database or a complete one."""
    statement = 1
    path = tmp_path / "1" / "causerie.db"
    while _killed_at(statement, partial(open_store, path, LIMITS), monkeypatch):
        rows = open_store(path, LIMITS)
        set_status(rows, "new")
        accept(rows, 0)
        rows.close()
        assert {file.name for file in path.parent.iterdir()} == {"causerie.db", "causerie.lock"}
        statement += 1
        path = tmp_path / f"{statement}" / "causerie.db"
    assert statement > 20


def test_a_kill_at_any_statement_of_a_removal_leaves_a_session_or_nothing_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also between the commit and the emptying of the write-ahead log, which the next start empties before anything else."""

    def work() -> None:
        rows = open_store(path, LIMITS)
        set_status(rows, "new")
        session = accept(rows, 0, "Canary?").session
        finish(rows, take(rows, session), "Canary!")
        rows.perform(RecordDelivered(turn=TurnId(value(rows, "SELECT id FROM turn"))))
        rows.perform(RemoveSession(by=by(ALICE, 5), session=session, now_s=NOW_S))

    empty = tmp_path / "causerie.db"
    open_store(empty, LIMITS).close()  # kills before that are another test's

    def anew() -> Path:
        path = tmp_path / f"{statement}" / "causerie.db"
        path.parent.mkdir(mode=0o700)
        shutil.copy(empty, path)
        return path

    outcomes, statement = set(), 1
    path = anew()
    while _killed_at(statement, work, monkeypatch):
        rows = open_store(path, LIMITS)
        removed = rows._connection.execute("SELECT count(*) FROM session WHERE is_removed = 1").fetchone()[0]
        if removed:
            assert [file.name for file in path.parent.iterdir() if b"Canary" in file.read_bytes()] == []
        outcomes.add(removed)
        rows.close()
        statement += 1
        path = anew()
    assert outcomes == {0, 1}


def test_log_that_another_program_kept_from_being_emptied_is_emptied_by_a_later_process(tmp_path: Path) -> None:
    """While it reads, nothing can be emptied; the first commit after it does, also of another process."""
    path = tmp_path / "causerie.db"
    rows = open_store(path, LIMITS)
    set_status(rows, "new")
    session = accept(rows, 0, "Canary?").session
    reader = open_reader(path)
    rows.perform(RemoveSession(by=by(ALICE, 5), session=session, now_s=NOW_S))
    rows.close()
    rows = open_store(path, LIMITS)
    assert any(b"Canary" in content for content in _contents(tmp_path).values())
    reader.close()
    set_status(rows, "activate", number=9)
    assert not any(b"Canary" in content for content in _contents(tmp_path).values())
    rows.close()


def test_what_an_unfinished_start_left_is_not_in_the_way(tmp_path: Path) -> None:
    """Leftovers of a creation that was killed do not disturb the next one."""
    (tmp_path / "causerie.db.new").write_bytes(b"half a database")
    (tmp_path / "causerie.db").touch()
    open_store(tmp_path / "causerie.db", LIMITS).close()
    assert set(_contents(tmp_path)) == {"causerie.db"}


def _tomorrow() -> Migrations:
    """Return the schema with two more migrations, of three statements."""
    later = Migrations("causerie")
    for migration in schema.migrations.pending(Database(memory=True)):
        later(name=migration.name)(migration.fn)

    @later()
    def keep_moods(db: Database) -> None:
        db.execute("CREATE TABLE mood (user INTEGER PRIMARY KEY, word TEXT NOT NULL) STRICT")
        db.execute("INSERT INTO mood SELECT discord_user_id, 'calm' FROM user")

    @later()
    def keep_moods_of_sessions(db: Database) -> None:
        db.execute("ALTER TABLE session ADD COLUMN mood TEXT")

    return later


def test_a_kill_at_any_statement_of_a_migration_leaves_the_old_schema_or_the_new_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A kill during a migration leaves the old schema or the new one, and the next start completes it with all data."""
    old = open_store(tmp_path / "old" / "causerie.db", LIMITS)
    set_status(old, "new")
    accept(old, 0)
    old.close()
    content = (tmp_path / "old" / "causerie.db").read_bytes()
    today = len(schema.migrations.pending(Database(memory=True)))
    monkeypatch.setattr(schema, "migrations", _tomorrow())
    monkeypatch.setattr(schema_names, "MIGRATIONS", (*schema_names.MIGRATIONS, "keep_moods", "keep_moods_of_sessions"))
    statement = 1
    while True:
        path = tmp_path / f"{statement}" / "causerie.db"
        path.parent.mkdir()
        path.write_bytes(content)
        if not _killed_at(statement, partial(open_store, path, LIMITS), monkeypatch):
            break
        with closing(sqlite3.connect(path)) as connection:
            moods = connection.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'mood'").fetchone()[0]
            columns = [row[1] for row in connection.execute("PRAGMA table_info(session)")]
            applied = connection.execute("SELECT count(*) FROM _sqlite_migrations").fetchone()[0]
        assert (moods, columns.count("mood"), applied) in {(0, 0, today), (1, 1, today + 2)}
        rows = open_store(path, LIMITS)
        assert value(rows, "SELECT word FROM mood") == "calm"
        assert value(rows, "SELECT question FROM turn") == "What is a comet?"
        rows.close()
        statement += 1
    assert statement > 5


def test_whether_a_process_owns_the_data_is_seen_without_taking_it(tmp_path: Path) -> None:
    """Also where nothing was ever made; afterwards another process can own it."""
    path = tmp_path / "causerie.db"
    assert files.is_owned(path) is False
    assert list(tmp_path.iterdir()) == []
    store = open_store(path, LIMITS)
    assert files.is_owned(path) is True
    store.close()
    assert files.is_owned(path) is False
    open_store(path, LIMITS).close()


def test_a_look_at_the_lock_is_not_taken_for_an_owner(tmp_path: Path) -> None:
    """A bot that starts in the moment in which somebody looks waits for the end of it."""
    path = tmp_path / "causerie.db"
    open_store(path, LIMITS).close()
    look = os.open(path.with_suffix(".lock"), os.O_RDONLY)
    fcntl.flock(look, fcntl.LOCK_SH)
    leaving = threading.Timer(files.LOOK_S / 4, os.close, [look])
    leaving.start()
    open_store(path, LIMITS).close()
    leaving.join()


def test_a_start_removes_the_copy_that_a_killed_restore_has_left(tmp_path: Path) -> None:
    """Whoever is forgotten from then on would stay in there."""
    path = tmp_path / "causerie.db"
    open_store(path, LIMITS).close()
    for end in ("", "-wal", "-journal"):
        (tmp_path / f"causerie.db.restoring{end}").write_text("Canary")
    open_store(path, LIMITS).close()
    assert sorted(file.name for file in tmp_path.iterdir()) == ["causerie.db", "causerie.lock"]
