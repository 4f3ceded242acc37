"""Asks by Chat Completions: the request's body, and the decoder of the stream (OpenAI: API reference, Chat, Streaming)."""

from collections.abc import Collection, Iterator
from typing import Any, Final

import msgspec

from messages.turn import Reason
from models.answer_reader import AnswerReader
from models.entries import DataUrl, Entry
from models.events import Piece, StreamEvent, StreamFinished
from models.plain_events import chunk_text
from models.prompt import Prompt
from models.shapes import end_named, message_said, said


def body(prompt: Prompt, left_out: Collection[str] = ()) -> dict[str, Any]:
    """Return the body of the request for this prompt, ready to be encoded as JSON, without the fields in `left_out`."""
    is_within = bool(prompt.instructions) and "system" in left_out
    dialogue = prompt.within_first() if is_within else prompt.messages
    messages: list[dict[str, Any]] = [{"role": entry.role, "content": _content(entry, left_out)} for entry in dialogue]
    if prompt.instructions and not is_within:
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
    if prompt.tells_effort(left_out):
        asked["reasoning_effort"] = prompt.effort
    if "max_completion_tokens" in left_out:
        asked["max_tokens"] = prompt.output_tokens_max  # its name until 2024, and with many servers still
    if "stream" in left_out:
        del asked["stream_options"]
    return {name: value for name, value in asked.items() if name not in left_out}


def _content(entry: Entry, left_out: Collection[str]) -> str | list[dict[str, Any]]:
    """Return a message's content: its text or, where pictures are shown, its parts."""
    if not entry.pictures or "pictures" in left_out:
        return entry.text
    return [
        {"type": "text", "text": part}
        if isinstance(part, str)
        else {"type": "image_url", "image_url": {"url": DataUrl(part)}}
        for part in entry.contents()
    ]


_FIELDS: Final = frozenset({"delta", "message", "text", "finish_reason", "usage", "error"})
"""Each choice has one of these, whoever sends it."""


class ChatDecoder:
    """Decodes the chunks of one stream, in order; a whole chat completion is read like a chunk.

    A finish reason tells the end of the answer; the chunk with the usage follows it, then `[DONE]`.
    """

    def __init__(self) -> None:
        self._reader = AnswerReader()
        self._reason: Reason | None = None
        self._index: object = None
        """The number of the one choice that was asked for, once it is known."""

    def decode(self, data: bytes, event: str = "") -> list[StreamEvent]:
        """Return what one chunk says.

        :raises msgspec.MsgspecError: the chunk is not what a server with this API sends
        :raises RecursionError: it is nested too deeply
        """
        if data == b"[DONE]":
            return self._ended() if self._reason else []
        text = None if event or self._index not in (None, 0) else chunk_text(data)
        if text is not None:
            self._index = 0
            return [*self._reader.hear_text(text)]
        chunk = self._reader.parsed(data, event)
        if isinstance(chunk, StreamFinished):
            return [chunk]
        error = self._reader.error(chunk, event)
        pieces = [piece for choice in self._choices(chunk) for piece in self._chosen(choice)]
        return [*pieces, *self._reader.flush(), error] if error else [*pieces]

    def _chosen(self, choice: dict[str, Any]) -> Iterator[Piece]:
        """Yield what a choice says, wherever it says it, and note its finish reason."""
        match choice.get("delta"):
            case dict() as delta:
                yield from self._reader.hear(message_said(delta))
            case text:
                yield from self._reader.hear(said(text))
        match choice.get("message"):
            # The answer of a server that does not stream. MiniMax sends it after the deltas too.
            case dict() as message:
                yield from self._reader.hear_whole(message_said(message))
            case text:
                yield from self._reader.hear_whole(said(text))
        if not choice.get("delta") and not choice.get("message"):
            yield from self._reader.hear(said(choice.get("text")))  # servers that answer as legacy completions do
        reason = end_named(choice.get("finish_reason"))
        if reason is not None and self._reason != "error_event":
            self._reason = reason

    def end_of_body(self) -> list[StreamEvent]:
        """Return what was held back and how the answer ended if the body ends here; no end where no finish reason came."""
        return self._ended() if self._reason else [*self._reader.flush()]

    def _ended(self) -> list[StreamEvent]:
        return self._reader.ended(self._reason or "ended_early")

    def _choices(self, chunk: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """Yield the choices of a chunk: none where it only has the usage, and never two different ones."""
        choices = chunk.get("choices")
        if choices is None:
            return
        if not isinstance(choices, list):
            raise msgspec.ValidationError("choices are no list")
        for choice in choices:
            if not isinstance(choice, dict) or not choice.keys() & _FIELDS:
                raise msgspec.ValidationError("a choice is no object, or none of this API")
            index = choice.get("index")
            self._index = index if self._index is None else self._index
            if index is not None and index != self._index:
                raise msgspec.ValidationError("an answer has several choices")
            yield choice
