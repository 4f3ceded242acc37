"""What a question encloses is fetched and read before its model is asked, and nothing is left on disk that no row names."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import anyio
import pytest
from msgspec.structs import replace

from actors.recorder import Recorder
from actors.session import question_reader
from actors.session.question_reader import ROUNDS_MAX, QuestionReader
from current import Fixed
from files.folder import Folder
from messages.enclosure import Enclosure, Problem
from messages.ids import ChannelId, MessageId
from messages.turn import Place, TurnTaken, Utterance
from messages.verbs.kept_files import ReadRoom
from messages.verbs.turns import RecordEnclosures
from storage.store import StorageError
from tests.models.test_prompt import turn

FILE = Enclosure(kind="file", name="a.txt", url="https://cdn.discordapp.com/x", attachment=1, size=5)
UNANSWERED = Enclosure(kind="reply", origin=(ChannelId(1), MessageId(2)))
STICKER = Enclosure(kind="sticker", name="Wave", text="")


class Rows:
    """The question's row, which may be edited whenever it is written."""

    def __init__(self, then: Callable[[RecordEnclosures], Utterance | None] | None = None) -> None:
        self.written: list[RecordEnclosures] = []
        self.room = 1_000
        self.failures = 0
        self._then = then or (lambda verb: question(*verb.after))

    async def execute(self, verb: RecordEnclosures) -> Utterance | None:
        """Note what is written, and return the question as it is then."""
        if self.failures:
            self.failures -= 1
            raise StorageError
        self.written.append(verb)
        return self._then(verb)

    async def execute_retrying(self, verb: ReadRoom) -> int:
        """Return how much room the asker has."""
        assert isinstance(verb, ReadRoom)
        return self.room


class Discord:
    """Puts five bytes on the disk for every file, or has this problem, or no answer now."""

    def __init__(self, files: Folder, problem: Problem | None = "") -> None:
        self.files = files
        self.problem = problem
        self.fetched: list[Enclosure] = []
        self.held: anyio.Event | None = None

    async def read(self, enclosed: Enclosure, _channel: ChannelId, _origin: MessageId) -> tuple[Enclosure, ...]:
        """Return a message with a file."""
        return replace(enclosed, text="Look", origin=None), replace(FILE, within="reply")

    async def fetch(self, file: Enclosure, _: Place) -> Enclosure | None:
        """Note what is fetched."""
        self.fetched.append(file)
        if self.problem is None:
            return None
        if self.problem:
            return replace(file, url="", problem=self.problem)
        name, opened = self.files.new()
        with opened:
            opened.write(b"comet")
        if self.held is not None:
            try:
                await self.held.wait()
            except BaseException:
                self.files.remove([name])
                raise
        return replace(file, url="", stored=name, media_type="text/plain")


class Texts:
    """Reads every text file."""

    def __init__(self, then: Callable[[Enclosure, Path], Enclosure | None]) -> None:
        self.then = then

    def refuses(self, _file: Enclosure) -> Problem:
        """Let every file be fetched."""
        return ""

    def reads(self, file: Enclosure, _turn: TurnTaken) -> bool:
        """Return whether it is a text."""
        return file.media_type == "text/plain"

    async def read(self, file: Enclosure, path: Path, _turn: TurnTaken) -> Enclosure | None:
        """Read as the test says."""
        return self.then(file, path)


def question(*enclosures: Enclosure) -> Utterance:
    """Return a question that encloses these."""
    return replace(turn("Why?").question, enclosures=enclosures)


@pytest.fixture
def files(tmp_path: Path) -> Folder:
    """A folder of kept files."""
    folder = Folder(tmp_path / "files")
    folder.make()
    return folder


def reader(discord: Discord, rows: Rows, *readers: Texts, files_max: int = 10) -> QuestionReader:
    """Return what reads questions."""
    return QuestionReader(discord, cast("Recorder", rows), discord.files, readers=readers, files_max=Fixed(files_max))


async def is_read(made: QuestionReader, *enclosures: Enclosure) -> bool:
    """Return whether a question that encloses these could be read."""
    return await made.read(replace(turn("Why?"), question=question(*enclosures))) is None


def names(rows: Rows) -> set[str]:
    """Return the files that the newest commit names."""
    return {enclosed.stored for enclosed in rows.written[-1].after if enclosed.stored}


async def test_what_is_fetched_is_committed_and_then_what_it_says(files: Folder) -> None:
    """In two commits, so that a kill in between fetches nothing again; the rest stays as it is, in its order."""
    discord, rows = Discord(files), Rows()
    texts = Texts(lambda file, path: replace(file, text=path.read_text()))
    assert await is_read(reader(discord, rows, texts), STICKER, FILE)
    first, second = rows.written
    assert first.before == (STICKER, FILE)
    assert [one.text for one in first.after] == ["", None]
    assert second.before == first.after
    assert [one.text for one in second.after] == ["", "comet"]
    assert set(files.names()) == names(rows)


async def test_of_a_question_with_nothing_to_read_nothing_is_written(files: Folder) -> None:
    """It can be asked at once."""
    rows = Rows()
    assert await is_read(reader(Discord(files), rows), STICKER, replace(FILE, problem="heic"))
    assert rows.written == []


async def test_what_is_replied_to_is_read_with_its_files(files: Folder) -> None:
    """They are fetched next."""
    discord, rows = Discord(files), Rows()
    assert await is_read(reader(discord, rows), UNANSWERED)
    told, file = rows.written[-1].after
    assert (told.text, told.origin, file.within, bool(file.stored)) == ("Look", None, "reply", True)


