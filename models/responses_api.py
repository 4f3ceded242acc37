"""Decodes the Responses API's stream (OpenAI: API reference, Streaming, Responses)."""

from typing import Any

import msgspec
from msgspec import Struct

from messages.turn import Reason, Usage
from models.events import Said, StreamFinished, reason_of_code
from models.prompt import Prompt


class _Usage(Struct):
    input_tokens: int = 0
    output_tokens: int = 0


class _Code(Struct):
    code: str | None = None
    reason: str | None = None


class _Response(Struct):
    usage: _Usage | None = None
    error: _Code | None = None
    incomplete_details: _Code | None = None


class _Event(Struct):
    type: str
    delta: Any = None
    code: str | None = None
    response: _Response | None = None


_decode = msgspec.json.Decoder(_Event).decode


def body(prompt: Prompt) -> dict[str, Any]:
    """The request's body."""
    asked: dict[str, Any] = {
        "model": prompt.model,
        "input": [{"type": "message", "role": said.role, "content": said.text} for said in prompt.dialogue],
        "max_output_tokens": prompt.output_tokens_max,
        "store": False,
        "stream": True,
    }
    if prompt.instructions:
        asked["instructions"] = prompt.instructions
    if prompt.temperature is not None:
        asked["temperature"] = prompt.temperature
    return asked


class ResponsesDecoder:
    """One stream's events, in order."""

    def __init__(self) -> None:
        self._refused = False

    def decode(self, data: bytes) -> list[Said]:
        """What one event says. Types that are not about text or the end say nothing.

        :raises msgspec.MsgspecError: the event is not what the API sends
        """
        if data == b"[DONE]":
            return []
        event = _decode(data)
        match event.type:
            case "response.output_text.delta":
                return [event.delta] if isinstance(event.delta, str) and event.delta else []
            case "response.refusal.delta":
                self._refused = True
                return [event.delta] if isinstance(event.delta, str) and event.delta else []
            case "response.completed":
                return [self._end(event, "refused_by_model" if self._refused else "complete")]
            case "response.incomplete":
                details = event.response.incomplete_details if event.response else None
                filtered = details is not None and details.reason == "content_filter"
                return [self._end(event, "content_filter" if filtered else "token_limit")]
            case "response.failed":
                error = event.response.error if event.response else None
                return [self._end(event, reason_of_code(error.code if error else None))]
            case "error":
                return [self._end(event, reason_of_code(event.code))]
            case _:
                return []

    def _end(self, event: _Event, reason: Reason) -> StreamFinished:
        usage = event.response.usage if event.response else None
        told = None if usage is None else Usage(input_tokens=usage.input_tokens, output_tokens=usage.output_tokens)
        return StreamFinished(reason=reason, usage=told)

    def closed(self) -> StreamFinished | None:
        """How it ended if nothing more comes; None when that is no end."""
        return None
