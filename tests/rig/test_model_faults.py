"""The scripted model fails on request, in each way that a real one does, and sees how its clients go."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import openai
import pytest

from tests.rig.kill import RequestCounter
from tests.rig.model import ModelSandbox

CLIENT = """
import sys, urllib.request
request = urllib.request.Request(sys.argv[1] + "/responses", b'{"model": "m", "input": "hi", "stream": true}',
                                 {"Authorization": "Bearer " + sys.argv[2], "Content-Type": "application/json"})
urllib.request.urlopen(request).read()
sys.stdin.read()
"""


@pytest.fixture
async def model() -> AsyncIterator[ModelSandbox]:
    async with ModelSandbox() as model:
        yield model


@pytest.fixture
async def http(model: ModelSandbox) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {model.key}"}) as http:
        yield http


def post(http: aiohttp.ClientSession, model: ModelSandbox, text: str = "hi") -> Any:
    return http.post(f"{model.base_url}/responses", json={"model": "gpt-4o", "input": text, "stream": True})


def text_of(raw: bytes) -> str:
    return "".join(
        block.partition('"delta":"')[2].partition('","logprobs"')[0]
        for block in raw.decode().split("\n\n")
        if block.startswith("event: response.output_text.delta\n")
    )


@pytest.mark.parametrize(
    ("how", "status", "code"),
    [
        ({"status": 401}, 401, "invalid_api_key"),
        ({"status": 404}, 404, "model_not_found"),
        ({"status": 429, "retry_after_s": 7}, 429, "rate_limit_exceeded"),
        ({"error": "insufficient_quota"}, 429, "insufficient_quota"),
        ({"error": "context_length_exceeded"}, 400, "context_length_exceeded"),
        ({"status": 500}, 500, None),
        ({"status": 503}, 503, None),
    ],
)
async def test_errors_read_as_openai_s(model: ModelSandbox, how: dict[str, Any], status: int, code: str | None) -> None:
    """OpenAI's own package finds status, code and `Retry-After` where OpenAI puts them; the next request succeeds."""
    model.script(times=1, **how)
    async with openai.AsyncOpenAI(api_key=model.key, base_url=model.base_url, max_retries=0) as client:
        with pytest.raises(openai.APIStatusError) as caught:
            await client.responses.create(model="gpt-4o", input="hi")
        assert (caught.value.status_code, caught.value.code) == (status, code)
        assert caught.value.response.headers.get("retry-after") == ("7" if "retry_after_s" in how else None)
        assert (await client.responses.create(model="gpt-4o", input="hi")).output_text == "You said: hi"
    assert [request.status for request in model.requests] == [status, 200]


async def test_a_cut_arrives_after_exactly_so_many_characters(model: ModelSandbox, http: aiohttp.ClientSession) -> None:
    """What was sent before the connection was cut arrives, and the body is not whole."""
    model.script(answer="0123456789", cut_after=7)
    parts: list[bytes] = []

    async def read() -> None:
        async with post(http, model) as response:
            async for part in response.content.iter_any():
                parts.append(part)  # noqa: PERF401  # what came before the cut is kept

    with pytest.raises(aiohttp.ClientPayloadError):
        await read()
    assert text_of(b"".join(parts)) == "0123456"
    assert (model.requests[0].sent, model.requests[0].ended) == ("0123456", "cut")


async def test_a_clean_end_has_no_terminal_event(model: ModelSandbox, http: aiohttp.ClientSession) -> None:
    """The body ends as HTTP wants, without `response.completed`."""
    model.script(answer="0123456789", clean_end_after=4)
    async with post(http, model) as response:
        raw = await response.read()
    assert text_of(raw) == "0123"
    assert b"response.completed" not in raw
    assert model.requests[0].ended == "ended early"


@pytest.mark.parametrize("how", [{"stall_after": 3}, {"keepalives_after": 3, "keepalive_every_s": 0.001}])
async def test_a_silent_stream_lasts_until_its_client_goes(
    model: ModelSandbox, http: aiohttp.ClientSession, how: dict[str, Any]
) -> None:
    """Nothing more, or only comments; when the client closes the connection, that is seen at once."""
    model.script(answer="0123456789", **how)
    async with post(http, model) as response:
        await model.until(lambda: model.requests[0].sent == "012")
        raw = b""
        while "keepalives_after" in how and b": keepalive\n\n: keepalive\n\n" not in raw:
            raw += await response.content.readany()
        assert model.open_streams == model.requests
        response.close()
    await model.until(lambda: model.requests[0].ended == "client closed")
    assert model.open_streams == []


