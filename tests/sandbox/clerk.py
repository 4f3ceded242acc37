"""A small bot with real hikari: a panel with a menu, a form, autocomplete, the Apps menu, files."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import hikari

from sandbox.discord import Channel
from tests.rig.discord import DiscordRig

INTENTS = hikari.Intents.ALL_UNPRIVILEGED | hikari.Intents.MESSAGE_CONTENT
PRIVATE = hikari.MessageFlag.EPHEMERAL


@dataclass
class Clerk:
    """A bot that answers everything with what it understood."""

    discord: DiscordRig
    bot: hikari.GatewayBot
    heard: list[str] = field(default_factory=list)
    told: asyncio.Queue[hikari.Event] = field(default_factory=asyncio.Queue)

    async def on_interaction(self, event: hikari.InteractionCreateEvent) -> None:
        """Answer by kind."""
        entry = event.interaction
        self.heard.append(f"{entry.type.name} {entry.id}")
        if isinstance(entry, hikari.AutocompleteInteraction):
            (typed,) = [option for option in entry.options if option.is_focused]
            choice = hikari.impl.AutocompleteChoiceBuilder(f"{typed.value}!", str(typed.value))
            await entry.create_response([choice] if typed.value else [])
        elif isinstance(entry, hikari.CommandInteraction):
            await self._command(entry)
        elif isinstance(entry, hikari.ComponentInteraction):
            form = self.bot.rest.build_modal_action_row().add_text_input("name", "Name", min_length=1, max_length=5)
            await entry.create_modal_response("Rename", "form", component=form)
        elif isinstance(entry, hikari.ModalInteraction):
            inputs = [part for row in entry.components for part in row if isinstance(part, hikari.TextInputComponent)]
            text = ", ".join(f"{part.custom_id}={part.value}" for part in inputs)
            await entry.create_initial_response(hikari.ResponseType.MESSAGE_CREATE, f"Form: {text}", flags=PRIVATE)

    async def _command(self, entry: hikari.CommandInteraction) -> None:
        if entry.command_type is hikari.CommandType.MESSAGE:
            assert entry.resolved is not None
            (message,) = entry.resolved.messages.values()
            await entry.create_initial_response(
                hikari.ResponseType.MESSAGE_CREATE, f"It says {message.content}", flags=PRIVATE
            )
            return
        row = self.bot.rest.build_message_action_row()
        menu = row.add_text_menu("colour", placeholder="Choose a colour")
        menu.add_option("Blue", "blue").add_option("Red", "red", is_default=True)
        await entry.create_initial_response(
            hikari.ResponseType.MESSAGE_CREATE,
            "Panel",
            component=row,
            attachment=hikari.Bytes(b"# one", "one.md"),
            flags=PRIVATE,
        )
        await entry.execute("More", attachments=[hikari.Bytes(b"# two", "two.md")], flags=PRIVATE)
        await entry.edit_initial_response("Panel, edited", attachment=hikari.Bytes(b"# three", "three.md"))


@asynccontextmanager
async def employed() -> AsyncIterator[Clerk]:
    """A clerk at work in a sandbox of its own, with a category and a private thread in it."""
    async with DiscordRig() as discord:
        bot = hikari.GatewayBot(discord.token, rest_url=discord.rest_url, banner=None, intents=INTENTS, logs=None)
        clerk = Clerk(discord, bot)
        bot.subscribe(hikari.InteractionCreateEvent, clerk.on_interaction)
        for kind in (hikari.GuildChannelUpdateEvent, hikari.RoleUpdateEvent, hikari.GuildThreadCreateEvent):
            bot.subscribe(kind, clerk.told.put)
        discord.add_thread(discord.channel("general"), "secret", private=True)
        discord.add_channel("lounge", category=discord.add_category("Club"))
        await bot.start(check_for_updates=False)
        option = hikari.CommandOption(
            type=hikari.OptionType.STRING, name="session", description="Which", autocomplete=True
        )
        commands = [
            bot.rest.slash_command_builder("session", "A session").add_option(option),
            bot.rest.context_menu_command_builder(hikari.CommandType.MESSAGE, "Show session"),
        ]
        await bot.rest.set_application_commands(discord.world.application_id, commands)
        yield clerk
        await bot.close()
        assert discord.unknown_routes == []


async def filled(clerk: Clerk, general: Channel) -> None:
    """Put everything into the channel that a message can have."""
    alice, bob = clerk.discord.person("Alice"), clerk.discord.person("Bob")
    await alice.command(general, "session")
    long = [
        "w" * 300,
        "```py\n" + "x" * 300 + "\n```",
        "-# small [a](https://example.org/" + "y" * 200 + ")",
        "`code` ||x||",
    ]
    row = clerk.bot.rest.build_message_action_row()
    row.add_interactive_button(hikari.ButtonStyle.PRIMARY, "b1", label="A button with a long label")
    row.add_interactive_button(hikari.ButtonStyle.SECONDARY, "b2", label="A button with a long label")
    row.add_interactive_button(hikari.ButtonStyle.SUCCESS, "b3", label="A button with a long label")
    row.add_interactive_button(hikari.ButtonStyle.DANGER, "b4", label="A button with a long label", is_disabled=True)
    said = await clerk.bot.rest.create_message(general.id, "\n".join(long), component=row)
    await bob.say(
        general,
        f"<t:1700000000:R> {alice.mention} # no heading\n# A heading\n- a\n- b",
        reply_to=general.messages[int(said.id)],
    )
    await bob.react(general.messages[int(said.id)], "👍")
    await bob.ask_poll(general, "Which?", "One", "Two")
    await alice.forward(general.messages[int(said.id)], general)
