"""A model, as the catalogue describes it, and what is checked of the description. Pure."""

import datetime as dt
import unicodedata
from typing import Final

from msgspec.structs import fields, force_setattr, replace

from models.kind_traits import KEYS_OF_KINDS, KIND_TRAITS, Api, KindTraits
from models.offered import Offered, check_offered


class Model(Offered, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One model, as a table `[[models]]` of the TOML file describes it.

    `kind` is one of `KIND_NAMES`. `context_tokens` is how much the model reads at once (0: as much as models of its kind
    usually do). `reasoning_tokens` are added to what a person lets an answer have. `output_tokens` is the
    most that the model gives in one answer, reasoning included; the API refuses to be asked for more (0: as many as the
    context holds). Prices are in US dollars, for a million tokens where
    nothing else is said. One that is None is unknown, which is not the same as 0.
    """

    name: str
    kind: str = "chat"
    api: Api = "responses"
    context_tokens: int = 0
    reasoning_tokens: int = 0
    reasoning_summary: bool = False
    """Whether the API gives a summary of what the model reasons, for those who ask for it."""
    output_tokens: int = 0
    vision: bool | None = None
    """Whether the model sees pictures; None where it is not known: then it is shown them, and what its server says is remembered."""
    system_message: bool = True
    temperature: bool = True
    default: bool = False
    price_in: float | None = None
    price_cached: float | None = None
    """The price of input that the API had cached; `price_in` where this is None."""
    price_cache_write: float | None = None
    """The price of input that the API writes into its cache; `price_in` where this is None."""
    price_out: float | None = None
    price_image_in: float | None = None
    """The price of tokens that stand for pictures in the input; `price_in` where this is None."""
    price_image_out: float | None = None
    """The price of tokens that stand for pictures in the output; `price_out` where this is None."""
    price_audio_in: float | None = None
    """The price of tokens that stand for sound; `price_in` where this is None."""
    price_minute: float | None = None
    """The price of a minute of audio that the model hears."""
    price_picture: float | None = None
    """The price of a picture that the model draws."""
    price_characters: float | None = None
    """The price of a million characters that the model reads aloud."""
    voice: str = ""
    """The voice with which the model speaks; `models.speech.VOICE` where this is empty."""
    label: str = ""
    """What menus show for the model, the operator's words or a `GivenKey` of `texts`; its name where this is empty."""
    description: str = ""
    """The second line of its entry in menus, the operator's words or a `GivenKey` of `texts`."""
    left_out: tuple[str, ...] = ()
    """Fields of a request that the model's server does not take, of `FIELDS`. What it refuses is found out by itself, too."""
    shutdown_date: dt.date | None = None
    """From which day on its server does not have it any more, where that is known. OpenAI's server tells it, too."""
    menu: bool = True
    """Whether menus show it. Sessions that have it keep it in any case."""

    def __post_init__(self) -> None:
        """Take from the kind what the table does not say."""
        traits = KIND_TRAITS.get(self.kind)
        if traits is not None:
            force_setattr(self, "context_tokens", self.context_tokens or traits.context_tokens)
            force_setattr(self, "system_message", self.system_message and traits.system_message)
            if traits.apis and self.api == "responses":
                force_setattr(self, "api", traits.apis[0])

    @property
    def traits(self) -> KindTraits:
        """What holds for every model of this kind."""
        return KIND_TRAITS[self.kind]

    @property
    def sees(self) -> bool:
        """Whether the model is shown pictures: unless it is known that it does not see them."""
        return self.traits.sees or ("vision" in self.traits.keys and self.vision is not False)

    @property
    def is_priced(self) -> bool:
        """Whether it is known what its requests cost: by tokens, or by the picture, the minute or the character."""
        by_tokens = self.price_in is not None and (
            self.price_out is not None or self.kind in ("embedding", "moderation")
        )
        return by_tokens or any(
            price is not None for price in (self.price_picture, self.price_minute, self.price_characters)
        )

    @property
    def shown(self) -> str:
        """What people read for this model: its label, or its name."""
        return self.label or self.name

    @classmethod
    def listed(cls, name: str, context_tokens: int, kind: str = "chat", *, vision: bool | None = None) -> "Model":
        """Return a model that a server lists, with what the server says of it.

        `context_tokens` is how much it reads, 0 where it is not said, and `vision` whether it sees pictures.

        :raises ValueError: the name is none that menus can show
        """
        model = cls(name=name, kind=kind, vision=vision)
        if kind == "chat":
            model = replace(model, api="chat_completions")
        if context_tokens >= CONTEXT_TOKENS_MIN:
            model = replace(model, context_tokens=context_tokens)
        check(model)
        return model


KIND_NAMES: Final = tuple(KIND_TRAITS)
"""The kinds of models there are; `models/kinds.py` has what asks each of them."""

FIELDS: Final = frozenset(
    {
        *("store", "stream", "stream_options", "temperature", "system", "instructions"),
        *("reasoning", "reasoning_effort", "summary"),
        *("max_completion_tokens", "max_tokens", "max_output_tokens"),
        *("size", "quality", "output_format", "output_compression", "partial_images"),
    }
)
"""The fields that a request can do without. Without `system`, the system message stands before the first message; without
`instructions`, it is a message of its own; without `max_completion_tokens`, the bound is called `max_tokens`. `summary` is a part of
`reasoning`."""

CONTEXT_TOKENS_MIN: Final = 256
"""A smaller context has no room for a question beside its answer."""

PRICES: Final = tuple(name for name in Model.__struct_fields__ if name.startswith("price_"))
"""The keys that hold a price."""

PRICE_MAX: Final = 1_000_000
"""No model is as dear; with a greater price, sums would not fit into the 64 bits of a column."""

OPTION_CHARS_MAX: Final = 100
"""The limit of the label, value and description of an option in Discord's menus (Component reference, String select)."""

MENU_PAGE: Final = "…page "
"""The value of the options that lead to other pages of a menu begins like this, so no model's name may."""


def check(model: Model) -> None:
    """Check what a table says of one model.

    :raises ValueError: a sentence that names the key and the remedy
    """
    if not model.name.strip():
        raise ValueError("models: name is empty. Write the name that the API knows the model by.")
    for key in ("name", "label", "description", "voice"):
        text: str = getattr(model, key)
        if len(text) > OPTION_CHARS_MAX:
            raise ValueError(
                f"models: {key} '{text[:20]}…' has {len(text)} characters, and menus hold {OPTION_CHARS_MAX}. Shorten it."
            )
        if text and (not text.strip() or any(unicodedata.category(character) == "Cc" for character in text)):
            raise ValueError(
                f"models: {key} of '{_one_line(model.name)}' is no line of text. Write one, or leave it away."
            )
    if model.name.startswith(MENU_PAGE):
        raise ValueError(f"models: name '{_one_line(model.name)}' begins like an option of the bot's own menus.")
    if model.kind not in KIND_NAMES:
        raise ValueError(
            f"models: kind of '{_one_line(model.name)}' is '{_one_line(model.kind)}'; it must be one of: {', '.join(KIND_NAMES)}."
        )
    _check_keys(model)
    unknown = [name for name in model.left_out if name not in FIELDS]
    if unknown:
        raise ValueError(
            f"models: left_out of '{model.name}' names '{_one_line(unknown[0])}'; it may name: {', '.join(sorted(FIELDS))}."
        )
    check_offered(model.name, model)
    if model.context_tokens < CONTEXT_TOKENS_MIN:
        raise ValueError(
            f"models: context_tokens of '{model.name}' is {model.context_tokens}; it must be {CONTEXT_TOKENS_MIN} or more."
        )
    for key in ("reasoning_tokens", "output_tokens"):
        if getattr(model, key) < 0:
            raise ValueError(f"models: {key} of '{model.name}' is {getattr(model, key)}; it must be 0 or more.")
    for key in PRICES:
        value = getattr(model, key) or 0
        # TOML has inf and nan, and no sum of such prices makes sense.
        if not 0 <= value <= PRICE_MAX:
            raise ValueError(f"models: {key} of '{model.name}' is {value}; it must be from 0 to {PRICE_MAX:,}.")


def _check_keys(model: Model) -> None:
    """Refuse a key that models of this kind do not have: whoever wrote it expects something of it."""
    apis = model.traits.apis
    if model.api not in (apis or ("responses",)):
        may = (
            f"it must be one of: {', '.join(apis)}" if apis else f"models of the kind {model.kind} have none; remove it"
        )
        raise ValueError(f"models: api of '{_one_line(model.name)}' is '{model.api}'; {may}.")
    for field in fields(Model):
        is_set = getattr(model, field.name) != field.default
        if is_set and field.name in KEYS_OF_KINDS - model.traits.keys:
            raise ValueError(
                f"models: '{_one_line(model.name)}' has {field.name}, which models of the kind {model.kind} do not have. Remove it."
            )


def _one_line(text: str) -> str:
    return " ".join(text.split())
