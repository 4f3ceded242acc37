"""Servers of many makes, each by a small answer in its own shape, over real sockets and however its bytes are cut."""

from collections.abc import AsyncIterator

import pytest

from models.api_client import ApiClient
from models.chat import Chat
from models.events import ComesWhole, StreamEvent, StreamFinished, TextDropped, Thought
from models.model import Model
from tests.models.corpus import Shape, shapes
from tests.models.test_prompt import turn
from tests.rig.model import ModelSandbox

MODELS = {api: Model(name="m", api=api) for api in ("responses", "chat_completions")}


@pytest.fixture
async def model() -> AsyncIterator[ModelSandbox]:
    """A scripted server."""
    async with ModelSandbox() as made:
        yield made


def sorted_out(events: list[StreamEvent]) -> tuple[str, str, StreamFinished]:
    """The text of an answer, its reasoning, and its end."""
    text = thought = ""
    *pieces, end = events
    for piece in pieces:
        match piece:
            case str():
                text += piece
            case Thought():
                thought += piece.text
            case TextDropped():
                text = ""
            case ComesWhole():
                pass
            case _:
                raise AssertionError(f"{piece} before the end")
    assert isinstance(end, StreamFinished)
    return text, thought, end


@pytest.mark.parametrize("write_bytes", [1, 7, None])
@pytest.mark.parametrize("shape", shapes(), ids=lambda shape: shape.name)
async def test_each_servers_answer_is_read_for_what_it_means(
    model: ModelSandbox, shape: Shape, write_bytes: int | None
) -> None:
    """Text, reasoning, end and usage, in one request; in two where the server has no such path."""
    status = None if shape.status == 200 else shape.status
    model.script(body=shape.body, content_type=shape.type, status=status, write_bytes=write_bytes)
    client = ApiClient(base_url=model.base_url, key=model.key)
    chat = Chat(client)
    try:
        events = [event async for event in chat.stream(turn("Hello?"), MODELS[shape.api])]
    finally:
        await client.close()
    text, thought, end = sorted_out(events)
    assert (text, thought, end.reason) == (shape.text, shape.thought, shape.reason)
    if shape.usage is not None:
        assert end.usage is not None
        assert (end.usage.input_tokens, end.usage.output_tokens, end.usage.estimated) == (*shape.usage, False)
    elif end.usage is not None:
        assert end.usage.estimated
    paths = {request.path for request in model.requests}
    assert len(model.requests) == len(paths) == (2 if shape.name.endswith("unexpected-endpoint") else 1)
