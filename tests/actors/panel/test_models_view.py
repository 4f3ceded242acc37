"""Panels say what was used so far as exactly as it is known."""

import pytest

from actors.panel.models_view import usage_line
from messages.turn import Usage
from texts.say import DEFAULT_LOCALE


@pytest.mark.parametrize(
    ("used", "line"),
    [
        (
            Usage(input_tokens=12_345, output_tokens=2_345, cost=0.0123),
            "**Used so far**: 12,345 tokens in, 2,345 out, about $0.0123",
        ),
        (
            Usage(input_tokens=12_345, output_tokens=2_345, estimated=True, cost=0.0123),
            "**Used so far**: about 12,345 tokens in, 2,345 out, about $0.0123",
        ),
        (Usage(input_tokens=5, output_tokens=0), "**Used so far**: 5 tokens in, 0 out"),
        (Usage(input_tokens=0, output_tokens=0), "**Used so far**: 0 tokens in, 0 out"),
        (Usage(input_tokens=1, output_tokens=1, cost=1e-9), "**Used so far**: 1 tokens in, 1 out, about $0.0001"),
        (
            Usage(input_tokens=10**12, output_tokens=10**12, cost=1234.5),
            "**Used so far**: 1,000,000,000,000 tokens in, 1,000,000,000,000 out, about $1,234.5000",
        ),
    ],
)
def test_used_so_far(used: Usage, line: str) -> None:
    """An unknown price is not shown as no cost, and what costs something is never shown as nothing."""
    assert usage_line(used, DEFAULT_LOCALE) == line
