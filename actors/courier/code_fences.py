"""Code fences: the lines of three or more backticks or tildes that open and close a code block. Pure.

CommonMark (Fenced code blocks), with two liberties: a fence may stand at any depth, as in a nested list, for Discord takes
it there; and a longer mark than anybody writes is no fence, so that closing and opening one again always leaves room.
"""

import re
from typing import Final

from msgspec import Struct

MARK_CHARS_MAX: Final = 20
TAG_CHARS_MAX: Final = 40
"""A longer tag is not written again where a block is opened again."""

RESERVE_CHARS: Final = 1 + MARK_CHARS_MAX
"""Room that closing any fence takes."""

_LINE: Final = re.compile(r"[^\S\n]*(?P<mark>`{3,20}(?!`)|~{3,20}(?!~))(?P<tag>[^\n]*)")


class Fence(Struct, frozen=True):
    """A code block that is open at some place."""

    mark: str
    tag: str

    @property
    def opening(self) -> str:
        """The line that opens it again, with the same language."""
        tag = self.tag if len(self.tag) <= TAG_CHARS_MAX else ""
        return f"{self.mark}{' ' if tag.startswith('~') else ''}{tag}\n"

    def closing_after(self, text: str) -> str:
        """What closes it behind a text."""
        return self.mark if text.endswith("\n") else f"\n{self.mark}"


def after_line(line: str, fence: Fence | None) -> Fence | None:
    """The block that is open after a line, which stands in `fence` or outside of any."""
    found = _LINE.match(line)
    if found is None:
        return fence
    mark, tag = found["mark"], found["tag"].strip()
    if fence is not None:
        return None if mark.startswith(fence.mark) and not tag else fence
    if mark[0] == "`" and "`" in tag:
        return None  # ```code``` within one line is no block
    return Fence(mark, tag)


def after_text(text: str, fence: Fence | None = None) -> Fence | None:
    """The block that is open at the end of a text, which begins at the start of a line."""
    for line in text.split("\n"):
        fence = after_line(line, fence)
    return fence


def mark_end(line: str) -> int:
    """How many characters of a line make it a line that no cut goes through; 0 for any other line."""
    found = re.match(r"[^\S\n]*(?:```|~~~)", line)
    return found.end() if found else 0
