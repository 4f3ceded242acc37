"""Reads JSON as servers write it, which is not always JSON, and joins characters whose halves came apart. Pure."""

import json
import re
from typing import Final

import msgspec

_SURROGATE: Final = re.compile("[\ud800-\udfff]")
REPLACEMENT: Final = "\ufffd"


def parsed(data: bytes) -> object:
    """Return what this JSON says.

    Python's own parser is asked where msgspec refuses: it takes NaN and Infinity, which Python's servers write, line breaks
    within strings, and halves of characters.

    :raises msgspec.DecodeError: it is no JSON for either
    :raises RecursionError: it is nested too deeply
    """
    try:
        return msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        try:
            return json.loads(data, strict=False)
        except ValueError:
            raise msgspec.DecodeError("an event is no JSON") from error


class Halves:
    """Joins the pieces of a text in which a character beyond U+FFFF came as two halves, one in each of two pieces.

    A server that cuts texts as JavaScript counts them, in units of UTF-16, writes each half as an escape of its own.
    """

    def __init__(self) -> None:
        self._half = ""

    def joined(self, piece: str) -> str:
        """Return the text up to where a character is whole; half a character at its end waits for the next piece."""
        text, self._half = self._half + piece, ""
        if text.isascii() or not _SURROGATE.search(text):
            return text
        if "\ud800" <= text[-1] <= "\udbff":
            text, self._half = text[:-1], text[-1]
        return without_halves(text)

    def rest(self) -> str:
        """Return what stands for a half whose other half never came; "" where none waits."""
        half, self._half = self._half, ""
        return REPLACEMENT if half else ""


def without_halves(text: str) -> str:
    """Return the text with halves that belong together joined, and with � for each half that stands alone."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
