"""The scripted model streams as OpenAI does: read by OpenAI's own package, and held against OpenAI's own types."""

from collections.abc import AsyncIterator
from typing import Any

import msgspec
import openai
import pytest

from tests.rig.api_documents import complaint_about_event
from tests.rig.model import ModelSandbox

ASKED: Any = [{"role": "user", "content": "Hello, café"}]


@pytest.fixture
async def model() -> AsyncIterator[ModelSandbox]:
    async with ModelSandbox() as model:
        yield model


@pytest.fixture
async def client(model: ModelSandbox) -> AsyncIterator[openai.AsyncOpenAI]:
    async with openai.AsyncOpenAI(api_key=model.key, base_url=model.base_url, max_retries=0) as client:
        yield client


async def test_responses_stream_carries_the_answer_and_its_usage(model: ModelSandbox, client: Any) -> None:
    """Deltas add up to the final text, the events come in OpenAI's order, and the last one has the usage."""
    model.script("café", answer="Grüße aus 東京 👋🏽", chunk=3)
    stream = await client.responses.create(model="gpt-4o-mini", input=ASKED, stream=True)
    events = [event async for event in stream]
    kinds = [event.type for event in events]
    assert kinds[:4] == [
        "response.created",
        "response.in_progress",
        "response.output_item.added",
        "response.content_part.added",
    ]
    assert kinds[-4:] == [
        "response.output_text.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.completed",
    ]
    assert (
        "".join(event.delta for event in events if event.type == "response.output_text.delta") == "Grüße aus 東京 👋🏽"
    )
    assert [event.sequence_number for event in events] == list(range(len(events)))
    final = events[-1].response
    assert final.output_text == "Grüße aus 東京 👋🏽"
    assert (final.usage.input_tokens, final.usage.output_tokens) == model.tokens_told() == (4, 5)
    assert model.requests[0].ended == "completed"


async def test_chat_stream_carries_the_answer_and_its_usage(model: ModelSandbox, client: Any) -> None:
    """The echo comes in chunks, then the finish reason, then the usage that was asked for."""
    stream = await client.chat.completions.create(
        model="gpt-4o-mini", messages=ASKED, stream=True, stream_options={"include_usage": True}
    )
    chunks = [chunk async for chunk in stream]
    assert "".join(c.choices[0].delta.content or "" for c in chunks if c.choices) == "You said: Hello, café"
    assert [c.choices[0].finish_reason for c in chunks if c.choices][-1] == "stop"
    assert (chunks[-1].usage.prompt_tokens, chunks[-1].usage.completion_tokens) == model.tokens_told()


async def test_chat_stream_says_no_usage_unasked(model: ModelSandbox, client: Any) -> None:
    """Without `stream_options.include_usage` no chunk has usage."""
    stream = await client.chat.completions.create(model="gpt-4o-mini", messages=ASKED, stream=True)
    assert [chunk.usage async for chunk in stream if chunk.usage] == []
    assert model.tokens_told() == (0, 0)


async def test_answers_come_whole_where_no_stream_is_asked_for(client: Any) -> None:
    """Both APIs also answer in one body, and the models are listed."""
    response = await client.responses.create(model="gpt-4o-mini", instructions="Be brief.", input="Hi")
    assert response.output_text == "You said: Hi"
    chat = await client.chat.completions.create(model="gpt-4o-mini", messages=ASKED)
    assert chat.choices[0].message.content == "You said: Hello, café"
    assert "gpt-4o-mini" in [entry.id async for entry in client.models.list()]


async def test_scripts_with_times_are_used_up_before_the_others(model: ModelSandbox, client: Any) -> None:
    """A script for two requests answers two, whatever was scripted for all."""
    model.script(answer="old")
    limited = model.script(answer=lambda request: request.text.upper(), times=2)
    model.script(answer="new")
    texts = [(await client.responses.create(model="gpt-4o", input="a")).output_text for _ in range(4)]
    assert texts == ["A", "A", "new", "new"]
    assert limited.used == 2


async def test_a_wrong_key_is_refused_as_by_openai(model: ModelSandbox) -> None:
    """The answer is 401 with `invalid_api_key`, and shows only a part of the key."""
    async with openai.AsyncOpenAI(api_key="sk-wrong-key-abcdefgh", base_url=model.base_url, max_retries=0) as client:
        with pytest.raises(openai.AuthenticationError) as caught:
            await client.responses.create(model="gpt-4o", input="a")
    assert caught.value.code == "invalid_api_key"
    assert "wrong-key" not in caught.value.message
    assert model.requests[0].ended == "refused"


async def test_unknown_routes_are_noted(model: ModelSandbox, client: Any) -> None:
    """What the sandbox does not know is a 404, and is remembered for the test to fail on."""
    with pytest.raises(openai.NotFoundError):
        await client.files.list()
    assert model.unknown_routes == ["GET /v1/files"]


async def test_requests_are_checked_by_whoever_brings_a_document() -> None:
    """A complaint about a request's body is kept."""
    async with (
        ModelSandbox(check=lambda path, body: f"{path} {body['model']}") as model,
        openai.AsyncOpenAI(api_key=model.key, base_url=model.base_url) as client,
    ):
        await client.responses.create(model="gpt-4o", input="a")
        assert model.complaints == ["POST /v1/responses: /v1/responses gpt-4o"]


def _wrong_with_events(raw: bytes, path: str) -> list[str]:
    wrong = []
    for block in raw.decode().split("\n\n"):
        data = block.partition("data: ")[2]
        if data and data != "[DONE]":
            found = complaint_about_event(path, msgspec.json.decode(data))
            wrong += [f"{found} in {data[:80]}"] if found else []
    return wrong


@pytest.mark.parametrize(
    "how", [{}, {"refusal": True}, {"incomplete": "max_output_tokens"}, {"failed": True}, {"error_event": True}]
)
async def test_every_event_fits_openais_types(
    model: ModelSandbox, client: openai.AsyncOpenAI, how: dict[str, Any]
) -> None:
    """Each event of each ending fits the types that OpenAI generates from its document."""
    model.script(answer="Some text.", **how)
    response = await client.responses.with_raw_response.create(model="gpt-4o", input="a", stream=True)
    raw = b"".join([part async for part in response.http_response.aiter_bytes()])
    assert raw.count(b"data: ") > 6
    assert _wrong_with_events(raw, "/responses") == []
    if not how.get("failed") and not how.get("error_event"):
        chat = await client.chat.completions.with_raw_response.create(
            model="gpt-4o",
            messages=ASKED,
            stream=True,
            stream_options={"include_usage": True},
        )
        raw = b"".join([part async for part in chat.http_response.aiter_bytes()])
        assert raw.endswith(b"data: [DONE]\n\n")
        assert _wrong_with_events(raw, "/chat/completions") == []