async def test_what_cannot_be_fetched_now_leaves_what_could_be(files: Folder) -> None:
    """A retry fetches the rest."""
    rows = Rows()
    assert not await is_read(reader(Discord(files, None), rows), FILE)
    assert rows.written == []
    assert not await is_read(reader(Discord(files, None), rows), UNANSWERED, FILE)
    assert [one.kind for one in rows.written[-1].after] == ["reply", "file", "file"]


async def test_what_cannot_be_made_text_of_now_is_not_asked(files: Folder) -> None:
    """The file stays where it is."""
    rows = Rows()
    assert not await is_read(reader(Discord(files), rows, Texts(lambda *_: None)), FILE)
    assert set(files.names()) == names(rows)


async def test_too_many_files_and_files_without_room_are_not_fetched(files: Folder) -> None:
    """Discord's own figures come first; what has a problem already does not count."""
    discord, rows = Discord(files), Rows()
    rows.room = 14
    many = [replace(FILE, attachment=number) for number in range(5)]
    assert await is_read(reader(discord, rows, files_max=3), replace(FILE, problem="gone"), *many)
    assert [one.problem for one in rows.written[-1].after] == ["gone", "", "", "over_quota", "too_many", "too_many"]
    assert len(discord.fetched) == 2


async def test_a_retry_tries_again_what_may_be_there_by_now(files: Folder) -> None:
    """Also where it is not; what is wrong with a file itself stays."""
    files_then = (replace(FILE, url="", problem="gone"), replace(FILE, url="", problem="heic"))
    asked = replace(turn("Why?"), question=question(*files_then), kind="retry")
    discord, rows = Discord(files), Rows()
    assert await reader(discord, rows).read(asked) is None
    assert [(file.problem, bool(file.stored)) for file in rows.written[-1].after] == [("", True), ("heic", False)]
    discord, rows = Discord(files, "gone"), Rows()
    assert await reader(discord, rows).read(asked) is None
    assert (len(discord.fetched), rows.written) == (1, [])


async def test_a_question_that_is_edited_while_it_is_read_is_read_anew(files: Folder) -> None:
    """Until it stays as it is, but not without end; what was fetched for nothing is gone from the disk."""
    newer = replace(FILE, attachment=2)
    discord, rows = (
        Discord(files),
        Rows(lambda verb: question(*verb.after) if verb.before == (newer,) else question(newer)),
    )
    assert await is_read(reader(discord, rows), FILE)
    assert discord.fetched == [FILE, newer]
    assert set(files.names()) == names(rows)
    discord, rows = Discord(files), Rows(lambda _: question(FILE))
    assert not await is_read(reader(discord, rows), FILE)
    assert len(discord.fetched) == ROUNDS_MAX


async def test_a_turn_that_is_over_leaves_nothing(files: Folder) -> None:
    """The rows know no such attempt any more; whoever begins to ask finds that out again."""
    assert await is_read(reader(Discord(files), Rows(lambda _: None)), FILE)
    assert list(files.names()) == []


async def test_storage_that_is_down_is_waited_for(files: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file is kept meanwhile, and committed once."""
    monkeypatch.setattr(question_reader, "RETRY_S", 0.0)
    rows = Rows()
    rows.failures = 3
    assert await is_read(reader(Discord(files), rows), FILE)
    assert len(rows.written) == 1
    assert set(files.names()) == names(rows)


async def test_a_failure_leaves_nothing(files: Folder) -> None:
    """Whatever the commit raised, nothing was committed."""

    def fail(_: RecordEnclosures) -> Any:
        raise LookupError

    with pytest.raises(LookupError):
        await is_read(reader(Discord(files), Rows(fail)), FILE)
    assert list(files.names()) == []


async def test_stop_leaves_nothing(files: Folder) -> None:
    """Whether it comes while one file is fetched, or while the others are there already."""
    discord = Discord(files)
    discord.held = anyio.Event()
    many = [replace(FILE, attachment=number) for number in range(3)]
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(is_read, reader(discord, Rows()), *many)
        await anyio.wait_all_tasks_blocked()
        assert len(list(files.names())) == 3
        tasks.cancel_scope.cancel()
    assert list(files.names()) == []


async def test_stop_during_the_commit_loses_nothing(files: Folder) -> None:
    """What was committed stays on disk."""
    rows = Rows()
    async with anyio.create_task_group() as tasks:

        def stop_and_commit(verb: RecordEnclosures) -> Utterance:
            tasks.cancel_scope.cancel()
            return question(*verb.after)

        rows = Rows(stop_and_commit)
        tasks.start_soon(is_read, reader(Discord(files), rows), FILE)
    assert set(files.names()) == names(rows) != set()


async def test_a_file_that_vanished_or_was_cut_is_fetched_anew(files: Folder) -> None:
    """One whose text is known is not missed."""
    discord, rows = Discord(files), Rows()
    name, opened = files.new()
    opened.close()
    lost = replace(FILE, url="", stored="0" * 32)
    cut = replace(FILE, url="", stored=name, attachment=2)
    assert await is_read(reader(discord, rows), lost, cut, replace(lost, text="comet"))
    assert [file.attachment for file in discord.fetched] == [1, 2]
    assert all(file.stored == "" for file in discord.fetched)
    assert {enclosed.text for enclosed in rows.written[-1].after} == {None, "comet"}


async def test_a_file_that_vanishes_while_it_is_read_is_fetched_anew(files: Folder) -> None:
    """The disk is not ours alone."""
    discord, rows = Discord(files), Rows()

    def read(file: Enclosure, path: Path) -> Enclosure:
        if len(discord.fetched) == 1:
            path.unlink()
        return replace(file, text=path.read_text())

    assert await is_read(reader(discord, rows, Texts(read)), FILE)
    assert len(discord.fetched) == 2
    assert rows.written[-1].after[0].text == "comet"
