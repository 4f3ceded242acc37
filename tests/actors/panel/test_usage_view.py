"""Panels say what was used so far as exactly as it is known."""

import pytest

from actors.panel.usage_view import dollars, usage_line
from messages.usage import Total
from texts.say import DEFAULT_LOCALE


@pytest.mark.parametrize(
    ("used", "line"),
    [
        (Total(), "nothing yet"),
        (Total(input_tokens=12_345, output_tokens=2_345, cost=12_345), "12,345 tokens in, 2,345 out, $0.0123"),
        (
            Total(input_tokens=12_345, output_tokens=2_345, estimated=True, cost=12_345),
            "about 12,345 tokens in, 2,345 out, about $0.0123",
        ),
        (Total(input_tokens=5), "5 tokens in, 0 out, at no cost"),
        (Total(input_tokens=1, output_tokens=1, is_partly_unpriced=True), "1 token in, 1 out, at an unknown price"),
        (
            Total(input_tokens=5, output_tokens=1, is_partly_unpriced=True, estimated=True, cost=19_999),
            "about 5 tokens in, 1 out, at least $0.0199",
        ),
        (Total(pictures=1, cost=40_000), "1 picture, $0.04"),
        (Total(audio_ms=1, cost=1), "1 second of audio, $0.0001"),
        (
            Total(input_tokens=2, output_tokens=2, pictures=2, audio_ms=90_001, characters=1_234, cost=1),
            "2 tokens in, 2 out, 2 pictures, 91 seconds of audio, 1,234 characters read aloud, $0.0001",
        ),
    ],
)
def test_used_so_far(used: Total, line: str) -> None:
    """An unknown price is not shown as no cost, and what costs something is never shown as nothing."""
    assert usage_line(used, DEFAULT_LOCALE) == f"**Used so far**: {line}"


@pytest.mark.parametrize(
    ("micro_dollars", "shown"),
    [(0, "0.00"), (1, "0.0001"), (199, "0.0001"), (10_000, "0.01"), (12_399, "0.0123"), (1_234_500_000, "1,234.50")],
)
def test_an_amount_has_as_many_decimals_as_say_something(micro_dollars: int, shown: str) -> None:
    """Whole cents are shown as such; of less, nobody reads more than ten-thousandths."""
    assert dollars(micro_dollars, DEFAULT_LOCALE) == shown
