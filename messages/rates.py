"""What models charge, in whole numbers, and what a request costs by that, or may cost. Pure.

Prices have up to six decimals for a million tokens, such as $0.0375. In pico-dollars (millionths of a micro-dollar) a token
all of them are whole numbers, so that sums are exact; only the cost of a whole request is rounded, up to micro-dollars.
"""

import math
from collections.abc import Sequence
from typing import Final, Literal

from msgspec import Struct
from msgspec.structs import replace

from messages.usage import Usage

PICO_A_MICRO: Final = 1_000_000
MS_A_MINUTE: Final = 60_000


class Rates(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A model's prices in pico-dollars: for a token, a picture, a character, and a minute of audio. None: unknown."""

    input: int | None = None
    cached: int | None = None
    cache_write: int | None = None
    output: int | None = None
    image_input: int | None = None
    image_output: int | None = None
    audio_input: int | None = None
    picture: int | None = None
    minute: int | None = None
    character: int | None = None

    def cost(self, usage: Usage) -> int | None:
        """Return what a request costs that used so much, in micro-dollars, rounded up; None where a price is missing.

        A kind of token without a price of its own costs as much as other input, or output. For cached input this is
        an upper bound: servers sell it at a tenth to a half of the price. What is priced by the picture, the minute or the
        character needs no price of tokens, and the other way round.
        """
        by_unit = (
            (usage.pictures, self.picture, 1),
            (usage.audio_ms, self.minute, MS_A_MINUTE),
            (usage.characters, self.character, 1),
        )
        units = [(count, rate, of) for count, rate, of in by_unit if count]
        pico = sum(-(-count * rate // of) for count, rate, of in units if rate is not None)
        is_priced = any(rate is not None for _, rate, _ in units)
        tokens = self._tokens(usage)
        if tokens is None:
            return _micro(pico) if is_priced else None
        if not (usage.input_tokens or usage.output_tokens) and units and not is_priced:
            return None
        return _micro(pico + tokens)

    def _tokens(self, usage: Usage) -> int | None:
        """Return what the tokens cost, in pico-dollars; None where a price is missing."""
        images = min(usage.image_input_tokens, usage.input_tokens)
        audio = min(usage.audio_input_tokens, usage.input_tokens - images)
        cached = min(usage.cached_tokens, usage.input_tokens - images - audio)
        stored = min(usage.cache_write_tokens, usage.input_tokens - images - audio - cached)
        drawn = min(usage.image_output_tokens, usage.output_tokens)
        priced = (
            (usage.input_tokens - images - audio - cached - stored, self.input),
            (cached, _either(self.cached, self.input)),
            (stored, _either(self.cache_write, self.input)),
            (images, _either(self.image_input, self.input)),
            (audio, _either(self.audio_input, self.input)),
            (usage.output_tokens - drawn, self.output),
            (drawn, _either(self.image_output, self.output)),
        )
        pico = 0
        for count, rate in priced:
            if count and rate is None:
                return None
            pico += count * (rate or 0)
        return pico


def _either(rate: int | None, otherwise: int | None) -> int | None:
    return otherwise if rate is None else rate


def _micro(pico: int) -> int:
    return -(-pico // PICO_A_MICRO)


class Most(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a request may use at most, beside the text that it is asked with; and what its model charges."""

    model: str = ""
    """The model's name in the catalogue."""
    rates: Rates = Rates()
    context_tokens: int = 1_000_000_000
    """No server takes more input than this, however long the text is."""
    usage: Usage = Usage()
    """What it may use at most. `input_tokens` are those of pictures and the like, which no text has."""
    picture_tokens: int = 0
    """How many tokens each picture has at most that the model is shown; 0 where it sees none."""
    text_bytes: int = 0
    """How long, in UTF-8, the text is at most that is sent beside the question and the history."""
    sent_bytes: int = 0
    """How long it usually is: who speaks to the model is not always to be explained."""
    reads: Literal["dialogue", "question", "no_tokens"] = "dialogue"
    """What the model reads: the question and what was said before; the question alone; or something that is not counted in tokens."""
    is_free: bool | None = None
    """Whether the request costs nothing, of models that use nothing that can be counted; None for all others."""
    seen_tokens: int = 0
    """How many tokens the pictures have that it is shown, roughly."""
    drawn_tokens: int = 0
    """How many tokens the picture has that it is to draw, roughly."""

    def with_pictures(self, sizes: Sequence[tuple[int, int]]) -> "Most":
        """Return this for a request that is asked with pictures of these sizes in pixels."""
        if not self.picture_tokens:
            return self
        read = self.usage.input_tokens + len(sizes) * self.picture_tokens
        seen = sum(picture_tokens(width, height) for width, height in sizes)
        return replace(self, usage=replace(self.usage, input_tokens=read), seen_tokens=seen)

    def reserved(self, asked_bytes: int) -> Usage:
        """Return what a request may use and cost at most whose question and history have so many bytes.

        A token stands for a byte or more, so that no text has more tokens than bytes.
        """
        read = min(self.usage.input_tokens + self.text_bytes + asked_bytes, self.context_tokens)
        # The server may write all of it into its cache, which may be dearer than to read it only.
        is_dearer = (self.rates.cache_write or 0) > (self.rates.input or 0)
        return self._priced(replace(self.usage, input_tokens=read, cache_write_tokens=read if is_dearer else 0))

    def estimated(self, asked_bytes: int, answer_bytes: int, *, has_drawn: bool = False) -> Usage:
        """Return what a request used, roughly, that was closed before its server said what it used.

        That is what it was asked with, and what came of its answer. Of a picture one cannot tell how much was drawn: it counts
        as a whole once an unfinished one came (`has_drawn`), and not before.
        """
        read = min(tokens_in(self.sent_bytes + asked_bytes) + self.seen_tokens, self.context_tokens)
        used = replace(self.usage, input_tokens=read, output_tokens=tokens_in(answer_bytes), estimated=True)
        if self.usage.pictures:
            drawn = self.drawn_tokens if has_drawn else 0
            used = replace(
                used,
                image_input_tokens=min(self.seen_tokens, read),
                output_tokens=drawn,
                image_output_tokens=drawn,
                pictures=int(has_drawn),
            )
        return self._priced(used)

    def _priced(self, usage: Usage) -> Usage:
        if self.is_free is None:
            return replace(usage, cost=self.rates.cost(usage))
        return replace(usage, cost=0 if self.is_free else None)


BYTES_A_TOKEN: Final = 3
"""By this, tokens are estimated. A token of English has four bytes or more; of other languages it often has three, a character of
Chinese. The tables for an exact count of one text would take 65 MB of memory."""


def tokens_in(text_bytes: int) -> int:
    """Return roughly how many tokens so many bytes of text have."""
    return -(-text_bytes // BYTES_A_TOKEN)


PATCH_PIXELS: Final = 32
PATCHES_MAX: Final = 1_536
PATCH_TOKENS: Final = 2
PICTURE_TOKENS: Final = 100
"""A picture is seen in squares of 32 by 32 pixels; a larger one is made smaller first, to so many squares. Most models count 1 to 1.7
tokens for a square, and older ones 85 for the picture and 170 for each tile of 512 by 512 (OpenAI: Images and vision, Calculating costs)."""


def picture_tokens(width: int, height: int) -> int:
    """Return roughly how many tokens a picture costs; where its size is not known (0), as many as a large one."""
    patches = math.ceil(width / PATCH_PIXELS) * math.ceil(height / PATCH_PIXELS) or PATCHES_MAX
    return PICTURE_TOKENS + PATCH_TOKENS * min(patches, PATCHES_MAX)


def added(first: Usage | None, second: Usage | None) -> Usage | None:
    """Return what two requests for the same turn used and cost together; None means that a request used nothing."""
    if first is None or second is None:
        return first or second
    return Usage(
        input_tokens=first.input_tokens + second.input_tokens,
        output_tokens=first.output_tokens + second.output_tokens,
        cached_tokens=first.cached_tokens + second.cached_tokens,
        cache_write_tokens=first.cache_write_tokens + second.cache_write_tokens,
        image_input_tokens=first.image_input_tokens + second.image_input_tokens,
        image_output_tokens=first.image_output_tokens + second.image_output_tokens,
        audio_input_tokens=first.audio_input_tokens + second.audio_input_tokens,
        pictures=first.pictures + second.pictures,
        audio_ms=first.audio_ms + second.audio_ms,
        characters=first.characters + second.characters,
        estimated=first.estimated or second.estimated,
        cost=None if first.cost is None or second.cost is None else first.cost + second.cost,
    )
