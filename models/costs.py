"""What an answer used and cost: tokens as the model counted them, or estimated where it did not, and dollars. Pure."""

from typing import Final

from messages.turn import Reason, Usage
from models.catalogue import Model
from models.prompt import BYTES_A_TOKEN, Prompt, tokens

TOKENS_MAX: Final = 1_000_000_000
"""No answer uses more. A server that claims more, or a negative number, would spoil every sum."""

_NOT_BEGUN: Final[frozenset[Reason]] = frozenset(
    ("wrong_key", "rate_limited", "quota_exhausted", "model_unknown", "context_too_long", "bad_request")
)
"""A server that ends like this before the first text has not asked the model."""


def usage(counted: Usage | None, *, reason: Reason, asked: int, written: int, model: Model) -> Usage | None:
    """Return what an answer used that ended for this reason, or None where nothing was used.

    `counted` is what the model counted, if it did. Else the usage is estimated, from `asked`, the prompt's tokens by
    `tokens_asked`, and `written`, the length of the answer's text in bytes of UTF-8. What a model reasoned before its text
    cannot be estimated, so the true number may be larger.
    """
    if counted is None and not written and reason in _NOT_BEGUN:
        return None
    input_tokens = _within(counted.input_tokens if counted else asked)
    output_tokens = _within(counted.output_tokens if counted else -(-written // BYTES_A_TOKEN))
    cached = min(_within(counted.cached_tokens if counted else 0), input_tokens)
    return Usage(
        input_tokens=input_tokens,
        output_tokens=output_tokens,
        cached_tokens=cached,
        estimated=counted is None or counted.estimated,
        cost=model.cost(input_tokens, output_tokens, cached),
    )


def added(first: Usage | None, second: Usage | None) -> Usage | None:
    """Return what two requests for the same answer used and cost together; None means that a request used nothing."""
    if first is None or second is None:
        return first or second
    return Usage(
        input_tokens=first.input_tokens + second.input_tokens,
        output_tokens=first.output_tokens + second.output_tokens,
        cached_tokens=first.cached_tokens + second.cached_tokens,
        estimated=first.estimated or second.estimated,
        cost=first.cost + second.cost,
    )


def tokens_asked(asked: Prompt) -> int:
    """Return roughly how many tokens a prompt has."""
    return sum(tokens(text) for text in (asked.instructions, *(entry.text for entry in asked.dialogue)) if text)


def _within(count: int) -> int:
    return min(max(count, 0), TOKENS_MAX)