@pytest.mark.parametrize("garbage", ["split_utf8", "one_byte", "unknown_events", "malformed"])
async def test_garbage_surrounds_the_answer_but_is_not_in_it(
    model: ModelSandbox, http: aiohttp.ClientSession, garbage: str
) -> None:
    """The answer's own events are whole, whatever stands between them and however they are cut."""
    model.script(answer="Grüße 👋🏽 aus Köln", garbage=garbage)
    async with post(http, model) as response:
        raw = await response.read()
    assert text_of(raw) == "Grüße 👋🏽 aus Köln"
    assert (b"not an answer" in raw) == (garbage == "unknown_events")
    assert (raw.count(b".del\n\n") == 1) == (garbage == "malformed")


@pytest.mark.parametrize(
    ("how", "last"),
    [
        ({"incomplete": "max_output_tokens"}, "response.incomplete"),
        ({"incomplete": "content_filter"}, "response.incomplete"),
        ({"failed": True}, "response.failed"),
        ({"error_event": True}, "error"),
    ],
)
async def test_bad_ends_come_after_the_text(
    model: ModelSandbox, http: aiohttp.ClientSession, how: dict[str, Any], last: str
) -> None:
    """The text so far was sent, and the terminal event says why there is no more."""
    model.script(answer="So far", **how)
    async with post(http, model) as response:
        raw = await response.read()
    assert text_of(raw) == "So far"
    assert raw.decode().split("\n\n")[-2].startswith(f"event: {last}\n")
    assert str(how.get("incomplete", "")) in raw.decode().split("\n\n")[-2]


async def test_a_gate_holds_a_stream_in_its_middle(model: ModelSandbox, http: aiohttp.ClientSession) -> None:
    """Held before its first text, then let on delta by delta, then to the end; others pass by."""
    model.script(answer="0123456789", chunk=2)
    gate = model.gate("held")
    async with post(http, model, "held") as response:
        request = await gate.reached()
        assert request.sent == ""
        gate.release(2)
        await gate.sent(2)
        assert request.sent == "0123"
        async with post(http, model, "free") as other:
            assert text_of(await other.read()) == "0123456789"
        assert (request.sent, request.open_now) == ("0123", True)
        assert model.max_open_by(lambda it: it.key) == {model.key: 2}
        gate.finish()
        assert text_of(await response.read()) == "0123456789"
    assert model.max_open_by(lambda it: it.text) == {"held": 1, "free": 1}


async def test_waiting_in_vain_says_what_was_seen(model: ModelSandbox, http: aiohttp.ClientSession) -> None:
    """The text of a time-out lists the requests."""
    async with post(http, model, "hello there") as response:
        await response.read()
    with pytest.raises(TimeoutError, match="hello there"):
        await model.until(lambda: False, timeout_s=0)


@pytest.mark.parametrize(("when", "sent"), [("before", ""), ("stored", "You sa"), ("answered", "You said: hi")])
async def test_the_kill_point_ends_the_client_there(when: Any, sent: str) -> None:
    """SIGKILL strikes before, in the middle of, or after the answer, counted on the shared counter."""
    counter = RequestCounter()
    async with ModelSandbox(counter) as model:
        model.script(chunk=2)
        gate = model.gate()
        client = await asyncio.create_subprocess_exec(
            sys.executable, "-c", CLIENT, model.base_url, model.key, stdin=asyncio.subprocess.PIPE
        )
        counter.arm(client.pid, 1, when)
        if when == "before":
            assert await client.wait() == -signal.SIGKILL
        else:
            await gate.reached()
            gate.release(4)
            if when == "answered":
                gate.finish()
            assert await client.wait() == -signal.SIGKILL
        assert counter.boundaries == ["POST /v1/responses"]
        assert counter.fired == [f"1 POST /v1/responses {when}"]
        assert all(request.sent.startswith(sent) for request in model.requests)


async def test_closing_the_sandbox_ends_what_it_holds() -> None:
    """A held stream does not hold the sandbox; its record says who ended it."""
    async with aiohttp.ClientSession() as http:
        async with ModelSandbox() as model:
            http.headers["Authorization"] = f"Bearer {model.key}"
            gate = model.gate()
            response = await post(http, model)
            await gate.reached()
        assert model.requests[0].ended == "server closed"
        response.close()
