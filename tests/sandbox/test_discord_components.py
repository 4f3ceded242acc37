"""The small Discord keeps the limits on components and forms. Discord, "Component Reference"."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from sandbox.discord import NotPossibleError
from tests.sandbox.discord_client import RawBot, button, menu, raw_bot, row


@pytest.fixture
async def bot() -> AsyncIterator[RawBot]:
    async with raw_bot() as bot:
        yield bot


async def test_five_rows_of_five_buttons_are_the_most(bot: RawBot) -> None:
    """Discord, "Component Reference", section "Action Row": up to 5 buttons; "Legacy Message Component Behavior": 5 rows."""
    rows = [row(*(button(f"{place}-{number}") for number in range(5))) for place in range(6)]
    assert (await bot.post(components=rows[:5])).status == 200
    assert (await bot.post(components=rows)).faults("components") == ["BASE_TYPE_BAD_LENGTH"]
    six = row(*(button(str(number)) for number in range(6)))
    assert (await bot.post(components=[six])).faults("components.0.components")


async def test_menu_stands_alone_in_its_row(bot: RawBot) -> None:
    """Discord, "Component Reference", section "Action Row": a single select component."""
    assert (await bot.post(components=[row(menu())])).status == 200
    assert (await bot.post(components=[row(menu(), button())])).faults("components.0.components")


@pytest.mark.parametrize(
    ("part", "path"),
    [
        (button("c" * 101), "custom_id"),
        (button(""), "custom_id"),
        (button(label="l" * 81), "label"),
        (menu(options=26), "options"),
        (menu(options=0), "options"),
        (menu(placeholder="p" * 151), "placeholder"),
        (menu(max_values=26), "max_values"),
        (menu(min_values=-1), "min_values"),
        (menu() | {"options": [{"label": "l" * 101, "value": "v"}]}, "options.0.label"),
        (menu() | {"options": [{"label": "l", "value": "v" * 101}]}, "options.0.value"),
        (menu() | {"options": [{"label": "l", "value": "v", "description": "d" * 101}]}, "options.0.description"),
        (menu() | {"options": [{"label": "l", "value": "v"}, {"label": "m", "value": "v"}]}, "options.1.value"),
    ],
)
async def test_texts_and_counts_of_a_component_are_limited(bot: RawBot, part: dict[str, Any], path: str) -> None:
    """Discord, "Component Reference", sections "Button Structure", "String Select Structure", "Select Option Structure"."""
    assert (await bot.post(components=[row(part)])).faults(f"components.0.components.0.{path}")


async def test_limits_themselves_are_allowed(bot: RawBot) -> None:
    """The same sections: each limit is the last value that passes."""
    option = {"label": "l" * 100, "value": "v" * 100, "description": "d" * 100}
    parts = [button("c" * 100, "l" * 80), menu(options=25, placeholder="p" * 150), menu("n") | {"options": [option]}]
    assert (await bot.post(components=[row(part) for part in parts])).status == 200


async def test_custom_ids_are_unique_in_a_message(bot: RawBot) -> None:
    """Discord, "Component Reference", section "Custom ID"."""
    refused = await bot.post(components=[row(button("same")), row(button("same"))])
    assert refused.faults("components.1.components.0.custom_id") == ["COMPONENT_CUSTOM_ID_DUPLICATED"]


async def test_stored_components_are_numbered(bot: RawBot) -> None:
    """Discord, "Component Reference", section "Anatomy of a Component": an `id` that is left out is given by Discord."""
    sent = await bot.post(components=[row(button("a"), button("b", id=2))])
    outer = sent.body["components"][0]
    assert len({outer["id"], *(part["id"] for part in outer["components"])}) == 3
    assert outer["components"][1]["id"] == 2


async def test_components_v2_have_limits_of_their_own(bot: RawBot) -> None:
    """Discord, "Component Reference", flag IS_COMPONENTS_V2: 40 components, 4,000 characters, no content."""
    flag = 1 << 15
    text = {"type": 10, "content": "a" * 2000}
    assert (await bot.post(flags=flag, components=[text, text])).status == 200
    assert (await bot.post(flags=flag, components=[text, text, text])).faults("components")
    assert (await bot.post(flags=flag, components=[{"type": 10, "content": "a"}] * 41)).faults("components")
    assert (await bot.post(flags=flag, components=[text], content="a")).faults("flags")


async def test_people_press_only_what_is_there(bot: RawBot) -> None:
    """Discord's client offers what the message shows, and nothing that is disabled."""
    sent = await bot.post(components=[row(button("on"), button("off", "Not now", disabled=True)), row(menu())])
    message = bot.message(sent)
    assert (await bot.alice.press(message, "on")).data["custom_id"] == "on"
    assert (await bot.alice.choose(message, "m", "Option 1")).data["values"] == ["1"]
    for press in ("Not now", "nothing"):
        with pytest.raises(NotPossibleError):
            await bot.alice.press(message, press)
    with pytest.raises(NotPossibleError):
        await bot.alice.choose(message, "m", "Option 7")
    with pytest.raises(NotPossibleError):
        await bot.alice.choose(message, "m", "0", "1")
