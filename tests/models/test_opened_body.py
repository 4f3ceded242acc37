"""A refusal with status 200 is a refusal, whatever kind of model is asked."""

import json
import shutil
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any, Final, cast

import pytest
from msgspec.structs import replace

from current import Fixed
from files.folder import Folder
from messages.enclosure import Enclosure
from messages.turn import Reason, TurnTaken
from models.api_client import ApiClient
from models.events import StreamFinished
from models.kind import Kind
from models.kinds import open_kinds
from models.model import Model
from models.opened_body import ERROR_BYTES_MAX, BrokenError, OpenedBody, RefusedError
from models.speech import Speech
from tests.models.test_prompt import said, turn
from tests.rig.model import ModelSandbox
from tests.rig.model.audio import RECORDINGS


@pytest.fixture
async def model() -> AsyncIterator[ModelSandbox]:
    async with ModelSandbox() as made:
        yield made


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    made = Folder(tmp_path / "files")
    made.make()
    shutil.copy(RECORDINGS / "voice.ogg", made.path("a" * 32 + ".ogg"))
    return made


@pytest.fixture
async def kinds(model: ModelSandbox, folder: Folder) -> AsyncIterator[Mapping[str, Kind]]:
    async with open_kinds(base_url=model.base_url, key=model.key, thinking_s=Fixed(60), files=folder) as made:
        yield made


def question(kind: str) -> TurnTaken:
    if kind != "transcription":
        return turn("A comet")
    recording = Enclosure(
        kind="voice", name="v.ogg", media_type="audio/ogg", stored="a" * 32 + ".ogg", size=9, seconds=1.3
    )
    return replace(turn(""), question=replace(said(""), enclosures=(recording,)))


async def ended(kinds: Mapping[str, Kind], kind: str) -> StreamFinished:
    *_, end = [event async for event in kinds[kind].stream(question(kind), Model(name="m", kind=kind))]
    assert isinstance(end, StreamFinished)
    return end


KINDS: Final = ("chat", "code", "completion", "image", "transcription", "speech", "embedding", "moderation")
REFUSALS: Final[list[tuple[Reason, dict[str, Any]]]] = [
    ("rate_limited", {"error": {"message": "Rate limit reached. Please try again in 20s.", "code": "rate_limit_exceeded"}}),
    ("quota_exhausted", {"error": {"message": "You exceeded your current quota.", "code": "insufficient_quota"}}),
    ("model_unknown", {"error": {"message": "The model `m` does not exist", "code": "model_not_found"}}),
    ("wrong_key", {"error": "Invalid API key"}),
    ("wrong_address", {"error": "Unexpected endpoint or method. (POST /v1/x)"}),
    ("bad_request", {"detail": "wrong", "error": {"type": "invalid_request_error", "message": "No."}}),
]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("reason", "body"), REFUSALS)
@pytest.mark.parametrize("content_type", ["application/json", "text/plain"])
async def test_an_error_with_status_200_says_what_it_would_say_with_another_one(
    model: ModelSandbox, kinds: Mapping[str, Kind], kind: str, reason: Reason, body: dict[str, Any], content_type: str
) -> None:
    """Nobody is told that the answer was malformed, and nothing was used.

    Reported of LM Studio, which says so that it has no such path.
    """
    model.script(body=json.dumps(body).encode(), content_type=content_type, write_bytes=7)
    end = await ended(kinds, kind)
    assert (end.reason, end.usage, end.files) == (reason, None, ())
    if reason == "rate_limited":
        assert end.retry_after_s == 20
    # For text there are two APIs: the other one is tried where the path is missing.
    assert len(model.requests) == (2 if kind == "chat" and reason == "wrong_address" else 1)


@pytest.mark.parametrize(
    ("kind", "field"),
    [("image", "output_compression"), ("transcription", "stream"), ("embedding", "encoding_format"), ("chat", "store")],
)
async def test_what_a_server_refuses_with_status_200_is_left_out_from_then_on(
    model: ModelSandbox, kinds: Mapping[str, Kind], kind: str, field: str
) -> None:
    """The question is asked once more without it, and the next ones at once."""
    error = {"error": {"message": f"Unsupported parameter: '{field}'", "type": "invalid_request_error"}}
    model.script(
        lambda request: field in request.body, body=json.dumps(error).encode(), content_type="application/json"
    )
    for requests in (2, 3):
        assert (await ended(kinds, kind)).reason == "complete"
        assert len(model.requests) == requests


