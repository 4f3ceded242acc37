"""What a model charges, as the catalogue says it in dollars, in whole numbers; what a request costs, and what it may cost. Pure."""

import math
from decimal import ROUND_CEILING, Decimal
from functools import lru_cache
from typing import Final

from msgspec.structs import replace

from messages.choices import Choices
from messages.rates import Most, Rates, picture_tokens
from messages.turn import TurnTaken
from messages.usage import Usage
from models.model import Model
from models.prompt import ENCLOSURES, ONE_SPEAKER, OWN_FILES, SEVERAL_SPEAKERS, output_tokens_of

_PICO_A_DOLLAR: Final = 10**12
_MILLION: Final = 10**6


@lru_cache(maxsize=1_000)
def rates_of(model: Model) -> Rates:
    """Return a model's prices in pico-dollars. What has more decimals than that is rounded up."""
    return Rates(
        input=_pico(model.price_in, _MILLION),
        cached=_pico(model.price_cached, _MILLION),
        cache_write=_pico(model.price_cache_write, _MILLION),
        output=_pico(model.price_out, _MILLION),
        image_input=_pico(model.price_image_in, _MILLION),
        image_output=_pico(model.price_image_out, _MILLION),
        audio_input=_pico(model.price_audio_in, _MILLION),
        picture=_pico(model.price_picture, 1),
        minute=_pico(model.price_minute, 1),
        character=_pico(model.price_characters, _MILLION),
    )


def _pico(dollars: float | None, of: int) -> int | None:
    """Return the price of one thing, of which `of` cost so many dollars. The price counts as it was written: 0.1 is a tenth."""
    if dollars is None:
        return None
    return int((Decimal(repr(dollars)) * _PICO_A_DOLLAR / of).to_integral_value(ROUND_CEILING))


def cost_of(model: Model, usage: Usage) -> int | None:
    """Return what so much costs of this model, in whole micro-dollars, rounded up; None where its price is unknown."""
    return rates_of(model).cost(usage)


def cost_of_judging(model: Model | None) -> int | None:
    """Return what a request to a moderation model costs, in micro-dollars: nothing where it is free, else that is unknown.

    Servers do not say what a judgement used (OpenAI: Create moderation; theirs is free).
    """
    return 0 if model is not None and model.price_in == 0 else None


_INSTRUCTIONS_BYTES: Final = len(f"{SEVERAL_SPEAKERS} {ENCLOSURES} {OWN_FILES}")
"""What stands before every system message, at most."""


def most_of(model: Model, turn: TurnTaken) -> Most:
    """Return what one request for a turn may use at most, beside the text of its question and history."""
    most = Most(
        model=turn.model, rates=rates_of(model), context_tokens=model.context_tokens, usage=_most_used(model, turn)
    )
    match model.kind:
        case "image":
            drawn = drawn_tokens(model.asked(turn.choices))
            return replace(most, reads="question", picture_tokens=PICTURE_TOKENS_MAX, drawn_tokens=drawn)
        case "embedding":
            return replace(most, reads="question")
        case "transcription" | "speech":
            return replace(most, reads="no_tokens")
        case "moderation":
            return replace(most, reads="no_tokens", is_free=cost_of_judging(model) == 0)
        case _:
            system_bytes = len(turn.system_msg.encode("utf-8", "replace"))
            return replace(
                most,
                picture_tokens=picture_tokens(0, 0) if model.sees else 0,
                text_bytes=_INSTRUCTIONS_BYTES + system_bytes,
                sent_bytes=len(ONE_SPEAKER) + system_bytes if model.system_message else 0,
            )


PICTURE_TOKENS_MAX: Final = 10_000
PIXELS_A_TOKEN_MIN: Final = 150
"""So many tokens a picture has at most that a model draws or changes. Of the best quality, one of 1536 by 1024 has 6,240, a token for 252
pixels (OpenAI: Image generation, Cost and latency); of others nobody says it."""

TRANSCRIPT_TOKENS_MAX: Final = 16_000
SPEECH_CHARACTERS_MAX: Final = 4_096
"""OpenAI: Create speech, input."""


def _most_used(model: Model, turn: TurnTaken) -> Usage:
    match model.kind:
        case "image":
            drawn = _picture_tokens_max(model.asked(turn.choices).size)
            return Usage(pictures=1, output_tokens=drawn, image_output_tokens=drawn)
        case "transcription":
            seconds = sum(enclosed.seconds for enclosed in turn.question.enclosures)
            return Usage(audio_ms=math.ceil(1_000 * seconds), output_tokens=TRANSCRIPT_TOKENS_MAX)
        case "speech":
            return Usage(characters=SPEECH_CHARACTERS_MAX)
        case "embedding" | "moderation":
            return Usage()
        case _:
            return Usage(output_tokens=output_tokens_of(turn, model))


def _picture_tokens_max(size: str) -> int:
    return max(PICTURE_TOKENS_MAX, _pixels(size) // PIXELS_A_TOKEN_MIN)


PIXELS_A_TOKEN: Final[dict[str, int]] = {"low": 3_840, "medium": 990, "high": 250}
"""For so many pixels a picture has a token, by its quality: one of 1024 by 1024 has 272, 1,056 or 4,160 (OpenAI: Image generation,
Cost and latency)."""

USUAL_QUALITY: Final = "medium"
USUAL_PIXELS: Final = 1_536 * 1_024
"""What is assumed where the model chooses."""


def drawn_tokens(choices: Choices) -> int:
    """Return roughly how many tokens a picture has that is drawn so."""
    pixels = _pixels(choices.size) or USUAL_PIXELS
    return pixels // PIXELS_A_TOKEN.get(choices.quality, PIXELS_A_TOKEN[USUAL_QUALITY])


def _pixels(size: str) -> int:
    """Return how many pixels a picture of this size has; 0 where the size says nothing of that."""
    width, _, height = size.partition("x")
    return int(width) * int(height) if width.isdecimal() and height.isdecimal() else 0
