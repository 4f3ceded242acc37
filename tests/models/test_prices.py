"""Prices are whole numbers, sums of them are exact, and only the cost of a whole request is rounded: up."""

import random
from fractions import Fraction

import pytest
from msgspec.structs import replace

from messages.choices import Choices
from messages.enclosure import Enclosure
from messages.rates import Most, Rates, added
from messages.usage import Usage
from models.model import PRICES, Model
from models.openai_models import OPENAI_MODELS
from models.prices import cost_of, most_of, rates_of
from tests.models.test_prompt import turn

COUNTS = [name for name in Usage.__struct_fields__ if name not in ("estimated", "cost")]
TOKENS = Model(name="m", price_in=2.0, price_cached=0.2, price_out=8.0)
STORES = Model(name="m", price_in=2.0, price_cached=0.2, price_cache_write=2.5, price_out=8.0)
DRAWS = Model(name="m", price_in=5.0, price_image_in=8.0, price_out=10.0, price_image_out=30.0)


def _decimals(random_: random.Random) -> float:
    return round(random_.uniform(0, 100), random_.randrange(7))


@pytest.mark.parametrize("seed", range(300))
def test_a_request_costs_the_exact_sum_rounded_up(seed: int) -> None:
    """Held against fractions of the prices as they were written."""
    chance = random.Random(seed)
    price_in, price_cached, price_out = (_decimals(chance) for _ in range(3))
    read, cached, written = chance.randrange(10**6), chance.randrange(10**6), chance.randrange(10**5)
    model = Model(name="m", price_in=price_in, price_cached=price_cached, price_out=price_out)
    used = Usage(input_tokens=read + cached, cached_tokens=cached, output_tokens=written)
    exact = sum(
        count * Fraction(repr(price))
        for count, price in ((read, price_in), (cached, price_cached), (written, price_out))
    )
    cost = cost_of(model, used)
    assert isinstance(cost, int)
    assert 0 <= cost - exact < 1


def test_prices_are_read_as_they_were_written() -> None:
    """A tenth is a tenth, which no float is, and a fourth decimal counts."""
    rates = rates_of(Model(name="m", price_in=0.1, price_out=0.0375, price_minute=0.0045, price_picture=0.04))
    assert (rates.input, rates.output, rates.minute, rates.picture) == (100_000, 37_500, 4_500_000_000, 40_000_000_000)
    assert all(isinstance(getattr(rates, name), int | None) for name in rates.__struct_fields__)


@pytest.mark.parametrize(
    ("model", "used", "cost"),
    [
        (TOKENS, Usage(), 0),
        (TOKENS, Usage(input_tokens=1_000, output_tokens=500), 6_000),
        (TOKENS, Usage(input_tokens=1_000, cached_tokens=900), 380),
        (Model(name="m", price_in=2.0, price_out=8.0), Usage(input_tokens=1_000, cached_tokens=900), 2_000),
        (STORES, Usage(input_tokens=1_000, cached_tokens=200, cache_write_tokens=700), 1_990),
        (STORES, Usage(input_tokens=1_000, cached_tokens=900, cache_write_tokens=700), 430),
        (TOKENS, Usage(input_tokens=1_000, cache_write_tokens=900), 2_000),
        (Model(name="m", price_in=0.1, price_out=0.5), Usage(input_tokens=1), 1),
        (DRAWS, Usage(input_tokens=100, image_input_tokens=40, pictures=1), 620),
        (DRAWS, Usage(output_tokens=1_000, image_output_tokens=900, pictures=1), 28_000),
        (Model(name="m", price_picture=0.04), Usage(pictures=2), 80_000),
        (Model(name="m", price_picture=0.04), Usage(pictures=2, input_tokens=7), 80_000),
        (Model(name="m", price_minute=0.006), Usage(audio_ms=90_000), 9_000),
        (Model(name="m", price_minute=0.006), Usage(audio_ms=1), 1),
        (Model(name="m", price_characters=15.0), Usage(characters=4_096), 61_440),
        (
            Model(name="m", price_in=2.0, price_out=8.0, price_audio_in=6.0),
            Usage(input_tokens=10, audio_input_tokens=10),
            60,
        ),
        (Model(name="m", price_in=0, price_out=0), Usage(input_tokens=10, output_tokens=10), 0),
    ],
)
def test_a_request_is_priced_by_what_its_server_counts(model: Model, used: Usage, cost: int) -> None:
    """By tokens, by the picture, by the minute or by the character; what has no price of its own costs as much as its like."""
    assert cost_of(model, used) == cost


@pytest.mark.parametrize(
    ("model", "used"),
    [
        (Model(name="m"), Usage(input_tokens=1)),
        (Model(name="m", price_in=1.0), Usage(input_tokens=1, output_tokens=1)),
        (Model(name="m", price_in=1.0, price_out=1.0), Usage(pictures=1)),
        (Model(name="m", price_in=1.0, price_out=1.0), Usage(audio_ms=1)),
        (Model(name="m", price_in=1.0, price_out=1.0), Usage(characters=1)),
    ],
)
def test_a_price_that_is_missing_is_unknown_and_not_nothing(model: Model, used: Usage) -> None:
    """Nobody is told that something was free because its price is not known."""
    assert cost_of(model, used) is None


def test_two_requests_are_added_field_by_field() -> None:
    """One estimate makes the sum an estimate; one unknown price makes the sum unknown."""
    numbers = {name: number for number, name in enumerate(COUNTS, 1)}
    whole = replace(Usage(cost=5), **numbers)
    assert added(whole, whole) == replace(Usage(cost=10), **{name: 2 * number for name, number in numbers.items()})
    assert added(whole, Usage(estimated=True, cost=None)) == replace(whole, estimated=True, cost=None)
    assert added(None, whole) == added(whole, None) == whole
    assert added(None, None) is None


