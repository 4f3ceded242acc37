"""What is asked when the server says that a prompt is too long, although the catalogue thought otherwise. Pure."""

from typing import Final

from msgspec.structs import replace

from messages.turn import TurnTaken
from models.catalogue import CONTEXT_TOKENS_MIN, Model
from models.prompt import Prompt, prompt, tokens

KEPT: Final = 0.5
"""Of the dialogue before the question. Less is lost than by sending none of it, and half is enough to be sure of a change."""


def compacted(turn: TurnTaken, model: Model) -> Model | None:
    """Return the model with a context so small that about half of the history is left out, the oldest turns first.

    None where that leaves out nothing: then the question itself is too long.
    """
    asked = prompt(turn, model)
    if asked is None:
        return None
    # What must be said stays: the question, and with a continuation the answer before it.
    needed = 2 if turn.kind == "continue" else 1
    history = sum(tokens(said.text) for said in asked.dialogue[:-needed])
    smaller = replace(model, context_tokens=max(CONTEXT_TOKENS_MIN, _size(asked) - round(history * (1 - KEPT))))
    again = prompt(turn, smaller)
    if again is None or len(again.dialogue) >= len(asked.dialogue):
        return None
    return smaller


def _size(asked: Prompt) -> int:
    """How many tokens a prompt and its answer take, as `prompt` counts them."""
    said = (asked.instructions, *(one.text for one in asked.dialogue))
    return sum(tokens(text) for text in said) + asked.output_tokens_max


def fitted(turn: TurnTaken, model: Model, context_tokens: int | None) -> Model:
    """Return the model with the context that was found to be its real one, unless the question needs more: then it may try."""
    if context_tokens is None:
        return model
    smaller = replace(model, context_tokens=min(context_tokens, model.context_tokens))
    return model if prompt(turn, smaller) is None else smaller
