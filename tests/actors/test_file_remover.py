"""Files on disk follow the rows, also when the process is killed anywhere between the two."""

from collections.abc import Iterable
from pathlib import Path
from random import Random
from typing import Any, cast

import anyio
import pytest
from msgspec.structs import replace

from actors import file_remover
from actors.file_remover import FileRemover
from actors.recorder import Recorder
from actors.session.question_reader import QuestionReader
from current import Fixed
from files.folder import Folder, NewFile
from messages.enclosure import Enclosure
from messages.turn import Place
from messages.verbs.acceptance import Accepted
from messages.verbs.cancellations import EditQuestion, WithdrawQuestion
from messages.verbs.recovery import RestartTurns
from messages.verbs.sessions import EraseRemoved, RemoveSession
from messages.verbs.verb import Verb
from storage.enclosures import decoded
from storage.sqlite import SqliteStore, open_store
from tests.storage.people import ALICE, LIMITS, NOW_S, ask_again, by, finish, message_id, set_status, value
from tests.storage.test_kept_files import a_file, asked, taken


class KilledError(Exception):
    """The process is gone: nothing that it would have done after this happens."""


class Process:
    """One process on a disk and on rows: after so many deeds it is killed, before or after one of them."""

    def __init__(self, rows: SqliteStore, path: Path, deeds: int | None) -> None:
        self.rows = rows
        self.left = deeds
        self.files = _Files(path, self)
        self.remover = FileRemover(cast("Recorder", self), self.files)
        self.questions = QuestionReader(self, cast("Recorder", self), self.files, files_max=Fixed(10))

    def deed(self) -> None:
        """Do one thing more, or be killed."""
        if self.left is not None:
            self.left -= 1
            if self.left < 0:
                raise KilledError

    async def execute(self, verb: Verb[Any]) -> Any:
        """Commit a verb; a kill comes before it or after it."""
        self.deed()
        answer = self.rows.perform(verb)
        self.deed()
        return answer

    execute_retrying = execute

    async def read(self, *_: object) -> tuple[Enclosure, ...]:
        """No message has to be read."""
        raise NotImplementedError

    async def fetch(self, file: Enclosure, _: Place) -> Enclosure | None:
        """Put a picture on the disk."""
        name, opened = self.files.new(".png")
        with opened:
            opened.write(b"comet"[: file.size])
        self.deed()
        return replace(file, url="", stored=name, media_type="image/png")

    async def cleaned(self) -> None:
        """Do what the remover does until nothing is left to do."""
        await self.remover._remove_unknown()
        await self.remover._remove_released()


class _Files(Folder):
    """A folder that a killed process does not change any more."""

    def __init__(self, path: Path, process: Process) -> None:
        super().__init__(path)
        self._process = process

    def new(self, ending: str = "") -> NewFile:
        self._process.deed()
        return super().new(ending)

    def remove(self, names: Iterable[str]) -> None:
        for name in names:
            self._process.deed()
            super().remove([name])


class Life:
    """Random questions with files, edits, deletions, retries and removals, in processes that are killed again and again."""

    def __init__(self, path: Path, seed: int, *, loses: bool) -> None:
        """`loses`: somebody else takes files from the disk, too."""
        self.loses = loses
        self.random = Random(seed)
        self.path = path / "files"
        Folder(self.path).make()
        self.rows = open_store(path / "causerie.db", LIMITS)
        set_status(self.rows, "activate", number=-2)
        self.number = 0
        self.count = 0
        self.messages: list[int] = []
        self.ended: list[Any] = []

    async def live(self) -> None:
        """One process, from its start to its kill; then everything that is under way waits again."""
        process = Process(self.rows, self.path, self.random.randrange(60))
        try:
            await process.cleaned()
            while True:
                self.number += 20
                await self.random.choice((self.ask, self.ask, self.retry, self.change, self.remove))(process)
                if self.random.random() < 0.5:
                    await process.remover._remove_released()
        except* KilledError:
            for (session,) in self.rows._connection.execute("SELECT id FROM session").fetchall():
                self.rows.perform(RestartTurns(session=session))

    async def ask(self, process: Process) -> None:
        """Ask with some files, have them fetched, and be answered."""
        self.count += 3
        files = [a_file(self.count - number) for number in range(self.random.randrange(4))]
        turn = asked(self.rows, self.number, *files) if not self.is_busy() else None
        if turn is not None:
            self.messages.append(self.number)
            await self.answer(process, turn)

    def is_busy(self) -> bool:
        """Whether a turn waits since a kill: it is taken first."""
        return bool(value(self.rows, "SELECT count(*) FROM turn WHERE state IN ('queued', 'streaming')"))

    async def answer(self, process: Process, turn: Any) -> None:
        """Have a turn's files fetched, and have it end."""
        await process.questions.read(turn)
        process.deed()
        self.ended.append(finish(self.rows, turn, self.random.choice(["Ice", "Ice, and dust"])).turn)

    async def retry(self, process: Process) -> None:
        """Go on with what waits, or ask something again; now and then a file has vanished from the disk."""
        waiting = value(self.rows, "SELECT min(session) FROM turn WHERE state = 'queued'")
        if waiting is not None:
            await self.answer(process, taken(self.rows, waiting))
        elif self.ended:
            names = list(process.files.names())
            if self.loses and names and self.random.random() < 0.3:
                process.files.path(self.random.choice(names)).unlink()
            answer = ask_again(self.rows, self.random.choice(self.ended), self.number)
            if isinstance(answer, Accepted):
                await self.answer(process, taken(self.rows, answer.session))

    async def change(self, _: Process) -> None:
        """Take a file out of a message, or delete one."""
        if not self.messages:
            return
        message = message_id(self.random.choice(self.messages))
        if self.random.random() < 0.3:
            self.rows.perform(WithdrawQuestion(message_id=message))
            return
        row = self.rows._connection.execute("SELECT enclosed FROM turn WHERE question_id = ?", (message,)).fetchone()
        told = tuple(replace(file, stored="") for file in decoded(row[0]))[: self.random.randrange(3)]
        self.rows.perform(EditQuestion(message_id=message, text=f"How {self.number}?", enclosures=told))

    async def remove(self, _: Process) -> None:
        """Remove the newest session, now and then, and erase what it held."""
        session = value(self.rows, "SELECT max(id) FROM session WHERE is_removed = 0")
        if session is not None and self.random.random() < 0.3:
            self.rows.perform(RemoveSession(by=by(ALICE, self.number), session=session, now_s=NOW_S))
            while self.rows.perform(EraseRemoved()):
                pass


