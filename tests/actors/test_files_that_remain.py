"""A file that cannot be deleted holds up the forgetting of its owner alone, is tried again, and is named where operators look."""

import time
from pathlib import Path

import anyio
import pytest

from actors import file_remover
from actors.eraser import actor as eraser
from actors.eraser.actor import Eraser
from actors.file_remover import FileRemover
from actors.mailbox import Mailbox
from actors.recorder import Recorder
from current import Fixed
from files.folder import Folder
from storage import forget_requests, tidying
from storage.sqlite import SqliteStore, open_store
from tests.storage.people import ALICE, BOB, LIMITS, set_status, value

NAMES = ["a" * 32, "b" * 32]


def with_files_of_both(folder: Path) -> tuple[SqliteStore, Folder]:
    """Alice and Bob have each asked with a file; in the place of Alice's is a folder, which no unlinking deletes."""
    files = Folder(folder / "files")
    files.make()
    rows = open_store(folder / "causerie.db", LIMITS)
    for person, name in zip((ALICE, BOB), NAMES, strict=True):
        set_status(rows, "new", user=person)
        session = value(rows, "SELECT current_session FROM user WHERE discord_user_id = ?", person)
        rows._connection.execute(
            "INSERT INTO kept_file (name, session, turn, person, bytes, is_removed) VALUES (?, ?, 0, ?, 5, 1)",
            (name, session or 0, person),
        )
    files.path(NAMES[0]).mkdir()
    files.path(NAMES[1]).write_bytes(b"comet")
    return rows, files


async def test_others_are_forgotten_and_its_owner_once_the_file_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Alice was first to want it; Bob does not wait for her file. The log says which path it is, and what to do."""
    for module, name in (
        (file_remover, "PAUSE_S"),
        (file_remover, "FAILED_PAUSE_S"),
        (eraser, "LOOK_S"),
        (tidying, "QUIET_S"),
    ):
        monkeypatch.setattr(module, name, 0.05)
    rows, files = with_files_of_both(tmp_path)
    recorder = Recorder(rows)
    worker = Eraser(
        recorder=recorder,
        courier=Mailbox(),
        supervisor=Mailbox(),
        data=tmp_path,
        retention_days=Fixed(0),
        clock=time.time,
        discord_s=time.time,
    )

    async def until(person: int, state: str) -> None:
        with anyio.fail_after(30):
            while forget_requests.state(tmp_path, person) != state:  # noqa: ASYNC110 the folder tells nobody
                await anyio.sleep(0.02)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(recorder.run)
        tasks.start_soon(FileRemover(recorder, files).run)
        tasks.start_soon(worker.run)
        forget_requests.ask(tmp_path, ALICE)
        await until(ALICE, "taken")
        forget_requests.ask(tmp_path, BOB)
        await until(BOB, "done")
        assert forget_requests.state(tmp_path, ALICE) == "taken"
        assert value(rows, "SELECT person FROM forgetting") == ALICE
        assert files.path(NAMES[0]).is_dir()
        said = capsys.readouterr().out
        assert str(files.path(NAMES[0])) in said
        assert "delete it by hand" in said
        files.path(NAMES[0]).rmdir()
        await until(ALICE, "done")
        tasks.cancel_scope.cancel()
    assert value(rows, "SELECT count(*) FROM forgetting") == 0
    rows.close()
