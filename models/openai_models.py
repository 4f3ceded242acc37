"""The models of OpenAI that are offered where the TOML file lists none, with what they can do and cost. Pure."""

from typing import Final

from models.catalogue import Model


def _reasoning(
    name: str, label: str, description: str, price_in: float, price_out: float, *, default: bool = False
) -> Model:
    """Return a model that reasons before it answers, as OpenAI sells them today."""
    return Model(
        name=name,
        # Their context is 400,000 tokens or 1,050,000, but a prompt of more than 272,000 is refused or costs twice as much.
        context_tokens=272_000,
        output_tokens=128_000,
        vision=True,
        # With their default effort, a hard question takes some thousands of tokens.
        reasoning_tokens=8_000,
        # They refuse one unless they are told not to reason.
        temperature=False,
        # What every one of them takes; some take more.
        efforts=("default", "low", "medium", "high"),
        default=default,
        price_in=price_in,
        price_out=price_out,
        label=label,
        description=description,
    )


def _plain(
    name: str, label: str, description: str, price_in: float, price_out: float, *, context: int, output: int
) -> Model:
    """Return a model that answers without reasoning, and takes a temperature."""
    return Model(
        name=name,
        context_tokens=context,
        output_tokens=output,
        vision=True,
        price_in=price_in,
        price_out=price_out,
        label=label,
        description=description,
    )


OPENAI_MODELS: Final = (
    _reasoning("gpt-6-luna", "GPT-6 Luna", "Quick and cheap, for everyday questions", 0.1, 0.5, default=True),
    _reasoning("gpt-6.1-terra", "GPT-6.1 Terra", "Quick, and writes well", 1.0, 5.0),
    _reasoning("gpt-6.2-sol", "GPT-6.2 Sol", "Strong at writing, code and long tasks", 2.0, 10.0),
    _reasoning("gpt-6.2-astra", "GPT-6.2 Astra", "The strongest and dearest, for the hardest questions", 8.0, 40.0),
    _reasoning("gpt-5.6-luna", "GPT-5.6 Luna", "The cheap one of the generation before", 0.2, 1.2),
    _reasoning("gpt-5.6-terra", "GPT-5.6 Terra", "The balanced one of the generation before", 2.0, 12.0),
    _reasoning("gpt-5.4-mini", "GPT-5.4 mini", "Older; quick", 0.75, 4.5),
    _plain(
        "gpt-4.1",
        "GPT-4.1",
        "Does not reason; takes a temperature; until January 2027",
        2.0,
        8.0,
        context=1_047_576,
        output=32_768,
    ),
    _plain(
        "gpt-4.1-mini",
        "GPT-4.1 mini",
        "Cheaper; takes a temperature; until January 2027",
        0.4,
        1.6,
        context=1_047_576,
        output=32_768,
    ),
    _plain(
        "gpt-4o",
        "GPT-4o",
        "Older; takes a temperature; until January 2027",
        2.5,
        10.0,
        context=128_000,
        output=16_384,
    ),
    _plain(
        "gpt-4o-mini",
        "GPT-4o mini",
        "Older and cheap; takes a temperature; until January 2027",
        0.15,
        0.6,
        context=128_000,
        output=16_384,
    ),
)
"""What OpenAI sells in November 2026 and does not retire that year (Models, Pricing,
Deprecations). Models whose price could not be confirmed are not among them."""
