"""What a question encloses beside its text, as JSON in the column `enclosed` of a turn and of an utterance."""

from collections.abc import Sequence
from typing import Final

import msgspec

from messages.enclosure import Enclosure

_DECODER: Final = msgspec.json.Decoder(tuple[Enclosure, ...])


def encoded(enclosures: Sequence[Enclosure]) -> str:
    """Return what the column holds; it is empty where nothing is enclosed."""
    return msgspec.json.encode(enclosures).decode() if enclosures else ""


def decoded(column: str) -> tuple[Enclosure, ...]:
    """Return the enclosures that the column holds."""
    return _DECODER.decode(column) if column else ()


def as_edited(column: str, told: Sequence[Enclosure] | None) -> tuple[Enclosure, ...]:
    """Return what a question encloses after an edit, which does not tell what its thread began with, and may tell nothing."""
    known = decoded(column)
    if told is None:
        return known
    return (*(enclosed for enclosed in known if enclosed.kind == "thread"), *told)
