"""Answers in parts: whole to look at, complete together, and never cut anew."""

import random
import re
import unicodedata
from collections.abc import Iterable

import pytest

from actors.courier.answer_split import CONTENT_CHARS_MAX, Split, split
from tests.actors.courier.markdown_texts import TOKENS, random_markdown
from texts.characters import is_blank

TEXTS = 2_000


def open_fence(text: str) -> str | None:
    """The first line of the code block that a text leaves open, read line by line as CommonMark has it."""
    opener, mark = None, ""
    for line in text.split("\n"):
        stripped = line.strip()
        run = stripped[: len(stripped) - len(stripped.lstrip(stripped[:1]))] if stripped[:1] in ("`", "~") else ""
        if not 3 <= len(run) <= 20:
            continue
        if opener is None and not (run[0] == "`" and "`" in stripped[len(run) :]):
            opener, mark = stripped, run
        elif opener is not None and run[0] == mark[0] and len(run) >= len(mark) and run == stripped:
            opener = None
    return opener


MARKS = str.maketrans("", "", "*_~|`>#-")
OPENED_AGAIN = re.compile(r"(?:>>> )?[*_~|]*\n?(?:> )?(?:`{3,20}|~{3,20})[^\n]{0,45}\n")


def words(text: str) -> str:
    """Return a text without its marks and white space."""
    return "".join(text.translate(MARKS).split())


def says_the_same(parts: tuple[str, ...], text: str) -> bool:
    """Whether the parts are the text, apart from marks, and from lines that open a code block again."""
    whole, at = words(text), 0
    for part in parts:
        again = OPENED_AGAIN.match(part)
        said = words(part)
        if not whole.startswith(said, at) and again is not None:
            said = words(part[again.end() :])
        if not whole.startswith(said, at):
            return False
        at += len(said)
    return at == len(whole)


def assert_well_split(text: str, limit: int, seed: int) -> tuple[str, ...]:
    parts = split(text, limit)
    for part in parts:
        assert len(part) <= limit, f"seed {seed}"
        assert part == part.strip(), f"seed {seed}"
        assert not is_blank(part), f"seed {seed}"
        assert open_fence(part) is None, f"seed {seed}: {part[-80:]!r}"
    assert says_the_same(parts, text), f"seed {seed}"
    return parts


def test_random_markdown_is_split_well() -> None:
    """Each part fits, is balanced and not blank; together they are the text."""
    in_parts = 0
    for seed in range(TEXTS):
        in_parts += len(assert_well_split(random_markdown(seed), CONTENT_CHARS_MAX, seed)) > 1
    assert in_parts > TEXTS / 2


