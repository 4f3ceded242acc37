"""What a client of models must stand, over real sockets: servers that misbehave, its own limits, its secrets."""

import json
import logging
import traceback
from typing import Final

import anyio
import pytest
import structlog
from anyio.abc import SocketStream

from messages.turn import Reason
from messages.usage import Usage
from models import answer_account, text_streams
from models.api_client import ApiClient
from models.chat import Chat
from models.events import StreamEvent, StreamFinished
from models.model import Model
from models.prices import cost_of
from tests.models.raw_server import LAST, STREAM, chunk, raw_server
from tests.models.test_prompt import answered, said, turn
from tests.rig.api_documents import complaint_of_openai
from tests.rig.model import ModelSandbox

RESPONSES: Final = Model(name="gpt-4o")
CHAT: Final = Model(name="gpt-4o", api="chat_completions")
PRICED: Final = Model(name="gpt-4o", price_in=2.5, price_out=10.0)
TEXT: Final = b'data: {"type":"response.output_text.delta","delta":"Hello"}\n\n'
CHAT_TEXT: Final = b'data: {"choices":[{"delta":{"content":"Hello"},"finish_reason":null}]}\n\n'
CHAT_STOP: Final = b'data: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\n'


async def ask(
    base_url: str, model: Model = RESPONSES, key: str = "sk-secret", question: str = "Hello?"
) -> list[StreamEvent]:
    """Everything that one question is answered with."""
    client = ApiClient(base_url=base_url, key=key)
    chat = Chat(client)
    try:
        return [event async for event in chat.stream(turn(question), model)]
    finally:
        await client.close()


def finished(reason: Reason, usage: Usage | None = None) -> StreamFinished:
    return StreamFinished(reason=reason, usage=usage)


def without_usage(events: list[StreamEvent]) -> list[StreamEvent]:
    """Texts and end, whatever they cost."""
    return [finished(event.reason) if isinstance(event, StreamFinished) else event for event in events]


