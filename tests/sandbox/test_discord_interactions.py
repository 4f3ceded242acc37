"""Interactions have deadlines, tokens and answers for one person. Discord, "Receiving and Responding"."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from sandbox.discord import Interaction, InteractionFailedError, NoSuchCommandError, NotPossibleError
from tests.sandbox.discord_client import RawBot, button, raw_bot, row

STRING, INTEGER = 3, 4

USER: dict[str, Any] = {
    "name": "user",
    "description": "You",
    "options": [
        {"type": STRING, "name": "name", "description": "A name", "max_length": 5},
        {"type": INTEGER, "name": "max_token", "description": "How many", "min_value": 1},
    ],
}


@pytest.fixture
async def bot() -> AsyncIterator[RawBot]:
    async with raw_bot() as bot:
        assert (await bot.register(USER, {"name": "Show session", "type": 3})).status == 200
        yield bot


@pytest.fixture
async def used(bot: RawBot) -> Interaction:
    """Alice has used a command in #general."""
    return await bot.alice.command(bot.general, "user", name="me")


async def test_answer_comes_within_three_seconds(bot: RawBot, used: Interaction) -> None:
    """Section "Interaction Callback": "must send an initial response within 3 seconds"; then 10062."""
    bot.discord.clock.advance(2.5)
    assert not used.failed
    bot.discord.clock.advance(0.6)
    assert used.failed
    refused = await bot.callback(used, 4, content="late")
    assert (refused.status, refused.code) == (404, 10062)
    with pytest.raises(InteractionFailedError):
        await used.answered()


async def test_answered_in_time_it_does_not_fail_later(bot: RawBot, used: Interaction) -> None:
    """The same section: a deferral keeps it alive."""
    assert (await bot.callback(used, 5)).status == 204
    bot.discord.clock.advance(10)
    assert (used.failed, used.state, used.response) == (False, "deferred", None)


async def test_second_callback_is_refused(bot: RawBot, used: Interaction) -> None:
    """Discord, "Opcodes and Status Codes": 40060."""
    await bot.callback(used, 4, content="first")
    refused = await bot.callback(used, 4, content="second")
    assert (refused.status, refused.code) == (400, 40060)


async def test_callback_that_was_malformed_acknowledges_nothing(bot: RawBot, used: Interaction) -> None:
    """A refused body leaves the interaction waiting."""
    assert (await bot.callback(used, 4, content="a" * 2001)).faults("content")
    assert used.state == "waiting"
    assert (await bot.callback(used, 4, content="a")).status == 204


async def test_token_lives_fifteen_minutes(bot: RawBot, used: Interaction) -> None:
    """Section "Followup Messages": "Interaction tokens are valid for 15 minutes"; then 50027."""
    await bot.callback(used, 4, content="a")
    bot.discord.clock.advance(899)
    assert (await bot.ask("PATCH", bot.original(used), {"content": "b"})).status == 200
    bot.discord.clock.advance(2)
    refused = await bot.ask("PATCH", bot.original(used), {"content": "c"})
    assert (refused.status, refused.code) == (401, 50027)


async def test_ephemeral_answer_is_seen_by_its_person_only(bot: RawBot, used: Interaction) -> None:
    """Section "Interaction Callback Data": flag EPHEMERAL; the channel does not contain it."""
    await bot.callback(used, 4, content="private", flags=64)
    answer = await used.answered()
    assert answer is not None
    assert bot.discord.messages(bot.general, seen_by=bot.alice) == [answer]
    assert bot.discord.messages(bot.general, seen_by=bot.bob) == []
    assert bot.discord.messages(bot.general) == []
    assert (await bot.ask("GET", f"/channels/{bot.general.id}/messages")).body == []
    assert (await bot.patch(answer.id, content="b")).code == 10008
    with pytest.raises(NotPossibleError):
        await bot.bob.message_command(answer, "Show session")


async def test_deferred_answer_is_edited_in(bot: RawBot, used: Interaction) -> None:
    """Section "Interaction Callback Type": 5 shows a loading state until the original is edited."""
    await bot.callback(used, 5, flags=64)
    assert used.original is not None
    assert used.original.loading
    assert (await bot.ask("PATCH", bot.original(used), {"content": "done"})).body["edited_timestamp"] is None
    answer = await used.answered()
    assert answer is not None
    assert (answer.content, answer.ephemeral, answer.loading, answer.edits) == ("done", True, False, [])


async def test_first_follow_up_of_a_deferral_is_the_answer(bot: RawBot, used: Interaction) -> None:
    """Section "Followup Messages": it takes the place, and the privacy, of the loading message."""
    await bot.callback(used, 5, flags=64)
    path = f"/webhooks/{bot.discord.world.application_id}/{used.token}"
    await bot.ask("POST", path, {"content": "done"})
    await bot.ask("POST", path, {"content": "more"})
    seen = bot.discord.messages(bot.general, seen_by=bot.bob)
    assert [message.content for message in seen] == ["more"]
    assert used.response is not None
    assert used.response.content == "done"


