"""What is closed at the end of a message and opened again at the beginning of the next, where an answer is cut. Pure.

Of what may be open at the cut, that is what has its other end in the text that follows. While that text is still being
written, what has no other end yet counts as open too: so what is hidden stays hidden while it streams.
"""

import re
from typing import Final

from msgspec import Struct

from actors.courier.markdown import LINE_MARK_CHARS, Fence, Mark, Marks, Open, can_close, fence_end

LOOKED_THROUGH_CHARS: Final = 20_000
"""How far the other end of a mark is looked for. Further than that, only a spoiler counts as open."""

_ENDS: Final = {
    sign: re.compile(pattern)
    for sign, pattern in {
        "*": r"(?<![\\*])(?:\*|\*\*\*)(?!\*)",
        "_": r"(?<![\\_])(?:_|___)(?!_)",
        "**": r"(?<!\\)\*\*",
        "__": r"(?<!\\)__",
        "~~": r"(?<!\\)~~",
        "||": r"(?<!\\)\|\|",
    }.items()
}

_BLOCK_ENDS: Final = {
    "line": re.compile(r"\n"),
    "item": re.compile(r"\n(?=\s*(?:[-*+]|\d{1,9}[.)]|#{1,3}|-#|>)\s|[^\S\n]*\n)"),
    "quote": re.compile(r"\n(?! ?> )"),
}


class Closed(Struct, frozen=True):
    """What a cut closes. `is_certain` is false where that depends on text that is still to be written."""

    marks: Marks = ()
    run: Mark | None = None
    fence: Fence | None = None
    is_certain: bool = True

    def after(self, body: str) -> str:
        """Return a part's text with what closes it."""
        if self.fence is not None:
            body += self.fence.closing_after(body)
        elif self.run is not None:
            body += f" {self.run.sign}" if body.endswith("`") else self.run.sign
        if not self.marks:
            return body
        last_line = body.rfind("\n") + 1
        is_fence = self.run is None and fence_end(body, last_line, len(body)) > last_line
        return body + "\n" * is_fence + "".join(mark.sign for mark in reversed(self.marks))

    def without_what_merges(self, following: str) -> "Closed":
        """Leave out marks that would become another mark in front of this text, such as `~~` before `~`."""
        marks = self.marks
        if self.run is not None and len(self.run.sign) >= LINE_MARK_CHARS and following.startswith("`"):
            return Closed(marks, None, self.fence, self.is_certain)
        while self.run is None and self.fence is None and marks and marks[-1].sign[0] == following[:1]:
            marks = marks[:-1]
        return Closed(marks, self.run, self.fence, self.is_certain)

    def opening(self, following: str) -> str:
        """Return what opens it all again in front of a text."""
        marks = "".join(mark.sign for mark in self.marks)
        if self.fence is not None:
            return f"{marks}\n{self.fence.opening}" if marks else self.fence.opening
        if self.run is not None:
            marks += self.run.sign
        if marks and fence_end(following.partition("\n")[0], 0, len(following)):
            return f"{marks}\n"
        return f"{marks} " if self.run is not None and following.startswith("`") else marks


NOTHING: Final = Closed()


def closed_at(text: str, at: int, opened: Open, held: Closed = NOTHING, *, is_whole: bool) -> Closed:
    """Return what is to be closed at a position.

    `held` is what was opened again at the beginning of the same message, and is closed in any case. `is_whole` is false while
    the text is still being written.
    """
    if not opened.marks and not opened.runs:
        return Closed(fence=opened.fence)
    search = _Search(text, at, opened, held, is_whole=is_whole)
    for number, (run, marks) in enumerate(opened.runs):
        if opened.fence is None and search.has_end_of_run(run, number):
            return Closed(search.with_ends(marks), run, None, search.is_certain)
    return Closed(search.with_ends(opened.marks), None, opened.fence, search.is_certain)


class _Search:
    """Looks for the other ends of what may be open at one position."""

    def __init__(self, text: str, at: int, opened: Open, held: Closed, *, is_whole: bool) -> None:
        self._text, self._at, self._opened, self._held, self._is_whole = text, at, opened, held, is_whole
        ends = _BLOCK_ENDS.get(opened.block)
        found = None if ends is None or opened.fence is not None else ends.search(text, at, at + LOOKED_THROUGH_CHARS)
        self._block_end = None if found is None else found.start()
        self.is_certain = True

    def with_ends(self, marks: Marks) -> Marks:
        """Return those of the marks that have opened something."""
        return tuple(mark for number, mark in enumerate(marks) if self._has_end(mark, number < self._opened.outside))

    def _has_end(self, mark: Mark, is_outside: bool) -> bool:
        if mark in self._held.marks:
            return True
        end = self._end(is_outside=is_outside)
        found = _ENDS[mark.sign].search(self._text, self._at, end)
        if found is not None:
            before, after = self._text[found.start() - 1 : found.start()], self._text[found.end() : found.end() + 1]
            return can_close(mark.sign, before, after)
        return self._may_come(end, is_hidden=mark.sign == "||")

    def has_end_of_run(self, run: Mark, number: int) -> bool:
        """Whether a run of backticks has opened inline code."""
        if run == self._held.run:
            return True
        end = self._end(is_outside=number < self._opened.outside_runs)
        if len(run.sign) >= LINE_MARK_CHARS:
            line_end = self._text.find("\n", self._at, end)
            end = end if line_end < 0 else line_end
        same = re.compile(rf"(?<!`){run.sign}(?!`)")
        return same.search(self._text, self._at, end) is not None or self._may_come(end)

    def _end(self, *, is_outside: bool) -> int:
        """Return how far to look: to the end of the block, for what was opened in it."""
        if self._block_end is not None and not is_outside:
            return self._block_end
        return min(len(self._text), self._at + LOOKED_THROUGH_CHARS)

    def _may_come(self, end: int, *, is_hidden: bool = False) -> bool:
        """Whether the other end may still be written, or is far away."""
        if end < len(self._text):
            return is_hidden and end == self._at + LOOKED_THROUGH_CHARS
        if self._is_whole:
            return False
        self.is_certain = False
        return True
