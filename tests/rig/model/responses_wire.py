"""Answers of POST /v1/responses (OpenAI: API reference, Responses, Streaming events)."""

from typing import Any

from tests.rig.model.record import ModelRequest
from tests.rig.model.wire import Ending, frame, tokens_in


class ResponsesWire:
    """One answer of the Responses API: one message with one part."""

    def __init__(self, request: ModelRequest, *, created_s: int, refusal: bool) -> None:
        """Begin an answer; `created_s` is in seconds since 1970."""
        self.usage: tuple[int, int] | None = None
        self._request = request
        self._created_s = created_s
        self._refusal = refusal
        self._kind = "refusal" if refusal else "output_text"
        self._text = ""
        self._deltas = 0
        self._sequence = 0
        self._place = {"item_id": f"msg_{request.number:048x}", "output_index": 0, "content_index": 0}

    def opening(self) -> list[bytes]:
        """Return the events from `response.created` to `response.content_part.added`."""
        return [
            self._event("response.created", response=self._response("in_progress")),
            self._event("response.in_progress", response=self._response("in_progress")),
            self._event("response.output_item.added", output_index=0, item=self._item("in_progress", with_part=False)),
            self._event("response.content_part.added", **self._place, part=self._part()),
        ]

    def delta(self, piece: str) -> list[bytes]:
        """Return a piece of text."""
        self._text += piece
        self._deltas += 1
        return [self._event(f"response.{self._kind}.delta", **self._place, delta=piece, **self._logprobs())]

    def closing(self, ending: Ending) -> list[bytes]:
        """Return the events from `response.output_text.done` to the terminal one."""
        if ending.error_event:
            error = {"code": "server_error", "message": "The server had an error. Sorry about that!", "param": None}
            return [self._event("error", **error)]
        if ending.failed:
            return [self._event("response.failed", response=self._response("failed"))]
        status = "incomplete" if ending.incomplete else "completed"
        text_key = "refusal" if self._refusal else "text"
        return [
            self._event(f"response.{self._kind}.done", **self._place, **{text_key: self._text}, **self._logprobs()),
            self._event("response.content_part.done", **self._place, part=self._part()),
            self._event("response.output_item.done", output_index=0, item=self._item(status)),
            self._event(f"response.{status}", response=self.whole(ending)),
        ]

    def whole(self, ending: Ending) -> dict[str, Any]:
        """Return the response object with its output and usage."""
        status = "incomplete" if ending.incomplete else "completed"
        response = self._response(status)
        self.usage = taken, given = tokens_in(self._request.dialogue), self._deltas
        response["output"] = [self._item(status)]
        response["incomplete_details"] = {"reason": ending.incomplete} if ending.incomplete else None
        response["usage"] = {
            "input_tokens": taken,
            "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
            "output_tokens": given,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": taken + given,
        }
        return response

    def unknown(self) -> bytes:
        """Return an event of a type that no document names; its `delta` is no text of the answer."""
        return self._event("response.aside.delta", **self._place, delta="not an answer")

    def _event(self, kind: str, **fields: Any) -> bytes:
        data = {"type": kind, "sequence_number": self._sequence, **fields}
        self._sequence += 1
        return frame(data, event=kind)

    def _logprobs(self) -> dict[str, Any]:
        return {} if self._refusal else {"logprobs": []}

    def _part(self) -> dict[str, Any]:
        if self._refusal:
            return {"type": "refusal", "refusal": self._text}
        return {"type": "output_text", "annotations": [], "logprobs": [], "text": self._text}

    def _item(self, status: str, *, with_part: bool = True) -> dict[str, Any]:
        content = [self._part()] if with_part else []
        return {
            "id": self._place["item_id"],
            "type": "message",
            "status": status,
            "role": "assistant",
            "content": content,
        }

    def _response(self, status: str) -> dict[str, Any]:
        asked = self._request.body
        failed = {"code": "server_error", "message": "The model failed to generate a response."}
        return {
            "id": f"resp_{self._request.number:048x}",
            "object": "response",
            "created_at": self._created_s,
            "status": status,
            "background": False,
            "error": failed if status == "failed" else None,
            "incomplete_details": None,
            "instructions": asked.get("instructions"),
            "max_output_tokens": asked.get("max_output_tokens"),
            "metadata": asked.get("metadata") or {},
            "model": self._request.model,
            "output": [],
            "parallel_tool_calls": True,
            "previous_response_id": asked.get("previous_response_id"),
            "reasoning": {"effort": None, "summary": None},
            "service_tier": "default",
            "store": asked.get("store", True),
            "temperature": asked.get("temperature", 1.0),
            "text": {"format": {"type": "text"}},
            "tool_choice": "auto",
            "tools": [],
            "top_p": asked.get("top_p", 1.0),
            "truncation": "disabled",
            "usage": None,
            "user": None,
        }
