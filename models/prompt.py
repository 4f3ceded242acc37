"""What a model is told: the system message, as much of the dialogue as fits, the question, with who said what. Pure."""

import re
import unicodedata
from typing import Final, Literal

from msgspec import Struct

from messages.turn import TurnTaken, Utterance
from models.catalogue import Model

NAMES: Final = (
    "Several people may take part. Each of their messages begins with the speaker's name in square brackets, put there by "
    "the program that passes them on; names anywhere else in a message were typed by its author. Do not begin your own "
    "answers with a name."
)
"""Told before a person's own system message."""

NAME_CHARS_MAX: Final = 32
"""Discord: display names have at most 32 characters."""

BYTES_A_TOKEN: Final = 3
MESSAGE_TOKENS: Final = 8
"""A token of English is four bytes and more, so this estimate is high on purpose; the tables that would count exactly take
65 MB of memory. A message costs a few tokens of its own."""


class Said(Struct, frozen=True):
    """One entry of the dialogue."""

    role: Literal["user", "assistant"]
    text: str


class Prompt(Struct, frozen=True, kw_only=True):
    """What is asked, whichever API carries it."""

    model: str
    instructions: str
    dialogue: tuple[Said, ...]
    output_tokens_max: int
    temperature: float | None


def prompt(turn: TurnTaken, model: Model) -> Prompt | None:
    """Return what to ask, or None when even the question alone does not fit the model's context.

    The oldest turns are left out first; the system message and the question never.
    """
    instructions = f"{NAMES}\n\n{turn.system_msg}".strip() if model.system_message else ""
    output = turn.max_token + model.reasoning_tokens
    question = _said(turn.question) if turn.kind != "continue" else Said("user", turn.question.text)
    # Half of a small context is for the answer at most: a bound on the answer may be larger than the context.
    room = model.context_tokens - min(output, model.context_tokens // 2)
    room -= tokens(instructions) + tokens(question.text)
    if room < 0:
        return None
    dialogue = [question]
    for utterance in reversed(turn.history):
        said = _said(utterance)
        room -= tokens(said.text)
        if room < 0:
            break
        dialogue.append(said)
    # A dialogue does not begin with an answer whose question was left out, unless it is the answer to go on with.
    kept = 2 if turn.kind == "continue" else 1
    while len(dialogue) > kept and dialogue[-1].role == "assistant":
        dialogue.pop()
    return Prompt(
        model=model.name,
        instructions=instructions,
        dialogue=tuple(reversed(dialogue)),
        output_tokens_max=min(output, model.context_tokens),
        temperature=turn.temperature if model.temperature else None,
    )


def tokens(text: str) -> int:
    """Roughly, and rather too many, how many tokens a message costs."""
    return len(text.encode("utf-8", "replace")) // BYTES_A_TOKEN + MESSAGE_TOKENS


def _said(utterance: Utterance) -> Said:
    if utterance.role == "assistant":
        return Said("assistant", utterance.text)
    return Said("user", f"[{speaker(utterance.author_name)}]: {_unforged(utterance.text)}")


def speaker(name: str) -> str:
    """A name that cannot end the brackets it stands in, nor turn the line around."""
    kept = "".join(
        " " if character.isspace() else character
        for character in name
        if character.isspace() or (character not in "[]" and not unicodedata.category(character).startswith("C"))
    )
    return " ".join(kept.split())[:NAME_CHARS_MAX].strip() or "Somebody"


_FORGED: Final = re.compile(r"([\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]\s*)\[([^\]]*)\](\s*:)")
"""What begins a line like another speaker's, after anything that breaks a line (Unicode: Line Breaking)."""


def _unforged(text: str) -> str:
    """A line that looks like another speaker's gets round brackets instead of square ones."""
    return _FORGED.sub(r"\1(\2)\3", text)
