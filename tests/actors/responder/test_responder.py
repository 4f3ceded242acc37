"""The responder over real sockets: what people see of answers to interactions."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import anyio
import pytest
import structlog
from hikari.impl import RESTClientImpl

import gateway
from actors.responder.actor import Responder
from discord_api.components import row_of
from discord_api.rest import discord_rest
from files.folder import Folder
from messages.components import Button, Choice, Field, Form, Menu, Option, Panel, simple_panel
from messages.files import File
from messages.ids import InteractionId
from messages.responder import (
    AcknowledgePress,
    Defer,
    OfferChoices,
    OpenForm,
    ResponderMessage,
    SendPrivately,
    ShowPanel,
)
from sandbox.discord import Interaction, Limits, Message, Person
from sandbox.discord.requests import Request
from tests.sandbox.discord_client import RawBot, raw_bot

MENTIONS = "@everyone <@{0}>"
BUTTONS = (
    Button(label="Go on", custom_id="go", style="primary"),
    Button(label="Not now", custom_id="no", disabled=True),
)
MENU = Menu(
    custom_id="menu",
    placeholder="Which?",
    options=(Option(label="One", value="1", description="the first"), Option(label="Two", value="2", default=True)),
)
FILE = File(name="talk.md", content="# Talk\nÀ bientôt".encode())


@dataclass
class Running:
    """A running responder, and Alice, who presses."""

    bot: RawBot
    rest: RESTClientImpl
    responder: Responder

    @property
    def alice(self) -> Person:
        return self.bot.alice

    async def used(self) -> Interaction:
        """Alice has used a command in #general."""
        return await self.alice.command(self.bot.general, "user")

    async def pressed(self, panel: Panel | None = None) -> Interaction:
        """Alice has pressed a button of a panel of hers."""
        used = await self.used()
        await self.send(show(used, panel or simple_panel("a panel", BUTTONS)))
        message = await used.answered()
        assert message is not None
        return await self.alice.press(message, "Go on")

    async def answer(self) -> Message:
        """A public message with text and buttons, as the courier sends them."""
        general = self.bot.general
        sent = await self.rest.create_message(general.id, "an answer", component=row_of(BUTTONS))
        return general.messages[int(sent.id)]

    async def send(self, *messages: ResponderMessage) -> None:
        """Have messages sent, and wait until they are."""
        for message in messages:
            self.responder.mailbox.post(message)
        with anyio.fail_after(20):
            await self.responder.drain()

    def requests(self, entry: Interaction) -> list[Request]:
        """Return the requests that Discord got for an interaction."""
        return [request for request in self.bot.discord.requests if entry.token in request.path]

    def kinds(self, entry: Interaction) -> list[str | int]:
        """The type of each callback, the method of what followed."""
        return [
            request.body["type"] if "callback" in request.path else request.method for request in self.requests(entry)
        ]


@pytest.fixture
async def running() -> AsyncIterator[Running]:
    async with raw_bot(Limits()) as bot:
        option = {"type": 3, "name": "session", "description": "Which", "autocomplete": True}
        await bot.register({"name": "user", "description": "You", "options": [option]})
        discord = bot.discord
        factory = gateway.listener(discord.token, discord.rest_url, message_content=True).entity_factory
        rest = discord_rest(discord.token, discord.rest_url, factory)
        responder = Responder(rest, application_id=discord.world.application_id, files=Folder(Path("nowhere")))
        async with rest, anyio.create_task_group() as tasks:
            tasks.start_soon(responder.run)
            yield Running(bot, rest, responder)
            tasks.cancel_scope.cancel()
        assert discord.unknown_routes == []
        assert discord.pings == []


def show(entry: Interaction, panel: Panel, *, redraw: bool = False) -> ShowPanel:
    return ShowPanel(interaction_id=InteractionId(entry.id), token=entry.token, panel=panel, redraw=redraw)


def privately(entry: Interaction, panel: Panel) -> SendPrivately:
    return SendPrivately(interaction_id=InteractionId(entry.id), token=entry.token, panel=panel)


def defer(entry: Interaction, *, redraw: bool) -> Defer:
    return Defer(interaction_id=InteractionId(entry.id), token=entry.token, redraw=redraw)