def test_random_markdown_is_split_well_into_small_parts() -> None:
    """The same with ten times the cuts."""
    for seed in range(TEXTS // 10):
        assert_well_split(random_markdown(seed), 200, seed)


def assert_grows_well(text: str, limit: int, ends: Iterable[int], seed: int) -> None:
    """As an answer grows it is cut at the same positions, and once it is whole it is split as it would have been at once."""
    whole, growing = Split(limit), Split(limit)
    whole.show(text, is_whole=True)
    parts = tuple(whole)
    positions = [part.end for part in whole._parts]
    for end in ends:
        growing.show(text[:end], is_whole=False)
        for part in growing:
            assert len(part) <= limit, f"seed {seed}, beginning of {end}"
        finished = [part.end for part in growing._parts[:-1]]
        assert finished == positions[: len(finished)], f"seed {seed}, beginning of {end}"
    growing.show(text, is_whole=True)
    assert tuple(growing) == parts, f"seed {seed}"


@pytest.mark.parametrize("limit", [200, CONTENT_CHARS_MAX])
def test_a_growing_answer_is_cut_where_it_was(limit: int) -> None:
    """Wherever it stands still for a moment."""
    for seed in range(60):
        text, rng = random_markdown(seed), random.Random(seed)
        ends = {rng.randint(0, len(text)) for _ in range(25)}
        ends |= {near for end in ends for near in range(end, min(end + 4, len(text)))}
        assert_grows_well(text, limit, sorted(ends), seed)


def test_every_beginning_of_an_answer_with_code_is_stable() -> None:
    """Around each fence, character by character."""
    for seed in range(6):
        rng = random.Random(seed)
        mark = rng.choice(("```", "~~~", "````"))
        text = "".join(
            rng.choice(("word ", "\n", "\n\n", f"\n{mark}py\n", f"\n{mark}\n", f"\n{mark}`\n", "x" * 30, "`", "  "))
            for _ in range(250)
        )
        assert_grows_well(text, 200, range(len(text)), seed)


def test_no_mention_and_no_emoji_is_cut() -> None:
    """A token in angle brackets is whole in its part, wherever the cut would fall."""
    for token in TOKENS:
        for before in range(1900, 2001):
            parts = split("x" * before + token + "y" * 300)
            assert sum(part.count(token) for part in parts) == 1, (token, before)
            assert len(parts) == 2


CHARACTERS = ("👩‍👩‍👧‍👦", "🇩🇪", "👍🏽", "1️⃣", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "e\u0301\u0323", "क्षि", "한", "ที่")  # fmt: skip


@pytest.mark.parametrize("character", CHARACTERS)
def test_what_shows_as_one_character_is_not_cut(character: str) -> None:
    """Joined emoji, flags, skin tones, accents, syllables."""
    character = unicodedata.normalize("NFD", character)
    for before in range(1990, 2001):
        parts = split("x" * before + character * 300)
        assert all(set(part.lstrip("x").split(character)) == {""} for part in parts), before
    assert all(set(part.split(character)) == {""} for part in split(character * 2000))


def test_code_is_opened_again_with_its_language() -> None:
    """The second part of a long listing is a listing in the same language; its lines are whole and indented."""
    lines = [f"    print({number})" for number in range(300)]
    first, *others = split("Look:\n```python\n" + "\n".join(lines) + "\n```\nDone.")
    assert len(others) >= 2
    assert first.startswith("Look:\n```python\n    print(0)\n")
    assert first.endswith(")\n```")
    assert all(part.startswith("```python\n    print(") for part in others)
    assert others[-1].endswith("    print(299)\n```\nDone.")
    assert [line for part in (first, *others) for line in part.split("\n") if "print" in line] == lines


def test_a_longer_fence_holds_shorter_ones() -> None:
    """A listing that shows a listing ends where it says."""
    inner = "```sh\nls\n```\n" * 300
    parts = split("````markdown\n" + inner + "````\nThe end.")
    assert all(part.startswith("````markdown\n") for part in parts)
    assert parts[-1].endswith("\n````\nThe end.")


def test_a_cut_just_before_a_blocks_end_leaves_no_empty_block() -> None:
    """The fence that closes the part is the block's own."""
    for filler in range(1900, 2001):
        code = "x" * filler
        parts = split(f"```py\n{code}\n```\n" + "After. " * 20)
        assert not any("```py\n```" in part for part in parts), filler
        assert "".join(parts).count("After.") == 20


@pytest.mark.parametrize("sign", ["#", "-", ">", "-#", "+", "```"])
def test_no_part_begins_with_a_sign_that_was_none_within_its_line(sign: str) -> None:
    """At the start of a message it would make a heading, a list, a quote or a block."""
    for filler in range(1990, 2001):
        first, second = split("word " * 390 + "x" * (filler - 1950) + f" {sign} and more" + " words" * 20)
        assert not second.startswith(sign), filler
        assert (first + second).count(sign) == 1, filler


def test_no_part_ends_with_a_block_that_has_only_begun() -> None:
    """A cut comes before the line that opens a block, or inside the block; not between."""
    for filler in range(900, 2001):
        for part in split("x" * filler + "\n```py\n" + "y" * 3000 + "\n```"):
            assert "```py\n```" not in part, filler


def test_a_draft_that_ends_with_a_line_break_in_code_gets_no_blank_line() -> None:
    """The closing fence takes the line that is there."""
    assert split("```py\nprint(1)\n") == ("```py\nprint(1)\n```",)


@pytest.mark.parametrize("sign", ["**", "__", "||", "\\*", "\\|", "```", "~~"])
def test_a_sign_of_two_characters_is_not_parted(sign: str) -> None:
    """Half of it would be a sign of its own; and no part begins with what would open a block."""
    for before in range(1990, 2001):
        first, second = split("x" * before + sign + "y" * 300)
        assert sum(part.count(sign) for part in (first, second)) == 1, before
        assert not second.startswith(("`", "~")), before


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("a" * 1500 + "\n\n" + "b " * 150 + "\n" + "c" * 900, "a" * 1500),
        ("a" * 1500 + "\n" + "b. " * 50 + "c" * 900, "a" * 1500),
        ("a " * 600 + "end. " + "b " * 900, "a " * 600 + "end. " + "b " * 397),
        ("a" * 1500 + "! " + "b" * 900, "a" * 1500 + "!"),
        ("a" * 1500 + " " + "b" * 900, "a" * 1500),
        ("a" * 1200 + "\n```py\n" + "b\n" * 600 + "```", "a" * 1200),
    ],
    ids=["paragraph", "line", "no sentence", "sentence", "word", "before code"],
)
def test_the_best_border_is_taken(text: str, first: str) -> None:
    """Paragraph before line before sentence before word, in the second half of a part."""
    if first.endswith(" "):
        first = "a " * 600 + "end."
    assert split(text)[0] == first


