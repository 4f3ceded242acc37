"""What was used to answer: tokens, pictures, sound, and what these cost."""

from msgspec import Struct


class Usage(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one request used, as the model's server counted it or as estimated, and what that costs.

    `cached_tokens`, `cache_write_tokens`, `image_input_tokens` and `audio_input_tokens` are parts of `input_tokens`, and
    `image_output_tokens` of `output_tokens`, where the server tells them apart. The first are tokens that the server had in its
    cache, the second those that it has written into it. `audio_ms` is the length of the audio that a model has heard, and
    `characters` the length of the text that it has read aloud.
    """

    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    cache_write_tokens: int = 0
    image_input_tokens: int = 0
    image_output_tokens: int = 0
    audio_input_tokens: int = 0
    pictures: int = 0
    audio_ms: int = 0
    characters: int = 0
    estimated: bool = False
    cost: int | None = 0
    """In whole micro-dollars (millionths of a US dollar), rounded up for each request. None: the model's price is unknown."""


class Total(Struct, frozen=True, kw_only=True):
    """What many requests used together: all of a person's, or all of a session's."""

    input_tokens: int = 0
    output_tokens: int = 0
    pictures: int = 0
    audio_ms: int = 0
    characters: int = 0
    estimated: bool = False
    """Whether a part of the figures is an estimate."""
    cost: int = 0
    """In whole micro-dollars: the sum of all costs that are known."""
    is_partly_unpriced: bool = False
    """Whether there were requests to models without a known price, so that all cost more than `cost` says."""
