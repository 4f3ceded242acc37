"""What people wrote, made harmless: shown as it was written, it says nothing to Discord's Markdown and turns no line around. Pure.

Names, titles, system messages and conversations are anybody's words, and stand beside the bot's own.
"""

import re
from typing import Final

from texts.characters import are_joined, is_blank, is_unprintable

CONTENT_CHARS_MAX: Final = 2000
"""Code points of one message (Discord: Create Message, content)."""

LINE_CHARS_MAX: Final = 100
"""Of a name or title, before it is escaped; also what an option of a menu and a choice of autocomplete may have
(Discord: Select Option Structure, Application Command Option Choice Structure)."""

NOTHING: Final = "—"
"""Stands for a name or title of which nothing can be seen."""

FENCE: Final = "```"

_MARKDOWN: Final = re.compile(r"[\\`*_~|<>\[\]()#@:]")
_FENCES: Final = re.compile("`{3,}")
_LINE_ENDS: Final = "\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"
_JOINERS: Final = "\u200c\u200d"
_MARKS_OF_DIRECTION: Final = "\u200e\u200f\u061c"
"""They turn nothing around but themselves; what is written from right to left needs them."""


class _Kept(dict[int, str | None]):
    """What becomes of each character, looked up once: conversations have millions, and few different ones."""

    def __init__(self, *, lines: bool) -> None:
        super().__init__()
        self._lines = lines

    def __missing__(self, number: int) -> str | None:
        self[number] = kept = self._keep(chr(number))
        return kept

    def _keep(self, character: str) -> str | None:
        if character in _JOINERS:
            return character
        if not self._lines:
            return " " if character.isspace() else None if is_unprintable(character) else character
        if character in _LINE_ENDS:
            return "\n"
        if character in "\n\t" or character in _MARKS_OF_DIRECTION:
            return character
        return None if is_unprintable(character) else character


_KEPT_IN_TEXT: Final = _Kept(lines=True)
_KEPT_IN_LINE: Final = _Kept(lines=False)


def sanitize(text: str) -> str:
    """A text in lines, without what cannot be seen or turns its neighbours around."""
    return text.replace("\r\n", "\n").translate(_KEPT_IN_TEXT)


def one_line(text: str, chars_max: int = LINE_CHARS_MAX) -> str:
    """A name or title on one line, cut; for labels, which know no Markdown. Never empty."""
    kept = " ".join(text.translate(_KEPT_IN_LINE).split())
    if is_blank(kept):
        return NOTHING
    return kept if len(kept) <= chars_max else kept[: chars_max - 1] + "…"


def escape_markdown(text: str, chars_max: int = LINE_CHARS_MAX) -> str:
    """A name or title on one line amid Discord's Markdown: cut to so many characters, each of which may get a backslash."""
    return _MARKDOWN.sub(r"\\\g<0>", one_line(text, chars_max))


def code_block(text: str, room: int) -> str:
    """A text in a code block, which shows everything as it is; its beginning, so that all fits into so many code points.

    "none" for a text of which nothing can be seen.
    """
    kept = _unfenced(sanitize(text).strip())
    if is_blank(kept):
        return "none"
    room -= len(_fenced(""))
    return _fenced(kept if len(kept) <= room else kept[: room - 1] + "…")


def code_block_of_end(text: str, room: int, *, is_whole: bool) -> str:
    """Like `block`, but the end of a text: of one that was too long, or is not whole, the beginning is missing."""
    kept = _unfenced(sanitize(text).strip("\n"))
    if is_blank(kept):
        return "none"
    room -= len(_fenced(""))
    if is_whole and len(kept) <= room:
        return _fenced(kept)
    start = max(0, len(kept) - (room - 1))
    while 0 < start < len(kept) and are_joined(kept[start - 1], kept[start]):
        start += 1
    return _fenced("…" + kept[start:])


def _fenced(text: str) -> str:
    return f"{FENCE}\n{text}\n{FENCE}"


def _unfenced(text: str) -> str:
    """Without what would end the code block; longer than it was."""
    return _FENCES.sub(lambda run: " ".join(run[0]), text)


def moment(time_s: float) -> str:
    """A moment, in seconds since 1970, which Discord shows in each reader's time zone."""
    return f"<t:{int(time_s)}:f>"
