"""Pictures that a scripted model draws and changes, over real sockets, and everything that goes wrong with them."""

import base64
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import pytest
from msgspec.structs import replace

from files.folder import Folder
from messages.choices import Choices
from messages.enclosure import Enclosure, LeftOut
from messages.rates import picture_tokens
from messages.turn import Reason, TurnTaken, Utterance
from messages.usage import Usage
from models import image, picture_sieve
from models.api_client import ApiClient
from models.drawing import OPTIONAL
from models.events import PicturesShown, StreamEvent, StreamFinished
from models.image import Image
from models.model import Model
from tests.models.test_prompt import answered, said, turn
from tests.rig.api_documents import complaint_about_event, complaint_of_openai
from tests.rig.model import ModelSandbox
from tests.rig.model.images import DRAWN_TOKENS, SEEN_TOKENS, ImageWire, picture, sketch
from tests.rig.model.wire import Ending

MODEL: Final = Model(
    name="gpt-image-2",
    kind="image",
    sizes=("auto", "1536x1024"),
    qualities=("default", "low"),
    price_in=5.0,
    price_out=30.0,
)


@pytest.fixture
async def model() -> AsyncIterator[ModelSandbox]:
    """A scripted OpenAI that holds requests against OpenAI's types."""
    async with ModelSandbox(
        check=lambda path, body: complaint_of_openai("POST", path.removeprefix("/v1"), body)
    ) as made:
        yield made
        assert made.complaints == []


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    made = Folder(tmp_path / "files")
    made.make()
    return made


async def ask(model: ModelSandbox, folder: Folder, question: TurnTaken, asked: Model = MODEL) -> list[StreamEvent]:
    """Everything that one answer brings; its end comes last and once."""
    client = ApiClient(base_url=model.base_url, key=model.key)
    kind = Image(client, files=folder)
    try:
        events = [event async for event in kind.stream(question, asked)]
    finally:
        await client.close()
    assert [isinstance(event, StreamFinished) for event in events] == [False] * (len(events) - 1) + [True]
    return events


async def end_of(model: ModelSandbox, folder: Folder, question: TurnTaken, asked: Model = MODEL) -> StreamFinished:
    """How one answer ended; whatever it leaves on disk is a file of its end."""
    before = set(folder.names())
    end = (await ask(model, folder, question, asked))[-1]
    assert isinstance(end, StreamFinished)
    assert set(folder.names()) - before == {file.stored for file in end.files}
    return end


def keep(folder: Folder, content: bytes, media_type: str = "image/png", **more: Any) -> Enclosure:
    """A picture that somebody attached and that is on disk."""
    new = folder.new()
    with new.file:
        new.file.write(content)
    return Enclosure(kind="file", name="photo.png", media_type=media_type, stored=new.name, size=len(content), **more)


def with_files(utterance: Utterance, *enclosures: Enclosure) -> Utterance:
    return replace(utterance, enclosures=enclosures)


async def test_what_is_asked_is_drawn(model: ModelSandbox, folder: Folder) -> None:
    """Unfinished pictures come one by one, then the picture: on disk, byte for byte, described, with what it used."""
    events = await ask(model, folder, replace(turn("A comet"), choices=Choices(size="1536x1024")))
    assert events[0] == PicturesShown()
    sketches = [event for event in events[1:-1] if isinstance(event, PicturesShown)]
    assert [[file.content for file in event.files] for event in sketches] == [
        [sketch(0, "A comet")],
        [sketch(1, "A comet")],
    ]
    end = events[-1]
    assert isinstance(end, StreamFinished)
    (file,) = end.files
    assert (end.reason, file.name, file.description) == ("complete", "picture-1536x1024-high.jpeg", "A comet")
    assert (file.media_type, file.width, file.height, file.size) == ("image/jpeg", 96, 64, len(picture("A comet")))
    assert folder.path(file.stored).read_bytes() == picture("A comet")
    assert list(folder.names()) == [file.stored]
    assert end.usage == Usage(
        input_tokens=2,
        output_tokens=DRAWN_TOKENS,
        image_output_tokens=DRAWN_TOKENS,
        pictures=1,
        cost=10 + 30 * DRAWN_TOKENS,
    )
    (request,) = model.requests
    assert request.path == "/v1/images/generations"
    assert request.body == {
        "model": "gpt-image-2",
        "prompt": "A comet",
        "size": "1536x1024",
        "output_format": "jpeg",
        "output_compression": 90,
        "stream": True,
        "partial_images": 2,
    }


