"""Cuts an answer into Discord messages of at most 2,000 code points.

A cut is decided by what stands before it alone, so the parts of a growing answer stay as they are, except for the last.
Joining the parts gives the answer back, but for whitespace at the cuts and for fences that a cut closed and opened again.
"""

import re
import unicodedata
from typing import Final

from msgspec import Struct

CONTENT_CHARS_MAX: Final = 2000
"""Discord: Create Message, content. Code points, not bytes or UTF-16 units."""

FENCE_TAG_CHARS_MAX: Final = 40
"""A longer language tag is not written again in the next part."""

EARLIEST: Final = 0.5
"""A border in the first half of a part is passed over: many short messages read worse than a cut paragraph."""

_FENCE: Final = re.compile(r"^ {0,3}(?P<mark>`{3,}|~{3,})(?P<tag>[^\n`]*)$")
_BORDERS: Final = (
    re.compile(r"\n[ \t]*\n+"),  # between paragraphs
    re.compile(r"\n"),
    re.compile(r"(?<=[.!?…。！？])[\"')\]]*\s+"),
    re.compile(r"\s+"),
)
_TOKEN: Final = re.compile(r"<(?:@[!&]?|#|a?:\w{1,32}:|t:|/[\w -]{1,32}:)?-?\w{1,32}(?::\w)?>?")
_JOINERS: Final = "\u200d\ufe0e\ufe0f\u20e3"


class Fence(Struct, frozen=True):
    """A code block that is open at some place."""

    mark: str
    tag: str

    @property
    def opening(self) -> str:
        """The line that opens it again."""
        tag = self.tag.strip()
        return f"{self.mark}{tag if len(tag) <= FENCE_TAG_CHARS_MAX else ''}\n"

    @property
    def closing(self) -> str:
        """What closes it at a cut."""
        return f"\n{self.mark}"


def fence_after(text: str, fence: Fence | None = None) -> Fence | None:
    """The code block that is open at the end of a text, which began inside `fence`."""
    for line in text.split("\n"):
        found = _FENCE.match(line)
        if found is None:
            continue
        mark, tag = found["mark"], found["tag"]
        if fence is None:
            fence = Fence(mark, tag)
        elif mark.startswith(fence.mark) and not tag.strip():
            fence = None
    return fence


def is_blank(text: str) -> bool:
    """Whether nothing of a text can be seen; Discord refuses such a message."""
    return all(
        character.isspace() or unicodedata.category(character) in ("Cf", "Cc", "Cn") or character == "\u2800"
        for character in text
    )


def split(text: str, limit: int = CONTENT_CHARS_MAX) -> tuple[str, ...]:
    """Return the messages that hold this text; none when nothing of it can be seen."""
    parts: list[str] = []
    fence: Fence | None = None
    start = _skip_blank(text, 0)
    while start < len(text):
        opening = fence.opening if fence else ""
        if len(opening) + len(text) - start <= limit:
            part, start, fence = opening + text[start:], len(text), None
        else:
            room = limit - len(opening) - len(fence.closing if fence else "\n```")
            end, next_start = _cut(text, start, room)
            inside = fence_after(text[start:end], fence)
            while inside is not None and len(opening) + end - start + len(inside.closing) > limit:
                end, next_start = _cut(text, start, end - start - len(inside.closing))
                inside = fence_after(text[start:end], fence)
            body = text[start:end]
            part = opening + body + (inside.closing if inside else "")
            start, fence = (next_start if inside is None else _after_line_break(text, end)), inside
            if inside is None:
                start = _skip_blank(text, start)
        if not is_blank(part):
            parts.append(part)
    return tuple(parts)


def _cut(text: str, start: int, room: int) -> tuple[int, int]:
    """Where the part that begins at `start` ends, and where the next one begins."""
    window = text[start : start + room]
    earliest = int(room * EARLIEST)
    for border in _BORDERS:
        last = None
        for found in border.finditer(window, earliest):
            if found.end() < len(window) or border is not _BORDERS[0]:
                last = found
        if last is not None and last.start() > 0:
            return start + last.start(), start + last.end()
    end = _keep_whole(text, start, start + len(window))
    return end, end


def _keep_whole(text: str, start: int, end: int) -> int:
    """Move a cut back so that it splits neither a character that people see as one nor a mention."""
    token = next(
        (found for found in _TOKEN.finditer(text, max(start, end - 64), end + 64) if found.start() < end < found.end()),
        None,
    )
    if token is not None and token.start() > start:
        return token.start()
    moved = end
    while moved > start + 1 and end - moved < 64 and moved < len(text) and _joined(text[moved - 1], text[moved]):  # noqa: PLR2004 no sign is longer
        moved -= 1
    return moved if moved > start + 1 else end


def _joined(before: str, after: str) -> bool:
    """Whether two code points show as one character."""
    if after in _JOINERS or before == "\u200d" or unicodedata.combining(after):
        return True
    if "\U0001f3fb" <= after <= "\U0001f3ff" or "\U000e0020" <= after <= "\U000e007f":
        return True
    flags = "\U0001f1e6", "\U0001f1ff"
    return (flags[0] <= before <= flags[1] and flags[0] <= after <= flags[1]) or (before in "`~*_|" and after == before)


def _skip_blank(text: str, start: int) -> int:
    """Past blank lines, but not past the indentation of the line that follows them."""
    found = re.compile(r"(?:[^\S\n]*\n)*").match(text, start)
    return start if found is None else found.end()


def _after_line_break(text: str, end: int) -> int:
    """Inside a code block only the one line break at the cut goes; the closing line makes it again."""
    return end + 1 if text[end : end + 1] == "\n" else end
