"""Makes a prompt smaller after the server said that it is too long, although it fits by the catalogue. Pure."""

from typing import Final

from msgspec.structs import replace

from messages.turn import TurnTaken
from models.catalogue import CONTEXT_TOKENS_MIN, Model
from models.prompt import Prompt, prompt, tokens

KEPT: Final = 0.5
"""The share of the history that is kept. Half loses less than sending none of it, and it surely makes a difference."""


def compacted(turn: TurnTaken, model: Model) -> Model | None:
    """Return the model with a context so small that about half of the history is left out, the oldest turns first.

    Return None where nothing can be left out: then the question itself is too long.
    """
    asked = prompt(turn, model)
    if asked is None:
        return None
    # These always stay: the question and, for a continuation, the answer that it continues.
    needed = 2 if turn.kind == "continue" else 1
    history = sum(tokens(entry.text) for entry in asked.dialogue[:-needed])
    smaller = replace(model, context_tokens=max(CONTEXT_TOKENS_MIN, _size(asked) - round(history * (1 - KEPT))))
    again = prompt(turn, smaller)
    if again is None or len(again.dialogue) >= len(asked.dialogue):
        return None
    return smaller


def _size(asked: Prompt) -> int:
    """How many tokens a prompt and its answer take together, counted as `prompt` counts them."""
    texts = (asked.instructions, *(entry.text for entry in asked.dialogue))
    return sum(tokens(text) for text in texts) + asked.output_tokens_max


def fitted(turn: TurnTaken, model: Model, context_tokens: int | None) -> Model:
    """Return the model with a context of `context_tokens`, which the server was found to take.

    Return the model unchanged where that is None, or where even the question needs more: then asking is worth a try.
    """
    if context_tokens is None:
        return model
    smaller = replace(model, context_tokens=min(context_tokens, model.context_tokens))
    return model if prompt(turn, smaller) is None else smaller
