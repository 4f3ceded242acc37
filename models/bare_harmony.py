"""gpt-oss's format where a server has taken its special tokens away and left the words between them: *analysisWe greet.assistantfinalHello!* Pure.

Source: OpenAI, Harmony response format; llama-farm/llamafarm#753 shows such an answer, without its first word.
"""

import re
from typing import Final

OPENING: Final = "analysis"
CLOSING: Final = "assistantfinal"
"""What is left of `<|channel|>analysis<|message|>`, and of `<|end|><|start|>assistant<|channel|>final<|message|>`."""

GUESSED_CHARS_MAX: Final = 20_000
"""Text that begins like this is held back for so long until `CLOSING` comes; then it is an answer, such as the name *analysisResult*."""

_MAY_OPEN: Final = re.compile(rf"{OPENING}[^\W\d_a-z]")
"""The word goes on with no small letter: no sentence begins like this, but a name in a program may."""

_OPENS: Final = re.compile(
    rf"{OPENING}(?:We|The|User|I|I'm|I’m|Let|Let's|Let’s|Need|They|This|It|There|So|You|Okay|Ok|OK|Just|Simple)[ ,:.]"
)
"""How gpt-oss begins to reason."""


_CLOSES: Final = re.compile(rf"(?<=[.!?…。！？)*]){CLOSING}")
"""Right behind the end of a sentence, without a space: nobody writes so, not even somebody who writes about the word."""

END_CHARS: Final = len(CLOSING)
"""So many characters before a piece of text matter to `closing`."""


def closing(text: str) -> re.Match[str] | None:
    """Return where reasoning surely ended of which nothing told that it had begun; None where it did not."""
    return _CLOSES.search(text) if CLOSING in text else None


def may_open(text: str) -> bool:
    """Return whether an answer that begins with this text may turn out to begin with reasoning."""
    return _MAY_OPEN.match(text) is not None


def opens(text: str) -> bool:
    """Return whether an answer that begins with this text surely begins with reasoning."""
    return _OPENS.match(text) is not None


def partial_closing(text: str) -> int:
    """Return how many characters at the end of the text may be the beginning of `CLOSING`."""
    return next((chars for chars in range(len(CLOSING) - 1, 0, -1) if text.endswith(CLOSING[:chars])), 0)
