"""What a model charges, as the catalogue says it in dollars, in whole numbers; and what a request costs. Pure."""

from decimal import ROUND_CEILING, Decimal
from functools import lru_cache
from typing import Final

from messages.rates import Rates
from messages.turn import Usage
from models.catalogue import Model

_PICO_A_DOLLAR: Final = 10**12
_MILLION: Final = 10**6


@lru_cache(maxsize=1_000)
def rates_of(model: Model) -> Rates:
    """Return a model's prices in pico-dollars. What has more decimals than that is rounded up."""
    return Rates(
        input=_pico(model.price_in, _MILLION),
        cached=_pico(model.price_cached, _MILLION),
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
