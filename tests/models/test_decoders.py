"""What one stream's events say, without a socket."""

from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from messages.turn import Reason
from messages.usage import Usage
from models import chat_completions, responses_api
from models.chat_completions import ChatDecoder
from models.entries import Entry
from models.errors import reason_of
from models.events import StreamEvent, StreamFinished
from models.faults import Fault, fault_of
from models.prompt import Prompt
from models.responses_api import ResponsesDecoder

PROMPT = Prompt(
    model="m", instructions="Be brief.", dialogue=(Entry("user", "Hi"),), output_tokens_max=100, temperature=0.5
)


def all_of(decoder: ResponsesDecoder | ChatDecoder, *events: dict[str, Any]) -> list[StreamEvent]:
    """Everything that the events say, then how the stream ended if nothing follows."""
    said = [one for event in events for one in decoder.decode(msgspec.json.encode(event))]
    return [*said, *decoder.end_of_body()] if not any(isinstance(one, StreamFinished) for one in said) else said


def told(text: str) -> dict[str, Any]:
    return {"type": "response.output_text.delta", "delta": text}


def chunk(text: str | None = None, finish: str | None = None, **more: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": finish}], **more}


def finished(reason: Reason, usage: Usage | None = None) -> StreamFinished:
    return StreamFinished(reason=reason, usage=usage)


def test_what_is_read_from_a_cache_and_written_into_it_is_told_by_both_apis() -> None:
    """OpenAI has a price of its own for each (OpenAI: Prompt caching)."""
    details = {"cached_tokens": 2, "cache_write_tokens": 4}
    used = Usage(input_tokens=7, output_tokens=3, cached_tokens=2, cache_write_tokens=4)
    usage: dict[str, Any] = {"input_tokens": 7, "output_tokens": 3, "input_tokens_details": details}
    response = {"type": "response.completed", "response": {"usage": usage}}
    assert all_of(ResponsesDecoder(), told("Hi"), response)[-1] == finished("complete", used)
    usage = {"prompt_tokens": 7, "completion_tokens": 3, "prompt_tokens_details": details}
    assert all_of(ChatDecoder(), chunk("Hi", "stop"), chunk(usage=usage))[-1] == finished("complete", used)


def test_a_response_is_its_deltas_and_its_end() -> None:
    """Usage comes with the end."""
    end = {"type": "response.completed", "response": {"usage": {"input_tokens": 7, "output_tokens": 2}}}
    assert all_of(ResponsesDecoder(), told("Hel"), told(""), told("lo"), end) == [
        "Hel",
        "lo",
        finished("complete", Usage(input_tokens=7, output_tokens=2)),
    ]


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        ({"type": "response.incomplete", "response": {"incomplete_details": {"reason": "max_tokens"}}}, "token_limit"),
        ({"type": "response.incomplete", "response": {"incomplete_details": None}}, "token_limit"),
        (
            {"type": "response.incomplete", "response": {"incomplete_details": {"reason": "content_filter"}}},
            "content_filter",
        ),
        ({"type": "response.failed", "response": {"error": {"code": "rate_limit_exceeded"}}}, "rate_limited"),
        ({"type": "response.failed", "response": {"error": {"code": "server_error"}}}, "response_failed"),
        ({"type": "response.failed", "response": {"error": None}}, "response_failed"),
        ({"type": "error", "code": "context_length_exceeded"}, "context_too_long"),
        ({"type": "error", "code": None}, "error_event"),
        ({"type": "error", "error": {"code": "insufficient_quota"}}, "quota_exhausted"),
        ({"type": "error", "error": {"code": 400, "type": "exceed_context_size_error"}}, "context_too_long"),
    ],
)
def test_each_end_of_a_response_has_its_reason(event: dict[str, Any], reason: Reason) -> None:
    """By the code, wherever it stands."""
    assert all_of(ResponsesDecoder(), told("x"), event) == ["x", finished(reason)]


def test_a_refusal_is_kept_as_text() -> None:
    """The person reads what the model said."""
    refusal = {"type": "response.refusal.delta", "delta": "I will not."}
    assert all_of(ResponsesDecoder(), refusal, {"type": "response.completed"}) == [
        "I will not.",
        finished("refused_by_model"),
    ]
    chat = {"choices": [{"delta": {"refusal": "I will not."}, "finish_reason": None}]}
    assert all_of(ChatDecoder(), chat, chunk(finish="stop")) == ["I will not.", finished("refused_by_model")]


