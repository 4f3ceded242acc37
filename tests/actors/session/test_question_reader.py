"""What a question encloses is read before its model is asked."""

from collections.abc import AsyncGenerator, Callable
from typing import Any, cast

import pytest
from msgspec.structs import replace

from actors.recorder import Recorder
from actors.session.question_reader import EDITS_MAX, QuestionReader, Unread
from messages.enclosure import Enclosure
from messages.turn import Place, TurnTaken, Utterance
from messages.verbs.turns import RecordEnclosures
from tests.models.test_prompt import turn

UNREAD = Enclosure(kind="file", name="message.txt", url="https://cdn.discordapp.com/x")
READ = Enclosure(kind="file", name="message.txt", text="A comet?")
STICKER = Enclosure(kind="sticker", name="Wave", text="")


class Model:
    """Answers, and notes that it was asked."""

    def __init__(self) -> None:
        self.asked = 0

    async def stream(self, _: TurnTaken) -> AsyncGenerator[Any, None]:
        """Answer in two pieces."""
        self.asked += 1
        yield "A ball "
        yield "of ice."


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


async def answered(model: Model, reader: Reader, rows: Rows, *enclosures: Enclosure) -> list[Any]:
    """Return everything that comes of a turn."""
    reading = QuestionReader(cast("Any", model), reader, cast("Recorder", rows))
    asked = replace(turn("Why?"), question=question(*enclosures))
    return [event async for event in reading.stream(asked)]


async def test_what_is_read_is_committed_before_the_model_is_asked() -> None:
    """The rest of what the question encloses stays as it is, in its order."""
    model, reader = Model(), Reader("A comet?")
    rows = Rows(lambda verb: question(*verb.after))
    assert await answered(model, reader, rows, STICKER, UNREAD) == ["A ball ", "of ice."]
    assert reader.read_files == [UNREAD]
    assert [(verb.before, verb.after) for verb in rows.written] == [((STICKER, UNREAD), (STICKER, READ))]


async def test_a_question_with_nothing_to_read_is_asked_at_once() -> None:
    """Nothing is written."""
    model, rows = Model(), Rows(lambda _: None)
    assert await answered(model, Reader(None), rows, STICKER) == ["A ball ", "of ice."]
    assert rows.written == []


async def test_what_cannot_be_read_ends_the_turn_without_asking() -> None:
    """Nothing is written, so that a retry reads it again."""
    model, rows = Model(), Rows(lambda verb: question(*verb.after))
    assert await answered(model, Reader(None), rows, UNREAD) == [Unread()]
    assert (model.asked, rows.written) == (0, [])


async def test_a_question_that_is_edited_while_it_is_read_is_read_anew() -> None:
    """Until it stands still, but not without end."""
    newer = replace(UNREAD, url="https://cdn.discordapp.com/y")
    edits = iter([question(newer), question(READ)])
    model, reader, rows = Model(), Reader("A comet?"), Rows(lambda _: next(edits))
    assert await answered(model, reader, rows, UNREAD) == ["A ball ", "of ice."]
    assert reader.read_files == [UNREAD, newer]
    model, reader, rows = Model(), Reader("A comet?"), Rows(lambda _: question(UNREAD))
    assert await answered(model, reader, rows, UNREAD) == [Unread()]
    assert (model.asked, len(reader.read_files)) == (0, EDITS_MAX)


async def test_a_turn_that_is_over_is_left_to_the_model_s_own_check() -> None:
    """The rows know no such attempt any more; whoever begins to ask finds that out again."""
    model, rows = Model(), Rows(lambda _: None)
    assert await answered(model, Reader("A comet?"), rows, UNREAD) == ["A ball ", "of ice."]


@pytest.fixture(autouse=True)
def anyio_backend() -> str:
    """No clock is needed here."""
    return "asyncio"
