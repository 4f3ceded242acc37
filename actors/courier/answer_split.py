"""Cuts an answer into Discord messages of at most 2,000 code points.

Formatting, inline code and code blocks that are open where a part ends are closed there and opened again in the next part:
each part is whole to look at, and what was hidden stays hidden. Without what was added, the parts one after the other are
the answer; only white space at a cut, and a part of which nothing could be seen, are left out.

A cut is decided by the characters up to the first that finds no room, and by nothing behind it. So the parts of a growing
answer are cut where they were: what Discord shows already is never cut anew. And so a part is cut when it is needed, and a
growing answer costs no more than its last part.
"""

import re
from collections.abc import Iterator
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from actors.courier.border import Reading, border, past_space
from actors.courier.closing import closed_at
from actors.courier.markdown import LINE_MARK_CHARS, Fence, Open, begin_line, can_close, end_line
from texts.characters import is_blank

CONTENT_CHARS_MAX: Final = 2000
"""Discord: Create Message, content. Code points, not bytes or UTF-16 units."""

LIMIT_CHARS_MIN: Final = 200
"""Below this, what is opened and closed again might leave no room for text."""

_ENDS: Final = re.compile(r"`+|\*+|_+|~+|\|+")


def split(text: str, limit: int = CONTENT_CHARS_MAX) -> tuple[str, ...]:
    """Return the messages that hold this text, none of which begins or ends with white space.

    None at all when nothing of the text can be seen.

    :raises ValueError: when `limit` is below 200 code points.
    """
    parts = Split(limit)
    parts.show(text, is_whole=True)
    return tuple(parts)


class _Begin(Struct, frozen=True):
    """Where a part begins, and what may be open at `content`, where the text of its first line begins.

    `lead` stands in front of the part: what makes the rest of its first line what it was.
    """

    at: int
    content: int
    opened: Open
    lead: str = ""


class _Part(Struct, frozen=True):
    """A part, the position where its text ends, and what may be open there.

    `is_certain` is false where what was closed depends on text that is still to be written.
    """

    text: str
    end: int
    opened: Open
    is_certain: bool


class Split:
    """The parts of one answer. They are cut when they are needed, and kept while the answer grows."""

    def __init__(self, limit: int = CONTENT_CHARS_MAX) -> None:
        if limit < LIMIT_CHARS_MIN:
            raise ValueError(f"{limit} code points may have no room beside what is opened again; {LIMIT_CHARS_MIN} do")
        self._limit = limit
        self._text = ""
        self._is_whole = False
        self._parts: list[_Part] = []
        self.cuts = 0
        """How many parts were cut so far."""

    def show(self, text: str, *, is_whole: bool) -> None:
        """Have the parts be those of this text; `is_whole` is false while it is still being written."""
        if (text, is_whole) == (self._text, self._is_whole):
            return
        kept = len(self._parts) if text.startswith(self._text) and not self._is_whole else 0
        if kept and self._parts[-1].end == len(self._text):
            kept -= 1
        if is_whole:
            kept = next((number for number, part in enumerate(self._parts[:kept]) if not part.is_certain), kept)
        del self._parts[kept:]
        self._text, self._is_whole = text, is_whole

    def __iter__(self) -> Iterator[str]:
        number = 0
        while True:
            if number == len(self._parts) and not self._cut_next():
                return
            part = self._parts[number].text
            if not is_blank(part):
                yield part
            number += 1

    def _cut_next(self) -> bool:
        if self._parts:
            last = self._parts[-1]
            begin = _after(self._text, last.end, last.opened)
        else:
            begin = _line(self._text, past_space(self._text, 0), Open())
        if begin.at >= len(self._text):
            return False
        self._parts.append(_cut(self._text, begin, self._limit, is_whole=self._is_whole))
        self.cuts += 1
        return True