async def test_the_attached_pictures_are_changed(model: ModelSandbox, folder: Folder) -> None:
    """All of them, in their order, whatever the session has; their tokens count."""
    one, two = keep(folder, b"one"), keep(folder, b"two", "image/webp")
    question = replace(
        turn("Join them", with_files(answered(""), keep(folder, b"older"))),
        question=with_files(said("Join them"), one, two),
    )
    end = await end_of(model, folder, question)
    assert end.reason == "complete"
    (request,) = model.requests
    assert request.path == "/v1/images/edits"
    assert [(file.part, file.name, file.media_type, file.content) for file in request.files] == [
        ("image[]", "0.png", "image/png", b"one"),
        ("image[]", "1.webp", "image/webp", b"two"),
    ]
    assert request.body["size"] == "auto"
    assert end.usage is not None
    assert end.usage.image_input_tokens == 2 * SEEN_TOKENS


async def test_without_an_attached_one_the_sessions_last_picture_is_changed(
    model: ModelSandbox, folder: Folder
) -> None:
    """Drawn or attached, the newest; a session without any has a new one drawn."""
    older, newest = keep(folder, b"older"), keep(folder, b"newest")
    history = (with_files(said("A comet"), older), with_files(answered(""), newest), said("Hm."), answered("Text."))
    await end_of(model, folder, turn("Brighter", *history))
    await end_of(model, folder, turn("Brighter", said("Hm."), answered("Text.")))
    assert [[file.content for file in request.files] for request in model.requests] == [[b"newest"], []]
    assert [request.path for request in model.requests] == ["/v1/images/edits", "/v1/images/generations"]
    assert model.requests[0].files[0].part == "image"


async def test_a_question_is_its_words_and_what_it_quotes(model: ModelSandbox, folder: Folder) -> None:
    """Nobody's name, no system message; what the bot itself said is not drawn."""
    quoted = (
        Enclosure(kind="reply", author="Bob", text="a cat"),
        Enclosure(kind="reply", text="An answer", is_own=True),
        Enclosure(kind="poll", text="Which colour?"),
    )
    question = replace(turn("Draw this"), question=with_files(said("Draw this"), *quoted))
    await end_of(model, folder, question)
    assert model.requests[0].body["prompt"] == "Draw this\n\na cat\n\nWhich colour?"


UNUSABLE: Final[list[tuple[str, Utterance, tuple[Utterance, ...], Reason]]] = [
    ("no words", said("  "), (), "no_prompt"),
    ("far too many words", said("x" * 32_001), (), "text_too_long"),
    (
        "a GIF",
        with_files(said("Blue"), Enclosure(kind="file", name="a.gif", media_type="image/gif", stored="0" * 32)),
        (),
        "picture_unusable",
    ),
    (
        "a damaged picture beside the session's last one",
        with_files(said("Blue"), Enclosure(kind="file", name="a.png", media_type="image/png", problem="damaged")),
        (with_files(answered(""), Enclosure(kind="file", name="b.png", media_type="image/png", stored="1" * 32)),),
        "picture_unusable",
    ),
    (
        "a file of which nobody knows what it is, beside the session's last picture",
        with_files(said("Blue"), Enclosure(kind="file", name="a.png", problem="gone")),
        (with_files(answered(""), Enclosure(kind="file", name="b.png", media_type="image/png", stored="1" * 32)),),
        "picture_unusable",
    ),
    (
        "a picture for which there was no room",
        said("Blue"),
        (with_files(answered(""), Enclosure(kind="file", name="b.png", media_type="image/png")),),
        "picture_gone",
    ),
    (
        "a picture that is gone from the disk",
        said("Blue"),
        (with_files(answered(""), Enclosure(kind="file", name="b.png", media_type="image/png", stored="2" * 32)),),
        "picture_gone",
    ),
]


