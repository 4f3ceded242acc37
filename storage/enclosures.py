"""What a question encloses beside its text, as JSON in the column `enclosed` of a turn and of an utterance."""

from collections.abc import Sequence
from typing import Final

import msgspec

from messages.enclosure import MAY_PASS, Enclosure, LeftOut

_DECODER: Final = msgspec.json.Decoder(tuple[Enclosure, ...])
_LEFT_OUT: Final = msgspec.json.Decoder(tuple[LeftOut, ...])
_EDIT: Final = msgspec.json.Decoder(tuple[str, str])


def encoded(enclosures: Sequence[Enclosure]) -> str:
    """Return what the column holds; it is empty where nothing is enclosed."""
    return msgspec.json.encode(enclosures).decode() if enclosures else ""


def decoded(column: str) -> tuple[Enclosure, ...]:
    """Return the enclosures that the column holds."""
    return _DECODER.decode(column) if column else ()


def encoded_left_out(left_out: Sequence[LeftOut]) -> str:
    """Return what the column `turn.left_out` holds; it is empty where nothing was left out."""
    return msgspec.json.encode(left_out).decode() if left_out else ""


def decoded_left_out(column: str) -> tuple[LeftOut, ...]:
    """Return the files that a model was not shown."""
    return _LEFT_OUT.decode(column) if column else ()


def as_edited(column: str, edited: Sequence[Enclosure] | None) -> tuple[Enclosure, ...]:
    """Return what a question encloses after an edit, which does not tell what its thread began with, and may tell nothing.

    Which of the bot's own answers it replies to is kept only if it was there before. A file that was there before stays as it
    was fetched and read. What it replies to, where the edit does not tell that, stays with its files.
    """
    known = decoded(column)
    if edited is None:
        return known
    files = {enclosed.attachment: enclosed for enclosed in known if enclosed.attachment}
    if files.keys() - {enclosed.attachment for enclosed in edited}:
        # Some were taken from the message: there may be room for others now.
        files = {number: file for number, file in files.items() if file.problem not in MAY_PASS}
    has_own = any(enclosed.is_own for enclosed in known)
    kept = [enclosed for enclosed in known if "thread" in (enclosed.kind, enclosed.within)]
    for enclosed in edited:
        if enclosed.kind == "reply" and enclosed.origin is not None:
            kept += [old for old in known if old.kind == "reply" or old.within == "reply"] or [enclosed]
        elif has_own or not enclosed.is_own:
            kept.append(files.get(enclosed.attachment, enclosed))
    return tuple(kept)


def encoded_edit(text: str, enclosed: str) -> str:
    """Return what the column `turn.edited` holds: an edited question and the column of what it encloses."""
    return msgspec.json.encode((text, enclosed)).decode()


def decoded_edit(column: str) -> tuple[str, str]:
    """Return the edited question and the column of what it encloses."""
    return _EDIT.decode(column)


ERASED_EDIT: Final = encoded_edit("", "")
"""Stands in the column `turn.edited` for an edited question whose text was erased."""
