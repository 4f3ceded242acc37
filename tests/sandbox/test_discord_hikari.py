"""Real hikari, unchanged, lives in the small Discord: it connects, answers, edits, reacts and resumes."""

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import hikari
import pytest

from tests.rig.discord import DiscordRig

pytestmark = pytest.mark.usefixtures("hikari_handles_its_errors")

INTENTS = hikari.Intents.ALL_UNPRIVILEGED | hikari.Intents.MESSAGE_CONTENT


@dataclass
class Echo:
    """A bot of a few lines."""

    discord: DiscordRig
    bot: hikari.GatewayBot
    heard: list[str] = field(default_factory=list)
    changed: asyncio.Queue[str | None] = field(default_factory=asyncio.Queue)

    async def on_message(self, event: hikari.MessageCreateEvent) -> None:
        """Reply, edit the reply and react."""
        if not event.is_human:
            return
        self.heard.append(event.message.content or "")
        reply = await self.bot.rest.create_message(
            event.channel_id, "…", reply=event.message, nonce=str(event.message_id)
        )
        await self.bot.rest.edit_message(event.channel_id, reply, f"You said {event.message.content}")
        await self.bot.rest.add_reaction(event.channel_id, event.message_id, "👌")

    async def on_update(self, event: hikari.MessageUpdateEvent) -> None:
        """Note what people changed."""
        if event.is_human:
            self.changed.put_nowait(event.message.content or None)

    async def on_interaction(self, event: hikari.InteractionCreateEvent) -> None:
        """Answer a command with a button and a menu, a press with a form, a form with text."""
        entry = event.interaction
        if isinstance(entry, hikari.AutocompleteInteraction):
            await entry.create_response([hikari.impl.AutocompleteChoiceBuilder("Blue", "blue")])
        elif isinstance(entry, hikari.CommandInteraction):
            row = self.bot.rest.build_message_action_row()
            row.add_interactive_button(hikari.ButtonStyle.PRIMARY, "press:1", label="Press")
            await entry.create_initial_response(
                hikari.ResponseType.DEFERRED_MESSAGE_CREATE, flags=hikari.MessageFlag.EPHEMERAL
            )
            await entry.edit_initial_response(f"Hello {entry.user.username}", component=row)
        elif isinstance(entry, hikari.ComponentInteraction):
            form = self.bot.rest.build_modal_action_row().add_text_input("text", "Text")
            await entry.create_modal_response("Say", "form:1", component=form)
        elif isinstance(entry, hikari.ModalInteraction):
            first = entry.components[0][0]
            assert isinstance(first, hikari.TextInputComponent)
            await entry.create_initial_response(
                hikari.ResponseType.MESSAGE_UPDATE, f"Form: {first.value}", components=[]
            )


@pytest.fixture
async def echo() -> AsyncIterator[Echo]:
    async with DiscordRig() as discord:
        bot = hikari.GatewayBot(discord.token, rest_url=discord.rest_url, banner=None, intents=INTENTS, logs=None)
        echo = Echo(discord, bot)
        bot.subscribe(hikari.MessageCreateEvent, echo.on_message)
        bot.subscribe(hikari.MessageUpdateEvent, echo.on_update)
        bot.subscribe(hikari.InteractionCreateEvent, echo.on_interaction)
        await bot.start(check_for_updates=False)
        option = hikari.CommandOption(
            type=hikari.OptionType.STRING, name="colour", description="Which", autocomplete=True
        )
        command = bot.rest.slash_command_builder("hello", "Greets").add_option(option)
        made = await bot.rest.set_application_commands(discord.world.application_id, [command])
        assert [one.name for one in made] == ["hello"]
        yield echo
        await bot.close()
        assert discord.unknown_routes == []
        assert discord.too_many == []


async def test_message_is_answered_edited_and_reacted_to(echo: Echo) -> None:
    """In a channel and in a direct message."""
    alice = echo.discord.person("Alice")
    for channel in (echo.discord.channel("general"), alice.direct_messages):
        question = await alice.say(channel, "hello")
        await echo.discord.until(lambda: question.reactions)  # noqa: B023  # awaited within its turn of the loop
        reply = echo.discord.messages(channel)[-1]
        assert (reply.content, reply.reference_id, reply.edits) == ("You said hello", question.id, ["…"])
    await alice.edit(question, "hello again")
    assert await asyncio.wait_for(echo.changed.get(), 20) == "hello again"


async def test_command_button_and_form_are_answered(echo: Echo) -> None:
    """A deferred private panel, its button, the form it opens, and autocomplete, on a server and directly."""
    bob = echo.discord.person("Bob")
    for channel in (echo.discord.channel("general"), bob.direct_messages):
        typing = await bob.autocomplete(channel, "hello", "colour", colour="b")
        await typing.answered()
        assert [choice["value"] for choice in typing.choices] == ["blue"]
        used = await bob.command(channel, "hello", colour="blue")
        panel = await used.answered()
        assert panel is not None
        assert (panel.content, panel.ephemeral) == ("Hello bob", True)
        pressed = await bob.press(panel, "Press")
        await pressed.answered()
        sent = await bob.submit(pressed, text="abc")
        assert await sent.answered() is panel
        assert (panel.content, panel.components) == ("Form: abc", [])


async def test_dropped_socket_is_resumed_with_what_was_missed(echo: Echo, caplog: pytest.LogCaptureFixture) -> None:
    """One IDENTIFY, one RESUME, and the question that came in between is answered."""
    caplog.set_level(logging.CRITICAL, "hikari")
    alice, general = echo.discord.person("Alice"), echo.discord.channel("general")
    echo.discord.gateway.drop_socket()
    await echo.discord.until(lambda: not echo.discord.gateway.connected)
    question = await alice.say(general, "missed")
    await echo.discord.until(lambda: question.reactions)
    assert echo.heard == ["missed"]
    assert (len(echo.discord.gateway.identifies), len(echo.discord.gateway.resumes)) == (1, 1)


async def test_history_is_read_and_direct_messages_are_opened(echo: Echo) -> None:
    """What the bot needs to find what it missed."""
    alice, general = echo.discord.person("Alice"), echo.discord.channel("general")
    echo.discord.gateway.hold_events()
    said = [await alice.say(general, str(number)) for number in range(3)]
    found = await echo.bot.rest.fetch_messages(general.id, after=said[0].id)
    assert sorted(message.content or "" for message in found) == ["1", "2"]
    assert (await echo.bot.rest.create_dm_channel(alice.id)).id == alice.direct_messages.id
