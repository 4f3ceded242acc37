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


def link(url: str | None) -> dict[str, Any]:
    """Return a button that opens a page; without one it is wrong."""
    return {"type": 2, "style": 5, "label": "More", **({} if url is None else {"url": url})}


@pytest.mark.parametrize(
    ("part", "path"),
    [
        (button("c" * 101), "custom_id"),
        (button(""), "custom_id"),
        (button(label="l" * 81), "label"),
        (link("https://example.org/" + "u" * 493), "url"),
        (link("javascript:alert(1)"), "url"),
        (link(None), "url"),
        (link("https://example.org") | {"custom_id": "c"}, "custom_id"),
        (button() | {"url": "https://example.org"}, "url"),
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
    page = link("https://example.org/" + "u" * 492)
    parts = [
        button("c" * 100, "l" * 80),
        page,
        menu(options=25, placeholder="p" * 150),
        menu("n") | {"options": [option]},
    ]
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


@pytest.mark.parametrize(
    ("data", "path"),
    [
        ({"content": "ü" * 2001}, "content"),
        ({"content": "a", "components": [row(menu(options=26))]}, "components.0.components.0.options"),
        ({"content": "a", "components": [row(menu(options=0))]}, "components.0.components.0.options"),
        ({"content": "a", "components": [row(button(str(number))) for number in range(6)]}, "components"),
    ],
)
async def test_limits_hold_on_every_way_that_an_answer_takes(bot: RawBot, data: dict[str, Any], path: str) -> None:
    """A callback, an update in place, an edit of the answer, a follow-up and an edit of that: the same form each time."""
    await bot.register({"name": "user", "description": "You"})
    message = bot.message(await bot.post(content="a", components=[row(button("go"))]))
    used, pressed = await bot.alice.command(bot.general, "user"), await bot.alice.press(message, "go")
    assert (await bot.callback(used, 4, **data)).faults(path)
    assert (await bot.callback(pressed, 7, **data)).faults(path)
    assert (await bot.callback(used, 4, content="ü" * 2000, flags=64)).status == 204
    hook = f"/webhooks/{bot.discord.world.application_id}/{used.token}"
    assert (await bot.ask("PATCH", bot.original(used), data)).faults(path)
    assert (await bot.ask("POST", hook, data)).faults(path)
    more = (await bot.ask("POST", hook, {"content": "more"})).body["id"]
    assert (await bot.ask("PATCH", f"{hook}/messages/{more}", data)).faults(path)


@pytest.mark.parametrize(("key", "length"), [("name", 101), ("name", 0), ("value", 101), ("value", 0)])
async def test_choices_have_texts_of_up_to_100(bot: RawBot, key: str, length: int) -> None:
    """Discord, "Application Commands", section "Application Command Option Choice Structure"."""
    option = {"type": 3, "name": "session", "description": "Which", "autocomplete": True}
    await bot.register({"name": "session", "description": "A session", "options": [option]})
    typing = await bot.alice.autocomplete(bot.general, "session", "session")
    choice = {"name": "n" * 100, "value": "v" * 100}
    assert (await bot.callback(typing, 8, choices=[choice | {key: "x" * length}])).faults(f"choices.0.{key}")
    assert (await bot.callback(typing, 8, choices=[choice])).status == 204


@pytest.mark.parametrize(
    ("part", "path"),
    [
        (row({"type": 4, "custom_id": "t", "style": 1, "label": "l" * 46}), "components.0.components.0.label"),
        (row({"type": 4, "custom_id": "t" * 101, "style": 1, "label": "l"}), "components.0.components.0.custom_id"),
        (
            row({"type": 4, "custom_id": "t", "style": 1, "label": "l", "value": "v" * 4001}),
            "components.0.components.0.value",
        ),
    ],
)
async def test_texts_of_a_form_are_limited(bot: RawBot, part: dict[str, Any], path: str) -> None:
    """Discord, "Component Reference", section "Text Input"."""
    await bot.register({"name": "user", "description": "You"})
    used = await bot.alice.command(bot.general, "user")
    assert (await bot.callback(used, 9, custom_id="f", title="t", components=[part])).faults(path)
    assert used.state == "waiting"


async def test_a_button_that_opens_a_page_cannot_be_pressed(bot: RawBot) -> None:
    """Discord, "Component Reference", section "Button Styles": a link button sends no interaction."""
    sent = await bot.post(components=[row(link("https://example.org/guide"))])
    assert sent.body["components"][0]["components"][0]["url"] == "https://example.org/guide"
    with pytest.raises(NotPossibleError):
        await bot.alice.press(bot.message(sent), "More")