def _cut(text: str, begin: _Begin, limit: int, *, is_whole: bool) -> _Part:
    """Cut the part that begins there. Where it ends does not depend on what is really open, which later text decides."""
    room = limit - len(begin.lead) - begin.opened.opening_chars
    reading = Reading(text, begin.at, begin.content, room, begin.opened)
    if reading.full is None:
        end, last = len(text), _without_empty_marks(reading, len(text))
    else:
        end = last = _without_empty_marks(reading, border(reading, reading.full))
    opened = reading.opened_at(last)
    if last < end or (
        end < len(text) and text[end] != "\n"
    ):  # a line that is cut may look as if it opened or closed a block
        opened = end_line(text, max(begin.at, text.rfind("\n", begin.at, end) + 1), end, opened)
    again = closed_at(text, begin.content, begin.opened, is_whole=is_whole).without_what_merges(
        text[begin.content : end]
    )
    closed = closed_at(text, end, opened, again, is_whole=is_whole)
    body = text[begin.content : end] if closed.fence is not None else text[begin.content : end].rstrip()
    opening = again.opening(body)
    if again.fence is not None and text[begin.at - 1 : begin.at] != "\n":
        opening += again.fence.quote
    shown = begin.lead + text[begin.at : begin.content] + opening + closed.after(body)
    return _Part(shown.strip(), end, opened, again.is_certain and closed.is_certain)


def _without_empty_marks(reading: Reading, end: int) -> int:
    """Where a part ends when what has opened nothing yet is left to the next part: marks at its end, what makes a line a heading.

    Not marks that would open a code block there.
    """
    while (mark := reading.mark_before(end)) is not None and len(mark.sign) < LINE_MARK_CHARS:
        end = mark.at
    line = reading.text.rfind("\n", reading.start, end) + 1
    is_bare = line > reading.start and end <= begin_line(reading.text, line, reading.stop, Open())[1]
    return line - 1 if is_bare and reading.opened_at(line).fence is None else end


def _line(text: str, at: int, opened: Open) -> _Begin:
    """A part that begins with a line of the text."""
    lead = ">>> " if opened.is_quoted else ""
    line_end = text.find("\n", at)
    opened, content = begin_line(text, at, len(text) if line_end < 0 else line_end, opened)
    return _Begin(at, content, opened, lead)


def _after(text: str, end: int, opened: Open) -> _Begin:
    """Where the next part begins after a cut.

    What is open at the cut, and what the text closes just there, is closed by the cut: that is left out.
    """
    if opened.fence is not None:
        return _after_code(text, end, opened, opened.fence)
    start = past_space(text, end)
    if "\n" in text[end:start]:
        if text.count("\n", end, start) > 1:
            opened, _ = begin_line("", 0, 0, opened)
        begin = _line(text, start, opened)
    else:
        begin = _Begin(start, start, opened, (">>> " if opened.is_quoted else "") + opened.prefix)
    past = _past_ends(text, begin, is_joined=start == end) if begin.at == begin.content else None
    return begin if past is None else _after(text, *past)


def _after_code(text: str, end: int, opened: Open, fence: Fence) -> _Begin:
    """After a cut inside a code block: blank lines go, indentation stays."""
    if text[end : end + 1] != "\n":
        return _Begin(end, end, opened, ">>> " if opened.is_quoted else "")
    begin = _line(text, text.rfind("\n", end, past_space(text, end)) + 1, opened)
    line_end = text.find("\n", begin.at, begin.at + LIMIT_CHARS_MIN)
    line_end = min(len(text), begin.at + LIMIT_CHARS_MIN) if line_end < 0 else line_end
    if begin.opened.fence is not None and text[begin.at : line_end].removeprefix(fence.quote).strip() == fence.mark:
        return _after(text, line_end, replace(begin.opened, fence=None))
    return begin


def _past_ends(text: str, begin: _Begin, *, is_joined: bool) -> tuple[int, Open] | None:
    """The position behind the ends of what may be open, and what is open there; None where a part does not begin with any.

    `is_joined` is true where no white space stands before the part, behind which italics and the like cannot end.
    """
    found = _ENDS.match(text, begin.at)
    if found is None:
        return None
    rest, opened = found[0], begin.opened
    if rest[0] == "`":
        number = next((number for number, (run, _) in enumerate(opened.runs) if run.sign == rest), None)
        if number is None:
            return None
        return found.end(), replace(opened, marks=opened.runs[number][1], runs=opened.runs[:number])
    marks = opened.marks
    before, after = " " if not is_joined else "x", text[found.end() : found.end() + 1]
    while marks and rest.startswith(marks[-1].sign) and can_close(marks[-1].sign, before, after):
        rest, marks = rest.removeprefix(marks[-1].sign), marks[:-1]
    return None if rest else (found.end(), replace(opened, marks=marks, outside=min(opened.outside, len(marks))))
