"""Discord's Markdown, as far as it concerns where a text is cut: what is open at a position, and what no cut goes through. Pure.

A text is read once, from its beginning to its end, and a position is judged by what stands before it. A mark counts as open from
where it may have opened something; whether it did is known only when its other end comes. `closing.py` looks for that.

Discord: Markdown Text 101. Code blocks are read as CommonMark reads them (Fenced code blocks), with two liberties: a fence
may stand at any depth, as in a nested list, for Discord takes it there; and a longer mark than anybody writes is no fence, so
that closing and opening one again always leaves room.
"""

import re
from collections.abc import Iterator
from typing import Final, Literal

from msgspec import Struct
from msgspec.structs import replace

MARK_CHARS_MAX: Final = 20
"""A longer run of backticks opens neither a block nor inline code."""

LINE_MARK_CHARS: Final = 3
"""So many backticks or more within a line are inline code where they are closed in the same line."""

TAG_CHARS_MAX: Final = 40
"""A longer tag is not written again where a block is opened again."""

FENCE_CHARS: Final = 1 + MARK_CHARS_MAX
"""Room that closing any fence takes, beside its quote."""

MARKS_CHARS: Final = 10
"""Room that closing every kind of formatting takes."""

_FENCE: Final = re.compile(r"[^\S\n]*(?P<mark>`{3,20}(?!`)|~{3,20}(?!~))(?P<tag>[^\n]*)")
_FENCE_BEGUN: Final = re.compile(r"(?:> )?[^\S\n]*(?P<mark>```|~~~)(?P<more>`*)")

_LINE: Final = re.compile(
    r"(?P<quote> ?>(?:>>)?[^\S\n])?(?P<item>[^\S\n]*(?:[-*+]|\d{1,9}[.)])[^\S\n]+)?(?P<small>(?:#{1,3}|-#)[^\S\n]+)?"
)
"""What may stand before the text of a line: a quote, a list item, a heading or small print."""

_LABEL: Final = r"!?\[(?:\\.|[^\[\]\n\\]|\[[^\[\]\n]*\]){0,300}"
_ANGLE: Final = (
    r"@[!&]?\d{0,25}|#\d{0,25}|id:\w{0,25}|a?(?::\w{0,40}(?::\d{0,25})?)?|t(?::-?\d{0,25}(?::\w?)?)?|/[^<>\n]{0,140}"
)

_TOKEN: Final = re.compile(
    r"\\[\s\S]"
    r"|`+|\*+|_+|~~+|\|\|+"
    rf"|{_LABEL}\]\([^()\s]*(?:\([^()\s]*\)[^()\s]*)*(?:\s+\"[^\"\n]*\")?\)"
    rf"|<(?:{_ANGLE}|https?://[^\s<>]*)>"
    r"|https?://[^\s<]*[^\s<*_~|.,:;!?\"')\]]"
)
"""Discord: Message Formatting. An escape, a mark, a link, a mention, an emoji, a time, an address."""

_TOKEN_BEGUN: Final = re.compile(
    rf"(?:{_LABEL}(?:\](?:\([^()\n]*(?:\([^()\n]*\)?[^()\n]*)?)?)?|<(?:{_ANGLE}|https?:[^\s<>]*)|https?:/[^\s<]*)\Z"
)
"""A link, mention, emoji, time or address that has begun and not ended."""


class Fence(Struct, frozen=True):
    """A code block. `quote` is what each of its lines begins with, where it stands in a quote."""

    mark: str
    tag: str
    quote: str = ""

    @property
    def opening(self) -> str:
        """The line that opens it again, with the same language."""
        tag = self.tag if len(self.tag) <= TAG_CHARS_MAX else ""
        return f"{self.quote}{self.mark}{' ' if tag.startswith('~') else ''}{tag}\n"

    def closing_after(self, text: str) -> str:
        """What closes it behind a text."""
        return f"{self.quote}{self.mark}" if text.endswith("\n") else f"\n{self.quote}{self.mark}"


