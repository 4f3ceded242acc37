"""Answers over real sockets, and everything that goes wrong with them."""

from collections.abc import AsyncIterator
from typing import Any

import anyio
import pytest

from messages.turn import Reason
from models import answer_account, listener
from models.api_client import ApiClient
from models.chat import Chat
from models.events import StreamFinished
from models.model import Model
from tests.models.test_prompt import turn
from tests.rig.model import ModelSandbox

MODELS = {api: Model(name="gpt-4o", api=api) for api in ("responses", "chat_completions")}
ANSWER = "Grüße, ✍🏻 und 👌! " * 20


@pytest.fixture
async def model() -> AsyncIterator[ModelSandbox]:
    """A scripted OpenAI."""
    async with ModelSandbox() as made:
        yield made


async def ask(model: ModelSandbox, api: str, *, key: str = "") -> tuple[str, StreamFinished]:
    """Text and end of one answer; the end comes last and once."""
    client = ApiClient(base_url=model.base_url, key=key or model.key)
    chat = Chat(client)
    try:
        events = [event async for event in chat.stream(turn("Hello?"), MODELS[api])]
    finally:
        await client.close()
    *texts, end = events
    assert isinstance(end, StreamFinished)
    assert all(isinstance(text, str) for text in texts)
    return "".join(str(text) for text in texts), end


@pytest.mark.parametrize("api", MODELS)
@pytest.mark.parametrize("garbage", [None, "split_utf8", "one_byte", "unknown_events"])
async def test_the_text_is_exact_however_it_comes(model: ModelSandbox, api: str, garbage: str | None) -> None:
    """Split characters, single bytes, types that no document names."""
    model.script(answer=ANSWER, garbage=garbage)
    text, end = await ask(model, api)
    assert text == ANSWER
    assert end.reason == "complete"
    assert end.usage is not None
    assert end.usage.output_tokens > 0


@pytest.mark.parametrize("api", MODELS)
@pytest.mark.parametrize(
    ("script", "reason", "keeps_text"),
    [
        ({"cut_after": 20}, "stream_broke", True),
        ({"clean_end_after": 20}, "ended_early", True),
        ({"garbage": "malformed"}, "malformed", True),
        ({"incomplete": "max_output_tokens"}, "token_limit", True),
        ({"incomplete": "content_filter"}, "content_filter", True),
        ({"refusal": True}, "refused_by_model", True),
        ({"error_event": True}, "error_event", True),
        ({"answer": ""}, "no_text", False),
        ({"status": 500}, "server_error", False),
        ({"status": 429}, "rate_limited", False),
        ({"error": "insufficient_quota"}, "quota_exhausted", False),
        ({"error": "model_not_found"}, "model_unknown", False),
        ({"error": "context_length_exceeded"}, "context_too_long", False),
    ],
)
async def test_each_end_has_its_reason_and_keeps_what_was_said(
    model: ModelSandbox, api: str, script: dict[str, Any], reason: Reason, keeps_text: bool
) -> None:
    """One request each: what is tried again is decided elsewhere."""
    model.script(**{"answer": ANSWER, **script})
    text, end = await ask(model, api)
    assert end.reason == reason
    assert bool(text) == keeps_text
    assert ANSWER.startswith(text)
    assert len(model.requests) == 1


@pytest.mark.parametrize(("api", "reason"), [("responses", "response_failed"), ("chat_completions", "error_event")])
async def test_a_response_that_failed_is_told_as_one(model: ModelSandbox, api: str, reason: Reason) -> None:
    """Chat Completions, which has no such end, sends an error."""
    model.script(answer=ANSWER, failed=True)
    text, end = await ask(model, api)
    assert (text, end.reason) == (ANSWER, reason)


@pytest.mark.parametrize("api", MODELS)
async def test_a_refused_request_says_when_to_ask_again(model: ModelSandbox, api: str) -> None:
    """As the server's headers have it."""
    model.script(error="rate_limit_exceeded", retry_after_s=7)
    _, end = await ask(model, api)
    assert (end.reason, end.retry_after_s) == ("rate_limited", 7.0)


async def test_a_wrong_key_and_no_server_are_reasons(model: ModelSandbox) -> None:
    """Nothing is raised."""
    _, end = await ask(model, "responses", key="sk-wrong")
    assert end.reason == "wrong_key"
    model.base_url = "http://127.0.0.1:9/v1"
    _, end = await ask(model, "responses")
    assert end.reason == "unreachable"


@pytest.mark.parametrize(
    ("script", "reason"),
    [({"stall_after": 10}, "stalled"), ({"keepalives_after": 10, "keepalive_every_s": 0.05}, "only_keepalives")],
)
async def test_silence_ends_a_stream(
    model: ModelSandbox, script: dict[str, Any], reason: Reason, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also when comments keep the connection alive. The limits are shortened; their order stays."""
    monkeypatch.setattr(listener, "SILENCE_S", 0.5)
    model.script(answer=ANSWER, **script)
    text, end = await ask(model, "responses")
    assert ANSWER.startswith(text)
    assert text
    assert end.reason == reason
    await model.until(lambda: model.requests[0].ended == "client closed")


async def test_an_answer_without_end_is_ended(model: ModelSandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """The connection is closed; what was said is kept."""
    monkeypatch.setattr(answer_account, "ANSWER_CHARS_MAX", 1000)
    model.script(answer="word " * 1000, tokens_per_s=2000)
    text, end = await ask(model, "responses")
    assert end.reason == "too_long"
    assert len(text) >= 1000
    await model.until(lambda: model.requests[0].ended in ("client closed", "completed"))


async def test_closing_a_stream_closes_its_connection(model: ModelSandbox) -> None:
    """Stop means that the model stops too."""
    gate = model.gate()
    client = ApiClient(base_url=model.base_url, key=model.key)
    chat = Chat(client)
    async with anyio.create_task_group() as tasks:

        async def listen() -> None:
            async for _ in chat.stream(turn("Hello?"), MODELS["responses"]):
                pass

        tasks.start_soon(listen)
        await gate.reached()
        tasks.cancel_scope.cancel()
    await model.until(lambda: model.requests[0].ended == "client closed")
    await client.close()
