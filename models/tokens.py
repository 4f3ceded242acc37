"""How many tokens texts and pictures cost, roughly. Pure.

The estimates are high on purpose: a request that turns out too long is refused. The tables for an exact count of one text would take
65 MB of memory.
"""

import math
from typing import Final

from messages.rates import BYTES_A_TOKEN

MESSAGE_TOKENS: Final = 8
"""What each message costs beside its text."""

PATCH_PIXELS: Final = 32
PATCHES_MAX: Final = 1_536
PATCH_TOKENS: Final = 2
PICTURE_TOKENS: Final = 100
"""A picture is seen in squares of 32 by 32 pixels; a larger one is made smaller first, to so many squares. Most models count 1 to 1.7
tokens for a square, and older ones 85 for the picture and 170 for each tile of 512 by 512 (OpenAI: Images and vision, Calculating costs)."""


def tokens(text: str) -> int:
    """Return roughly how many tokens a message costs, rather too many than too few."""
    return len(text.encode()) // BYTES_A_TOKEN + MESSAGE_TOKENS


def chars_in(context_tokens: int) -> int:
    """Return how many characters of a dialogue may fit into a context at most, by the estimate of `tokens`."""
    return context_tokens * BYTES_A_TOKEN


def picture_tokens(width: int, height: int) -> int:
    """Return roughly how many tokens a picture costs; where its size is not known (0), as many as a large one."""
    patches = math.ceil(width / PATCH_PIXELS) * math.ceil(height / PATCH_PIXELS) or PATCHES_MAX
    return PICTURE_TOKENS + PATCH_TOKENS * min(patches, PATCHES_MAX)
