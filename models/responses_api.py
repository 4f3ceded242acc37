"""Asks by the Responses API: the request's body, and the decoder of the stream (OpenAI: API reference, Responses, Streaming)."""

from collections.abc import Collection, Iterator
from typing import Any, Final, TypeVar

import msgspec

from messages.turn import Reason
from models.answer_reader import AnswerReader
from models.entries import DataUrl, Entry
from models.events import Piece, StreamEvent, StreamFinished, Thought
from models.faults import fault_of
from models.plain_events import text_delta
from models.prompt import Prompt
from models.shapes import Role, Said, end_named, said

OUTPUT_TOKENS_MIN: Final = 16
"""The API refuses a smaller `max_output_tokens` (OpenAI: API reference, Create a response)."""

_DELTAS: Final[dict[str, Role]] = {
    "response.output_text.delta": "text",
    "response.refusal.delta": "refusal",
    "response.reasoning_text.delta": "thought",  # open models: vLLM, LM Studio, Ollama
    "response.reasoning_summary_text.delta": "thought",  # OpenAI
    "response.reasoning.delta": "thought",  # vLLM before 0.11
}
"""Events with a piece of a part, in `delta`."""

_WHOLES: Final[dict[str, tuple[str, Role]]] = {
    "response.output_text.done": ("text", "text"),
    "response.refusal.done": ("refusal", "refusal"),
    "response.content_part.done": ("part", "text"),
    "response.reasoning_text.done": ("text", "thought"),
    "response.reasoning_summary_text.done": ("text", "thought"),
    "response.reasoning_part.done": ("part", "thought"),  # vLLM
    "response.output_item.done": ("item", "text"),
}
"""Events with the whole of a part or of an item, and the field in which it stands. Some gateways send the text only there."""

_ENDS: Final = frozenset(
    {"response.completed", "response.done", "response.incomplete", "response.failed", "response.cancelled"}
)


def body(prompt: Prompt, left_out: Collection[str] = ()) -> dict[str, Any]:
    """Return the body of the request for this prompt, ready to be encoded as JSON, without the fields in `left_out`."""
    is_within = bool(prompt.instructions) and "system" in left_out
    dialogue = prompt.within_first() if is_within else prompt.messages
    entries: list[dict[str, Any]] = [
        {"type": "message", "role": entry.role, "content": _content(entry, left_out)} for entry in dialogue
    ]
    asked: dict[str, Any] = {
        "model": prompt.model,
        "input": entries,
        "max_output_tokens": max(OUTPUT_TOKENS_MIN, prompt.output_tokens_max),
        "store": False,
        "stream": True,
    }
    if prompt.instructions and not is_within and "instructions" in left_out:
        entries.insert(0, {"type": "message", "role": "system", "content": prompt.instructions})
    elif prompt.instructions and not is_within:
        asked["instructions"] = prompt.instructions
    if prompt.temperature is not None:
        asked["temperature"] = prompt.temperature
    reasoning = {"effort": prompt.effort} if prompt.tells_effort(left_out) else {}
    if prompt.summary and "summary" not in left_out:
        reasoning["summary"] = "auto"
    if reasoning:
        asked["reasoning"] = reasoning
    return {name: value for name, value in asked.items() if name not in left_out}


def _content(entry: Entry, left_out: Collection[str]) -> str | list[dict[str, Any]]:
    """Return a message's content: its text or, where pictures are shown, its parts."""
    if not entry.pictures or "pictures" in left_out:
        return entry.text
    return [
        {"type": "input_text", "text": part}
        if isinstance(part, str)
        else {"type": "input_image", "image_url": DataUrl(part), "detail": "auto"}
        for part in entry.contents()
    ]


