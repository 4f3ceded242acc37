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


class Entry(Struct, frozen=True):
    """One entry of the dialogue."""

    role: Literal["user", "assistant"]
    text: str


class Prompt(Struct, frozen=True, kw_only=True):
    """What is asked, whichever API carries it."""

    model: str
    instructions: str
    dialogue: tuple[Entry, ...]
    output_tokens_max: int
    temperature: float | None


def prompt(turn: TurnTaken, model: Model) -> Prompt | None:
    """Return what to ask, or None when even what must be said does not fit the model's context.

    That is the system message, the question, and the answer that a turn of kind `continue` goes on with; of the rest the
    oldest turns are left out first.
    """
    instructions = _whole(f"{NAMES}\n\n{turn.system_msg}".strip()) if model.system_message else ""
    output = min(turn.max_token + model.reasoning_tokens, model.output_tokens or model.context_tokens)
    # Half of a small context is for the answer at most: a bound on the answer may be larger than the context.
    kept_for_answer = min(output, model.context_tokens // 2)
    room = model.context_tokens - kept_for_answer - tokens(instructions)
    question = _said(turn.question) if turn.kind != "continue" else Entry("user", _whole(turn.question.text))
    needed = [question]
    if turn.kind == "continue":
        needed += [_said(utterance) for utterance in turn.history[-1:]]
    room -= sum(tokens(said.text) for said in needed)
    if room < 0:
        return None
    earlier: list[Entry] = []
    for utterance in reversed(turn.history[: len(turn.history) - len(needed) + 1]):
        said = _said(utterance)
        if tokens(said.text) > room:
            break
        room -= tokens(said.text)
        earlier.append(said)
    # A turn is left out whole: no dialogue begins with an answer whose question was.
    while earlier and earlier[-1].role == "assistant":
        room += tokens(earlier.pop().text)
    return Prompt(
        model=model.name,
        instructions=instructions,
        dialogue=tuple(reversed(needed + earlier)),
        # A bound that leaves the context is refused by some servers.
        output_tokens_max=min(output, kept_for_answer + room),
        temperature=turn.temperature if model.temperature else None,
    )


def chars_in(context_tokens: int) -> int:
    """How many characters of a dialogue may fit into a context at most, by the estimate of `tokens`."""
    return context_tokens * BYTES_A_TOKEN


def tokens(text: str) -> int:
    """Roughly, and rather too many, how many tokens a message costs."""
    return len(text.encode()) // BYTES_A_TOKEN + MESSAGE_TOKENS


def _said(utterance: Utterance) -> Entry:
    if utterance.role == "assistant":
        return Entry("assistant", _whole(utterance.text))
    return Entry("user", f"[{speaker(utterance.author_name)}]: {_unforged(_whole(utterance.text))}")


def _whole(text: str) -> str:
    """Text that can be sent: half of a surrogate pair, which JSON can bring and UTF-8 cannot carry, becomes `?`."""
    return text.encode("utf-8", "replace").decode()


def speaker(name: str) -> str:
    """A name that cannot end the brackets it stands in, nor turn the line around."""
    kept = "".join(
        " " if character.isspace() else character
        for character in name
        if character.isspace() or (character not in "[]" and not unicodedata.category(character).startswith("C"))
    )
    return " ".join(kept.split())[:NAME_CHARS_MAX].strip() or "Somebody"


_BREAK: Final = r"\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029"
"""Whatever breaks a line (Unicode: Line Breaking)."""
_BLANK: Final = rf"(?:[^\S{_BREAK}]|[\xad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff])*"
"""What shows nothing: spaces, and characters without a width."""
_FORGED: Final = re.compile(rf"([{_BREAK}]{_BLANK})\[([^\]{_BREAK}]*)\]({_BLANK}[:\uff1a])")
"""What begins a line like another speaker's. No part of it can run over a line's end, so the time is linear."""


def _unforged(text: str) -> str:
    """A line that looks like another speaker's gets round brackets instead of square ones."""
    return _FORGED.sub(r"\1(\2)\3", text)
