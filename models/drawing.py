"""What an image model is told of a turn: what to draw, and which pictures to change. Pure.

An image model knows nothing of the conversation, of who speaks or of a system message: it gets the question's own words and, where there
are any, pictures. Those that the question encloses are changed, else that of the answer to which it replies, else the session's last one;
without any, a new picture is drawn.
"""

from typing import Any, Final

from msgspec import Struct

from messages.choices import Choices
from messages.enclosure import Enclosure, LeftOut
from messages.turn import Reason, TurnTaken, Utterance
from models.model import Model

PROMPT_CHARS_MAX: Final = 32_000
"""OpenAI: API reference, Create image, prompt."""

SOURCES_MAX: Final = 16
"""Pictures that one request may change (OpenAI: API reference, Create image edit, image)."""

EDITABLE: Final = frozenset({"image/png", "image/jpeg", "image/webp"})
"""What can be changed (OpenAI: API reference, Create image edit, image)."""

_UNKNOWN: Final = ("", "application/octet-stream")

PARTIALS: Final = 2
"""So many unfinished pictures are asked for; each costs about 100 tokens (OpenAI: Image generation, Streaming)."""


class Drawing(Struct, frozen=True, kw_only=True):
    """One picture to draw, or to make of `sources`."""

    prompt: str
    sources: tuple[Enclosure, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    """Pictures that the question encloses beside these: more than one request may change."""


def drawing_of(turn: TurnTaken) -> Drawing | Reason:
    """Return what is asked of the model, or why nothing can be."""
    prompt = "\n\n".join(_words(turn.question))
    if not prompt:
        return "no_prompt"
    if len(prompt) > PROMPT_CHARS_MAX:
        return "text_too_long"
    attached = tuple(one for one in _pictures(turn.question) if one.within != "thread")
    if not all(map(_is_editable, (*attached, *_unknown(turn.question)))):
        return "picture_unusable"
    sources = attached or _replied_to(turn.question) or _of_thread(turn.question) or _last_picture(turn.history)
    if not all(source.stored for source in sources):
        return "picture_gone"
    left_out = tuple(LeftOut(name=one.name, problem="too_many_pictures") for one in sources[SOURCES_MAX:])
    return Drawing(prompt=prompt, sources=sources[:SOURCES_MAX], left_out=left_out)


def _words(question: Utterance) -> list[str]:
    """Return the question's own words, then what it quotes and the texts that it encloses."""
    texts = [question.text, *(enclosed.text or "" for enclosed in question.enclosures if not enclosed.is_own)]
    return [text.encode("utf-8", "replace").decode() for text in texts if text.strip()]


def _pictures(said: Utterance) -> tuple[Enclosure, ...]:
    return tuple(one for one in said.enclosures if one.kind == "file" and one.media_type.startswith("image/"))


def _unknown(said: Utterance) -> tuple[Enclosure, ...]:
    """Return the files of which nobody knows what they are: they may be pictures, for which no other one must be changed."""
    files = (one for one in said.enclosures if one.kind == "file" and one.within != "thread")
    return tuple(one for one in files if one.problem and one.media_type in _UNKNOWN)


def _is_editable(picture: Enclosure) -> bool:
    return picture.media_type in EDITABLE and not picture.problem


def _replied_to(question: Utterance) -> tuple[Enclosure, ...]:
    """Return the picture of the answer that a question replies to; nothing where it replies to none."""
    return tuple(one for one in question.enclosures if one.is_own and one.media_type in EDITABLE)


def _of_thread(question: Utterance) -> tuple[Enclosure, ...]:
    """Return the last picture of the message that the question's thread began with, where a model takes it."""
    return tuple(one for one in _pictures(question) if one.within == "thread" and _is_editable(one))[-1:]


def _last_picture(history: tuple[Utterance, ...]) -> tuple[Enclosure, ...]:
    """Return the newest picture that was drawn or attached in the session before; nothing where there is none."""
    for said in reversed(history):
        if pictures := [one for one in _pictures(said) if one.media_type in EDITABLE]:
            return (pictures[-1],)
    return ()


OPTIONAL: Final = frozenset({"size", "quality", "output_format", "output_compression", "stream", "partial_images"})
"""What a request can do without; servers that are compatible by and large do not know all of it."""


def fields_of(drawing: Drawing, choices: Choices, model: Model, left_out: frozenset[str]) -> dict[str, Any]:
    """Return the fields of a request, without those in `left_out`."""
    fields: dict[str, Any] = {
        "model": model.name,
        "prompt": drawing.prompt,
        # The other formats are several times as large, and Discord takes 10 MiB.
        "output_format": "jpeg",
        "output_compression": 90,
        "stream": True,
        "partial_images": PARTIALS,
    }
    if choices.size:
        fields["size"] = choices.size
    if choices.quality:
        fields["quality"] = choices.quality
    if "stream" in left_out:
        del fields["partial_images"]
    return {name: value for name, value in fields.items() if not left_out & {name, value_of(name, value)}}


CHOSEN: Final = frozenset({"size", "quality"})
"""What the owner of a session chooses: a server that refuses one value may take another one, which another session has."""


def value_of(field: str, value: object) -> str:
    """Return what stands for one value of a field among what a server does not take."""
    return f"{field}={value}"


def as_text(value: object) -> str:
    """Return a field of a form, which has only texts."""
    return str(value).lower() if isinstance(value, bool) else str(value)
