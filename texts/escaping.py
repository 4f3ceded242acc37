"""Makes harmless what people wrote, before the bot shows it beside its own words. Pure.

Names, titles, system messages and conversations are shown as they were written: their Markdown has no effect, and no character in
them changes the direction of the text around it.
"""

import re
from typing import Final, Literal

from texts.characters import are_joined, is_blank, is_unprintable
from texts.say import Locale, say

CONTENT_CHARS_MAX: Final = 2000
"""Code points of one message (Discord: Create Message, content)."""

LINE_CHARS_MAX: Final = 100
"""The longest name or title that is shown, before it is escaped; also the limit of a menu's option and of a choice of autocomplete
(Discord: Select Option Structure, Application Command Option Choice Structure)."""

NOTHING: Final = "—"
"""Shown in place of a name or title that has no visible character."""

FENCE: Final = "```"

_MARKDOWN: Final = re.compile(r"[\\`*_~|<>\[\]()#@:]")
_FENCES: Final = re.compile("`{3,}")
_LINE_ENDS: Final = "\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"
_JOINERS: Final = "\u200c\u200d"
_MARKS_OF_DIRECTION: Final = "\u200e\u200f\u061c"
"""These do not change the direction of other characters, and text that is written from right to left needs them."""


REMEMBERED_MAX: Final = 4096
"""Characters whose replacement is remembered: more than any alphabet has, and less than a megabyte."""


class _Replacements(dict[int, str | None]):
    """What each character is replaced with. A conversation has millions of characters, but few different ones."""

    def __init__(self, *, lines: bool) -> None:
        super().__init__()
        self._lines = lines

    def __missing__(self, number: int) -> str | None:
        if len(self) >= REMEMBERED_MAX:
            self.clear()
        self[number] = replacement = self._replace(chr(number))
        return replacement

    def _replace(self, character: str) -> str | None:
        if character in _JOINERS:
            return character
        if not self._lines:
            return " " if character.isspace() else None if is_unprintable(character) else character
        if character in _LINE_ENDS:
            return "\n"
        if character in "\n\t" or character in _MARKS_OF_DIRECTION:
            return character
        return None if is_unprintable(character) else character


_IN_TEXT: Final = _Replacements(lines=True)
_IN_LINE: Final = _Replacements(lines=False)


def sanitize(text: str) -> str:
    """Return a text with its lines, without invisible characters and without those that change the direction of others."""
    return text.replace("\r\n", "\n").translate(_IN_TEXT)


def one_line(text: str, chars_max: int = LINE_CHARS_MAX) -> str:
    """Return a name or title on one line, cut to `chars_max` code points; for labels, where Markdown has no effect. Never empty."""
    kept = " ".join(text.translate(_IN_LINE).split())
    if is_blank(kept):
        return NOTHING
    return kept if len(kept) <= chars_max else kept[: chars_max - 1] + "…"


def escape_markdown(text: str, chars_max: int = LINE_CHARS_MAX) -> str:
    """Return a name or title on one line for a text with Markdown: cut to `chars_max` code points, then escaped with backslashes."""
    return _MARKDOWN.sub(r"\\\g<0>", one_line(text, chars_max))


def code_block(text: str, room: int, locale: Locale, *, lines_max: int | None = None) -> str:
    """Return the beginning of a text in a code block of at most `room` code points; "none" for a text without visible characters.

    `lines_max` bounds its lines, too. An ellipsis marks that the end is missing. In a code block Discord shows every character as it is.
    """
    kept = _unfenced(sanitize(text).strip())
    if is_blank(kept):
        return say("nothing", locale)
    room -= len(_fenced(""))
    shown = kept if lines_max is None else "\n".join(kept.split("\n", lines_max)[:lines_max])
    return _fenced(kept if shown == kept and len(kept) <= room else shown[: room - 1].rstrip() + "…")


def code_block_of_end(text: str, room: int, locale: Locale, *, is_whole: bool, lines_max: int | None = None) -> str:
    """Return the end of a text in a code block of at most `room` code points; "none" for a text without visible characters.

    `lines_max` bounds its lines, too. An ellipsis marks that the beginning is missing: the text was too long, or `is_whole` says that it was cut before.
    """
    kept = _unfenced(sanitize(text).strip("\n"))
    if is_blank(kept):
        return say("nothing", locale)
    room -= len(_fenced(""))
    if lines_max is not None and len(lines := kept.rsplit("\n", lines_max)) > lines_max:
        kept, is_whole = "\n".join(lines[1:]), False
    if is_whole and len(kept) <= room:
        return _fenced(kept)
    start = max(0, len(kept) - (room - 1))
    while 0 < start < len(kept) and are_joined(kept[start - 1], kept[start]):
        start += 1
    return _fenced("…" + kept[start:])


def _fenced(text: str) -> str:
    return f"{FENCE}\n{text}\n{FENCE}"


def _unfenced(text: str) -> str:
    """Return a text that cannot end the code block that it is put into: its backticks get spaces between them."""
    return _FENCES.sub(lambda run: " ".join(run[0]), text)


def moment(time_s: float, style: Literal["f", "D", "R"] = "f") -> str:
    """Return a moment, given in seconds since 1970, as a timestamp that Discord shows in each reader's language and time zone.

    It shows date and time, with `D` the date alone, with `R` how long ago or ahead it is (Discord: Reference, Message Formatting).
    """
    return f"<t:{int(time_s)}:{style}>"
