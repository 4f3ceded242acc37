"""What a question encloses is read before its model is asked."""

from collections.abc import Callable
from typing import cast

from msgspec.structs import replace

from actors.recorder import Recorder
from actors.session.question_reader import EDITS_MAX, QuestionReader
from messages.enclosure import Enclosure
from messages.turn import Place, Utterance
from messages.verbs.turns import RecordEnclosures
from tests.models.test_prompt import turn

UNREAD = Enclosure(kind="file", name="message.txt", url="https://cdn.discordapp.com/x")
READ = Enclosure(kind="file", name="message.txt", text="A comet?")
STICKER = Enclosure(kind="sticker", name="Wave", text="")


class Rows:
    """The question's row, which may be edited whenever it is written."""

    def __init__(self, then: Callable[[RecordEnclosures], Utterance | None]) -> None:
        self.written: list[RecordEnclosures] = []
        self._then = then

    async def execute_retrying(self, verb: RecordEnclosures) -> Utterance | None:
        """Note what is written, and return the question as it is then."""
        self.written.append(verb)
        return self._then(verb)


class Reader:
    """Gives each file this text; None where it cannot be read."""

    def __init__(self, text: str | None) -> None:
        self.text = text
        self.read_files: list[Enclosure] = []

    async def read(self, enclosed: Enclosure, _: Place) -> Enclosure | None:
        """Note what is read."""
        self.read_files.append(enclosed)
        return None if self.text is None else replace(enclosed, text=self.text, url="")


def question(*enclosures: Enclosure) -> Utterance:
    """Return a question that encloses these."""
    return replace(turn("Why?").question, enclosures=enclosures)


async def is_read(reader: Reader, rows: Rows, *enclosures: Enclosure) -> bool:
    """Return whether a question that encloses these could be read."""
    return await QuestionReader(reader, cast("Recorder", rows)).read(
        replace(turn("Why?"), question=question(*enclosures))
    )


async def test_what_is_read_is_committed() -> None:
    """The rest of what the question encloses stays as it is, in its order."""
    reader, rows = Reader("A comet?"), Rows(lambda verb: question(*verb.after))
    assert await is_read(reader, rows, STICKER, UNREAD)
    assert reader.read_files == [UNREAD]
    assert [(verb.before, verb.after) for verb in rows.written] == [((STICKER, UNREAD), (STICKER, READ))]


async def test_of_a_question_with_nothing_to_read_nothing_is_written() -> None:
    """It can be asked at once."""
    rows = Rows(lambda _: None)
    assert await is_read(Reader(None), rows, STICKER)
    assert rows.written == []


async def test_what_cannot_be_read_leaves_the_rows_as_they_are() -> None:
    """A retry reads it again."""
    rows = Rows(lambda verb: question(*verb.after))
    assert not await is_read(Reader(None), rows, UNREAD)
    assert rows.written == []


async def test_a_question_that_is_edited_while_it_is_read_is_read_anew() -> None:
    """It is read until it stays as it is, but not without end."""
    newer = replace(UNREAD, url="https://cdn.discordapp.com/y")
    edits = iter([question(newer), question(READ)])
    reader, rows = Reader("A comet?"), Rows(lambda _: next(edits))
    assert await is_read(reader, rows, UNREAD)
    assert reader.read_files == [UNREAD, newer]
    reader, rows = Reader("A comet?"), Rows(lambda _: question(UNREAD))
    assert not await is_read(reader, rows, UNREAD)
    assert len(reader.read_files) == EDITS_MAX


async def test_a_turn_that_is_over_is_left_to_the_check_before_its_model_is_asked() -> None:
    """The rows know no such attempt any more; whoever begins to ask finds that out again."""
    assert await is_read(Reader("A comet?"), Rows(lambda _: None), UNREAD)
