"""The responder over real sockets: what people see of answers to interactions."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import anyio
import pytest
import structlog
from hikari.impl import RESTClientImpl

import gateway
from actors.responder.actor import Responder
from discord_api.rest import discord_rest
from messages.components import Button, Choice, Field, Form, Menu, Option, Panel
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
from sandbox.discord import Interaction, Limits, Person
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
class Lane:
    """A running lane, and Alice, who presses."""

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
        await self.send(show(used, panel or Panel(text="a panel", rows=(BUTTONS,))))
        message = await used.answered()
        assert message is not None
        return await self.alice.press(message, "Go on")

    async def send(self, *messages: ResponderMessage) -> None:
        """Have messages sent, to their end."""
        for message in messages:
            self.responder.mailbox.post(message)
        with anyio.fail_after(20):
            await self.responder.drain()

    def requests(self, entry: Interaction) -> list[Request]:
        """What was asked of Discord for an interaction."""
        return [request for request in self.bot.discord.requests if entry.token in request.path]

    def kinds(self, entry: Interaction) -> list[str | int]:
        """The type of each callback, the method of what followed."""
        return [
            request.body["type"] if "callback" in request.path else request.method for request in self.requests(entry)
        ]


@pytest.fixture
async def lane() -> AsyncIterator[Lane]:
    async with raw_bot(Limits()) as bot:
        option = {"type": 3, "name": "session", "description": "Which", "autocomplete": True}
        await bot.register({"name": "user", "description": "You", "options": [option]})
        discord = bot.discord
        factory = gateway.listener(discord.token, discord.rest_url, message_content=True).entity_factory
        rest = discord_rest(discord.token, discord.rest_url, factory)
        responder = Responder(rest, application_id=discord.world.application_id)
        async with rest, anyio.create_task_group() as tasks:
            tasks.start_soon(responder.run)
            yield Lane(bot, rest, responder)
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


async def test_command_is_answered_with_a_private_panel(lane: Lane) -> None:
    """Text, buttons and a menu as asked; mentions are not parsed."""
    used = await lane.used()
    text = MENTIONS.format(lane.bot.bob.id)
    await lane.send(show(used, Panel(text=text, rows=((), BUTTONS, MENU))))
    message = used.response
    assert message is not None
    assert (message.content, message.ephemeral, lane.kinds(used)) == (text, True, [4])
    first, second, menu = message.controls()
    assert (first["label"], first["style"], first.get("disabled", False)) == ("Go on", 1, False)
    assert (second["label"], second["style"], second["disabled"]) == ("Not now", 2, True)
    assert (menu["placeholder"], menu["min_values"], menu["max_values"]) == ("Which?", 1, 1)
    assert [(option["label"], option.get("description"), option["default"]) for option in menu["options"]] == [
        ("One", "the first", False),
        ("Two", None, True),
    ]


@pytest.mark.parametrize("deferred", [True, False])
async def test_press_redraws_the_panel_it_stands_on(lane: Lane, deferred: bool) -> None:
    """All of it: text, buttons, and the file that it had."""
    pressed = await lane.pressed(Panel(text="before", rows=(BUTTONS,), files=(FILE,)))
    text = MENTIONS.format(lane.bot.bob.id)
    redraw = show(pressed, Panel(text=text, rows=(MENU,)), redraw=True)
    await lane.send(*([defer(pressed, redraw=True)] if deferred else []), redraw)
    message = pressed.message
    assert message is not None
    assert (message.content, message.attachments, pressed.followups) == (text, [], [])
    assert [control["custom_id"] for control in message.controls()] == ["menu"]
    assert lane.kinds(pressed) == ([6, "PATCH"] if deferred else [7])


async def test_deferred_command_is_answered_in_the_place_of_thinking(lane: Lane) -> None:
    """Only Alice sees that it is thought of, and what comes of it, with a file."""
    used = await lane.used()
    await lane.send(defer(used, redraw=False))
    assert used.original is not None
    assert (used.original.loading, used.original.ephemeral) == (True, True)
    text = MENTIONS.format(lane.bot.bob.id)
    await lane.send(show(used, Panel(text=text, files=(FILE,))))
    message = used.response
    assert message is not None
    assert (message.content, message.ephemeral, lane.kinds(used)) == (text, True, [5, "PATCH"])
    assert [file["filename"] for file in message.attachments] == ["talk.md"]


async def test_private_message_with_a_file_follows_a_redraw(lane: Lane) -> None:
    """Only Alice sees it, and what it holds is what was given."""
    pressed = await lane.pressed()
    text = MENTIONS.format(lane.bot.bob.id)
    await lane.send(
        defer(pressed, redraw=True),
        privately(pressed, Panel(text=text, files=(FILE,))),
        show(pressed, Panel(text="drawn"), redraw=True),
    )
    (followed,) = pressed.followups
    assert (followed.content, followed.ephemeral) == (text, True)
    assert lane.kinds(pressed) == [6, "POST", "PATCH"]
    (file,) = followed.attachments
    async with lane.bot.http.get(file["url"]) as answer:
        assert (file["filename"], await answer.read()) == ("talk.md", FILE.content)


async def test_file_of_a_first_answer_has_more_than_three_seconds(lane: Lane) -> None:
    """Discord hears of the command at once, and shows the file when it is there."""
    used = await lane.used()
    await lane.send(show(used, Panel(text="here", files=(FILE,))))
    assert lane.kinds(used) == [5, "PATCH"]
    assert used.response is not None
    assert [file["filename"] for file in used.response.attachments] == ["talk.md"]


async def test_new_panel_after_a_deferred_redraw_leaves_the_old_one_alone(lane: Lane) -> None:
    """A notice, say."""
    pressed = await lane.pressed()
    await lane.send(defer(pressed, redraw=True), show(pressed, Panel(text="no")))
    assert pressed.message is not None
    assert pressed.message.content == "a panel"
    assert [(sent.content, sent.ephemeral) for sent in pressed.followups] == [("no", True)]


async def test_form_opens_and_is_answered_by_a_redraw(lane: Lane) -> None:
    """Titles, labels and values as asked."""
    pressed = await lane.pressed()
    fields = (
        Field(name="name", label="Name", value="Alice's", chars_max=20, required=True),
        Field(name="system_msg", label="System message", long=True),
    )
    form = Form(custom_id="form", title="Session", fields=fields)
    await lane.send(OpenForm(interaction_id=InteractionId(pressed.id), token=pressed.token, form=form))
    assert pressed.modal is not None
    assert (pressed.modal["title"], pressed.modal["custom_id"], lane.kinds(pressed)) == ("Session", "form", [9])
    name, system_msg = (row["components"][0] for row in pressed.modal["components"])
    assert (name["label"], name["style"], name["value"]) == ("Name", 1, "Alice's")
    assert (name["required"], name["min_length"], name["max_length"]) == (True, 1, 20)
    assert (system_msg["custom_id"], system_msg["style"], system_msg["required"]) == ("system_msg", 2, False)
    sent = await lane.alice.submit(pressed, name="Mine")
    await lane.send(show(sent, Panel(text="Mine"), redraw=True))
    assert pressed.message is not None
    assert pressed.message.content == "Mine"


@pytest.mark.parametrize("choices", [(), (Choice(name="Blue", value="1"), Choice(name="Red", value="2"))])
async def test_choices_are_offered(lane: Lane, choices: tuple[Choice, ...]) -> None:
    """None is an answer too."""
    typing = await lane.alice.autocomplete(lane.bot.general, "user", "session", session="b")
    await lane.send(OfferChoices(interaction_id=InteractionId(typing.id), token=typing.token, choices=choices))
    assert [(choice["name"], choice["value"]) for choice in typing.choices] == [
        (choice.name, choice.value) for choice in choices
    ]
    assert typing.done


async def test_dropped_buttons_leave_the_text(lane: Lane) -> None:
    """At once, and after a deferral; a mere acknowledgement changes nothing."""
    pressed = await lane.pressed()
    message = pressed.message
    assert message is not None
    await lane.send(acknowledge(pressed, drop_buttons=False))
    assert (lane.kinds(pressed), len(message.controls())) == ([6], 2)
    again = await lane.alice.press(message, "Go on")
    await lane.send(acknowledge(again, drop_buttons=True))
    assert (message.content, message.controls(), lane.kinds(again)) == ("a panel", [], [7])
    late = await lane.pressed()
    await lane.send(defer(late, redraw=True), acknowledge(late, drop_buttons=True))
    assert late.message is not None
    assert (late.message.content, late.message.controls()) == ("a panel", [])


async def test_thinking_ends_where_there_is_nothing_to_show(lane: Lane) -> None:
    """It does not stand there for a quarter of an hour."""
    used = await lane.used()
    await lane.send(defer(used, redraw=False), acknowledge(used, drop_buttons=False))
    assert used.original is not None
    assert used.original.deleted


async def test_redraw_of_a_deleted_message_is_sent_as_a_new_one(lane: Lane) -> None:
    """The person still sees what came of the press."""
    pressed = await lane.pressed()
    lane.bot.discord.fault(f"POST /interactions/{pressed.id}", code=10008)
    await lane.send(show(pressed, Panel(text="anew"), redraw=True))
    assert pressed.response is not None
    assert (pressed.response.content, pressed.response.ephemeral) == ("anew", True)
    assert lane.kinds(pressed) == [7, 4]


@pytest.mark.parametrize(
    "fault", [{"dropped": True}, {"stored_then_dropped": True}, {"truncated": True}, {"status": 502}]
)
async def test_answer_that_got_lost_is_seen_once(lane: Lane, fault: dict[str, object]) -> None:
    """Whether Discord had stored it or not."""
    lane.bot.discord.fault("POST /interactions/", **fault)
    used = await lane.used()
    await lane.send(show(used, Panel(text="here")))
    assert [message.content for message in lane.alice.visible(lane.bot.general)] == ["here"]


async def test_answer_that_discord_cannot_take_is_tried_twice(lane: Lane) -> None:
    """And no more: three seconds are over soon."""
    lane.bot.discord.fault("POST /interactions/", status=502, times=None)
    used = await lane.used()
    await lane.send(show(used, Panel(text="here")))
    assert lane.kinds(used) == [4, 4]


async def test_slow_answer_holds_up_nobody_else(lane: Lane) -> None:
    """Not even on a route that Discord was never asked on before, whose limits nobody knows."""
    slow, quick = await lane.used(), await lane.used()
    await lane.send(defer(slow, redraw=False), defer(quick, redraw=False))
    lane.bot.discord.fault(f"PATCH .*{slow.token}", delay_s=2.0)
    lane.responder.mailbox.post(show(slow, Panel(text="slow")))
    await lane.bot.discord.until(lambda: lane.kinds(slow) == [5, "PATCH"])
    lane.responder.mailbox.post(show(quick, Panel(text="quick")))
    message = await quick.answered()
    assert message is not None
    assert (message.content, lane.requests(slow)[-1].ended) == ("quick", "open")


async def test_twenty_people_are_answered_at_once(lane: Lane) -> None:
    """Each interaction has limits of its own: none waits for another's."""
    entries = [await lane.used() for _ in range(20)]
    await lane.send(*(defer(entry, redraw=False) for entry in entries))
    with anyio.fail_after(4):  # at the pace of one interaction it would take 8 seconds
        await lane.send(*(show(entry, Panel(text=str(number))) for number, entry in enumerate(entries)))
    assert [entry.response.content if entry.response else "" for entry in entries] == [str(n) for n in range(20)]
    assert lane.bot.discord.too_many == []


