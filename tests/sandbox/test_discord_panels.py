"""What panels are made of, end to end with real hikari: menus, the Apps menu, forms, choices, files, replays."""

import asyncio
from collections.abc import AsyncIterator

import hikari
import pytest

from sandbox.discord import Interaction
from tests.sandbox.clerk import Clerk, employed


@pytest.fixture
async def clerk() -> AsyncIterator[Clerk]:
    async with employed() as clerk:
        yield clerk


async def opened(clerk: Clerk) -> Interaction:
    """Alice has chosen from the menu of a panel, and the bot has opened a form."""
    alice, general = clerk.discord.person("Alice"), clerk.discord.channel("general")
    panel = await (await alice.command(general, "session", session="a")).answered()
    assert panel is not None
    chosen = await alice.choose(panel, "Choose a colour", "Blue")
    await chosen.answered()
    return chosen


async def test_answer_follow_up_and_edit_carry_files(clerk: Clerk) -> None:
    """All three are multipart; each file is stored, and the edit's takes the place of the answer's."""
    alice, general = clerk.discord.person("Alice"), clerk.discord.channel("general")
    used = await alice.command(general, "session")
    await clerk.discord.until(lambda: used.original is not None and used.original.content == "Panel, edited")
    panel, more = clerk.discord.messages(general, seen_by=alice)
    assert clerk.discord.file(panel, "three.md") == b"# three"
    assert clerk.discord.file(more) == b"# two"
    assert {request.files[0] for request in clerk.discord.requests if request.files} == {"one.md", "two.md", "three.md"}
    for request in (request for request in clerk.discord.requests if request.files):
        assert clerk.discord.audience(request) == {alice.id}


async def test_chosen_option_opens_a_form_whose_fields_arrive(clerk: Clerk) -> None:
    """Menu, form, and what was written into it."""
    chosen = await opened(clerk)
    assert (chosen.data["values"], chosen.modal and chosen.modal["title"]) == (["blue"], "Rename")
    answer = await (await clerk.discord.person("Alice").submit(chosen, name="abc")).answered()
    assert answer is not None
    assert answer.content == "Form: name=abc"


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ([], "Form:"),
        ([("name", "a"), ("name", "b")], "Form: name=a, name=b"),
        ([("other", "x")], "Form: other=x"),
        ([("name", "longer than the form allows")], "Form: name=longer than the form allows"),
    ],
)
async def test_forged_forms_reach_the_bot_as_they_are(clerk: Clerk, fields: list[tuple[str, str]], text: str) -> None:
    """Fields may be missing, doubled, unknown or overlong, with and without a message below them."""
    chosen = await opened(clerk)
    alice = clerk.discord.person("Alice")
    for message in (chosen.message, None):
        answer = await (await alice.forge_form(message, "form", fields)).answered()
        assert answer is not None
        assert answer.content == text


async def test_forged_values_reach_the_bot_as_they_are(clerk: Clerk) -> None:
    """A value that no option has."""
    chosen = await opened(clerk)
    assert chosen.message is not None
    forged = await clerk.discord.person("Alice").forge(chosen.message, "colour", "green", "blue")
    await forged.answered()
    assert forged.data["values"] == ["green", "blue"]


async def test_apps_menu_and_choices_are_answered(clerk: Clerk) -> None:
    """The message's text and what is being typed come back, on a server and in direct messages."""
    alice = clerk.discord.person("Alice")
    for channel in (clerk.discord.channel("general"), alice.direct_messages):
        said = await alice.say(channel, "hello")
        shown = await (await alice.message_command(said, "Show session")).answered()
        assert shown is not None
        assert (shown.content, shown.ephemeral) == ("It says hello", True)
        typing = await alice.autocomplete(channel, "session", "session", session="ab")
        await typing.answered()
        assert typing.choices == [{"name": "ab!", "value": "ab"}]


async def test_replayed_interaction_has_the_same_id_and_token(clerk: Clerk) -> None:
    """The bot hears it twice; its second callback is refused and nothing is shown twice."""
    alice, general = clerk.discord.person("Alice"), clerk.discord.channel("general")
    said = await alice.say(general, "hello")
    used = await alice.message_command(said, "Show session")
    await used.answered()
    clerk.discord.replay(used)
    callbacks = f"/interactions/{used.id}/{used.token}/callback"
    await clerk.discord.until(
        lambda: [request.status for request in clerk.discord.requests if request.path == callbacks] == [200, 400]
    )
    assert clerk.heard == [f"APPLICATION_COMMAND {used.id}"] * 2
    assert len(clerk.discord.messages(general, seen_by=alice)) == 2


async def test_places_that_change_are_understood(clerk: Clerk) -> None:
    """Hikari makes its own things of categories, private threads, overwrites and roles."""
    discord, cache = clerk.discord, clerk.bot.cache
    await discord.until(lambda: cache.get_guild_channel(discord.channel("lounge").id))
    lounge = cache.get_guild_channel(discord.channel("lounge").id)
    assert lounge is not None
    assert lounge.parent_id == discord.channel("Club").id
    assert isinstance(cache.get_thread(discord.channel("secret").id), hikari.GuildPrivateThread)
    discord.restrict(discord.channel("general"), [discord.person("Bob")])
    updated = await asyncio.wait_for(clerk.told.get(), 20)
    assert isinstance(updated, hikari.GuildChannelUpdateEvent)
    assert discord.person("Bob").id in updated.channel.permission_overwrites
    discord.change_everyone(deny=int(hikari.Permissions.VIEW_CHANNEL))
    changed = await asyncio.wait_for(clerk.told.get(), 20)
    assert isinstance(changed, hikari.RoleUpdateEvent)
    assert not changed.role.permissions & hikari.Permissions.VIEW_CHANNEL
    discord.add_thread(discord.channel("general"), "aside", private=True)
    made = await asyncio.wait_for(clerk.told.get(), 20)
    assert isinstance(made, hikari.GuildThreadCreateEvent)
    assert made.thread.type is hikari.ChannelType.GUILD_PRIVATE_THREAD
