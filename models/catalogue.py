"""The models that sessions can have."""

from collections.abc import Iterator, Sequence
from typing import Final, Literal

from msgspec import Struct


class Model(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One model, as a table `[[models]]` of the TOML file says it.

    `reasoning_tokens` come on top of what a person lets an answer have; `output_tokens` is the most that the model gives
    in one answer, reasoning included, and asking for more is refused (0: as many as its context holds). Prices are in
    dollars a million tokens.
    """

    name: str
    kind: Literal["chat"] = "chat"
    api: Literal["responses", "chat_completions"] = "responses"
    label: str = ""
    context_tokens: int = 128_000
    reasoning_tokens: int = 0
    output_tokens: int = 0
    system_message: bool = True
    temperature: bool = True
    default: bool = False
    price_in: float = 0.0
    price_out: float = 0.0


BUILT_IN: Final = (
    Model(name="gpt-4o-mini", output_tokens=16_384, default=True, price_in=0.15, price_out=0.6),
    Model(name="gpt-4o", output_tokens=16_384, price_in=2.5, price_out=10.0),
    Model(name="gpt-4.1", context_tokens=1_047_576, output_tokens=32_768, price_in=2.0, price_out=8.0),
    Model(name="gpt-4.1-mini", context_tokens=1_047_576, output_tokens=32_768, price_in=0.4, price_out=1.6),
    Model(
        name="gpt-5",
        context_tokens=272_000,
        reasoning_tokens=16_000,
        output_tokens=128_000,
        temperature=False,
        price_in=1.25,
        price_out=10.0,
    ),
    Model(
        name="gpt-5-mini",
        context_tokens=272_000,
        reasoning_tokens=8_000,
        output_tokens=128_000,
        temperature=False,
        price_in=0.25,
        price_out=2.0,
    ),
)
"""Used when the TOML file lists none. Sizes and prices are OpenAI's (Models, Pricing); of the 400,000 tokens of gpt-5 and
gpt-5-mini at most 272,000 may be what they are told."""

CONTEXT_TOKENS_MIN: Final = 256
"""Less leaves no room for a question beside its answer."""


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
        defaults = [model for model in chosen if model.default]
        if len(defaults) > 1:
            raise ValueError(f"models: both '{defaults[0].name}' and '{defaults[1].name}' are the default. Choose one.")
        self.default = (defaults or list(chosen))[0]

    def get(self, name: str) -> Model | None:
        """The model of that name, or None when it is not (or no longer) listed."""
        return self._models.get(name)

    def __iter__(self) -> Iterator[Model]:
        return iter(self._models.values())


def _check(model: Model) -> None:
    if not model.name.strip():
        raise ValueError("models: name is empty. Write the name that the API knows the model by.")
    if model.context_tokens < CONTEXT_TOKENS_MIN:
        raise ValueError(
            f"models: context_tokens of '{model.name}' is {model.context_tokens}; it must be {CONTEXT_TOKENS_MIN} or more."
        )
    for key in ("reasoning_tokens", "output_tokens", "price_in", "price_out"):
        value = getattr(model, key)
        if value < 0:
            raise ValueError(f"models: {key} of '{model.name}' is {value}; it must be 0 or more.")