@pytest.mark.parametrize(
    ("question", "history", "reason"), [case[1:] for case in UNUSABLE], ids=[case[0] for case in UNUSABLE]
)
async def test_what_cannot_be_drawn_is_said_without_a_request(
    model: ModelSandbox, folder: Folder, question: Utterance, history: tuple[Utterance, ...], reason: Reason
) -> None:
    """No other picture is changed in the place of one that cannot be."""
    end = await end_of(model, folder, replace(turn("x", *history), question=question))
    assert (end.reason, end.usage) == (reason, None)
    assert model.requests == []


def refusal(status: int, **error: Any) -> dict[str, Any]:
    return {"body": json.dumps({"error": error}).encode(), "status": status, "content_type": "application/json"}


BLOCKED: Final = {
    "type": "image_generation_user_error",
    "code": "moderation_blocked",
    "param": None,
    "message": "Your request was rejected by the safety system. safety_violations=[sexual].",
    "moderation_details": {"moderation_stage": "input", "categories": ["sexual"]},
}
REFUSED: Final[list[tuple[str, dict[str, Any], Reason]]] = [
    ("blocked", refusal(400, **BLOCKED), "drawing_refused"),
    ("an older model's policy", refusal(400, code="content_policy_violation", message="Your request was rejected."), "drawing_refused"),
    (
        "blocked amid the stream",
        {"body": b"event: error\ndata: " + json.dumps({"error": BLOCKED}).encode() + b"\n\n"},
        "drawing_refused",
    ),
    (
        "not verified",
        refusal(403, type="invalid_request_error", code=None, message="Your organization must be verified to use the model `gpt-image-2`. Please go to: https://platform.openai.com/settings/organization/general and click on Verify Organization."),
        "not_verified",
    ),
    ("no pictures", {"body": b'{"created":1,"data":[]}', "content_type": "application/json"}, "no_picture"),
    ("no picture in the picture", {"body": b'{"created":1,"data":[{"b64_json":"' + base64.b64encode(b"Hello, hello") + b'"}]}'}, "no_picture"),
    ("a page", {"body": b"<html>Welcome</html>", "content_type": "text/html"}, "wrong_address"),
    ("no base64", {"body": b'data: {"type":"image_generation.completed","b64_json":"**"}\n\n'}, "malformed"),
    ("no end", {"body": b": hello\n\n"}, "ended_early"),
    ("no JSON", {"body": b"data: {\n\n"}, "malformed"),
    ("an overload", {"status": 500}, "server_error"),
    ("too many characters", refusal(400, code="string_above_max_length", message="Invalid 'prompt': string too long. Expected a string with maximum length 4000, but got a string with length 4500 instead."), "text_too_long"),
    ("too many for dall-e-2", refusal(400, code=None, message="Prompt must be length 1000 or less. Your prompt length is 1192. Please reduce your prompt length."), "text_too_long"),
    ("a refusal that begins with the prompt", refusal(400, code="invalidPayload", message=f"'Incorrect API key provided. {'x' * 5_000}' is too long - 'prompt'"), "text_too_long"),
]  # fmt: skip