async def test_many_private_messages_are_all_seen(lane: Lane) -> None:
    """More than Discord takes at once from one interaction, as a long export has: in order, and without a 429."""
    used = await lane.used()
    texts = [f"part {number}" for number in range(7)]
    await lane.send(show(used, Panel(text="here")), *(privately(used, Panel(text=text)) for text in texts))
    assert [message.content for message in used.followups] == texts
    assert lane.bot.discord.too_many == []


async def test_refusal_is_logged_once_without_token_or_text(lane: Lane) -> None:
    """An interaction that Discord does not know: one line; what belongs to it is let go."""
    used = await lane.used()
    lane.bot.discord.fault(f"POST /interactions/{used.id}", code=10062)
    with structlog.testing.capture_logs() as logged:
        await lane.send(show(used, Panel(text="secret words")), privately(used, Panel(text="more")))
    assert [(line["event"], line["code"]) for line in logged] == [("interaction.refused", 10062)]
    assert "secret" not in str(logged)
    assert used.token not in str(logged)


async def test_message_that_cannot_be_obeyed_is_logged(lane: Lane) -> None:
    """A form cannot open after a deferral."""
    used = await lane.used()
    form = Form(custom_id="form", title="Session", fields=(Field(name="name", label="Name"),))
    with structlog.testing.capture_logs() as logged:
        await lane.send(
            defer(used, redraw=False),
            OpenForm(interaction_id=InteractionId(used.id), token=used.token, form=form),
        )
    assert [line["event"] for line in logged] == ["interaction.invalid"]
    assert lane.kinds(used) == [5]


async def test_what_is_under_way_is_seen_through(lane: Lane) -> None:
    """The lane is stopped while Discord takes its time: the answer still arrives, and is heard to its end."""
    discord = lane.bot.discord
    discord.fault("POST /interactions/", delay_s=0.2)
    used = await lane.used()
    stopped = Responder(lane.rest, application_id=discord.world.application_id)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(stopped.run)
        stopped.mailbox.post(show(used, Panel(text="here")))
        await discord.until(lambda: lane.requests(used))
        tasks.cancel_scope.cancel()
    assert used.response is not None
    assert lane.requests(used)[0].ended == "answered"