def acknowledge(entry: Interaction, *, drop_buttons: bool) -> AcknowledgePress:
    return AcknowledgePress(interaction_id=InteractionId(entry.id), token=entry.token, drop_buttons=drop_buttons)


async def test_command_is_answered_with_a_private_panel(running: Running) -> None:
    """Text, buttons and a menu as asked; mentions are not parsed."""
    used = await running.used()
    text = MENTIONS.format(running.bot.bob.id)
    await running.send(show(used, simple_panel(text, (), BUTTONS, MENU)))
    message = used.response
    assert message is not None
    assert (message.content, message.ephemeral, running.kinds(used)) == (text, True, [4])
    first, second, menu = message.controls()
    assert (first["label"], first["style"], first.get("disabled", False)) == ("Go on", 1, False)
    assert (second["label"], second["style"], second["disabled"]) == ("Not now", 2, True)
    assert (menu["placeholder"], menu["min_values"], menu["max_values"]) == ("Which?", 1, 1)
    assert [(option["label"], option.get("description"), option["default"]) for option in menu["options"]] == [
        ("One", "the first", False),
        ("Two", None, True),
    ]


@pytest.mark.parametrize("deferred", [True, False])
async def test_press_redraws_the_panel_it_stands_on(running: Running, deferred: bool) -> None:
    """Text, buttons and file are all replaced."""
    pressed = await running.pressed(simple_panel("before", BUTTONS, files=(FILE,)))
    text = MENTIONS.format(running.bot.bob.id)
    redraw = show(pressed, simple_panel(text, MENU), redraw=True)
    await running.send(*([defer(pressed, redraw=True)] if deferred else []), redraw)
    message = pressed.message
    assert message is not None
    assert (message.content, message.attachments, pressed.followups) == (text, [], [])
    assert [control["custom_id"] for control in message.controls()] == ["menu"]
    assert running.kinds(pressed) == ([6, "PATCH"] if deferred else [7])


async def test_deferred_command_is_answered_in_the_place_of_thinking(running: Running) -> None:
    """Only Alice sees "is thinking…" and the panel with its file that follows."""
    used = await running.used()
    await running.send(defer(used, redraw=False))
    assert used.original is not None
    assert (used.original.loading, used.original.ephemeral) == (True, True)
    text = MENTIONS.format(running.bot.bob.id)
    await running.send(show(used, simple_panel(text, files=(FILE,))))
    message = used.response
    assert message is not None
    assert (message.content, message.ephemeral, running.kinds(used)) == (text, True, [5, "PATCH"])
    assert [file["filename"] for file in message.attachments] == ["talk.md"]


async def test_private_message_with_a_file_follows_a_redraw(running: Running) -> None:
    """Only Alice sees it, and what it holds is what was given."""
    pressed = await running.pressed()
    text = MENTIONS.format(running.bot.bob.id)
    await running.send(
        defer(pressed, redraw=True),
        privately(pressed, simple_panel(text, files=(FILE,))),
        show(pressed, simple_panel("drawn"), redraw=True),
    )
    (followed,) = pressed.followups
    assert (followed.content, followed.ephemeral) == (text, True)
    assert running.kinds(pressed) == [6, "POST", "PATCH"]
    assert running.bot.discord.file(followed, "talk.md") == FILE.content


async def test_file_of_a_first_answer_has_more_than_three_seconds(running: Running) -> None:
    """Discord hears of the command at once, and shows the file when it is there."""
    used = await running.used()
    await running.send(show(used, simple_panel("here", files=(FILE,))))
    assert running.kinds(used) == [5, "PATCH"]
    assert used.response is not None
    assert [file["filename"] for file in used.response.attachments] == ["talk.md"]


async def test_new_panel_after_a_deferred_redraw_leaves_the_old_one_alone(running: Running) -> None:
    """The new message does not change the panel that was pressed."""
    pressed = await running.pressed()
    await running.send(defer(pressed, redraw=True), show(pressed, simple_panel("no")))
    assert pressed.message is not None
    assert pressed.message.content == "a panel"
    assert [(sent.content, sent.ephemeral) for sent in pressed.followups] == [("no", True)]