async def test_follow_up_needs_a_first_answer(bot: RawBot, used: Interaction) -> None:
    """Discord, "Opcodes and Status Codes": 10015, before the callback and for foreign tokens."""
    assert (await bot.ask("PATCH", bot.original(used), {"content": "a"})).code == 10015
    assert (await bot.ask("POST", f"/webhooks/{bot.discord.world.application_id}/x", {"content": "a"})).code == 10015


async def test_callback_tells_what_it_made(bot: RawBot, used: Interaction) -> None:
    """Section "Interaction Callback Response Object", with `with_response`; no rate-limit headers on callbacks."""
    told = await bot.callback(used, 4, "?with_response=true", content="a")
    assert told.body["resource"]["message"]["content"] == "a"
    assert told.body["interaction"]["response_message_id"] == told.body["resource"]["message"]["id"]
    assert not [name for name in told.headers if name.lower().startswith("x-ratelimit")]


async def test_button_updates_its_message(bot: RawBot) -> None:
    """Section "Interaction Callback Type": 7 edits the message the component stands on; commands cannot."""
    message = bot.message(await bot.post(content="before", components=[row(button("go"))]))
    pressed = await bot.bob.press(message, "Press")
    await bot.callback(pressed, 7, content="after", components=[])
    assert await pressed.answered() is message
    assert (message.content, message.components) == ("after", [])
    used = await bot.alice.command(bot.general, "user")
    assert (await bot.callback(used, 7, content="after")).faults("type")


async def test_form_is_opened_and_submitted(bot: RawBot, used: Interaction) -> None:
    """Section "Modal": title 45, 5 inputs of one a row, 4,000 characters."""
    field = {"type": 4, "custom_id": "text", "style": 1, "label": "Text", "max_length": 3}
    assert (await bot.callback(used, 9, custom_id="f", title="t" * 46, components=[row(field)])).faults("title")
    long = field | {"max_length": 4001}
    refused = await bot.callback(used, 9, custom_id="f", title="t", components=[row(long)])
    assert refused.faults("components.0.components.0.max_length")
    rows = [row(field | {"custom_id": str(number)}) for number in range(6)]
    assert (await bot.callback(used, 9, custom_id="f", title="t", components=rows)).faults("components")
    assert (await bot.callback(used, 9, custom_id="f", title="t", components=[row(field)])).status == 204
    with pytest.raises(NotPossibleError):
        await bot.alice.submit(used, text="long")
    sent = await bot.alice.submit(used, text="abc")
    assert sent.data["components"][0]["components"][0]["value"] == "abc"
    assert (await bot.callback(sent, 9, custom_id="f", title="t", components=[row(field)])).faults("type")


async def test_autocomplete_gives_at_most_25_choices(bot: RawBot) -> None:
    """Section "Autocomplete": "max of 25 choices"; it cannot be deferred."""
    typing = await bot.alice.autocomplete(bot.general, "user", "name", name="a")
    choices = [{"name": str(number), "value": str(number)} for number in range(26)]
    assert (await bot.callback(typing, 5)).faults("type")
    assert (await bot.callback(typing, 8, choices=choices)).faults("choices")
    assert (await bot.callback(typing, 8, choices=choices[:25])).status == 204
    assert len(typing.choices) == 25


async def test_only_registered_commands_and_options_can_be_used(bot: RawBot) -> None:
    """Discord, "Application Commands", section "Application Command Option Structure"."""
    wrong: list[tuple[str, dict[str, Any]]] = [
        ("nobody", {}),
        ("user", {"colour": "red"}),
        ("user", {"name": "longer"}),
        ("user", {"name": 7}),
        ("user", {"max_token": 0}),
        ("user", {"max_token": "1"}),
    ]
    for name, options in wrong:
        with pytest.raises(NoSuchCommandError):
            await bot.alice.command(bot.general, name, **options)


async def test_commands_keep_their_ids_and_are_checked(bot: RawBot) -> None:
    """Discord, "Application Commands", sections "Naming" and "Bulk Overwrite Global Application Commands"."""
    before = {command["name"]: command["id"] for command in bot.discord.commands}
    again = await bot.register(USER)
    assert [command["id"] for command in again.body] == [before["user"]]
    assert (await bot.register(USER | {"name": "User"})).faults("0.name")
    assert (await bot.register(USER | {"description": "d" * 101})).faults("0.description")
    options = [{"type": STRING, "name": f"o{number}", "description": "d"} for number in range(26)]
    assert (await bot.register(USER | {"options": options})).faults("0.options")


async def test_apps_menu_hands_over_the_message(bot: RawBot) -> None:
    """Discord, "Application Commands", section "Message Commands": `target_id` and the resolved message."""
    said = await bot.bob.say(bot.general, "hello")
    used = await bot.alice.message_command(said, "Show session")
    assert used.data["resolved"]["messages"][used.data["target_id"]]["content"] == "hello"
