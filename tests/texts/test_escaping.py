"""What people wrote is shown as they wrote it and changes nothing around it."""

import random
import re

import pytest

from tests.actors.panel.panels import nasty
from texts import escaping
from texts.say import DEFAULT_LOCALE


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("Alice", "Alice"),
        ("  two\n lines\t", "two lines"),
        ("*Bob*", "\\*Bob\\*"),
        ("<@1> @here", "\\<\\@1\\> \\@here"),
        ("abc\u202edef\u2069", "abcdef"),
        ("\u200b\u3164", "—"),
        ("", "—"),
        ("\U0001fae8", "\U0001fae8"),
        ("👩‍👩‍👧", "👩‍👩‍👧"),
        ("x" * 100, "x" * 100),
        ("x" * 101, "x" * 99 + "…"),
        ("*" * 100, "\\*" * 100),
        ("https://x.y", "https\\://x.y"),
        ("a\u2028b\x85c\x00d", "a b cd"),
    ],
)
def test_a_name_is_shown_as_it_was_written(written: str, shown: str) -> None:
    """A name is shown on one line, and its Markdown has no effect."""
    assert escaping.escape_markdown(written) == shown


@pytest.mark.parametrize(
    ("written", "shown"),
    [("*Bob*", "*Bob*"), ("a\nb", "a b"), ("\u202eab", "ab"), ("", "—"), ("語" * 101, "語" * 99 + "…")],
)
def test_a_label_knows_no_markdown(written: str, shown: str) -> None:
    """Labels know no Markdown, so nothing is escaped; line breaks, marks of direction and control characters are removed."""
    assert escaping.one_line(written) == shown


def test_a_block_shows_everything_and_cannot_be_left() -> None:
    """Any text becomes one code block within its limit."""
    rng = random.Random(1)
    for seed in range(2000):
        text, room = nasty(rng, 200), rng.randint(20, 500)
        for drawn in (
            escaping.code_block(text, room, DEFAULT_LOCALE),
            escaping.code_block_of_end(text, room, DEFAULT_LOCALE, is_whole=True),
            escaping.code_block_of_end(text, room, DEFAULT_LOCALE, is_whole=False),
            few := escaping.code_block(text, room, DEFAULT_LOCALE, lines_max=3),
            few_of_end := escaping.code_block_of_end(text, room, DEFAULT_LOCALE, is_whole=True, lines_max=3),
        ):
            assert len(drawn) <= room, seed
            assert drawn == "none" or re.fullmatch(r"```\n.*\n```", drawn, re.DOTALL), seed
            assert "```" not in drawn[3:-3], seed
            assert not set(drawn) & set("\u202e\u2066\u200b\x00\x1b\ufeff\ud800\r\u2028\x85"), seed
        assert max(few.count("\n"), few_of_end.count("\n")) <= 4, seed


def test_a_block_keeps_the_beginning_or_the_end() -> None:
    """The end of a text has an ellipsis where something is missing, and no character is cut in two."""
    assert escaping.code_block("0123456789", 8 + 5, DEFAULT_LOCALE) == "```\n0123…\n```"
    assert escaping.code_block_of_end("0123456789", 8 + 5, DEFAULT_LOCALE, is_whole=True) == "```\n…6789\n```"
    assert escaping.code_block_of_end("0123", 8 + 5, DEFAULT_LOCALE, is_whole=True) == "```\n0123\n```"
    assert escaping.code_block_of_end("0123", 8 + 5, DEFAULT_LOCALE, is_whole=False) == "```\n…0123\n```"
    assert escaping.code_block_of_end("abcde\u0301fg", 8 + 4, DEFAULT_LOCALE, is_whole=True) == "```\n…fg\n```"
    assert escaping.code_block("0\n1\n2", 100, DEFAULT_LOCALE, lines_max=2) == "```\n0\n1…\n```"
    assert escaping.code_block("0\n1", 100, DEFAULT_LOCALE, lines_max=2) == "```\n0\n1\n```"
    assert escaping.code_block_of_end("0\n1\n2", 100, DEFAULT_LOCALE, is_whole=True, lines_max=2) == "```\n…1\n2\n```"
    assert escaping.code_block_of_end("0\n1", 100, DEFAULT_LOCALE, is_whole=True, lines_max=2) == "```\n0\n1\n```"
    assert escaping.code_block(" \u200b\n", 100, DEFAULT_LOCALE) == "none"


def test_hebrew_keeps_its_marks() -> None:
    """Marks of direction and joiners are kept, because right-to-left text, emoji and Persian need them."""
    text = "שלום\u200f! 👩‍👩‍👧 می‌خواهم"
    assert text in escaping.code_block(text, 100, DEFAULT_LOCALE)


def test_no_number_of_different_characters_fills_the_memory() -> None:
    """Whoever writes every character of Unicode gets each of them sanitized, and leaves a bounded table behind."""
    everything = "".join(chr(number) for number in range(0x20000) if not 0xD800 <= number <= 0xDFFF)
    assert "".join(escaping.sanitize(character) for character in everything) == escaping.sanitize(everything)
    assert len(escaping._IN_TEXT) <= escaping.REMEMBERED_MAX