@pytest.mark.parametrize(("script", "reason"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
async def test_what_is_not_drawn_has_its_reason(
    model: ModelSandbox, folder: Folder, script: dict[str, Any], reason: Reason
) -> None:
    """One request, nothing on disk."""
    model.script(**script)
    end = await end_of(model, folder, turn("A comet"))
    assert (end.reason, end.files, len(model.requests)) == (reason, (), 1)


@pytest.mark.parametrize("field", sorted(OPTIONAL))
async def test_what_a_server_does_not_take_is_left_out_from_then_on(
    model: ModelSandbox, folder: Folder, field: str
) -> None:
    """A server that knows less than OpenAI's draws all the same, and is asked twice only once."""
    model.script(
        lambda request: field in request.body,
        **refusal(400, message=f"Unknown parameter: '{field}'.", param=field, code="unknown_parameter"),
    )
    client = ApiClient(base_url=model.base_url, key=model.key)
    kind = Image(client, files=folder)
    asked = replace(turn("A comet"), choices=Choices(quality="low"))
    for expected in (2, 1):
        model.requests.clear()
        events = [event async for event in kind.stream(asked, MODEL)]
        assert isinstance(events[-1], StreamFinished)
        assert (events[-1].reason, len(events[-1].files)) == ("complete", 1)
        assert len(model.requests) == expected
        assert field not in model.requests[-1].body
    await client.close()


async def test_a_size_that_a_server_does_not_take_says_nothing_of_other_sizes(
    model: ModelSandbox, folder: Folder
) -> None:
    """What one session chose must not take the choice from all others."""
    words = "The size '2048x2048' is not supported by this model."
    model.script(lambda request: request.body.get("size") == "2048x2048", **refusal(400, message=words, param="size"))
    offering = replace(MODEL, sizes=("2048x2048", "1536x1024"))
    client = ApiClient(base_url=model.base_url, key=model.key)
    kind = Image(client, files=folder)
    for size in ("2048x2048", "1536x1024", "2048x2048"):
        asked = replace(turn("A comet"), choices=Choices(size=size))
        events = [event async for event in kind.stream(asked, offering)]
        assert isinstance(events[-1], StreamFinished)
        assert events[-1].reason == "complete"
    assert [request.body.get("size") for request in model.requests] == ["2048x2048", None, "1536x1024", None]
    await client.close()


async def test_a_server_that_cannot_change_pictures_says_so(model: ModelSandbox, folder: Folder) -> None:
    """It is not asked to draw a new one in the place of the change."""
    model.script(status=404, body=b'{"detail":"Not Found"}', content_type="application/json")
    end = await end_of(model, folder, turn("Brighter", with_files(answered(""), keep(folder, b"picture"))))
    assert (end.reason, len(model.requests)) == ("cannot_edit", 1)


async def test_an_address_is_not_followed_but_the_picture_is_asked_for(model: ModelSandbox, folder: Folder) -> None:
    """A server that gives only addresses is asked for the picture itself from then on; the first time that costs a second one."""
    link: dict[str, Any] = {"body": b'{"created":1,"data":[{"url":"https://pictures.example/1.png"}]}'}
    model.script(lambda request: "response_format" not in request.body, **link)
    client = ApiClient(base_url=model.base_url, key=model.key)
    kind = Image(client, files=folder)
    by_picture = replace(MODEL, price_in=None, price_out=None, price_picture=0.04)
    for asked in (2, 1):
        model.requests.clear()
        events = [event async for event in kind.stream(turn("A comet"), by_picture)]
        assert isinstance(events[-1], StreamFinished)
        assert (events[-1].reason, len(events[-1].files), len(model.requests)) == ("complete", 1, asked)
        assert model.requests[-1].body["response_format"] == "b64_json"
        assert events[-1].usage is not None
        assert (events[-1].usage.pictures, events[-1].usage.cost) == (asked, asked * 40_000)
    model.script(**link)
    events = [event async for event in kind.stream(turn("A comet"), MODEL)]
    assert isinstance(events[-1], StreamFinished)
    assert events[-1].reason == "only_link"
    await client.close()


async def test_of_too_many_pictures_the_rest_is_said_to_be_left_out(model: ModelSandbox, folder: Folder) -> None:
    """An operator may allow more files than a request may have."""
    files = [replace(keep(folder, b"picture"), name=f"{number}.png") for number in range(18)]
    end = await end_of(model, folder, replace(turn("x"), question=with_files(said("Join them"), *files)))
    assert len(model.requests[0].files) == 16
    assert end.left_out == (LeftOut("16.png", "too_many_pictures"), LeftOut("17.png", "too_many_pictures"))


async def test_a_revised_prompt_describes_the_picture(model: ModelSandbox, folder: Folder) -> None:
    """As much of it as Discord takes; a document with several pictures gives all of them."""
    data = [
        {"b64_json": base64.b64encode(picture("")).decode(), "revised_prompt": text}
        for text in ("A bright comet", "x" * 2_000)
    ]
    model.script(body=json.dumps({"created": 1, "data": data}).encode())
    end = await end_of(model, folder, turn("A comet"))
    assert [file.description for file in end.files] == ["A bright comet", "x" * 1_023 + "…"]
    assert [file.name for file in end.files] == ["picture-1.jpeg", "picture-2.jpeg"]
    assert end.usage is not None
    assert (end.usage.pictures, end.usage.estimated) == (2, True)
    # A picture of the usual size has 1,588 tokens (`models.prices.drawn_tokens`).
    assert (end.usage.output_tokens, end.usage.image_output_tokens) == (2 * 1_588, 2 * 1_588)
    assert end.usage.cost == 5 * end.usage.input_tokens + 30 * 2 * 1_588


async def test_a_picture_that_takes_too_long_is_not_waited_for(
    model: ModelSandbox, folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it was so far is no answer, and nobody asks again by themselves: it may have been paid for."""
    monkeypatch.setattr(image, "DRAWING_S", 0.3)
    model.script(keepalives_after=1, keepalive_every_s=0.05, chunk=1)
    end = await end_of(model, folder, turn("A comet"))
    assert (end.reason, end.files) == ("picture_late", ())


@pytest.mark.parametrize(("sketches", "pictures"), [(0, 0), (1, 1)])
async def test_a_drawing_that_breaks_off_counts_once_a_sketch_came(
    model: ModelSandbox, folder: Folder, sketches: int, pictures: int
) -> None:
    """As one that somebody stops: nobody can tell how much of it was drawn, or paid for."""
    model.script(clean_end_after=sketches, chunk=1)
    source = keep(folder, b"picture", width=1024, height=1024)
    question = replace(turn("x"), question=with_files(said("Brighter"), source), choices=Choices(quality="low"))
    end = await end_of(model, folder, question)
    assert end.reason == "ended_early"
    assert end.usage is not None
    drawn = pictures * 409
    assert (end.usage.pictures, end.usage.output_tokens, end.usage.estimated) == (pictures, drawn, True)
    assert end.usage.image_input_tokens == picture_tokens(1024, 1024)
    assert end.usage.cost == 5 * end.usage.input_tokens + 30 * drawn


async def test_whoever_stops_listening_leaves_nothing_on_disk(model: ModelSandbox, folder: Folder) -> None:
    """Not of an unfinished picture either; the connection is closed."""
    gate = model.gate()
    client = ApiClient(base_url=model.base_url, key=model.key)
    kind = Image(client, files=folder)
    stream = kind.stream(turn("A comet"), MODEL)
    await anext(stream)
    gate.release(1)
    shown = await anext(stream)
    assert isinstance(shown, PicturesShown)
    assert len(shown.files) == 1
    await stream.aclose()
    assert list(folder.names()) == []
    await model.until(lambda: model.requests[0].ended == "client closed")
    await client.close()


async def test_a_large_picture_is_never_whole_in_memory(
    model: ModelSandbox, folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that is larger than any event may be goes to disk; an unfinished one of that size is not shown."""
    large = picture("") + bytes(9_000_000)
    monkeypatch.setattr("tests.rig.model.images.picture", lambda _: large)
    monkeypatch.setattr("tests.rig.model.images.sketch", lambda *_: large)
    events = await ask(model, folder, turn("A comet"))
    assert events[:-1] == [PicturesShown(), PicturesShown(is_withheld=True)]
    assert isinstance(events[-1], StreamFinished)
    (file,) = events[-1].files
    assert (file.size, file.content) == (len(large), b"")
    assert file.size < picture_sieve.PICTURE_BYTES_MAX


async def test_the_scripted_models_events_are_openais(model: ModelSandbox, folder: Folder) -> None:
    """Whatever it streams fits the types of OpenAI's package, for new pictures and for changed ones."""
    await end_of(model, folder, turn("A comet"))
    await end_of(model, folder, turn("Brighter", with_files(answered(""), keep(folder, b"picture"))))
    for request in model.requests:
        wire = ImageWire(request, created_s=1, refusal=False)
        for event in (*wire.delta("x"), *wire.closing(Ending())):
            data = json.loads(event.partition(b"data: ")[2])
            assert complaint_about_event(request.path.removeprefix("/v1"), data) is None