async def test_form_opens_and_is_answered_by_a_redraw(running: Running) -> None:
    """Discord gets the titles, labels and values of the form."""
    pressed = await running.pressed()
    fields = (
        Field(name="name", label="Name", value="Alice's", chars_max=20, required=True),
        Field(name="system_msg", label="System message", long=True),
    )
    form = Form(custom_id="form", title="Session", fields=fields)
    await running.send(OpenForm(interaction_id=InteractionId(pressed.id), token=pressed.token, form=form))
    assert pressed.modal is not None
    assert (pressed.modal["title"], pressed.modal["custom_id"], running.kinds(pressed)) == ("Session", "form", [9])
    name, system_msg = (row["components"][0] for row in pressed.modal["components"])
    assert (name["label"], name["style"], name["value"]) == ("Name", 1, "Alice's")
    assert (name["required"], name["min_length"], name["max_length"]) == (True, 1, 20)
    assert (system_msg["custom_id"], system_msg["style"], system_msg["required"]) == ("system_msg", 2, False)
    sent = await running.alice.submit(pressed, name="Mine")
    await running.send(show(sent, simple_panel("Mine"), redraw=True))
    assert pressed.message is not None
    assert pressed.message.content == "Mine"


@pytest.mark.parametrize("choices", [(), (Choice(name="Blue", value="1"), Choice(name="Red", value="2"))])
async def test_choices_are_offered(running: Running, choices: tuple[Choice, ...]) -> None:
    """No choices at all are an answer too."""
    typing = await running.alice.autocomplete(running.bot.general, "user", "session", session="b")
    await running.send(OfferChoices(interaction_id=InteractionId(typing.id), token=typing.token, choices=choices))
    assert [(choice["name"], choice["value"]) for choice in typing.choices] == [
        (choice.name, choice.value) for choice in choices
    ]
    assert typing.done


async def test_dropped_buttons_leave_the_text(running: Running) -> None:
    """This holds of answers, at once and after a deferral; a mere acknowledgement changes nothing."""
    message = await running.answer()
    pressed = await running.alice.press(message, "Go on")
    await running.send(acknowledge(pressed, drop_buttons=False))
    assert (running.kinds(pressed), len(message.controls())) == ([6], 2)
    again = await running.alice.press(message, "Go on")
    await running.send(acknowledge(again, drop_buttons=True))
    assert (message.content, message.controls(), running.kinds(again)) == ("an answer", [], [7])
    other = await running.answer()
    late = await running.alice.press(other, "Go on")
    await running.send(defer(late, redraw=True), acknowledge(late, drop_buttons=True))
    assert (other.content, other.controls()) == ("an answer", [])


async def test_a_message_of_an_older_version_becomes_a_layout(running: Running) -> None:
    """Its text is taken away, as Discord demands, and the panel stands in its place; it can be redrawn again."""
    message = await running.answer()
    for text in ("a panel", "drawn again"):
        pressed = await running.alice.press(message, "Go on")
        await running.send(show(pressed, simple_panel(text, BUTTONS), redraw=True))
        assert (message.is_layout, message.content) == (True, text)


async def test_thinking_ends_where_there_is_nothing_to_show(running: Running) -> None:
    """The sign that the bot is thinking is deleted, instead of standing there for a quarter of an hour."""
    used = await running.used()
    await running.send(defer(used, redraw=False), acknowledge(used, drop_buttons=False))
    assert used.original is not None
    assert used.original.deleted


async def test_redraw_of_a_deleted_message_is_sent_as_a_new_one(running: Running) -> None:
    """The person sees the result of the press in a new message."""
    pressed = await running.pressed()
    running.bot.discord.fault(f"POST /interactions/{pressed.id}", code=10008)
    await running.send(show(pressed, simple_panel("anew"), redraw=True))
    assert pressed.response is not None
    assert (pressed.response.content, pressed.response.ephemeral) == ("anew", True)
    assert running.kinds(pressed) == [7, 4]