class Mark(Struct, frozen=True):
    """A mark that may have opened formatting, such as `**` or a run of backticks, and where it stands."""

    sign: str
    at: int


Marks = tuple[Mark, ...]
Runs = tuple[tuple[Mark, Marks], ...]


class Open(Struct, frozen=True):
    """What may be open at a position.

    `marks` are those of formatting, outermost first. `runs` are the runs of backticks that may have opened inline code, each
    with the marks that are open there.

    `block` is the kind of block around the position. What is opened in a `line` (a heading), an `item` or a `quote` ends with it:
    all but the first `outside` marks, and the first `outside_runs` runs. `prefix` is what the line has to begin with when it
    goes on in another message, and `is_quoted` says that all that follows is a quote (`>>>`).
    """

    fence: Fence | None = None
    block: Literal["text", "line", "item", "quote"] = "text"
    prefix: str = ""
    is_quoted: bool = False
    marks: Marks = ()
    runs: Runs = ()
    outside: int = 0
    outside_runs: int = 0

    @property
    def closing_chars(self) -> int:
        """The room that closing all of it may take."""
        return self._inline_chars + (0 if self.fence is None else FENCE_CHARS + len(self.fence.quote))

    @property
    def opening_chars(self) -> int:
        """The room that opening all of it again may take."""
        return self._inline_chars + (0 if self.fence is None else len(self.fence.opening) + len(self.fence.quote))

    @property
    def _inline_chars(self) -> int:
        chars = sum(len(mark.sign) for mark in self.marks)
        chars += bool(chars)  # where they stand beside a fence, they have a line of their own
        for run, marks in self.runs:
            chars = max(chars, sum(len(mark.sign) for mark in marks) + len(run.sign) + 1)
        return chars


def begin_line(text: str, at: int, stop: int, before: Open) -> tuple[Open, int]:
    """Return what is open where a line's text begins, and that position; the line stands from `at` to `stop`."""
    if before.fence is not None and (not before.fence.quote or text.startswith(before.fence.quote, at)):
        return before, at
    found = _LINE.match(text, at, stop)
    quote, item, small = ("", "", "") if found is None else (found[group] or "" for group in ("quote", "item", "small"))
    is_quoted = before.is_quoted or quote.strip() == ">>>"
    is_blank = not text[at:stop].strip()
    block: Literal["text", "line", "item", "quote"]
    block = "line" if small else "item" if item else "quote" if quote and not is_quoted else "text"
    goes_on = block == before.block == "quote" or (block == "text" and before.block == "item" and not is_blank)
    prefix = ("" if is_quoted else quote) + small
    content = at if found is None else found.end()
    outside, outside_runs = before.outside, before.outside_runs
    marks, runs = before.marks, before.runs
    if not goes_on:
        if before.block != "text":
            marks, runs = marks[:outside], runs[:outside_runs]
        outside, outside_runs = len(marks), len(runs)
    kept = next((number for number, (run, _) in enumerate(runs) if len(run.sign) >= LINE_MARK_CHARS), len(runs))
    return Open(None, block, prefix, is_quoted, marks, runs[:kept], outside, min(outside_runs, kept)), content


def end_line(text: str, at: int, stop: int, opened: Open) -> Open:
    """Return what is open behind a line whose text stands from `at` to `stop`; it may open or close a code block."""
    quote = "> " if text.startswith("> ", at) and (opened.fence is None or opened.fence.quote) else ""
    found = _FENCE.match(text, at + len(quote), stop)
    if found is None:
        return opened
    mark, tag = found["mark"], found["tag"].strip()
    fence = opened.fence
    if fence is not None:
        return replace(opened, fence=None) if mark.startswith(fence.mark) and not tag else opened
    if mark[0] == "`" and "`" in tag:
        return opened  # ```code``` within one line is no block
    return replace(opened, fence=Fence(mark, tag, quote))


def fence_end(text: str, at: int, stop: int) -> int:
    """Return the end of what may make a line one that no cut goes through, because it opens or closes a block; else `at`."""
    end, no_fence_from = fence_begun(text, at, stop)
    return end if no_fence_from is None else at