async def test_a_recording_that_a_server_cannot_read_is_named_with_status_200_too(
    model: ModelSandbox, kinds: Mapping[str, Kind]
) -> None:
    """As with status 400."""
    model.script(body=b'{"error": {"message": "Could not process the audio file"}}', content_type="application/json")
    end = await ended(kinds, "transcription")
    assert (end.reason, [one.problem for one in end.left_out]) == ("only_files", ["damaged"])


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("embedding", {"data": [{"embedding": [1.0]}], "message": "success", "error": None}),
        ("moderation", {"results": [{"flagged": False, "categories": {}, "category_scores": {}}], "msg": "ok"}),
        ("transcription", {"text": "What is a comet?", "message": "success"}),
    ],
)
async def test_an_answer_that_says_success_is_no_error(
    model: ModelSandbox, kinds: Mapping[str, Kind], kind: str, body: dict[str, Any]
) -> None:
    """Gateways put that beside it."""
    model.script(body=json.dumps(body).encode(), content_type="application/json")
    assert (await ended(kinds, kind)).reason == "complete"


@pytest.mark.parametrize("kind", ["embedding", "moderation"])
async def test_a_response_that_broke_off_was_paid_for(
    model: ModelSandbox, kinds: Mapping[str, Kind], kind: str
) -> None:
    """Its server may have counted it, so it is no connection that never stood; the turn is tried again in an attempt of its own."""
    model.script(cut_after=1)
    end = await ended(kinds, kind)
    assert end.reason == "stream_broke"
    assert end.usage is not None


async def test_a_text_that_was_half_read_aloud_was_paid_for() -> None:
    """It is asked for again at once."""

    class Api:
        async def ask(self, _path: str, _body: bytes) -> OpenedBody:
            body = OpenedBody(Reads(b"OggS", breaks=True), (OSError,))
            await body.begin()
            return body

    speech = Speech(cast("ApiClient", Api()))
    *_, end = [event async for event in speech.stream(turn("A comet"), Model(name="m", kind="speech"))]
    assert isinstance(end, StreamFinished)
    assert end.reason == "unreachable"
    assert end.usage is not None
    assert end.usage.characters == 7


@pytest.mark.parametrize("kind", ["embedding", "moderation"])
async def test_a_response_that_nobody_understands_was_paid_for(
    model: ModelSandbox, kinds: Mapping[str, Kind], kind: str
) -> None:
    """As a text that breaks off."""
    model.script(body=b'{"data": "nothing", "results": "nothing"}', content_type="application/json")
    end = await ended(kinds, kind)
    assert end.reason == "malformed"
    assert end.usage is not None


class Reads:
    """A response whose body comes in these reads, and breaks after them."""

    def __init__(self, *reads: bytes, breaks: bool = False) -> None:
        self._reads, self._breaks = reads, breaks

    async def aiter_bytes(self) -> AsyncIterator[bytes]:
        for read in self._reads:
            yield read
        if self._breaks:
            raise OSError("gone")

    async def aclose(self) -> None:
        """There is nothing to close."""


@pytest.mark.parametrize(
    "reads",
    [
        (),
        (b"",),
        (b" \n", b"OggS", b"more"),
        (b"data: {}\n\n", b"data: [DONE]\n\n"),
        (b'{"data": ', b"[1]}"),
        (b'{"error": "' + b"x" * ERROR_BYTES_MAX, b'"}'),
        (b"{" * 5000,),
    ],
)
async def test_a_body_is_read_whole_from_its_beginning(reads: tuple[bytes, ...]) -> None:
    """Whatever was read of it to see that it is no error."""
    body = OpenedBody(Reads(*reads), (OSError,))
    await body.begin()
    assert b"".join([read async for read in body.aiter_bytes()]) == b"".join(reads)


async def test_a_connection_that_breaks_at_the_beginning_breaks_for_the_reader() -> None:
    """An error that is not whole is none: the answer broke off."""
    body = OpenedBody(Reads(b'{"error": "no"', breaks=True), (OSError,))
    await body.begin()
    reads = body.aiter_bytes()
    assert await anext(reads) == b'{"error": "no"'
    with pytest.raises(BrokenError):
        await anext(reads)


async def test_the_words_of_an_error_are_not_in_the_exception() -> None:
    """They may quote the question."""
    with pytest.raises(RefusedError) as raised:
        await OpenedBody(Reads(b'{"error": "no CanaryWord"}'), (OSError,)).begin()
    assert "Canary" not in str(raised.value)
