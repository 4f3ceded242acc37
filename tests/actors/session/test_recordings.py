"""Recordings of questions are written down before their model is asked, and quoted above the answer."""

from collections.abc import AsyncGenerator, Sequence
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from actors.session.core import SessionCore
from actors.session.effects import Tell
from actors.session.question_reader import NotRead, NotReadError
from actors.session.recording_reader import RecordingReader
from current import Fixed
from messages.courier import DraftShown
from messages.enclosure import Enclosure, LeftOut
from messages.files import File
from messages.ids import SessionId
from messages.session import DraftGrew, ModelAsked, ModelThinks, Tick, Woken
from messages.turn import Reason, TurnTaken, Utterance
from models.catalogue import Catalogue
from models.events import StreamEvent, StreamFinished, TextDropped
from models.model import Model
from models.voice import Voice
from tests.models.test_prompt import turn

VOICE = Enclosure(kind="voice", name="voice.ogg", media_type="audio/ogg", size=5_000, seconds=3.0, stored="a.ogg")
CHATS, HEARS = Model(name="chats"), Model(name="hears", kind="transcription")
ASKED = replace(turn("Why?"), model="chats")
HEARD_ITSELF = replace(ASKED, model="hears")


class Says:
    """A model that says this."""

    def __init__(self, events: Sequence[StreamEvent]) -> None:
        self.events = events
        self.asked: list[tuple[TurnTaken, Utterance | None]] = []

    async def stream(
        self, taken: TurnTaken, *, question: Utterance | None = None
    ) -> AsyncGenerator[StreamEvent | ModelAsked, None]:
        """Yield what it says."""
        self.asked.append((taken, question))
        yield ModelAsked(turn=taken.turn, attempt=taken.attempt, is_under_way=True)
        for event in self.events:
            yield event


def reader(*events: StreamEvent, models: Sequence[Model] = (CHATS, HEARS)) -> tuple[RecordingReader, Says]:
    says = Says(events)
    return RecordingReader(says, Fixed(Voice(catalogue=Catalogue(models), recording_s_max=60.0))), says


def end(reason: Reason, **how: Any) -> StreamFinished:
    return StreamFinished(reason=reason, usage=None, **how)


def test_what_the_sessions_model_does_not_hear_is_written_down() -> None:
    """Where a model can; what the session's own model hears is left to it, unless nobody will hear it."""
    reads = reader()[0].reads
    assert reads(VOICE, ASKED)
    assert reads(replace(VOICE, kind="file"), ASKED)
    assert not reads(VOICE, HEARD_ITSELF)
    assert reads(replace(VOICE, seconds=61.0), HEARD_ITSELF)
    assert not reads(replace(VOICE, kind="file", media_type="text/plain"), ASKED)
    assert not reader(models=(CHATS,))[0].reads(VOICE, ASKED)


def test_discords_word_is_enough_to_refuse_a_recording() -> None:
    """Of other files it says nothing."""
    refuses = reader()[0].refuses
    assert refuses(replace(VOICE, seconds=61.0)) == "recording_too_long"
    assert refuses(replace(VOICE, kind="file", media_type="text/plain", seconds=61.0)) == ""


async def test_a_recording_gets_what_is_said_in_it() -> None:
    """It alone is asked of the model that hears; what the server took back does not count."""
    made, says = reader("What", TextDropped(), "Why ", "not?\n", end("complete"))
    assert await made.read(VOICE, Path(), ASKED) == replace(VOICE, text="Why not?")
    ((taken, question),) = says.asked
    assert question is not None
    assert (taken.model, question.text, question.enclosures) == ("hears", "", (VOICE,))


async def test_of_a_long_recording_all_is_told() -> None:
    """Not only as much as is shown."""
    whole = File(name="transcript.txt", content=b"All of it.")
    made, _ = reader("All", end("whole_in_file", files=(whole,)))
    assert (await made.read(VOICE, Path(), ASKED)).text == "All of it."


async def test_what_the_server_does_not_take_has_its_problem() -> None:
    """The question is asked without it."""
    made, _ = reader(end("only_files", left_out=(LeftOut(name="voice.ogg", problem="silent"),)))
    assert await made.read(VOICE, Path(), ASKED) == replace(VOICE, problem="silent")


async def test_what_nobody_will_hear_costs_nothing() -> None:
    """The model is not asked."""
    made, says = reader("Why?", end("complete"))
    found = await made.read(replace(VOICE, seconds=61.0), Path(), ASKED)
    assert (found.problem, says.asked) == ("recording_too_long", [])


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("unreachable", "unreachable"),
        ("rate_limited", "rate_limited"),
        ("stream_broke", "stream_broke"),
        ("budget_user", "budget_user"),
        ("model_unknown", "not_heard"),
        ("wrong_address", "not_heard"),
        ("bad_request", "not_heard"),
    ],
)
async def test_a_model_that_cannot_be_asked_now_ends_the_turn(reason: Reason, said: Reason) -> None:
    """With its own reason; but no sentence blames the session's model for another's absence."""
    made, _ = reader("Wh", end(reason, retry_after_s=7.0))
    with pytest.raises(NotReadError) as raised:
        await made.read(VOICE, Path(), ASKED)
    assert raised.value.not_read == NotRead(said, None if said == "not_heard" else 7.0)


def shown(effects: Sequence[Any]) -> list[tuple[str, str, bool]]:
    drafts = [
        effect.message for effect in effects if isinstance(effect, Tell) and isinstance(effect.message, DraftShown)
    ]
    return [(draft.heard, draft.answer.text, draft.is_thinking) for draft in drafts]


def test_what_was_heard_is_shown_at_once_and_with_every_draft() -> None:
    """Before the first word of the answer: people see whether they were understood. The next turn begins without it."""
    core = SessionCore(SessionId(1))
    core.receive(Woken(), 0.0, 0.0)
    core.receive(ASKED, 0.0, 0.0)
    asked = ModelAsked(turn=ASKED.turn, attempt=ASKED.attempt, is_under_way=True)
    assert shown(core.receive(asked, 0.0, 0.0)) == []
    heard = replace(asked, heard="Why?")
    assert shown(core.receive(heard, 0.0, 0.0)) == [("Why?", "", False)]
    assert shown(core.receive(heard, 0.0, 0.0)) == []
    assert shown(core.receive(DraftGrew(turn=ASKED.turn, attempt=ASKED.attempt, text="So."), 0.0, 0.0)) == [
        ("Why?", "So.", False)
    ]


def test_a_model_that_thinks_says_so_below_what_was_heard() -> None:
    """After a moment, as without a recording."""
    core = SessionCore(SessionId(1))
    core.receive(Woken(), 0.0, 0.0)
    core.receive(ASKED, 0.0, 0.0)
    core.receive(ModelAsked(turn=ASKED.turn, attempt=ASKED.attempt, is_under_way=True, heard="Why?"), 0.0, 0.0)
    core.receive(ModelThinks(turn=ASKED.turn, attempt=ASKED.attempt), 0.0, 0.0)
    assert shown(core.receive(Tick(), 1.0, 0.0)) == []
    assert shown(core.receive(Tick(), 2.5, 0.0)) == [("Why?", "", True)]
