"""Transcription models write down what is said in the recordings of a question."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from current import Fixed
from files.folder import Folder
from messages.enclosure import Enclosure, LeftOut
from messages.ids import ChannelId, MessageId, SessionId, TurnId, UserId
from messages.turn import Place, TurnTaken, Utterance
from models.api_client import ApiClient
from models.events import ComesWhole, StreamFinished
from models.model import Model
from models.transcription import WHOLE, Transcription
from tests.rig.api_documents import complaint_of_openai
from tests.rig.model import ModelSandbox
from tests.rig.model.audio import AUDIO_TOKENS, RECORDINGS, SECONDS, TRANSCRIPT, TRANSCRIPTIONS

MODEL = Model(name="gpt-transcribe", kind="transcription", price_minute=0.0045)
TYPES = {".ogg": "audio/ogg", ".mp3": "audio/mpeg", ".m4a": "audio/mp4", ".flac": "audio/x-flac", ".webm": "video/webm"}


class Hearing:
    """A transcription model that hears the files of a folder, and the small OpenAI that it asks."""

    def __init__(self, model: ModelSandbox, folder: Path) -> None:
        folder.mkdir()
        self.model = model
        self.folder = folder
        self.client = ApiClient(base_url=model.base_url, key=model.key)
        self.kind = Transcription(self.client, files=Folder(folder), thinking_s=Fixed(600.0))

    def recording(self, name: str = "voice.ogg", **fields: Any) -> Enclosure:
        """Return a recording of the fixtures that was fetched."""
        path = RECORDINGS / name
        stored = f"{len(list(self.folder.iterdir())):032x}{path.suffix}"
        shutil.copy(path, self.folder / stored)
        said = {"media_type": TYPES[path.suffix], "size": path.stat().st_size, "seconds": SECONDS, **fields}
        return Enclosure(kind="voice", name=name, stored=stored, **said)

    async def hear(self, *recordings: Enclosure, model: Model = MODEL) -> tuple[list[str], StreamFinished]:
        """Return the pieces of the transcript, and how it ended."""
        question = Utterance(role="user", author_id=UserId(1), author_name="Alice", text="", enclosures=recordings)
        turn = TurnTaken(
            turn=TurnId(1),
            session=SessionId(1),
            attempt=1,
            crash_count=0,
            asker=UserId(1),
            kind="question",
            place=Place(channel_id=ChannelId(1), reply_to=MessageId(1), question_id=MessageId(1)),
            model=model.name,
            system_msg="",
            max_token=500,
            temperature=None,
            question=question,
            draft="",
        )
        pieces: list[str] = []
        async for event in self.kind.stream(turn, model):
            if isinstance(event, StreamFinished):
                return pieces, event
            if event != ComesWhole():
                assert isinstance(event, str)
                pieces.append(event)
        raise AssertionError("no end")


@pytest.fixture
async def hearing(tmp_path: Path) -> AsyncIterator[Hearing]:
    """A transcription model and its server, whose requests are held against OpenAI's types."""

    def against_openai(path: str, body: dict[str, Any]) -> str | None:
        return complaint_of_openai("POST", path.removeprefix("/v1"), body)

    async with ModelSandbox(check=against_openai) as model:
        made = Hearing(model, tmp_path / "files")
        yield made
        await made.client.close()
    assert not model.complaints
    assert not model.unknown_routes


async def test_a_recording_is_sent_as_a_file_and_its_transcript_streams(hearing: Hearing) -> None:
    """The file goes out as it lies in the folder, under a name with the ending of its type."""
    pieces, end = await hearing.hear(hearing.recording())
    assert "".join(pieces) == TRANSCRIPT
    assert end.reason == "complete"
    (request,) = hearing.model.requests
    assert request.path == TRANSCRIPTIONS
    assert request.body == {
        "model": "gpt-transcribe",
        "response_format": "json",
        "stream": True,
        "file": "recording.ogg",
    }
    (sent,) = request.files
    assert (sent.name, sent.media_type) == ("recording.ogg", "audio/ogg")
    assert sent.content == (RECORDINGS / "voice.ogg").read_bytes()


@pytest.mark.parametrize("name", ["voice.mp3", "voice.m4a", "voice.flac", "voice.webm"])
async def test_every_sort_that_openai_takes_is_sent_by_its_ending(hearing: Hearing, name: str) -> None:
    """The server tells the sorts apart by the ending."""
    pieces, _ = await hearing.hear(hearing.recording(name))
    assert "".join(pieces) == TRANSCRIPT
    assert hearing.model.requests[0].files[0].name == name.replace("voice", "recording")


async def test_what_was_heard_is_counted_in_tokens_and_in_minutes(hearing: Hearing) -> None:
    """The model counts tokens and is sold by the minute: both are kept, and the cost is that of the minutes, rounded up."""
    _, end = await hearing.hear(hearing.recording())
    assert end.usage is not None
    assert (end.usage.input_tokens, end.usage.audio_input_tokens) == (AUDIO_TOKENS, AUDIO_TOKENS)
    assert end.usage.audio_ms == 1300
    assert end.usage.cost == 98
    assert not end.usage.estimated


async def test_whisper_counts_seconds_and_does_not_stream(hearing: Hearing) -> None:
    """Its server answers with one body, whether a stream was asked for or not."""
    whisper = Model(name="whisper-1", kind="transcription", price_minute=0.006, left_out=("stream",))
    pieces, end = await hearing.hear(hearing.recording(seconds=0.0), model=whisper)
    assert "".join(pieces) == TRANSCRIPT
    assert end.usage is not None
    assert (end.usage.audio_ms, end.usage.cost, end.usage.estimated) == (1300, 130, False)
    assert "stream" not in hearing.model.requests[0].body


