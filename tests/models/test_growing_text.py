"""A text of very many small pieces."""

import sys

import pytest

from models.growing_text import PIECES_MAX, GrowingText


@pytest.mark.parametrize("pieces", [0, 1, PIECES_MAX - 1, PIECES_MAX, PIECES_MAX + 1, 10 * PIECES_MAX + 3])
def test_a_text_is_what_came_of_it_in_order(pieces: int) -> None:
    """Also where pieces were joined, and where the last ones are not yet."""
    text, came = GrowingText(), [f"{number}, " for number in range(pieces)]
    for piece in came:
        text.append(piece)
    assert str(text) == "".join(came)
    assert text.chars == len("".join(came))


def test_small_pieces_take_little_more_memory_than_their_text() -> None:
    """A list of them would take twenty times as much."""
    text = GrowingText()
    for number in range(10_000):
        text.append(f"{number:04}")
    held = [*text._blocks, *text._pieces]
    size = sum(map(sys.getsizeof, [*held, text._blocks, text._pieces]))
    assert size < 2 * text.chars
