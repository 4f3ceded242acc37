"""What people see of a text: which code points show nothing, and which show as one character together. Pure."""

import unicodedata
from typing import Final

ZERO_WIDTH_JOINER: Final = "\u200d"
FLAG_LETTERS: Final = "\U0001f1e6", "\U0001f1ff"
"""Two of these make a flag (Unicode, Annex 29, rules GB12 and GB13)."""

_BLANK: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Letters and signs that are drawn as nothing (Unicode, Default_Ignorable_Code_Point; the last dots of Braille)."""

_VIRAMA: Final = 9
"""The combining class of the sign that ties two Indic letters together (rule GB9c)."""


def is_blank(text: str) -> bool:
    """Whether nothing of a text can be seen; Discord refuses such a message."""
    return all(map(shows_nothing, text))


def shows_nothing(character: str) -> bool:
    """Whether a code point is a space, or has no looks of its own: joiners, marks of direction, control characters."""
    if " " < character < "\x7f":
        return False
    return character.isspace() or character in _BLANK or is_selector(character) or is_unprintable(character)


def is_selector(character: str) -> bool:
    """Whether it only says how the character before it is drawn."""
    return "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"


def is_unprintable(character: str) -> bool:
    """Whether it is a control or format character, half of a surrogate pair, or no character for ever.

    Code points that are merely newer than this Python's Unicode are not: this year's emoji can be seen.
    """
    if unicodedata.category(character) in ("Cc", "Cf", "Cs"):
        return True
    number = ord(character)
    return number & 0xFFFE == 0xFFFE or 0xFDD0 <= number <= 0xFDEF  # noqa: PLR2004 Unicode, chapter 23.7


def are_joined(before: str, after: str) -> bool:
    """Whether a code point shows as one character with the one before it (Unicode, Annex 29, grapheme clusters).

    Flags are not seen by their neighbours alone: see `FLAG_LETTERS`.
    """
    if after < "\u0300":
        return before == "\r" and after == "\n"
    if before == ZERO_WIDTH_JOINER or after in "\u200c\u200d\uff9e\uff9f":
        return True
    category = unicodedata.category(after)
    if category[0] == "M" or "\U0001f3fb" <= after <= "\U0001f3ff" or "\U000e0020" <= after <= "\U000e007f":
        return True
    if category == "Lo" and unicodedata.combining(before) == _VIRAMA:
        return True
    if "\u1100" <= before <= "\u115f":  # a Hangul syllable that has only begun
        return "\u1100" <= after <= "\u11ff" or "\uac00" <= after <= "\ud7a3"
    return "\u1160" <= after <= "\u11ff"
