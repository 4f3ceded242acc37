"""The kind `embedding`: what a text becomes, and which texts are near it."""

import base64
import json
import math
import struct
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from messages.enclosure import Enclosure
from messages.turn import TurnTaken
from messages.vectors import EarlierVector
from models.api_client import ApiClient
from models.catalogue import Catalogue
from models.embedding import NEAREST, Embedding, nearest, unpacked
from models.events import StreamFinished
from models.model import Model
from tests.models.test_prompt import said, turn
from tests.rig.api_documents import complaint_of_openai
from tests.rig.model import ModelSandbox

MODEL = Model(name="m", kind="embedding", price_in=1.0)


def packed(*numbers: float) -> bytes:
    return struct.pack(f"<{len(numbers)}f", *numbers)


@pytest.fixture
async def model() -> AsyncIterator[ModelSandbox]:
    async with ModelSandbox() as made:
        yield made


async def ask(model: ModelSandbox, taken: TurnTaken) -> tuple[str, StreamFinished]:
    client = ApiClient(base_url=model.base_url, key=model.key)
    kind = Embedding(client)
    try:
        *pieces, end = [event async for event in kind.stream(taken, MODEL)]
    finally:
        await client.close()
    assert isinstance(end, StreamFinished)
    return "".join(piece for piece in pieces if isinstance(piece, str)), end


def response(embedding: Any) -> bytes:
    return json.dumps({"data": [{"embedding": embedding}], "usage": {"prompt_tokens": 3}}).encode()


async def test_the_answer_is_the_vector_in_short_and_whole_in_a_file(model: ModelSandbox) -> None:
    """Its numbers are kept as they were sent; the tokens are those that the server counted."""
    text, end = await ask(model, turn("Comets are ice"))
    assert text.startswith("A vector of 64 numbers with norm 1.0000. It begins `")
    assert text.endswith("This session has no other text to compare it with.")
    (request,) = model.requests
    assert request.body == {"model": "m", "input": "Comets are ice", "encoding_format": "base64"}
    assert complaint_of_openai("POST", "/embeddings", request.body) is None
    (file,) = end.files
    whole = msgspec.json.decode(file.content)
    assert file.description == "The whole vector as JSON: 64 numbers"
    assert (file.name, whole["model"], len(whole["embedding"])) == ("embedding.json", "m", 64)
    assert end.vector is not None
    assert list(unpacked(end.vector.numbers)) == pytest.approx(whole["embedding"])
    assert end.usage is not None
    assert (end.reason, end.usage.input_tokens, end.usage.estimated, end.usage.cost) == ("complete", 4, False, 4)


async def test_numbers_may_come_as_text_or_encoded(model: ModelSandbox) -> None:
    """Some servers do not know `encoding_format`, and some refuse it, which is remembered."""
    client = ApiClient(base_url=model.base_url, key=model.key)
    kind = Embedding(client)
    for embedding in ([3.0, 4], base64.b64encode(packed(3.0, 4.0)).decode()):
        model.script(body=response(embedding), content_type="application/json")
        events = [event async for event in kind.stream(turn("Ice"), MODEL)]
        assert "with norm 5.0000. It begins `3.0000, 4.0000`;" in str(events[1])
    model.script(
        lambda request: "encoding_format" in request.body,
        body=b'{"detail": "encoding_format: extra inputs are not permitted"}',
        status=422,
    )
    model.requests.clear()
    for _ in range(2):
        [event async for event in kind.stream(turn("Ice"), MODEL)]
    assert ["encoding_format" in request.body for request in model.requests] == [True, False, False]
    await client.close()


@pytest.mark.parametrize(
    "embedding", ["", "!!!", base64.b64encode(b"12345").decode(), [], "AACAfw==", [1e300], [None], {}, [0.0] * 70_000]
)
async def test_what_is_no_vector_is_not_taken_for_one(model: ModelSandbox, embedding: Any) -> None:
    """No numbers, half a number, infinity, too many."""
    model.script(body=response(embedding), content_type="application/json")
    _, end = await ask(model, turn("Ice"))
    assert (end.reason, end.files, end.vector) == ("malformed", (), None)