async def test_a_server_that_refuses_streams_is_asked_once_more_and_never_again(hearing: Hearing) -> None:
    """Its refusal names the field."""
    refusal = b'{"error": {"message": "Unsupported parameter: stream", "type": "invalid_request_error"}}'
    hearing.model.script(
        lambda request: "stream" in request.body, body=refusal, status=400, content_type="application/json"
    )
    assert "".join((await hearing.hear(hearing.recording()))[0]) == TRANSCRIPT
    assert "".join((await hearing.hear(hearing.recording()))[0]) == TRANSCRIPT
    assert ["stream" in request.body for request in hearing.model.requests] == [True, False, False]


async def test_several_recordings_are_heard_one_after_the_other(hearing: Hearing) -> None:
    """A blank line stands between their transcripts; one that says nothing is named."""
    hearing.model.script(times=1, answer="First.")
    hearing.model.script(times=1, answer=" ")
    hearing.model.script(times=1, answer="Third.")
    recordings = [hearing.recording(name) for name in ("voice.ogg", "silence.ogg", "voice.mp3")]
    pieces, end = await hearing.hear(*recordings)
    assert "".join(pieces).split() == ["First.", "Third."]
    assert end.reason == "complete"
    assert end.left_out == (LeftOut(name="silence.ogg", problem="silent"),)
    assert end.usage is not None
    assert end.usage.audio_ms == 3 * 1300


async def test_a_question_without_a_recording_is_not_sent(hearing: Hearing) -> None:
    """Whoever writes to a transcription model reads what it wants."""
    _, end = await hearing.hear()
    assert (end.reason, end.usage, hearing.model.requests) == ("no_recording", None, [])


async def test_an_empty_transcript_is_silence(hearing: Hearing) -> None:
    """The request was made, so it is counted."""
    hearing.model.script(answer="")
    pieces, end = await hearing.hear(hearing.recording("silence.ogg"))
    assert (pieces, end.reason) == ([], "only_files")
    assert end.left_out == (LeftOut(name="silence.ogg", problem="silent"),)
    assert end.usage is not None


async def test_a_long_transcript_is_shown_as_far_as_it_goes_and_whole_in_a_file(hearing: Hearing) -> None:
    """Nothing of what was paid for is lost."""
    text = "A comet is ice and dust. " * 1_000
    hearing.model.script(answer=text, chunk=1_000)
    pieces, end = await hearing.hear(hearing.recording())
    assert "".join(pieces) == text[:18_000]
    assert end.reason == "whole_in_file"
    (whole,) = end.files
    assert (whole.name, whole.content.decode()) == (WHOLE, text)


REFUSALS = [
    (
        413,
        "server_error",
        "413: Maximum content size limit (26214400) exceeded (26300000 bytes read)",
        "recording_too_large",
    ),
    (400, "invalid_request_error", "Audio file might be corrupted or unsupported", "damaged"),
    (400, "invalid_request_error", "The audio file could not be decoded or its format is not supported.", "damaged"),
    (400, "invalid_request_error", "Invalid file format. Supported formats: ['flac', 'm4a', 'mp3']", "damaged"),
    (400, "invalid_request_error", "Audio file is too short. Minimum audio length is 0.1 seconds.", "silent"),
    (400, "invalid_request_error", "audio duration 1500.1 seconds is longer than 1400 seconds", "recording_too_long"),
]


@pytest.mark.parametrize(("status", "kind", "words", "problem"), REFUSALS)
async def test_what_a_server_says_of_a_recording_is_said_of_it(
    hearing: Hearing, status: int, kind: str, words: str, problem: Any
) -> None:
    """It is asked once: the same recording would be refused again. Reported: murtaza-nasir/speakr#42."""
    body = f'{{"error": {{"message": "{words}", "type": "{kind}", "code": null}}}}'.encode()
    hearing.model.script(body=body, status=status, content_type="application/json")
    _, end = await hearing.hear(hearing.recording())
    assert (end.reason, end.usage) == ("only_files", None)
    assert end.left_out == (LeftOut(name="voice.ogg", problem=problem),)
    assert len(hearing.model.requests) == 1


async def test_a_server_whose_model_does_not_hear_is_no_server_that_failed(hearing: Hearing) -> None:
    """llama.cpp has the path, and says 501: asking again would not help."""
    body = b'{"error": {"code": 501, "message": "current model does not support audio input", "type": "not_supported_error"}}'
    hearing.model.script(body=body, status=501, content_type="application/json")
    _, end = await hearing.hear(hearing.recording())
    assert end.reason == "wrong_address"


async def test_a_recording_that_is_gone_from_the_folder_is_named(hearing: Hearing) -> None:
    """Nothing is sent."""
    recording = replace(hearing.recording(), stored=f"{99:032x}.ogg")
    _, end = await hearing.hear(recording)
    assert (end.reason, end.left_out) == ("only_files", (LeftOut(name="voice.ogg", problem="gone"),))
    assert not hearing.model.requests


async def test_a_transcript_that_breaks_off_is_no_answer(hearing: Hearing) -> None:
    """Its session tries once more; what was used is estimated."""
    hearing.model.script(cut_after=8, chunk=4)
    pieces, end = await hearing.hear(hearing.recording())
    assert "".join(pieces) == TRANSCRIPT[:8]
    assert end.reason == "stream_broke"
    assert end.usage is not None
    assert end.usage.estimated
