"""The catalogue: the models that sessions can have."""

import math
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Final, Literal

from msgspec import Struct


class Model(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One model, as a table `[[models]]` of the TOML file describes it.

    `kind` is one of `KIND_NAMES`. `reasoning_tokens` are added to what a person lets an answer have. `output_tokens` is the
    most that the model gives in one answer, reasoning included; the API refuses to be asked for more (0: as many as the
    context holds). Prices are in dollars for a million tokens.
    """

    name: str
    kind: str = "chat"
    api: Literal["responses", "chat_completions"] = "responses"
    context_tokens: int = 128_000
    reasoning_tokens: int = 0
    output_tokens: int = 0
    system_message: bool = True
    temperature: bool = True
    default: bool = False
    price_in: float = 0.0
    price_cached: float | None = None
    """The price of input that the API had cached; `price_in` where this is None."""
    price_out: float = 0.0
    label: str = ""
    """What menus show for the model; its name where this is empty."""
    description: str = ""
    """The second line of its entry in menus."""
    left_out: tuple[str, ...] = ()
    """Fields of a request that the model's server does not take, of `FIELDS`. What it refuses is found out by itself, too."""
    menu: bool = True
    """Whether menus show it. Sessions that have it keep it in any case."""

    @property
    def shown(self) -> str:
        """What people read for this model: its label, or its name."""
        return self.label or self.name

    def cost(self, input_tokens: int, output_tokens: int, cached_tokens: int = 0) -> float:
        """Return what so many tokens cost, in dollars; `cached_tokens` are a part of `input_tokens`.

        Without a `price_cached` they cost as much as the others. Then the result is an upper bound rather than the bill: cached
        tokens are sold at a tenth to a half of the price.
        """
        price_cached = self.price_in if self.price_cached is None else self.price_cached
        fresh = input_tokens - cached_tokens
        return (fresh * self.price_in + cached_tokens * price_cached + output_tokens * self.price_out) / 1_000_000


def _reasoning(
    name: str, label: str, description: str, price_in: float, price_out: float, *, default: bool = False
) -> Model:
    """Return a model that reasons before it answers, as OpenAI sells them today."""
    return Model(
        name=name,
        # Their context is 400,000 tokens or 1,050,000, but a prompt of more than 272,000 is refused or costs twice as much.
        context_tokens=272_000,
        output_tokens=128_000,
        # With their default effort, a hard question takes some thousands of tokens.
        reasoning_tokens=8_000,
        # They refuse one unless they are told not to reason.
        temperature=False,
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
        price_in=price_in,
        price_out=price_out,
        label=label,
        description=description,
    )


BUILT_IN: Final = (
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
"""Used when the TOML file lists none: what OpenAI sells in November 2026 and does not retire that year (Models, Pricing,
Deprecations). Models whose price could not be confirmed are not among them."""

KIND_NAMES: Final = ("chat",)
"""The kinds of models there are; `models/kinds.py` has what asks each of them."""

FIELDS: Final = frozenset(
    {
        *("store", "stream", "stream_options", "temperature", "system", "instructions"),
        *("max_completion_tokens", "max_tokens", "max_output_tokens"),
    }
)
"""The fields that a request can do without. Without `system`, the system message stands before the first message; without
`instructions`, it is a message of its own; without `max_completion_tokens`, the bound is called `max_tokens`."""

CONTEXT_TOKENS_MIN: Final = 256
"""A smaller context has no room for a question beside its answer."""

MENU_OPTIONS_MAX: Final = 25
OPTION_CHARS_MAX: Final = 100
"""The limits of Discord's menus (Component reference, String select). The second applies to an option's label, value and
description."""


class Catalogue:
    """The models by name, and which one new sessions start with."""

    def __init__(self, models: Sequence[Model] = ()) -> None:
        """Check the models.

        :raises ValueError: a sentence that names the key and the remedy
        """
        chosen = tuple(models) or BUILT_IN
        self._models: dict[str, Model] = {}
        for model in chosen:
            _check(model)
            if model.name in self._models:
                raise ValueError(f"models: '{model.name}' is listed twice. Remove one.")
            self._models[model.name] = model
        self.menu = tuple(model for model in chosen if model.menu)
        """The models that menus show, in the order in which they are listed."""
        if not self.menu:
            raise ValueError("models: no model is shown in menus. Leave menu = false away from at least one.")
        if len(self.menu) > MENU_OPTIONS_MAX:
            raise ValueError(
                f"models: {len(self.menu)} models are shown in menus, which hold {MENU_OPTIONS_MAX}."
                " Write menu = false at the others."
            )
        defaults = [model for model in chosen if model.default]
        if len(defaults) > 1:
            raise ValueError(f"models: both '{defaults[0].name}' and '{defaults[1].name}' are the default. Choose one.")
        self.default = (defaults or list(chosen))[0]

    def get(self, name: str) -> Model | None:
        """Return the model of that name, or None when it is not, or no longer, listed."""
        return self._models.get(name)

    def offers(self, name: str) -> bool:
        """Return whether menus show a model of that name, so that people can choose it."""
        return any(model.name == name for model in self.menu)

    def __iter__(self) -> Iterator[Model]:
        return iter(self._models.values())


def _check(model: Model) -> None:
    if not model.name.strip():
        raise ValueError("models: name is empty. Write the name that the API knows the model by.")
    for key in ("name", "label", "description"):
        text: str = getattr(model, key)
        if len(text) > OPTION_CHARS_MAX:
            raise ValueError(
                f"models: {key} '{text[:20]}…' has {len(text)} characters, and menus hold {OPTION_CHARS_MAX}. Shorten it."
            )
        if text and (not text.strip() or any(unicodedata.category(character) == "Cc" for character in text)):
            raise ValueError(
                f"models: {key} of '{_one_line(model.name)}' is no line of text. Write one, or leave it away."
            )
    if model.kind not in KIND_NAMES:
        raise ValueError(
            f"models: kind of '{_one_line(model.name)}' is '{_one_line(model.kind)}'; it must be one of: {', '.join(KIND_NAMES)}."
        )
    unknown = [name for name in model.left_out if name not in FIELDS]
    if unknown:
        raise ValueError(
            f"models: left_out of '{model.name}' names '{_one_line(unknown[0])}'; it may name: {', '.join(sorted(FIELDS))}."
        )
    if model.context_tokens < CONTEXT_TOKENS_MIN:
        raise ValueError(
            f"models: context_tokens of '{model.name}' is {model.context_tokens}; it must be {CONTEXT_TOKENS_MIN} or more."
        )
    for key in ("reasoning_tokens", "output_tokens", "price_in", "price_cached", "price_out"):
        value = getattr(model, key) or 0
        # TOML has inf and nan, and no sum of such prices makes sense.
        if not 0 <= value < math.inf:
            raise ValueError(f"models: {key} of '{model.name}' is {value}; it must be 0 or more.")


def _one_line(text: str) -> str:
    return " ".join(text.split())
