"""Asks by the Responses API: the request's body, and the decoder of the stream (OpenAI: API reference, Responses, Streaming)."""

from typing import Any, Final

import msgspec
from msgspec import Raw, Struct

from messages.turn import Reason, Usage
from models.events import StreamEvent, StreamFinished, reason_of_code
from models.prompt import Prompt

OUTPUT_TOKENS_MIN: Final = 16
"""The API refuses a smaller `max_output_tokens` (OpenAI: API reference, Create a response)."""


class _Event(Struct):
    """Any event. Its other fields are decoded once its type is known: a type that we do not know may use the same names differently."""

    type: str
    delta: Raw = Raw(b'""')


class _Cached(Struct):
    cached_tokens: int = 0


class _Usage(Struct):
    input_tokens: int = 0
    output_tokens: int = 0
    input_tokens_details: _Cached | None = None


class _Error(Struct):
    code: str | int | None = None
    type: str | None = None


class _Incomplete(Struct):
    reason: str | None = None


class _Response(Struct):
    usage: _Usage | None = None
    error: _Error | None = None
    incomplete_details: _Incomplete | None = None


class _Ended(Struct):
    response: _Response = msgspec.field(default_factory=_Response)


class _Failed(Struct):
    """The event `error`. The API reference has its code at the top; some servers wrap it in `error`, as in the body of an HTTP error."""

    code: str | int | None = None
    error: _Error = msgspec.field(default_factory=_Error)


_event_in = msgspec.json.Decoder(_Event).decode
_text_in = msgspec.json.Decoder(str).decode
_end_in = msgspec.json.Decoder(_Ended).decode
_error_in = msgspec.json.Decoder(_Failed).decode


def body(prompt: Prompt) -> dict[str, Any]:
    """Return the body of the request for this prompt, ready to be encoded as JSON."""
    asked: dict[str, Any] = {
        "model": prompt.model,
        "input": [{"type": "message", "role": entry.role, "content": entry.text} for entry in prompt.dialogue],
        "max_output_tokens": max(OUTPUT_TOKENS_MIN, prompt.output_tokens_max),
        "store": False,
        "stream": True,
    }
    if prompt.instructions:
        asked["instructions"] = prompt.instructions
    if prompt.temperature is not None:
        asked["temperature"] = prompt.temperature
    return asked


class ResponsesDecoder:
    """Decodes the events of one stream, in order."""

    def __init__(self) -> None:
        self._refused = False

    def decode(self, data: bytes) -> list[StreamEvent]:
        """Return what one event says: nothing, if its type is not about text or about the end.

        :raises msgspec.MsgspecError: the event is not what the API sends
        """
        if data == b"[DONE]":
            return []
        event = _event_in(data)
        match event.type:
            case "response.output_text.delta":
                return [text] if (text := _text_in(event.delta)) else []
            case "response.refusal.delta":
                self._refused = True
                return [text] if (text := _text_in(event.delta)) else []
            case "response.completed":
                return [_end(_end_in(data).response, "refused_by_model" if self._refused else "complete")]
            case "response.incomplete":
                response = _end_in(data).response
                details = response.incomplete_details
                filtered = details is not None and details.reason == "content_filter"
                return [_end(response, "content_filter" if filtered else "token_limit")]
            case "response.failed":
                response = _end_in(data).response
                error = response.error or _Error()
                return [_end(response, reason_of_code(error.code, error.type, otherwise="response_failed"))]
            case "error":
                failed = _error_in(data)
                reason = reason_of_code(failed.code, failed.error.code, failed.error.type, otherwise="error_event")
                return [StreamFinished(reason=reason, usage=None)]
            case _:
                return []

    def end_of_body(self) -> StreamFinished | None:
        """Return None: only an event ends an answer here, not the end of the body."""
        return None


def _end(response: _Response, reason: Reason) -> StreamFinished:
    usage = response.usage
    if usage is None:
        return StreamFinished(reason=reason, usage=None)
    cached = usage.input_tokens_details or _Cached()
    counted = Usage(
        input_tokens=usage.input_tokens, output_tokens=usage.output_tokens, cached_tokens=cached.cached_tokens
    )
    return StreamFinished(reason=reason, usage=counted)
