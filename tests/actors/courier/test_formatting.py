"""Formatting across messages: each character looks as it would in one long message."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.courier.answer_split import CONTENT_CHARS_MAX, Split, split
from actors.courier.closing import LOOKED_THROUGH_CHARS
from texts.characters import is_blank

LIMIT: Final = 200

INLINE: Final = (
    ("code", re.compile(r"(`+)(.*?[^`])\1(?!`)", re.DOTALL)),
    ("bold", re.compile(r"\*\*(.+?)\*\*(?!\*)", re.DOTALL)),
    ("underline", re.compile(r"__(.+?)__(?!_)", re.DOTALL)),
    ("italics", re.compile(r"\*(?=\S)((?:\*\*|\s+(?:[^\s*]|\*\*)|[^\s*])+?)\*(?!\*)", re.DOTALL)),
    ("italics", re.compile(r"_((?:__|[^_])+?)_(?!\w)", re.DOTALL)),
    ("strikethrough", re.compile(r"~~(?=\S)(.+?)~~", re.DOTALL)),
    ("spoiler", re.compile(r"\|\|(.+?)\|\|", re.DOTALL)),
)
LINK: Final = re.compile(r"\[([^\]]+)\]\((https://[^)]+)\)")

Looks = list[tuple[str, frozenset[str]]]


def drawn(text: str, looks: frozenset[str] = frozenset()) -> Looks:
    """What people see of a message: its characters, white space left out, each with its formatting."""
    seen: Looks = []
    quoted = False
    for block in blocks(text):
        kind, body = block
        if kind == ">>>":
            quoted = True
        kinds = {"" if quoted and kind == ">" else kind, ">>>" if quoted else ""} - {""}  # a quote holds no other
        seen += inline(body, looks | kinds)
    return seen


def blocks(text: str) -> Iterator[tuple[str, str]]:
    """The blocks of a message: headings, small print, items and quoted lines one by one, other lines together."""
    if text.startswith(">>> "):
        yield ">>>", ""
        text = text[4:]
    plain: list[str] = []
    for line in text.split("\n"):
        found = re.match(r"(#{1,3}|-#|>|-) ", line)
        if found is None:
            plain.append(line)
            continue
        yield "", "\n".join(plain)
        plain.clear()
        yield ("" if found[1] == "-" else found[1]), line[found.end() :]
    yield "", "\n".join(plain)


def inline(text: str, looks: frozenset[str]) -> Looks:
    seen: Looks = []
    at = 0
    while at < len(text):
        link = LINK.match(text, at)
        if link is not None:
            seen += [(character, looks | {link[2]}) for character in link[1] if not character.isspace()]
            at = link.end()
            continue
        kind, found = next(
            ((kind, found) for kind, mark in INLINE if (found := mark.match(text, at)) is not None), ("", None)
        )
        if found is None:
            if not text[at].isspace():
                seen.append((text[at], looks))
            at += 1
        elif kind == "code":
            seen += [(character, looks | {kind}) for character in found[2] if not character.isspace()]
            at = found.end()
        else:
            seen += inline(found[1], looks | {kind})
            at = found.end()
    return seen


WORD: Final = st.text("abcdefgh", min_size=1, max_size=9)
PHRASE: Final = st.lists(WORD, min_size=1, max_size=30).map(" ".join)
ADDRESS: Final = st.text("abcde/", min_size=1, max_size=60).map(lambda path: f"https://example.org/{path}x")


def within(marks: tuple[str, ...]) -> st.SearchStrategy[str]:
    """Text in which none of these marks is open, so that any of the others may be opened."""
    others = [mark for mark in ("**", "*", "_", "__", "~~", "||") if not {mark[0]} & {known[0] for known in marks}]
    pieces: list[st.SearchStrategy[str]] = [PHRASE]
    if len(marks) < 3:
        pieces += [st.tuples(st.just(mark), within((*marks, mark)), st.just(mark)).map("".join) for mark in others]
        pieces += [
            st.tuples(st.sampled_from(("`", "``", "x ````")), PHRASE).map(
                lambda code: f"{code[0]}{code[1]}{code[0].lstrip('x ')}"
            ),
            st.tuples(PHRASE, ADDRESS).map(lambda link: f"[{link[0][:80]}]({link[1]})"),
        ]
    return st.lists(st.one_of(pieces), min_size=1, max_size=4).map(" ".join)


LINE: Final = st.tuples(st.sampled_from(("", "", "", "# ", "### ", "-# ", "> ", "- ")), within(())).map("".join)
ANSWER: Final = st.tuples(
    st.sampled_from(("", "", ">>> ")), st.lists(LINE, min_size=1, max_size=8).map("\n\n".join)
).map("".join)


def looks_whole(parts: tuple[str, ...]) -> Looks:
    return [look for part in parts for look in drawn(part)]


@settings(deadline=None, max_examples=60)
@given(ANSWER)
def test_each_character_looks_as_in_one_long_message(text: str) -> None:
    """Bold, italics, underlines, strikethrough, spoilers, code, headings, small print, quotes and links, nested and cut anywhere."""
    parts = split(text, LIMIT)
    assert all(0 < len(part) <= LIMIT for part in parts)
    assert looks_whole(parts) == drawn(text)


@settings(deadline=None)
@given(ANSWER, st.data())
def test_what_is_hidden_stays_hidden_while_it_is_written(text: str, data: st.DataObject) -> None:
    """Also before its other end is there."""
    end = data.draw(st.integers(1, len(text)))
    behind = Counter(character for character, looks in drawn(text) if "spoiler" in looks)
    # What stands elsewhere too, and be it in a link's address, which is seen until the link is complete, proves nothing.
    hidden = {character for character, times in behind.items() if times == text.count(character)}
    growing = Split(LIMIT)
    growing.show(text[:end], is_whole=False)
    shown = {character for part in growing for character, looks in drawn(part) if "spoiler" not in looks}
    assert not shown & hidden


def test_a_spoiler_is_hidden_at_every_length_it_is_shown_at() -> None:
    """From its first character on, long before its other end is there."""
    text = "Look: ||" + "quiz " * 100 + "|| end"
    for end in range(1, len(text) + 1):
        growing = Split(LIMIT)
        growing.show(text[:end], is_whole=False)
        assert "q" not in {character for part in growing for character, looks in drawn(part) if "spoiler" not in looks}


def test_a_spoiler_whose_end_is_further_away_than_is_looked_stays_hidden() -> None:
    """A person who hides much relies on it as much."""
    parts = split("Look: ||" + "quiz " * (LOOKED_THROUGH_CHARS // 3) + "|| end")
    assert "q" not in {character for part in parts for character, looks in drawn(part) if "spoiler" not in looks}


@settings(deadline=None)
@given(st.text("*_~|`\\ \n>#-[](<a.", max_size=1500))
def test_whatever_marks_there_are_parts_fit_and_say_what_the_answer_says(text: str) -> None:
    """Nothing but marks and white space is added or left out, however little sense they make."""
    for limit in (LIMIT, CONTENT_CHARS_MAX):
        parts = split(text, limit)
        assert all(0 < len(part) <= limit and not is_blank(part) for part in parts)
        assert "".join(re.findall(r"[\[\](<a.]", "".join(parts))) == "".join(re.findall(r"[\[\](<a.]", text))


@pytest.mark.parametrize("mark", ["**", "*", "_", "__", "***", "___", "~~", "||", "`", "``", "````", "**||", "~~_"])
@pytest.mark.parametrize("before", ["", "Look: ", "# ", "> ", "- ", "-# ", ">>> "])
def test_every_kind_of_formatting_goes_on_in_the_next_message(mark: str, before: str) -> None:
    """Over as many messages as it takes, and not behind its end."""
    if mark == "````" and before in ("", "> "):
        before += "x "  # at the beginning of a line it would open a block
    inner = "many words and more of them " * 200
    text = f"{before}{mark}{inner.strip()}{mark[::-1]} plain end"
    parts = split(text)
    assert len(parts) == 3
    assert looks_whole(parts) == drawn(text)


def test_a_link_is_never_cut() -> None:
    """Neither its label nor its address, wherever the room ends; an address alone and one in angle brackets neither."""
    for link in (
        "[a label of some words](https://example.org/a_b?c=d)",
        "<https://example.org/a/b>",
        "https://example.org/a_b/c",
    ):
        for before in range(1900, 2001):
            parts = split("word " * (before // 5) + "x" * (before % 5) + " " + link + " and more" * 40)
            assert sum(part.count(link) for part in parts) == 1, (link, before)
    long = f"[label](https://example.org/{'x' * 1800})"
    assert any(long in part for part in split("word " * 100 + long + " word" * 100))
