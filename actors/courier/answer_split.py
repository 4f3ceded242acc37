"""Cuts an answer into Discord messages of at most 2,000 code points.

A part that ends inside a code block closes it, and the next part opens it again with the same language, so each part is
whole to look at. Without those added fences the parts, one after the other, are the answer; only white space at a cut, and
a part of which nothing could be seen, are left out.

A cut is decided by the characters up to the first that finds no room, and by nothing behind it. So the parts of a growing
answer stay as they are, except for the last: what Discord shows already is never cut anew.
"""

import re
from collections.abc import Iterator
from typing import Final

from actors.courier.code_fences import RESERVE_CHARS, Fence, after_line, after_text, mark_end
from texts.characters import FLAG_LETTERS, are_joined, is_blank

__all__ = ("CONTENT_CHARS_MAX", "is_blank", "split")

CONTENT_CHARS_MAX: Final = 2000
"""Discord: Create Message, content. Code points, not bytes or UTF-16 units."""

LIMIT_CHARS_MIN: Final = 200
"""Below this, fences might leave no room for text."""

EARLIEST: Final = 0.5
"""A border in the first half of a part is passed over: many short messages read worse than a cut paragraph."""

TOKEN_CHARS_MAX: Final = 150
"""The longest mention, of a slash command with its group and sub-command, is shorter."""

_SENTENCE_END: Final = re.compile(r"[.!?…][\"'”’)\]*_]*(?=\s)|[。！？]+[」』”’）]*")
_SPACE: Final = re.compile(r"\s+")
_TOKEN_BEGUN: Final = re.compile(r"<(?:@[!&]?\d*|#\d*|id:\w*|a?(?::\w*(?::\d*)?)?|t(?::-?\d*(?::\w?)?)?|/[^<>\n]*)\Z")
"""Discord: Message Formatting. A mention, emoji or time that has begun and not ended."""

_CHANGES_MEANING: Final = "`~#>-+"
"""At the start of a message these may make a heading, a quote, a list or a fence of what was none."""


def split(text: str, limit: int = CONTENT_CHARS_MAX) -> tuple[str, ...]:
    """Return the messages that hold this text, none of which begins or ends with white space.

    None at all when nothing of the text can be seen.

    :raises ValueError: when `limit` is below 200 code points.
    """
    if limit < LIMIT_CHARS_MIN:
        raise ValueError(f"a part of {limit} code points may have no room beside its fences; {LIMIT_CHARS_MIN} do")
    return tuple(part for part in _parts(text, limit) if not is_blank(part))


def _parts(text: str, limit: int) -> Iterator[str]:
    start, fence = _past_space(text, 0), None
    while start < len(text):
        opening = fence.opening if fence else ""
        full = _first_without_room(text, start, limit - len(opening), fence)
        end = len(text) if full is None else _border(text, start, full, fence)
        body = text[start:end]
        inside = after_text(body, fence)
        closing = inside.closing_after(body) if inside else ""
        yield (opening + body + closing).strip()
        start, fence = (_past_space(text, end), None) if inside is None else _go_on_in(inside, text, end)


def _first_without_room(text: str, start: int, room: int, fence: Fence | None) -> int | None:
    """Return the first place such that the text before it does not fit; None when all of it fits.

    Whether a text fits is told by that text alone, so a longer text is cut at the same place. While a block is open, or a
    line looks as if it opened one, there is room kept for closing it.
    """
    at = start
    while True:
        line_end = text.find("\n", at, start + room + 1)
        stop = min(len(text), start + room + 1) if line_end < 0 else line_end
        line = text[at:stop]
        reserved_from = at if fence else at + mark_end(line) if mark_end(line) else stop + 1
        full = min(start + room + 1, max(start + room - RESERVE_CHARS + 1, reserved_from))
        if full <= stop:
            return full
        if line_end < 0:
            return None
        fence = after_line(line, fence)
        at = line_end + 1