@pytest.mark.parametrize("body", [b"", b"no", b"[]", b"{}", b'{"data": []}', b'{"data": [{}]}'])
async def test_a_response_without_a_vector_is_malformed(model: ModelSandbox, body: bytes) -> None:
    """It is never an error of ours."""
    model.script(body=body, content_type="application/json")
    assert (await ask(model, turn("Ice")))[1].reason == "malformed"


async def test_a_text_that_is_too_long_has_its_own_reason(model: ModelSandbox) -> None:
    """It is one text, and not a conversation, that the model cannot read."""
    words = (
        "This model's maximum context length is 8192 tokens, however you requested 9000 tokens (9000 in your prompt)."
    )
    model.script(body=json.dumps({"error": {"message": words}}).encode(), status=400, content_type="application/json")
    _, end = await ask(model, turn("Ice"))
    assert (end.reason, end.usage, len(model.requests)) == ("text_too_long", None, 1)


async def test_what_a_message_encloses_is_a_part_of_its_text(model: ModelSandbox) -> None:
    """What it replies to is not: that was another text. Where there are no words at all, nobody is asked."""
    enclosed = (
        Enclosure(kind="reply", text="Before"),
        Enclosure(kind="file", name="a.txt", text="Dust"),
        Enclosure(kind="voice", text="Ice"),
        Enclosure(kind="file", name="a.png"),
    )
    for text, words in (("", "Dust\n\nIce"), ("Hello", "Hello\n\nDust\n\nIce")):
        await ask(model, replace(turn(""), question=replace(said(text), enclosures=enclosed)))
        assert model.requests[-1].body["input"] == words
    assert (await ask(model, turn(" ")))[1].reason == "no_question"
    picture = replace(said(""), enclosures=enclosed[-1:])
    assert (await ask(model, replace(turn(""), question=picture)))[1].reason == "only_files"
    assert len(model.requests) == 2


def test_the_nearest_texts_come_first() -> None:
    """By the angle between vectors, whatever their lengths; what cannot be compared is left out."""
    earlier = [
        EarlierVector(text="across", numbers=packed(0.0, 9.0)),
        EarlierVector(text="same", numbers=packed(5.0, 0.0)),
        EarlierVector(text="against", numbers=packed(-1.0, 0.0)),
        EarlierVector(text="between", numbers=packed(1.0, 1.0)),
        EarlierVector(text="nothing", numbers=packed(0.0, 0.0)),
        EarlierVector(text="longer", numbers=packed(1.0, 0.0, 0.0)),
    ]
    near = nearest(unpacked(packed(1.0, 0.0)), earlier)
    assert [text for _, text in near] == ["same", "between", "across", "against"]
    assert [cosine for cosine, _ in near] == pytest.approx([1.0, math.sqrt(0.5), 0.0, -1.0], abs=1e-6)
    assert len(nearest(unpacked(packed(1.0, 0.0)), earlier * 9)) == NEAREST


async def test_what_people_wrote_has_no_effect_in_the_list_of_the_nearest(model: ModelSandbox) -> None:
    """It is one line, cut, and its Markdown is escaped."""
    earlier = (EarlierVector(text="**bold**\n# head " + "x" * 300, numbers=packed(*[1.0] * 64)),)
    text, _ = await ask(model, replace(turn("Ice"), earlier=earlier))
    line = text.split("\n")[-1]
    assert line.startswith("- 0.125 \\*\\*bold\\*\\* ")
    assert len(line) < 120


def test_its_models_have_no_keys_of_others() -> None:
    """The catalogue says so with a sentence."""
    with pytest.raises(ValueError, match="which models of the kind embedding do not have"):
        Catalogue([Model(name="m", kind="embedding", efforts=("low",))])
