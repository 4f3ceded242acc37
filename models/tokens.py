"""How many tokens texts cost, roughly. Pure.

The estimates are high on purpose: a request that turns out too long is refused. The tables for an exact count of one text would take
65 MB of memory.
"""

from typing import Final

from messages.rates import BYTES_A_TOKEN

MESSAGE_TOKENS: Final = 8
"""What each message costs beside its text."""


def tokens(text: str) -> int:
    """Return roughly how many tokens a message costs, rather too many than too few."""
    return len(text.encode()) // BYTES_A_TOKEN + MESSAGE_TOKENS


def chars_in(context_tokens: int) -> int:
    """Return how many characters of a dialogue may fit into a context at most, by the estimate of `tokens`."""
    return context_tokens * BYTES_A_TOKEN
