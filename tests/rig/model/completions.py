"""Answers of POST /v1/completions (OpenAI: API reference, Completions, legacy, The completion object)."""

from typing import Any, Final

from tests.rig.model.record import ModelRequest
from tests.rig.model.wire import CHARS_A_TOKEN, Ending, frame

COMPLETIONS: Final = "/v1/completions"

_FINISHED_BY: Final = {"max_output_tokens": "length", "content_filter": "content_filter"}


class CompletionWire:
    """One completion."""

    def __init__(self, request: ModelRequest, *, created_s: int, refusal: bool) -> None:  # noqa: ARG002 as every wire
        """Begin a completion; `created_s` is in seconds since 1970."""
        self.usage: tuple[int, int] | None = None
        self._request = request
        self._created_s = created_s
        self._text = ""
        options = request.body.get("stream_options") or {}
        self._include_usage = options.get("include_usage") is True

    def opening(self) -> list[bytes]:
        """Return nothing: the first chunk has text."""
        return []

    def delta(self, piece: str) -> list[bytes]:
        """Return a chunk with a piece of text."""
        self._text += piece
        return [frame({**self._head(), "choices": [self._choice(piece)]})]

    def closing(self, ending: Ending) -> list[bytes]:
        """Return the finish reason, the usage where it was asked for, and `[DONE]`; or the error that ends a stream."""
        if ending.failed or ending.error_event:
            return [frame({"error": {"message": "The server had an error.", "type": "server_error"}})]
        frames = [frame({**self._head(), "choices": [self._choice("", ending)]})]
        if self._include_usage:
            frames.append(frame({**self._head(), "choices": [], "usage": self._counted()}))
        return [*frames, b"data: [DONE]\n\n"]

    def whole(self, ending: Ending) -> dict[str, Any]:
        """Return the completion object."""
        return {**self._head(), "choices": [self._choice(self._text, ending)], "usage": self._counted()}

    def unknown(self) -> bytes:
        """Return a chunk of a kind that no document names."""
        return frame({**self._head(), "object": "text_aside", "choices": []})

    def _choice(self, text: str, ending: Ending | None = None) -> dict[str, Any]:
        reason = None if ending is None else _FINISHED_BY[ending.incomplete] if ending.incomplete else "stop"
        return {"text": text, "index": 0, "logprobs": None, "finish_reason": reason}

    def _head(self) -> dict[str, Any]:
        return {
            "id": f"cmpl-{self._request.number:029x}",
            "object": "text_completion",
            "created": self._created_s,
            "model": self._request.model,
        }

    def _counted(self) -> dict[str, Any]:
        prompt = str(self._request.body.get("prompt", ""))
        self.usage = taken, given = -(-len(prompt) // CHARS_A_TOKEN), -(-len(self._text) // CHARS_A_TOKEN)
        return {"prompt_tokens": taken, "completion_tokens": given, "total_tokens": taken + given}
