"""Which code points are invisible, and which are drawn together as one character. Pure."""

import unicodedata
from typing import Final

ZERO_WIDTH_JOINER: Final = "\u200d"
FLAG_LETTERS: Final = "\U0001f1e6", "\U0001f1ff"
"""Two of these make a flag (Unicode, Annex 29, rules GB12 and GB13)."""

_BLANK: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Letters and signs that are invisible (Unicode, Default_Ignorable_Code_Point; the empty Braille pattern)."""

_VIRAMA: Final = 9
"""The combining class of the sign that joins two Indic letters (Unicode, Annex 29, rule GB9c)."""


def is_blank(text: str) -> bool:
    """Return whether a text has no visible character; Discord refuses such a message."""
    return all(map(shows_nothing, text))


def shows_nothing(character: str) -> bool:
    """Return whether a code point is invisible: a space, a joiner, a mark of direction, a control character."""
    if " " < character < "\x7f":
        return False
    return character.isspace() or character in _BLANK or is_selector(character) or is_unprintable(character)


def is_selector(character: str) -> bool:
    """Return whether a code point is a variation selector, which only says how the character before it is drawn."""
    return "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"


def is_unprintable(character: str) -> bool:
    """Return whether a code point is a control or format character, half of a surrogate pair, or a noncharacter.

    Code points that are newer than this Python's Unicode count as visible: they may be this year's emoji.
    """
    if unicodedata.category(character) in ("Cc", "Cf", "Cs"):
        return True
    number = ord(character)
    return number & 0xFFFE == 0xFFFE or 0xFDD0 <= number <= 0xFDEF  # noqa: PLR2004 Unicode, chapter 23.7


def are_joined(before: str, after: str) -> bool:
    """Return whether a code point is drawn as one character with the one before it (Unicode, Annex 29, grapheme clusters).

    The caller looks at flags: two neighbours do not tell where a flag begins. See `FLAG_LETTERS`.
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