@pytest.mark.parametrize("loses", [False, True])
@pytest.mark.parametrize("seed", range(20))
async def test_after_any_kills_the_disk_has_what_the_rows_keep(tmp_path: Path, seed: int, loses: bool) -> None:
    """No file is left over and none is lost, but for what somebody else took away; rows forget what is gone."""
    life = Life(tmp_path, seed, loses=loses)
    for _ in range(15):
        await life.live()
    process = Process(life.rows, life.path, None)
    await process.cleaned()
    kept = {row[0] for row in life.rows._connection.execute("SELECT name FROM kept_file")}
    on_disk = set(process.files.names())
    assert on_disk <= kept
    assert loses or on_disk == kept
    assert value(life.rows, "SELECT count(*) FROM kept_file WHERE is_removed = 1") == 0
    assert life.count > 10
    life.rows.close()


async def test_the_remover_is_woken_by_what_releases_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By a deletion and by an erasure; it looks once for what happens within a second."""
    monkeypatch.setattr(file_remover, "PAUSE_S", 0.0)
    files = Folder(tmp_path)
    rows = open_store(":memory:", LIMITS)
    set_status(rows, "activate", number=-2)
    recorder = Recorder(rows)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(recorder.run)
        tasks.start_soon(FileRemover(recorder, files).run)
        for verb in (WithdrawQuestion(message_id=message_id(0)), None):
            name, opened = files.new()
            opened.close()
            turn = asked(rows, 0 if verb else 1)
            rows._connection.execute(
                "INSERT INTO kept_file (name, session, turn, person, bytes) VALUES (?, ?, ?, ?, 5)",
                (name, turn.session, turn.turn, ALICE),
            )
            if verb is None:
                await recorder.execute(RemoveSession(by=by(ALICE, 5), session=turn.session, now_s=NOW_S))
            else:
                await recorder.execute(verb)
            with anyio.fail_after(20):
                while files.size(name) is not None:  # noqa: ASYNC110 the disk tells nobody
                    await anyio.sleep(0.01)
            finish(rows, turn, "", ending="cancelled", reason="session_ended")
        tasks.cancel_scope.cancel()


async def test_a_disk_that_refuses_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rows go on saying what is to be removed; nobody else notices."""
    monkeypatch.setattr(file_remover, "FAILED_PAUSE_S", 0.0)
    rows = open_store(":memory:", LIMITS)
    rows._connection.execute(
        "INSERT INTO kept_file (name, session, turn, person, bytes, is_removed) VALUES (?, 1, 1, 1, 5, 1)", ("0" * 32,)
    )
    refusals = 3

    class Refusing(Folder):
        def remove(self, names: Iterable[str]) -> None:
            nonlocal refusals
            refusals -= 1
            if refusals > 0:
                raise PermissionError(13, "Permission denied")
            super().remove(names)

    recorder = Recorder(rows)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(recorder.run)
        tasks.start_soon(FileRemover(recorder, Refusing(tmp_path)).run)
        with anyio.fail_after(20):
            while value(rows, "SELECT count(*) FROM kept_file"):  # noqa: ASYNC110 rows tell nobody
                await anyio.sleep(0.01)
        tasks.cancel_scope.cancel()
    assert refusals <= 0