class ResponsesDecoder:
    """Decodes the events of one stream, in order; a whole response is read like the event `response.completed`."""

    def __init__(self) -> None:
        self._reader = AnswerReader()

    def decode(self, data: bytes, event: str = "") -> list[StreamEvent]:
        """Return what one event says: nothing, if its type is not about text or about the end.

        :raises msgspec.MsgspecError: the event is not what a server with this API sends
        :raises RecursionError: it is nested too deeply
        """
        if data == b"[DONE]":
            return []
        if event in ("", "response.output_text.delta") and (delta := text_delta(data)):
            return [*self._reader.hear_text(*delta)]
        found = self._reader.parsed(data, event)
        if isinstance(found, StreamFinished):
            return [found]
        kind = found.get("type")
        if isinstance(kind, str) and kind.startswith("response."):
            return self._event(kind, found)
        error = self._reader.error(found, event)
        if error is not None:
            return [*self._reader.flush(), error]
        if found.get("object") == "response":
            return self._response(found)
        if not isinstance(kind, str):
            raise msgspec.ValidationError("an event has no type")
        return []

    def _event(self, kind: str, found: dict[str, Any]) -> list[StreamEvent]:
        part = tuple(_number(found.get(name)) for name in ("output_index", "content_index", "summary_index"))
        if kind in _DELTAS:
            return [*self._reader.hear(said(found.get("delta"), _DELTAS[kind]), part)]
        if kind in _WHOLES:
            field, role = _WHOLES[kind]
            if field != "item":
                return [*self._reader.hear_whole(said(found.get(field), role), part)]
            return [*self._item(found.get(field), _number(found.get("output_index")))]
        if kind == "response.output_item.added" and _kind_of(found.get("item")) == "reasoning":
            return [Thought()]  # OpenAI's models reason for minutes without a further event
        if kind in _ENDS:
            return self._response({"status": kind.rpartition(".")[2], **_optional(found.get("response"), dict)}, kind)
        error = self._reader.error(found, "error") if kind == "response.error" else None
        return [error] if error else []

    def _item(self, item: Any, index: int | None) -> Iterator[Piece]:
        """Yield what was missing of the output item at this index."""
        for number, content in enumerate(_contents(item)):
            yield from self._reader.hear_whole(content, (index, number, None))

    def _response(self, response: dict[str, Any], kind: str = "") -> list[StreamEvent]:
        """Return what was missing of the answer, and its end."""
        items = _optional(response.get("output"), list)
        rest = [*self._reader.hear_whole([one for item in items for content in _contents(item) for one in content])]
        status = response.get("status")
        if kind == "response.failed" or status == "failed" or response.get("error"):
            fault = fault_of(response.get("error"))
            return [*rest, *self._reader.flush(), self._reader.failed(fault, otherwise="response_failed")]
        if kind == "response.incomplete" or status == "incomplete":
            return [*rest, *self._reader.ended(_incomplete(response))]
        return [*rest, *self._reader.ended("complete" if status in ("completed", "done") else "error_event")]

    def end_of_body(self) -> list[StreamEvent]:
        """Return what was held back: only an event ends an answer here, not the end of the body."""
        return [*self._reader.flush()]


_Kind = TypeVar("_Kind", dict[str, Any], list[Any])


def _optional(value: Any, kind: type[_Kind]) -> _Kind:
    """Return an object or a list that a server may leave out.

    :raises msgspec.ValidationError: it is something else
    """
    if value is not None and not isinstance(value, kind):
        raise msgspec.ValidationError(f"something is a {type(value).__name__}")
    return value or kind()


def _number(index: object) -> int | None:
    return index if isinstance(index, int) else None


def _kind_of(item: Any) -> object:
    return item.get("type") if isinstance(item, dict) else None


def _contents(item: Any) -> Iterator[list[Said]]:
    """Yield what each content of an output item says; items of tools say nothing."""
    match item:
        case {"type": "reasoning"}:
            yield [one for name in ("summary", "content") for one in said(item.get(name), "thought")]
        case {"type": "message", "content": list(contents)}:
            yield from ([*said(content)] for content in contents)
        case {"type": "message"}:
            yield [*said(item.get("content"))]
        case dict():
            return
        case _:
            raise msgspec.ValidationError("an output item is no object")


def _incomplete(response: dict[str, Any]) -> Reason:
    details = response.get("incomplete_details")
    reason = end_named(details.get("reason")) if isinstance(details, dict) else None
    return reason if reason in ("token_limit", "content_filter", "error_event") else "token_limit"
