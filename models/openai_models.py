"""The models of OpenAI that are offered where the TOML file lists none, with what they can do and cost. Pure."""

import datetime as dt
from typing import Final

from msgspec.structs import replace

from models.model import KIND_NAMES, Model
from texts.keys import GivenKey

_SPEECH_ENDS: Final = dt.date(2027, 1, 6)
_JANUARY: Final = dt.date(2027, 1, 14)
_APRIL: Final = dt.date(2027, 4, 1)
"""When some of them end (OpenAI: Deprecations). What its server says of it counts more."""


def _reasoning(
    name: str,
    label: str,
    description: GivenKey,
    price_in: float,
    price_out: float,
    *,
    price_cache_write: float | None = None,
    default: bool = False,
) -> Model:
    """Return a model that reasons before it answers, as OpenAI sells them today.

    From GPT-5.6 on, what OpenAI writes into its cache costs a quarter more than other input (OpenAI: Prompt caching).
    """
    return Model(
        name=name,
        # Their context is 400,000 tokens or 1,050,000, but a prompt of more than 272,000 is refused or costs twice as much.
        context_tokens=272_000,
        output_tokens=128_000,
        vision=True,
        # With their default effort, a hard question takes some thousands of tokens.
        reasoning_tokens=8_000,
        # Organisations that OpenAI has not verified are refused it, which is learnt.
        reasoning_summary=True,
        # They refuse one unless they are told not to reason.
        temperature=False,
        # What every one of them takes; some take more.
        efforts=("default", "low", "medium", "high"),
        default=default,
        price_in=price_in,
        price_cache_write=price_cache_write,
        price_out=price_out,
        label=label,
        description=description,
    )


def _coding(
    name: str, label: str, description: GivenKey, price_in: float, price_out: float, *, until: dt.date
) -> Model:
    """Return a model that writes code."""
    return replace(_reasoning(name, label, description, price_in, price_out), kind="code", shutdown_date=until)


def _drawing(name: str, label: str, description: GivenKey) -> Model:
    """Return a model that draws. It is paid by the tokens of text and of pictures; all of them cost the same."""
    return Model(
        name=name,
        kind="image",
        label=label,
        description=description,
        # What every one of them takes; the newer ones take other sizes and finer qualities, too (OpenAI: API reference, Create image).
        sizes=("auto", "1024x1024", "1536x1024", "1024x1536"),
        qualities=("auto", "low", "medium", "high"),
        price_in=5.0,
        price_image_in=8.0,
        price_out=30.0,
    )


def _plain(
    name: str, label: str, description: GivenKey, price_in: float, price_out: float, *, context: int, output: int
) -> Model:
    """Return a model that answers without reasoning, and takes a temperature. OpenAI retires the last of them."""
    return Model(
        name=name,
        context_tokens=context,
        output_tokens=output,
        vision=True,
        shutdown_date=_JANUARY,
        price_in=price_in,
        price_out=price_out,
        label=label,
        description=description,
    )


_ALL: Final = (
    _reasoning("gpt-6-luna", "GPT-6 Luna", "about.gpt-6-luna", 0.1, 0.5, price_cache_write=0.125, default=True),
    _reasoning("gpt-6.1-terra", "GPT-6.1 Terra", "about.gpt-6.1-terra", 1.0, 5.0, price_cache_write=1.25),
    _reasoning("gpt-6.2-sol", "GPT-6.2 Sol", "about.gpt-6.2-sol", 2.0, 10.0, price_cache_write=2.5),
    _reasoning("gpt-6.2-astra", "GPT-6.2 Astra", "about.gpt-6.2-astra", 8.0, 40.0, price_cache_write=10.0),
    _reasoning("gpt-5.6-luna", "GPT-5.6 Luna", "about.gpt-5.6-luna", 0.2, 1.2, price_cache_write=0.25),
    _reasoning("gpt-5.6-terra", "GPT-5.6 Terra", "about.gpt-5.6-terra", 2.0, 12.0, price_cache_write=2.5),
    _reasoning("gpt-5.4-mini", "GPT-5.4 mini", "about.gpt-5.4-mini", 0.75, 4.5),
    _plain(
        "gpt-4.1",
        "GPT-4.1",
        "about.gpt-4.1",
        2.0,
        8.0,
        context=1_047_576,
        output=32_768,
    ),
    _plain(
        "gpt-4.1-mini",
        "GPT-4.1 mini",
        "about.gpt-4.1-mini",
        0.4,
        1.6,
        context=1_047_576,
        output=32_768,
    ),
    _plain(
        "gpt-4o",
        "GPT-4o",
        "about.gpt-4o",
        2.5,
        10.0,
        context=128_000,
        output=16_384,
    ),
    _plain(
        "gpt-4o-mini",
        "GPT-4o mini",
        "about.gpt-4o-mini",
        0.15,
        0.6,
        context=128_000,
        output=16_384,
    ),
    _coding("gpt-5.3-codex", "GPT-5.3 Codex", "about.gpt-5.3-codex", 1.75, 14.0, until=_APRIL),
    _drawing("gpt-image-2.6-sunburst", "GPT Image 2.6 Sunburst", "about.gpt-image-2.6-sunburst"),
    _drawing("gpt-image-2.6-flare", "GPT Image 2.6 Flare", "about.gpt-image-2.6-flare"),
    _drawing("gpt-image-2.5-sunburst", "GPT Image 2.5 Sunburst", "about.gpt-image-2.5-sunburst"),
    _drawing("gpt-image-2.5-flare", "GPT Image 2.5 Flare", "about.gpt-image-2.5-flare"),
    _drawing("gpt-image-2", "GPT Image 2", "about.gpt-image-2"),
    Model(
        name="gpt-transcribe",
        kind="transcription",
        label="GPT Transcribe",
        description="about.gpt-transcribe",
        price_minute=0.0045,
    ),
    Model(
        name="tts-1",
        kind="speech",
        label="TTS-1",
        description="about.tts-1",
        price_characters=15.0,
        shutdown_date=_SPEECH_ENDS,
    ),
    Model(
        name="text-embedding-3-small",
        kind="embedding",
        label="Text Embedding 3 small",
        description="about.text-embedding-3-small",
        price_in=0.02,
        price_out=0.0,
    ),
    Model(
        name="text-embedding-3-large",
        kind="embedding",
        label="Text Embedding 3 large",
        description="about.text-embedding-3-large",
        price_in=0.13,
        price_out=0.0,
    ),
    Model(
        name="omni-moderation-latest",
        kind="moderation",
        label="Omni Moderation",
        description="about.omni-moderation-latest",
        price_in=0.0,
        price_out=0.0,
    ),
)
"""What OpenAI sells in November 2026 and does not retire that year.

OpenAI's own pages (Models, GPT-5.6 Luna, GPT-Image-2.6 Sunburst, GPT-Transcribe) have the prices of gpt-6.2-astra, gpt-6.2-sol,
gpt-6.1-terra, gpt-5.6-luna, gpt-image-2.6-sunburst and gpt-transcribe. All other prices are second-hand: lists of resellers and of other
programs that agree with each other. What OpenAI sells cheaper from its cache is counted in full. The ends are those that the openai package notes; that of gpt-5.3-codex is only a headline in the press.
"""

OPENAI_MODELS: Final = tuple(model for model in _ALL if model.kind in KIND_NAMES)
