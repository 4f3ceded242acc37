"""The quick way through the events of which nearly all of a stream consists: one piece of text in the documented place. Pure.

A thousand answers bring fifty thousand such events in a second. Whatever is not exactly that takes the long way, which reads every place of
`models/shapes.py`; so both ways mean the same.
"""

from typing import Any, Final, Literal

import msgspec
from msgspec import Struct

from models.shapes import REASONING_IN_MESSAGE, TEXT_IN_MESSAGE


def _struct(name: str, fields: list[Any], *, empty: tuple[str, ...]) -> type[Struct]:
    """Return a type whose `fields` must be there, and in which the fields in `empty` must be missing or null."""
    return msgspec.defstruct(name, [*fields, *((field, None, None) for field in empty)], gc=False)


_Delta: Final = _struct(
    "_Delta",
    [("content", str)],
    empty=(*REASONING_IN_MESSAGE, *(name for name, _ in TEXT_IN_MESSAGE if name != "content")),
)
_Choice: Final = _struct(
    "_Choice",
    [("delta", _Delta), ("index", Literal[0], 0)],
    empty=("finish_reason", "message", "text", "usage", "error"),
)
_Chunk: Final = _struct(
    "_Chunk",
    [("choices", tuple[_Choice]), ("object", Literal["chat.completion.chunk"], "chat.completion.chunk")],  # type: ignore[valid-type]
    empty=("usage", "error", "x_groq", "base_resp", "type"),
)


class _TextDelta(Struct, gc=False):
    type: Literal["response.output_text.delta"]
    delta: str
    output_index: int | None = None
    content_index: int | None = None
    summary_index: None = None


_chunk_in: Final = msgspec.json.Decoder(_Chunk).decode
_delta_in: Final = msgspec.json.Decoder(_TextDelta).decode


def chunk_text(data: bytes) -> str | None:
    """Return the text of a chunk of Chat Completions that has nothing else to say; None for every other chunk."""
    try:
        chunk: Any = _chunk_in(data)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return None
    text: str = chunk.choices[0].delta.content
    return text


def text_delta(data: bytes) -> tuple[str, tuple[int | None, int | None, None]] | None:
    """Return the text of an event `response.output_text.delta` and the part that it belongs to; None for every other event."""
    try:
        event = _delta_in(data)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return None
    return event.delta, (event.output_index, event.content_index, None)
