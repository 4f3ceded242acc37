"""The quick way through plain events means what the long way means."""

import json
from typing import Any

import pytest

from models import chat_completions, responses_api
from models.plain_events import chunk_text, text_delta
from models.shapes import REASONING_IN_MESSAGE
from tests.models.corpus import Shape, shapes
from tests.models.test_fuzz import events_of, heard


def chunk(delta: dict[str, Any], **more: Any) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": None, "logprobs": None, **more}
    return json.dumps({"object": "chat.completion.chunk", "choices": [choice], "usage": None}).encode()


def test_plain_events_take_the_quick_way() -> None:
    """As OpenAI and most servers send them."""
    assert chunk_text(chunk({"role": "assistant", "content": "Hi", "reasoning_content": None})) == "Hi"
    delta = {"type": "response.output_text.delta", "item_id": "m", "output_index": 1, "content_index": 0, "delta": "Hi"}
    assert text_delta(json.dumps(delta).encode()) == ("Hi", (1, 0, None))


@pytest.mark.parametrize(
    "data",
    [
        *(chunk({"content": "Hi", name: "Hm."}) for name in (*REASONING_IN_MESSAGE, "refusal", "text")),
        chunk({"content": None}),
        chunk({"content": ["Hi"]}),
        chunk({"content": "Hi"}, finish_reason="stop"),
        chunk({"content": "Hi"}, index=1),
        chunk({"content": "Hi"}, message={"content": "Hi"}),
        chunk({"content": "Hi"}, error={"code": 502}),
        chunk({"content": "Hi"}, usage={"prompt_tokens": 1, "completion_tokens": 1}),
        b'{"choices":[{"delta":{"content":"Hi"}}],"usage":{"prompt_tokens":1,"completion_tokens":1}}',
        b'{"choices":[{"delta":{"content":"Hi"}}],"error":"no"}',
        b'{"choices":[{"delta":{"content":"Hi"}}],"object":"error"}',
        b'{"choices":[{"delta":{"content":"Hi"}},{"delta":{"content":"Hi"}}]}',
        b'{"choices":[]}',
        b"{",
        b"[" * 5000,
        b'{"choices":[{"delta":{"content":"\xff"}}]}',
    ],
)
def test_whatever_else_a_chunk_says_takes_the_long_way(data: bytes) -> None:
    """Nothing is overlooked."""
    assert chunk_text(data) is None
    assert text_delta(data) is None


@pytest.mark.parametrize("shape", shapes(), ids=lambda shape: shape.name)
def test_both_ways_mean_the_same(shape: Shape, monkeypatch: pytest.MonkeyPatch) -> None:
    """For every shape of the corpus."""
    monkeypatch.setattr(chat_completions, "chunk_text", lambda _data: None)
    monkeypatch.setattr(responses_api, "text_delta", lambda _data: None)
    assert heard([shape.body], shape) == (shape.text, shape.thought, shape.reason)


def test_the_corpus_takes_the_quick_way_where_it_can() -> None:
    """Else the comparison would compare nothing."""
    plain = [
        shape.name
        for shape in shapes()
        for event in events_of(shape)
        if chunk_text(event.partition(b"data: ")[2]) or text_delta(event.partition(b"data: ")[2])
    ]
    assert len(set(plain)) > 20
