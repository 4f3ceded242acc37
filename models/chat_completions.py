"""Asks by Chat Completions: the request's body, and the decoder of the stream (OpenAI: API reference, Chat, Streaming)."""

from typing import Any, Final

import msgspec
from msgspec import Struct

from messages.turn import Reason, Usage
from models.events import StreamEvent, StreamFinished, reason_of_code
from models.prompt import Prompt


class _Cached(Struct):
    cached_tokens: int = 0


class _Usage(Struct):
    prompt_tokens: int = 0
    completion_tokens: int = 0
    prompt_tokens_details: _Cached | None = None


class _Delta(Struct):
    content: str | None = None
    refusal: str | None = None


class _Choice(Struct):
    delta: _Delta | None = None
    finish_reason: str | None = None


class _Error(Struct):
    code: str | int | None = None
    type: str | None = None


class _Chunk(Struct):
    choices: list[_Choice] = []
    usage: _Usage | None = None
    error: _Error | None = None


_decode = msgspec.json.Decoder(_Chunk).decode
_REASONS: Final[dict[str, Reason]] = {
    "stop": "complete",
    "length": "token_limit",
    "content_filter": "content_filter",
}


def body(prompt: Prompt) -> dict[str, Any]:
    """Return the body of the request for this prompt, ready to be encoded as JSON."""
    messages = [{"role": entry.role, "content": entry.text} for entry in prompt.dialogue]
    if prompt.instructions:
        messages.insert(0, {"role": "system", "content": prompt.instructions})
    asked: dict[str, Any] = {
        "model": prompt.model,
        "messages": messages,
        "max_completion_tokens": prompt.output_tokens_max,
        "store": False,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    if prompt.temperature is not None:
        asked["temperature"] = prompt.temperature
    return asked


class ChatDecoder:
    """Decodes the chunks of one stream, in order.

    A finish reason tells the end of the answer; the chunk with the usage follows it, then `[DONE]`.
    """

    def __init__(self) -> None:
        self._reason: Reason | None = None
        self._usage: Usage | None = None
        self._refused = False

    def decode(self, data: bytes) -> list[StreamEvent]:
        """Return what one chunk says.

        :raises msgspec.MsgspecError: the chunk is not what the API sends
        """
        if data == b"[DONE]":
            end = self.end_of_body()
            return [end] if end else []
        chunk = _decode(data)
        if chunk.error is not None:
            reason = reason_of_code(chunk.error.code, chunk.error.type, otherwise="error_event")
            return [StreamFinished(reason=reason, usage=self._usage)]
        events: list[StreamEvent] = []
        for choice in chunk.choices:
            delta = choice.delta or _Delta()
            if delta.refusal:
                self._refused = True
            if text := delta.content or delta.refusal:
                events.append(text)
            if choice.finish_reason:
                self._reason = _REASONS.get(choice.finish_reason, "complete")
        if chunk.usage is not None:
            self._usage = Usage(
                input_tokens=chunk.usage.prompt_tokens,
                output_tokens=chunk.usage.completion_tokens,
                cached_tokens=(chunk.usage.prompt_tokens_details or _Cached()).cached_tokens,
            )
        return events

    def end_of_body(self) -> StreamFinished | None:
        """Return how the answer ended if the body ends here; None where no finish reason came."""
        if self._reason is None:
            return None
        reason = "refused_by_model" if self._refused and self._reason == "complete" else self._reason
        return StreamFinished(reason=reason, usage=self._usage)