def fence_begun(text: str, at: int, stop: int) -> tuple[int, int | None]:
    """Return where a line's first three backticks or tildes end, or `at`, and from where on it can open no block any more."""
    found = _FENCE_BEGUN.match(text, at, stop)
    if found is None:
        return at, None
    again = text.find("`", found.end("more"), stop) if found["mark"] == "```" else -1
    return found.end("mark"), None if again < 0 else again  # ```code``` within one line is no block


def token_begun(text: str, start: int, end: int) -> int | None:
    """Return where the link, mention, emoji, time or address begins that a cut at `end` may go through."""
    found = _TOKEN_BEGUN.search(text, start, end)
    return None if found is None else found.start()


def tokens(text: str, at: int, stop: int, opened: Open) -> Iterator[tuple[int, int, Open]]:
    """Return each token between two positions of one line, by its beginning and its end, with what may be open behind it."""
    for found in _TOKEN.finditer(text, at, stop):
        start, end = found.span()
        sign = found[0]
        if sign[0] == "`":
            opened = _after_backticks(opened, Mark(sign, start))
        elif sign[0] in "*_~|":
            before, after = text[start - 1 : start] or " ", text[end : end + 1]
            opened = _after_marks(opened, Mark(sign, start), before, after)
        yield start, end, opened


def _after_backticks(opened: Open, run: Mark) -> Open:
    """The first run of a length that comes a second time was the beginning of inline code, and this is its end."""
    if len(run.sign) > MARK_CHARS_MAX:
        return opened
    for number, (begun, marks) in enumerate(opened.runs):
        if begun.sign == run.sign:
            return _with(opened, marks, opened.runs[:number])
    return _with(opened, opened.marks, (*opened.runs, (run, opened.marks)))


def _after_marks(opened: Open, run: Mark, before: str, after: str) -> Open:
    at = run.at
    for sign in _signs(run.sign, opened.marks):
        opened = _toggled(opened, Mark(sign, at), before, after)
        at += len(sign)
    return opened


def _signs(run: str, marks: Marks) -> tuple[str, ...]:
    """Return the marks that a run of equal characters consists of, in the order in which they act."""
    one, two = run[0], run[0] * 2
    if len(run) == 3 and one in "*_":  # noqa: PLR2004 italics together with bold or underlined
        innermost = next((mark.sign for mark in reversed(marks) if mark.sign in (one, two)), None)
        return (one, two) if innermost == one else (two, one)
    return (run,) if run in ("*", "_", "**", "__", "~~", "||") else ()


def _toggled(opened: Open, mark: Mark, before: str, after: str) -> Open:
    """A mark closes what it opened before, or opens it. Discord's rules say which of them it can do where it stands."""
    number = next((number for number, known in enumerate(opened.marks) if known.sign == mark.sign), None)
    outer = opened.marks if number is None else opened.marks[:number]
    if number is not None:
        if can_close(mark.sign, before, after):
            return _with(opened, outer, opened.runs)
        if mark.sign not in ("*", "_"):  # for these, what was open was nothing
            return opened
    return _with(opened, (*outer, mark) if _can_open(mark.sign, before, after) else outer, opened.runs)


def _can_open(sign: str, before: str, after: str) -> bool:
    if not after:
        return False
    if sign == "_" and before.isalnum():
        return False
    return not (sign in ("*", "_", "~~") and after.isspace())


def can_close(sign: str, before: str, after: str) -> bool:
    """Whether a mark between these two characters can close formatting."""
    if sign == "_":
        return not after.isalnum()
    return not (sign in ("*", "~~") and before.isspace())


def _with(opened: Open, marks: Marks, runs: Runs) -> Open:
    return Open(
        opened.fence,
        opened.block,
        opened.prefix,
        opened.is_quoted,
        marks,
        runs,
        min(opened.outside, len(marks)),
        min(opened.outside_runs, len(runs)),
    )
