"""Answers of POST /v1/chat/completions (OpenAI: API reference, Chat completions, The chat completion chunk object)."""

from typing import Any, Final

from tests.rig.model.record import ModelRequest
from tests.rig.model.wire import Ending, frame, tokens_in

_FINISHED_BY: Final = {"max_output_tokens": "length", "content_filter": "content_filter"}


class ChatWire:
    """One answer of Chat Completions."""

    def __init__(self, request: ModelRequest, *, created_s: int, refusal: bool) -> None:
        """Begin an answer; `created_s` is in seconds since 1970."""
        self.usage: tuple[int, int] | None = None
        self._request = request
        self._created_s = created_s
        self._field = "refusal" if refusal else "content"
        self._text = ""
        self._deltas = 0
        options = request.body.get("stream_options") or {}
        self._include_usage = options.get("include_usage") is True

    def opening(self) -> list[bytes]:
        """Return the chunk that names the role."""
        return [self._chunk({"role": "assistant", "content": "", "refusal": None})]

    def delta(self, piece: str) -> list[bytes]:
        """Return a chunk with a piece of text."""
        self._text += piece
        self._deltas += 1
        return [self._chunk({self._field: piece})]

    def closing(self, ending: Ending) -> list[bytes]:
        """Return the finish reason, the usage where it was asked for, and `[DONE]`; or the error that ends a stream."""
        if ending.failed or ending.error_event:
            message = "The server had an error while processing your request. Sorry about that!"
            return [frame({"error": {"message": message, "type": "server_error", "param": None, "code": None}})]
        frames = [self._chunk({}, finish_reason=self._finish(ending))]
        if self._include_usage:
            frames.append(frame({**self._head("chat.completion.chunk"), "choices": [], "usage": self._counted()}))
        return [*frames, b"data: [DONE]\n\n"]

    def whole(self, ending: Ending) -> dict[str, Any]:
        """Return the chat completion object."""
        message: dict[str, Any] = {
            "role": "assistant",
            "content": None,
            "refusal": None,
            "annotations": [],
            self._field: self._text,
        }
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": self._finish(ending)}
        return {**self._head("chat.completion"), "choices": [choice], "usage": self._counted()}

    def unknown(self) -> bytes:
        """Return a chunk of a kind that no document names."""
        return frame({**self._head("chat.completion.aside"), "choices": [], "aside": {"text": "not an answer"}})

    def _finish(self, ending: Ending) -> str:
        return _FINISHED_BY[ending.incomplete] if ending.incomplete else "stop"

    def _head(self, kind: str) -> dict[str, Any]:
        return {
            "id": f"chatcmpl-{self._request.number:029x}",
            "object": kind,
            "created": self._created_s,
            "model": self._request.model,
            "service_tier": "default",
            "system_fingerprint": "fp_sandbox",
        }

    def _chunk(self, delta: dict[str, Any], *, finish_reason: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
        usage = {"usage": None} if self._include_usage else {}
        return frame({**self._head("chat.completion.chunk"), "choices": [choice], **usage})

    def _counted(self) -> dict[str, Any]:
        self.usage = taken, given = tokens_in(self._request.dialogue), self._deltas
        return {
            "prompt_tokens": taken,
            "completion_tokens": given,
            "total_tokens": taken + given,
            "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
            "completion_tokens_details": {"reasoning_tokens": 0, "audio_tokens": 0},
        }