@pytest.mark.parametrize(
    "fault", [{"dropped": True}, {"stored_then_dropped": True}, {"truncated": True}, {"status": 502}]
)
async def test_answer_that_got_lost_is_seen_once(running: Running, fault: dict[str, object]) -> None:
    """The answer is seen once, whether Discord had stored it or not."""
    running.bot.discord.fault("POST /interactions/", **fault)
    used = await running.used()
    await running.send(show(used, simple_panel("here")))
    assert [message.content for message in running.alice.visible(running.bot.general)] == ["here"]


async def test_answer_that_discord_cannot_take_is_tried_twice(running: Running) -> None:
    """A third try would come after the three seconds."""
    running.bot.discord.fault("POST /interactions/", status=502, times=None)
    used = await running.used()
    await running.send(show(used, simple_panel("here")))
    assert running.kinds(used) == [4, 4]


async def test_slow_answer_holds_up_nobody_else(running: Running) -> None:
    """This holds for a route whose rate limit is not known yet, too."""
    slow, quick = await running.used(), await running.used()
    await running.send(defer(slow, redraw=False), defer(quick, redraw=False))
    running.bot.discord.fault(f"PATCH .*{slow.token}", delay_s=2.0)
    running.responder.mailbox.post(show(slow, simple_panel("slow")))
    await running.bot.discord.until(lambda: running.kinds(slow) == [5, "PATCH"])
    running.responder.mailbox.post(show(quick, simple_panel("quick")))
    message = await quick.answered()
    assert message is not None
    assert (message.content, running.requests(slow)[-1].ended) == ("quick", "open")


async def test_twenty_people_are_answered_at_once(running: Running) -> None:
    """Each interaction has its own rate limit, and none waits for another's."""
    entries = [await running.used() for _ in range(20)]
    await running.send(*(defer(entry, redraw=False) for entry in entries))
    with anyio.fail_after(4):  # at the pace of one interaction it would take 8 seconds
        await running.send(*(show(entry, simple_panel(str(number))) for number, entry in enumerate(entries)))
    assert [entry.response.content if entry.response else "" for entry in entries] == [str(n) for n in range(20)]
    assert running.bot.discord.too_many == []


async def test_many_private_messages_are_all_seen(running: Running) -> None:
    """An export may have more messages than Discord takes at once: they come in order, without a 429."""
    used = await running.used()
    texts = [f"part {number}" for number in range(7)]
    await running.send(show(used, simple_panel("here")), *(privately(used, simple_panel(text)) for text in texts))
    assert [message.content for message in used.followups] == texts
    assert running.bot.discord.too_many == []


async def test_refusal_is_logged_once_without_token_or_text(running: Running) -> None:
    """An interaction that Discord does not know is logged in one line; the rest of its messages are dropped."""
    used = await running.used()
    running.bot.discord.fault(f"POST /interactions/{used.id}", code=10062)
    with structlog.testing.capture_logs() as logged:
        await running.send(show(used, simple_panel("secret words")), privately(used, simple_panel("more")))
    assert [(line["event"], line["code"]) for line in logged] == [("interaction.refused", 10062)]
    assert "secret" not in str(logged)
    assert used.token not in str(logged)


async def test_message_that_cannot_be_obeyed_is_logged(running: Running) -> None:
    """A form cannot open after a deferral."""
    used = await running.used()
    form = Form(custom_id="form", title="Session", fields=(Field(name="name", label="Name"),))
    with structlog.testing.capture_logs() as logged:
        await running.send(
            defer(used, redraw=False),
            OpenForm(interaction_id=InteractionId(used.id), token=used.token, form=form),
        )
    assert [line["event"] for line in logged] == ["interaction.invalid"]
    assert running.kinds(used) == [5]


async def test_what_is_under_way_is_seen_through(running: Running) -> None:
    """The responder is stopped while Discord is slow: the answer still arrives."""
    discord = running.bot.discord
    discord.fault("POST /interactions/", delay_s=0.2)
    used = await running.used()
    stopped = Responder(running.rest, application_id=discord.world.application_id, files=Folder(Path("nowhere")))
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(stopped.run)
        stopped.mailbox.post(show(used, simple_panel("here")))
        await discord.until(lambda: running.requests(used))
        tasks.cancel_scope.cancel()
    assert used.response is not None
    assert running.requests(used)[0].ended == "answered"