def _border(text: str, start: int, full: int, fence: Fence | None) -> int:
    """Where the part ends: between paragraphs, else lines, sentences, words, characters."""
    earliest = start + int((full - start) * EARLIEST)
    line_start = _line_border(text, start, full, fence, earliest)
    if line_start is not None:
        return line_start
    for borders in (_SENTENCE_END, _SPACE):
        ends = [
            found.end() if borders is _SENTENCE_END else found.start()
            for found in borders.finditer(text, earliest, full)
        ]
        for end in reversed(ends):
            if end < full and _may_cut(text, start, end, full):
                return end
    return _character_border(text, start, full, earliest)


def _line_border(text: str, start: int, full: int, fence: Fence | None, earliest: int) -> int | None:
    """The last end of a line that is a good place, best where a paragraph or a code block ends."""
    best: dict[int, int] = {}
    at = start
    while (line_end := text.find("\n", at, full)) >= 0:
        line = text[at:line_end]
        before, fence = fence, after_line(line, fence)
        rest_end = text.find("\n", line_end + 1, full)
        rest = text[line_end + 1 : full if rest_end < 0 else rest_end]
        opened = fence is not None and before is None
        if line_end > earliest and not opened:
            between_blocks = rest_end >= 0 and not rest.strip()
            if fence is None:
                rank = 0 if between_blocks or mark_end(rest) or before is not None else 2
            else:
                rank = 1 if between_blocks else 2
            best[rank] = line_end
        at = line_end + 1
    return best[min(best)] if best else None


def _may_cut(text: str, start: int, end: int, full: int) -> bool:
    """Whether a part may end here, in the middle of a line."""
    line_start = max(start, text.rfind("\n", start, end) + 1)
    if mark_end(text[line_start:end]) or _token_start(text, start, end) is not None:
        return False
    following = text[end:full].lstrip()
    return bool(following) and following[0] not in _CHANGES_MEANING


def _token_start(text: str, start: int, end: int) -> int | None:
    """Where the mention, emoji or time begins that a cut at `end` would go through."""
    begun = text.rfind("<", max(start, end - TOKEN_CHARS_MAX), end)
    return begun if begun >= 0 and _TOKEN_BEGUN.match(text, begun, end) else None


def _character_border(text: str, start: int, full: int, earliest: int) -> int:
    """The last place between two characters, as people see them; anywhere, when one is longer than half a part."""
    end = full - 1
    while end > earliest:
        token = _token_start(text, start, end)
        if token is not None:
            end = token
        elif are_joined(text[end - 1], text[end]) or _in_flag(text, start, end) or _in_mark(text, end):
            end -= 1
        else:
            return end
    return full - 1


def _in_flag(text: str, start: int, end: int) -> bool:
    first, last = FLAG_LETTERS
    if not first <= text[end] <= last:
        return False
    letters = 0
    while end - letters > start and first <= text[end - letters - 1] <= last:
        letters += 1
    return letters % 2 == 1


def _in_mark(text: str, end: int) -> bool:
    """Whether a cut would part an escape from its sign or a pair of signs, or put a fence at a line's start."""
    return text[end - 1] == "\\" or text[end] in "`~" or (text[end] in "*_|" and text[end - 1] == text[end])


def _past_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return at if found is None else found.end()


def _go_on_in(fence: Fence, text: str, end: int) -> tuple[int, Fence | None]:
    """Where the next part begins after a cut inside a block, and the block that it begins in.

    Blank lines go, indentation stays. Where the block ends just there, the fence that was added is its end.
    """
    if text[end : end + 1] != "\n":
        return end, fence
    start = text.rfind("\n", end, _past_space(text, end)) + 1
    line_end = text.find("\n", start)
    line_end = len(text) if line_end < 0 else line_end
    if line_end - start < LIMIT_CHARS_MIN and text[start:line_end].strip() == fence.mark:
        return _past_space(text, line_end), None
    return start, fence