def test_every_price_is_checked_and_has_a_rate() -> None:
    """A price that somebody adds to the catalogue is not forgotten where requests are priced."""
    priced = rates_of(replace(Model(name="m"), **dict.fromkeys(PRICES, 1.0)))
    assert len(PRICES) == len(priced.__struct_fields__)
    assert all(getattr(priced, name) for name in priced.__struct_fields__)


def test_every_model_of_a_new_installation_has_a_price() -> None:
    """Whoever sets a budget in dollars bounds all of them."""
    assert [model.name for model in OPENAI_MODELS if not model.is_priced] == []


@pytest.mark.parametrize(
    ("model", "most"),
    [
        (Model(name="m"), Usage(output_tokens=500)),
        (Model(name="m", reasoning_tokens=8_000), Usage(output_tokens=8_500)),
        (Model(name="m", output_tokens=100), Usage(output_tokens=100)),
        (Model(name="m", kind="image"), Usage(pictures=1, output_tokens=10_000, image_output_tokens=10_000)),
        (Model(name="m", kind="speech"), Usage(characters=4_096)),
        (Model(name="m", kind="embedding"), Usage()),
        (Model(name="m", kind="transcription"), Usage(audio_ms=10_200, output_tokens=16_000)),
    ],
)
def test_what_a_request_may_use_at_most_is_known_by_its_kind(model: Model, most: Usage) -> None:
    """What is reserved of a budget before the request, beside its text."""
    heard = Enclosure(kind="voice", seconds=10.2)
    asked = turn("What is a comet?")
    asked = replace(asked, max_token=500, question=replace(asked.question, enclosures=(heard,)))
    assert most_of(model, asked).usage == most


def test_a_larger_picture_may_use_more() -> None:
    """By its pixels, where the session says its size."""
    drawing = Model(name="m", kind="image", sizes=("auto", "3840x2160"))
    asked = replace(turn("A comet"), choices=Choices(size="3840x2160"))
    assert most_of(drawing, asked).usage.output_tokens == 3840 * 2160 // 150


def test_no_text_has_more_tokens_than_bytes_nor_than_the_context_holds() -> None:
    """The bound that is reserved; what is estimated afterwards is a third of that."""
    most = Most(
        rates=Rates(input=1_000_000, output=2_000_000),
        context_tokens=5_000,
        usage=Usage(output_tokens=10),
        text_bytes=900,
        sent_bytes=90,
    )
    assert most.reserved(300) == Usage(input_tokens=1_200, output_tokens=10, cost=1_220)
    assert most.reserved(10**9).input_tokens == 5_000
    stores = replace(most, rates=replace(most.rates, cache_write=1_250_000))
    assert stores.reserved(300).cost == 1_520
    assert most.estimated(300, 30) == Usage(input_tokens=130, output_tokens=10, estimated=True, cost=150)


def test_a_picture_is_reserved_as_the_largest_and_estimated_by_its_size() -> None:
    """A model that sees none is shown none."""
    blind = Most(rates=Rates(input=1_000_000), text_bytes=90, sent_bytes=90)
    seen = replace(blind, picture_tokens=5_000).with_pictures([(32, 32), (64, 32)])
    assert seen.reserved(300).input_tokens == 10_390
    assert seen.estimated(300, 0).input_tokens == 130 + 102 + 104
    assert blind.with_pictures([(32, 32)]) == blind


@pytest.mark.parametrize(
    ("size", "quality", "tokens"),
    [
        ("1024x1024", "low", 273),
        ("1024x1024", "medium", 1_059),
        ("1536x1024", "high", 6_291),
        ("auto", "auto", 1_588),
    ],
)
def test_a_drawing_that_is_given_up_counts_as_a_picture_once_an_unfinished_one_came(
    size: str, quality: str, tokens: int
) -> None:
    """Before that, only what it was asked with; it is never all that was reserved."""
    drawing = Model(
        name="m",
        kind="image",
        price_in=5.0,
        price_out=30.0,
        sizes=("auto", "1024x1024", "1536x1024"),
        qualities=("auto", "low", "medium", "high"),
    )
    asked = replace(turn("A comet"), choices=Choices(size=size, quality=quality))
    most = most_of(drawing, asked).with_pictures([(1_024, 1_024)])
    before = most.estimated(9, 0)
    assert (before.input_tokens, before.image_input_tokens) == (3 + 2_148, 2_148)
    assert (before.output_tokens, before.pictures, before.cost) == (0, 0, 5 * (3 + 2_148))
    after = most.estimated(9, 0, has_drawn=True)
    assert (after.output_tokens, after.image_output_tokens, after.pictures) == (tokens, tokens, 1)
    assert after.cost == 5 * (3 + 2_148) + 30 * tokens
    assert most.reserved(9).output_tokens >= 10_000


@pytest.mark.parametrize(
    ("kind", "reads"),
    [
        *((kind, "dialogue") for kind in ("chat", "code", "completion")),
        *((kind, "question") for kind in ("image", "embedding")),
        *((kind, "no_tokens") for kind in ("transcription", "speech", "moderation")),
    ],
)
def test_what_a_model_reads_depends_on_its_kind(kind: str, reads: str) -> None:
    """A drawing is not charged for the conversation that its model is not told."""
    most = most_of(Model(name="m", kind=kind), turn("What is a comet?"))
    assert most.reads == reads
    assert bool(most.text_bytes) == (reads == "dialogue")