@pytest.mark.parametrize("text", ["", " \n\t\u00a0", "\u200b\u200d\ufeff", "\u2800\u3164", "\u200b" * 5000])
def test_nothing_to_see_is_no_message(text: str) -> None:
    """Discord refuses a message of which nothing can be seen."""
    assert split(text) == ()


def test_a_part_of_which_nothing_can_be_seen_is_left_out() -> None:
    """What comes after it is not."""
    assert split("Before." + "\u200b" * 5000 + "\n\nAfter.")[-1].endswith("After.")
    assert all(not is_blank(part) for part in split("Before.\n\n" + "\u200b\n" * 5000 + "After."))


def test_an_emoji_newer_than_this_pythons_unicode_can_be_seen() -> None:
    """Unicode grows every year; an answer of one new emoji is an answer."""
    assert split("\U0001fae8\U0001fadf") == ("\U0001fae8\U0001fadf",)


def test_exactly_as_much_as_fits_is_one_part() -> None:
    """Discord counts 2,000 code points, not bytes or UTF-16 units."""
    assert split("😀" * 2000) == ("😀" * 2000,)
    assert [len(part) for part in split("😀" * 2001)] == [2000, 1]


def test_small_limits_are_refused() -> None:
    """They would leave no room beside the fences."""
    with pytest.raises(ValueError, match="200"):
        split("text", 199)


@pytest.mark.parametrize(
    "text",
    ["x" * 1_000_000, "```\n" + " " * 1_000_000, "`" * 400_000, "word " * 40_000, "\n```" * 50_000, "- " * 100_000,
     "<@" * 100_000, "e" + "\u0301" * 200_000, "```py\n" + "\n" * 500_000 + "x" * 500_000],
    ids=["a line", "spaces", "backticks", "words", "fences", "dashes", "mentions", "accents", "blank lines"],
)  # fmt: skip
def test_whatever_a_model_writes_is_split(text: str) -> None:
    """A million characters without a border end too, in parts that fit."""
    parts = split(text)
    assert all(0 < len(part) <= CONTENT_CHARS_MAX for part in parts)
    assert sum(map(len, parts)) > len("".join(text.split())) * 0.99


@pytest.mark.parametrize(
    "text",
    ["[" * 100_000, "\n```" * 25_000, "`" * 100_000, "` `` ``` " * 11_000, "**_||~~" * 14_000, "[a](" * 25_000,
     "한" * 100_000, "e" + "\u0301" * 100_000, "word " * 20_000, "https://x" * 11_000, "<@" * 50_000],
    ids=["brackets", "fences", "backticks", "runs", "marks", "links", "syllables", "accents", "words", "addresses", "mentions"],
)  # fmt: skip
def test_a_draft_that_grew_costs_its_last_parts_only(text: str) -> None:
    """Whatever somebody writes, and however long it is already; the first part alone is cut for whoever needs the first."""
    split_text = Split()
    split_text.show(text, is_whole=False)
    assert next(iter(split_text))
    assert split_text.cuts == 1
    parts = tuple(split_text)
    cuts = split_text.cuts
    for more in range(1, 6):
        split_text.show(text + "y " * more, is_whole=False)
        assert tuple(split_text)[: len(parts) - 1] == parts[:-1]
        assert split_text.cuts <= cuts + 2
        cuts = split_text.cuts
