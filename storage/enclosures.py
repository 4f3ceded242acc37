"""What a question encloses beside its text, as JSON in the column `enclosed` of a turn and of an utterance."""

from collections.abc import Sequence
from typing import Final

import msgspec

from messages.enclosure import Enclosure

_DECODER: Final = msgspec.json.Decoder(tuple[Enclosure, ...])
_EDIT: Final = msgspec.json.Decoder(tuple[str, str])


def encoded(enclosures: Sequence[Enclosure]) -> str:
    """Return what the column holds; it is empty where nothing is enclosed."""
    return msgspec.json.encode(enclosures).decode() if enclosures else ""


def decoded(column: str) -> tuple[Enclosure, ...]:
    """Return the enclosures that the column holds."""
    return _DECODER.decode(column) if column else ()


def as_edited(column: str, edited: Sequence[Enclosure] | None) -> tuple[Enclosure, ...]:
    """Return what a question encloses after an edit, which does not tell what its thread began with, and may tell nothing.

    Which of the bot's own answers it replies to is kept only if it was there before.
    """
    known = decoded(column)
    if edited is None:
        return known
    thread = (enclosed for enclosed in known if enclosed.kind == "thread")
    has_own = any(enclosed.is_own for enclosed in known)
    return (*thread, *(enclosed for enclosed in edited if has_own or not enclosed.is_own))


def encoded_edit(text: str, enclosed: str) -> str:
    """Return what the column `turn.edited` holds: an edited question and the column of what it encloses."""
    return msgspec.json.encode((text, enclosed)).decode()


def decoded_edit(column: str) -> tuple[str, str]:
    """Return the edited question and the column of what it encloses."""
    return _EDIT.decode(column)


ERASED_EDIT: Final = encoded_edit("", "")
"""Stands in the column `turn.edited` for an edited question whose text was erased."""