@pytest.mark.parametrize(
    ("model", "answer", "events"),
    [
        (RESPONSES, b"", [finished("unreachable")]),
        (RESPONSES, b"SSH-2.0-OpenSSH_9.6\r\n", [finished("unreachable")]),
        (RESPONSES, STREAM, [finished("stream_broke")]),
        (RESPONSES, STREAM + LAST, [finished("ended_early")]),
        (RESPONSES, STREAM + chunk(TEXT), ["Hello", finished("stream_broke")]),
        (RESPONSES, STREAM + chunk(TEXT) + b"40\r\ndata: {", ["Hello", finished("stream_broke")]),
        (RESPONSES, STREAM + chunk(TEXT + b"data: {\n\n") + LAST, ["Hello", finished("malformed")]),
        (RESPONSES, STREAM + chunk(b"<html>Sign in</html>") + LAST, [finished("wrong_address")]),
        (RESPONSES, b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 4\r\n\r\n<ht>", [finished("server_error")]),
        (RESPONSES, b"HTTP/1.1 404 Not Found\r\nContent-Length: 9\r\n\r\n<cut off", [finished("unreachable")]),
        (CHAT, STREAM + chunk(CHAT_TEXT), ["Hello", finished("stream_broke")]),
        (CHAT, STREAM + chunk(CHAT_TEXT) + LAST, ["Hello", finished("ended_early")]),
        (CHAT, STREAM + chunk(CHAT_TEXT + b"data: [DONE]\n\n") + LAST, ["Hello", finished("ended_early")]),
        (CHAT, STREAM + chunk(CHAT_TEXT + CHAT_STOP) + LAST, ["Hello", finished("complete")]),
        (CHAT, STREAM + chunk(CHAT_TEXT + CHAT_STOP), ["Hello", finished("complete")]),
    ],
)
async def test_whatever_a_server_sends_is_text_and_one_end(
    model: Model, answer: bytes, events: list[StreamEvent]
) -> None:
    """Cut before, within or after the answer, or no answer of this API at all: nothing is raised."""
    async with raw_server(answer) as server:
        assert without_usage(await ask(server.base_url, model)) == events
        assert len(server.requests) == 1


_FILTERED: Final = b'data: {"choices":[{"delta":{},"finish_reason":"content_filter"}]}\n\n'
_INCOMPLETE: Final = (
    b'data: {"type":"response.incomplete","response":{"incomplete_details":{"reason":"content_filter"}}}\n\n'
)


@pytest.mark.parametrize(("model", "end"), [(RESPONSES, _INCOMPLETE), (CHAT, _FILTERED + b"data: [DONE]\n\n")])
async def test_a_filter_that_leaves_no_text_is_told_as_one(model: Model, end: bytes) -> None:
    """Not as an answer without text: asking again in the same words would not help."""
    async with raw_server(STREAM + chunk(end) + LAST) as server:
        assert without_usage(await ask(server.base_url, model)) == [finished("content_filter")]


_COUNTED: Final = (
    b'data: {"type":"response.completed","response":{"usage":{"input_tokens":1000,"output_tokens":300}}}\n\n'
)


@pytest.mark.parametrize(
    ("answer", "estimated"),
    [
        (STREAM + chunk(TEXT + _COUNTED) + LAST, False),
        (STREAM + chunk(TEXT + b'data: {"type":"response.completed"}\n\n') + LAST, True),
        (STREAM + chunk(TEXT), True),
        (STREAM + chunk(TEXT + b"data: {\n\n") + LAST, True),
        (STREAM, True),
    ],
)
async def test_every_answer_that_began_tells_what_it_cost(answer: bytes, estimated: bool) -> None:
    """Counted or estimated, also where it broke."""
    async with raw_server(answer) as server:
        end = (await ask(server.base_url, PRICED))[-1]
    assert isinstance(end, StreamFinished)
    assert end.usage is not None
    assert end.usage.estimated is estimated
    assert end.usage.cost == cost_of(PRICED, end.usage)
    assert end.usage.cost


@pytest.mark.parametrize(("used", "reason"), [(499, "complete"), (500, "token_limit"), (501, "complete")])
async def test_an_answer_of_exactly_as_many_tokens_as_it_may_have_was_cut(used: int, reason: Reason) -> None:
    """llama.cpp's server does not say so; one that takes no notice of the bound has more."""
    end = b'data: {"type":"response.completed","response":{"usage":{"input_tokens":9,"output_tokens":%d}}}\n\n' % used
    async with raw_server(STREAM + chunk(TEXT + end) + LAST) as server:
        assert without_usage(await ask(server.base_url)) == ["Hello", finished(reason)]


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 4\r\n\r\n<ht>"])
async def test_an_answer_that_never_began_cost_nothing(answer: bytes) -> None:
    """Nobody pays for a server that was not there."""
    async with raw_server(answer) as server:
        end = (await ask(server.base_url, PRICED))[-1]
    assert isinstance(end, StreamFinished)
    assert end.usage is None


async def test_a_redirect_is_not_followed() -> None:
    """It would carry the question to an address that nobody chose."""
    async with raw_server(b"") as other:
        moved = f"HTTP/1.1 307 Moved\r\nLocation: {other.base_url}\r\nContent-Length: 0\r\n\r\n".encode()
        async with raw_server(moved) as server:
            assert await ask(server.base_url) == [finished("wrong_address")]
            assert len(server.requests) == 1
        assert other.requests == []


@pytest.mark.parametrize("sent", [b"", b"HTTP/1.1 200 OK\r\n", STREAM, b"HTTP/1.1 500 No\r\nContent-Length: 9\r\n\r\n"])
async def test_a_server_that_never_speaks_is_given_up(sent: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before its headers or after them: the time counts from the request. The limit is shortened; it stays one."""
    monkeypatch.setattr(text_streams, "FIRST_TEXT_S", 1.0)

    async def silent(client: SocketStream) -> None:
        if sent:
            await client.send(sent)

    async with raw_server(silent) as server:
        assert without_usage(await ask(server.base_url)) == [finished("first_text_late")]
        await server.gone.wait()


@pytest.mark.parametrize(("limit", "reason"), [(9, "too_long"), (10, "complete")])
async def test_no_more_than_the_limit_is_yielded(limit: int, reason: Reason, monkeypatch: pytest.MonkeyPatch) -> None:
    """However large the piece is that leaps over it; an answer that just fits is whole."""
    monkeypatch.setattr(answer_account, "ANSWER_CHARS_MAX", limit)
    stream = STREAM + chunk(TEXT) + chunk(TEXT) + chunk(b'data: {"type":"response.completed"}\n\n') + LAST
    async with raw_server(stream) as server:
        *texts, end = without_usage(await ask(server.base_url))
    assert "".join(str(text) for text in texts) == "HelloHello"[:limit]
    assert end == finished(reason)


async def test_an_answer_that_is_long_enough_closes_the_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """A model that goes on would cost money that nobody reads."""
    monkeypatch.setattr(answer_account, "ANSWER_CHARS_MAX", 12)

    async def endless(client: SocketStream) -> None:
        await client.send(STREAM)
        while True:
            await client.send(chunk(TEXT))

    async with raw_server(endless) as server:
        *_, end = without_usage(await ask(server.base_url))
        assert end == finished("too_long")
        await server.gone.wait()


async def test_closing_the_stream_closes_the_connection() -> None:
    """Without a cancellation too: whoever has heard enough says so."""

    async def one_word(client: SocketStream) -> None:
        await client.send(STREAM + chunk(TEXT))

    async with raw_server(one_word) as server:
        client = ApiClient(base_url=server.base_url, key="sk-secret")
        chat = Chat(client)
        stream = chat.stream(turn("Hello?"), RESPONSES)
        assert await anext(stream) == "Hello"
        await stream.aclose()
        await server.gone.wait()
        await client.close()


async def test_hundreds_of_answers_stream_at_once() -> None:
    """As many as the default of `concurrent_streams`: none waits for another's connection."""
    async with ModelSandbox() as model:
        gates = [model.gate(match=f"number {number}.") for number in range(256)]
        client = ApiClient(base_url=model.base_url, key=model.key)
        chat = Chat(client)
        ends: list[StreamEvent] = []

        async def one(number: int) -> None:
            ends.append([event async for event in chat.stream(turn(f"Question number {number}."), CHAT)][-1])

        async with anyio.create_task_group() as tasks:
            for number in range(256):
                tasks.start_soon(one, number)
            await model.until(lambda: len(model.open_streams) == 256, timeout_s=60)
            for gate in gates:
                gate.finish()
        await client.close()
        assert [end.reason for end in ends if isinstance(end, StreamFinished)] == ["complete"] * 256


@pytest.mark.parametrize(
    ("answer", "events"),
    [
        (STREAM + chunk(CHAT_TEXT.replace(b"Hello", b"CANARY") + CHAT_STOP) + LAST, []),
        (STREAM + chunk(b"data: CANARY\n\n") + LAST, ["model.stream_broke"]),
        (
            b'HTTP/1.1 401 CANARY\r\nX: CANARY\r\nContent-Length: 31\r\n\r\n{"error":{"message":"CANARY!"}}',
            ["model.refused"],
        ),
        (b"HTTP/1.1 500 No\r\nContent-Length: 6\r\n\r\nCANARY", ["model.refused"]),
        (b"HTTP/1.1 CANARY\r\n\r\n", ["model.unreachable"]),
        (b"", ["model.unreachable"]),
    ],
)
async def test_neither_the_key_nor_what_people_say_is_logged(
    answer: bytes, events: list[str], caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    """By us at no level, whatever a server quotes in its errors; by what we use not at the level that is shown."""
    caplog.set_level(logging.NOTSET)
    async with raw_server(answer) as server:
        with structlog.testing.capture_logs() as logged:
            await ask(server.base_url, CHAT, key="sk-CANARY-KEY", question="CANARY-QUESTION")
        assert b"sk-CANARY-KEY" in server.requests[0]
    assert [event["event"] for event in logged] == events
    shown = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    everything = f"{logged} {shown} {capsys.readouterr()}"
    assert "CANARY" not in everything
    assert "sk-CANARY-KEY" not in caplog.text
    assert "CANARY-QUESTION" not in caplog.text


def test_a_key_that_no_header_can_carry_is_refused_without_being_named() -> None:
    """A line's end or a curly quote that came along when it was copied."""
    for key in ("sk-CANARY\n", "sk-CANARY\u2019"):
        with pytest.raises(ValueError, match="OPENAI_API_KEY") as refused:
            ApiClient(base_url="http://127.0.0.1:1/v1", key=key)
        assert "CANARY" not in "".join(traceback.format_exception(refused.value))


@pytest.mark.parametrize("model", [RESPONSES, CHAT, Model(name="m", temperature=False, system_message=False)])
async def test_requests_fit_openais_own_document(model: Model) -> None:
    """Also with a bound as small as a person may set, and with a history."""
    async with raw_server(b"") as server:
        client = ApiClient(base_url=server.base_url, key="sk-secret")
        chat = Chat(client)
        async for _ in chat.stream(turn("Hi", said("One?"), answered("Two."), max_token=1), model):
            pass
        await client.close()
        head, _, body = server.requests[0].partition(b"\r\n\r\n")
    path = head.split()[1].decode().removeprefix("/v1")
    assert complaint_of_openai("POST", path, json.loads(body)) is None