@pytest.mark.parametrize(
    "event",
    [
        {"type": "response.unheard_of", "delta": {"text": "no"}, "response": "no", "code": [], "error": 1},
        {"type": "response.code_interpreter_call_code.delta", "delta": "print()"},
        {"type": "response.created", "response": {"usage": None}},
    ],
)
def test_events_of_other_types_say_nothing(event: dict[str, Any]) -> None:
    """Whatever their fields hold."""
    assert all_of(ResponsesDecoder(), event) == []


@pytest.mark.parametrize(
    ("decoder", "data"),
    [
        (ResponsesDecoder(), b"{"),
        (ResponsesDecoder(), b"[]"),
        (ResponsesDecoder(), b'{"delta":"no type"}'),
        (ResponsesDecoder(), b'{"type":"response.output_text.delta","delta":7}'),
        (ResponsesDecoder(), b'{"type":"response.output_text.delta","delta":"\xff"}'),
        (ChatDecoder(), b"{"),
        (ChatDecoder(), b'{"choices":[{"delta":{"content":7}}]}'),
    ],
)
def test_what_is_no_event_of_the_api_is_told_apart(decoder: ResponsesDecoder | ChatDecoder, data: bytes) -> None:
    """One kind of exception for all of it."""
    with pytest.raises((msgspec.MsgspecError, UnicodeDecodeError)):
        decoder.decode(data)


@pytest.mark.parametrize(
    ("finish", "reason"),
    [("stop", "complete"), ("length", "token_limit"), ("content_filter", "content_filter"), ("tool_calls", "complete")],
)
def test_a_chat_has_ended_where_a_finish_reason_was_seen(finish: str, reason: Reason) -> None:
    """Usage follows in a chunk without choices; `[DONE]` ends it, and so does a stream that just closes."""
    usage = {"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 1}}
    counted = Usage(input_tokens=7, output_tokens=1)
    assert all_of(ChatDecoder(), chunk("x"), chunk(finish=finish), usage) == ["x", finished(reason, counted)]
    decoder = ChatDecoder()
    all_of(decoder, chunk("x"), chunk(finish=finish), usage)
    assert decoder.decode(b"[DONE]") == [finished(reason, counted)]


def test_a_chat_that_is_done_without_a_finish_reason_has_not_ended() -> None:
    """`[DONE]` alone says nothing of the answer."""
    decoder = ChatDecoder()
    assert all_of(decoder, chunk("x"), {"choices": [{"delta": None}]}) == ["x"]
    assert decoder.decode(b"[DONE]") == []
    assert decoder.end_of_body() == []


def test_an_error_within_a_chat_ends_it() -> None:
    """By its code, or by its type where a server puts a number."""
    error = {"error": {"code": 400, "type": "exceed_context_size_error", "message": "?"}}
    (end,) = ChatDecoder().decode(msgspec.json.encode(error))
    assert isinstance(end, StreamFinished)
    assert (end.reason, end.fault) == ("context_too_long", fault_of(error["error"]))
    assert ChatDecoder().decode(b'{"error":{}}') == [replace(finished("error_event"), fault=Fault())]


@pytest.mark.parametrize(
    ("status", "codes", "reason"),
    [
        (401, (None, "invalid_request_error"), "wrong_key"),
        (403, (), "wrong_key"),
        (402, (), "quota_exhausted"),
        (404, ("model_not_found",), "model_unknown"),
        (429, ("insufficient_quota",), "quota_exhausted"),
        (429, (None, "insufficient_quota"), "quota_exhausted"),
        (429, (429, "requests"), "rate_limited"),
        (400, ("context_length_exceeded", "invalid_request_error"), "context_too_long"),
        (400, (400, "exceed_context_size_error"), "context_too_long"),
        (400, (None, "invalid_request_error"), "bad_request"),
        (302, (), "wrong_address"),
        (503, (), "server_error"),
    ],
)
def test_http_errors_are_told_by_code_then_type_then_status(
    status: int, codes: tuple[object, ...], reason: Reason
) -> None:
    """What is not known is the request's fault below 500, the server's above."""
    named = tuple(code for code in codes if isinstance(code, str))
    assert reason_of(Fault(codes=named, status=status)) == reason


def test_nothing_is_stored_at_the_models_side() -> None:
    """Both APIs are told so."""
    assert responses_api.body(PROMPT)["store"] is False
    assert chat_completions.body(PROMPT)["store"] is False


def test_a_bound_that_the_responses_api_would_refuse_is_raised() -> None:
    """A person may set a smaller one than it takes."""
    small = msgspec.structs.replace(PROMPT, output_tokens_max=1)
    assert responses_api.body(small)["max_output_tokens"] == 16
    assert chat_completions.body(small)["max_completion_tokens"] == 1
