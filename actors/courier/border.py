"""Where a part of an answer ends: its text is read for as long as it finds room, then the best border before that is taken. Pure."""

import re
from bisect import bisect_left, bisect_right
from typing import Final

from msgspec import Struct

from actors.courier.markdown import (
    FENCE_CHARS,
    MARKS_CHARS,
    Mark,
    Open,
    begin_line,
    end_line,
    fence_begun,
    fence_end,
    token_begun,
    tokens,
)
from texts.characters import FLAG_LETTERS, are_joined

EARLIEST: Final = 0.5
"""A border in the first half of a part is passed over: many short messages read worse than a cut paragraph."""

_SENTENCE_END: Final = re.compile(r"[.!?…][\"'”’)\]*_~|]*(?=\s)|[。！？]+[」』”’）]*")
SPACE: Final = re.compile(r"\s+")

_CHANGES_MEANING: Final = re.compile(r"[`~#>+-]|\*\s|\d{1,9}[.)]\s")
"""At the start of a message these may make a heading, a quote, a list or a block of what was none."""


class _Line(Struct, frozen=True):
    """A line that was read to its end, with what is open where its text begins and behind it."""

    at: int
    end: int
    before: Open
    after: Open


class Reading:
    """One part's text, read from its first position up to the one that finds no room.

    Whether a text fits is told by that text alone, so a longer text is cut at the same position. Room is kept for closing what
    may be open.
    """

    def __init__(self, text: str, start: int, content: int, room: int, opened: Open) -> None:
        """`content` is where the text of the first line begins; `opened` is what is open there."""
        self.text, self.start, self.content = text, start, content
        self.full: int | None = None
        """The first position such that the text before it does not fit; None when all of it fits."""
        self.lines: list[_Line] = []
        self.stop = min(len(text), start + room + 1)
        self._room = room
        self._positions = [start]
        self._opened = [opened]
        self._starts: list[int] = []
        self._ends: list[int] = []
        self._read(content, opened)

    def _read(self, content: int, opened: Open) -> None:
        text, limit = self.text, self.stop
        at, stop = self.start, self._line_end(content, limit)
        while True:
            before = opened
            opened = self._read_line(at, content, stop, opened)
            if self.full is not None:
                return
            if stop < limit or limit == len(text):
                opened = end_line(text, at, stop, opened)
                self._remember(stop, opened)
            self.lines.append(_Line(at, stop, before, opened))
            if stop == limit:
                return
            at = stop + 1
            stop = self._line_end(at, limit)
            opened, content = begin_line(text, at, stop, opened)
            self._remember(at, opened)

    def _line_end(self, at: int, limit: int) -> int:
        found = self.text.find("\n", at, limit)
        return limit if found < 0 else found

    def _read_line(self, at: int, content: int, stop: int, opened: Open) -> Open:
        if opened.fence is not None:
            self._fits(at, stop, opened)
            return opened
        since = at
        marked, no_fence_from = fence_begun(self.text, at, stop)
        if marked > at:
            fits = self._fits(at, marked, opened)
            fits = fits and self._fits(marked, no_fence_from or stop, opened, FENCE_CHARS + MARKS_CHARS)
            if not fits or no_fence_from is None:
                return opened
        for start, end, behind in tokens(self.text, content, stop, opened):
            if end > start + 1:
                self._starts.append(start)
                self._ends.append(end)
            if not self._fits(since, end, opened):
                return opened
            opened, since = behind, end + 1  # what a mark means is told by the character behind it as well
            self._remember(end, opened)
        self._fits(since, stop, opened)
        return opened

    def _fits(self, since: int, until: int, opened: Open, more: int = 0) -> bool:
        """Whether the text before each of these positions fits; else the first that does not is known."""
        kept = opened.closing_chars + more
        if until - self.start + kept <= self._room:
            return True
        self.full = max(since, self.start + self._room - kept + 1)
        return False

    def _remember(self, position: int, opened: Open) -> None:
        self._positions.append(position)
        self._opened.append(opened)

    def opened_at(self, position: int) -> Open:
        """Return what may be open at a position that was read."""
        return self._opened[bisect_right(self._positions, position) - 1]

    def mark_before(self, position: int) -> Mark | None:
        """Return the last mark before a position, if it may have opened something that nothing stands in yet."""
        opened = self.opened_at(position)
        last = max((*opened.marks[-1:], *(run for run, _ in opened.runs[-1:])), key=lambda mark: mark.at, default=None)
        if last is None or last.at <= self.content or self.text[last.at + len(last.sign) : position].strip():
            return None
        return last

    def token_around(self, position: int) -> int | None:
        """Return the beginning of the link, mark or other token that a cut at a position would go through."""
        number = bisect_left(self._starts, position) - 1
        return self._starts[number] if number >= 0 and position < self._ends[number] else None


