"""A text of very many small pieces."""

import sys

import pytest

from models.growing_text import GrowingText

HALF_OF_A_PAIR = "\ud83d"


@pytest.mark.parametrize("pieces", [[], ["a"], ["写", "得"], ["👌", HALF_OF_A_PAIR, "\udc4c"], ["ab"] * 1000])
def test_a_text_is_what_came_of_it_in_order(pieces: list[str]) -> None:
    """Also where a server sends a character in two halves."""
    text = GrowingText()
    for piece in pieces:
        text.append(piece)
    assert str(text) == "".join(pieces)
    assert text.chars == len("".join(pieces))


def test_small_pieces_take_little_more_memory_than_their_text() -> None:
    """A list of them would take twenty times as much, also at the beginning of a text."""
    text = GrowingText()
    for number in range(32):
        text.append(f"{number:04}")
        assert sys.getsizeof(text._utf8) < 2 * text.chars + 100