def border(reading: Reading, full: int) -> int:
    """Return where a part ends that has no room from `full` on: between paragraphs, else lines, sentences, words, characters."""
    text, start = reading.text, reading.start
    earliest = start + int((full - start) * EARLIEST)
    line_end = _line_border(reading, full, earliest)
    if line_end is not None:
        return line_end
    begun = token_begun(text, start, full)
    if begun is not None and reading.token_around(begun) is not None:
        begun = None  # the address of a link that is whole
    for borders in (_SENTENCE_END, SPACE):
        ends = [
            found.end() if borders is _SENTENCE_END else found.start()
            for found in borders.finditer(text, earliest, full)
        ]
        for end in reversed(ends):
            if end < full and _may_cut(reading, end, full, begun):
                return end
    return _character_border(reading, full, earliest, begun)


def _line_border(reading: Reading, full: int, earliest: int) -> int | None:
    """The last end of a line that is a good position, best where a paragraph or a code block ends."""
    text = reading.text
    best: dict[int, int] = {}
    for line in reading.lines:
        if not earliest < line.end < full or text[line.end : line.end + 1] != "\n":
            continue
        opened, before = line.after.fence is not None, line.before.fence is not None
        if opened and not before:
            continue
        rest_end = text.find("\n", line.end + 1, full)
        rest = text[line.end + 1 : full if rest_end < 0 else rest_end]
        between_blocks = rest_end >= 0 and not rest.strip()
        if opened:
            rank = 1 if between_blocks else 2
        else:
            is_nested = line.after.block == "item" and rest[:1].isspace() and not between_blocks
            rank = 0 if between_blocks or before or fence_end(rest, 0, len(rest)) else 3 if is_nested else 2
        best[rank] = line.end
    return best[min(best)] if best else None


def _may_cut(reading: Reading, end: int, full: int, begun: int | None) -> bool:
    """Whether a part may end here, in the middle of a line."""
    text = reading.text
    line_start = max(reading.start, text.rfind("\n", reading.start, end) + 1)
    if fence_end(text, line_start, end) > line_start or (begun is not None and begun < end):
        return False
    if reading.token_around(end) is not None or reading.mark_before(end) is not None:
        return False
    following = text[end:full].lstrip()
    return bool(following) and _CHANGES_MEANING.match(following) is None


def _character_border(reading: Reading, full: int, earliest: int, begun: int | None) -> int:
    """The last position between two characters, as people see them; anywhere, when one is longer than half a part.

    A link, a mention or an address is left whole, however much room that leaves, unless the part has no other text.
    """
    text, start = reading.text, reading.start
    end = full - 1
    if begun is not None and start < begun < end:
        end = begun
    while end > earliest:
        token = reading.token_around(end)
        if token is not None:
            end = token
        elif (mark := reading.mark_before(end)) is not None:
            end = mark.at
        elif are_joined(text[end - 1], text[end]) or _in_flag(text, start, end) or _in_mark(text, end):
            end -= 1
        else:
            return end
    token = reading.token_around(full - 1) if begun is None or begun >= full - 1 else begun
    return full - 1 if token is None or token <= start or text[token : token + 3] in ("```", "~~~") else token


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


def past_space(text: str, at: int) -> int:
    """Return the first position from here on that holds no white space."""
    found = SPACE.match(text, at)
    return at if found is None else found.end()
