"""What people do with panels, and what they then see."""

from typing import Any

from sandbox.discord import Interaction, Message
from sandbox.discord.component_forms import ROW
from sandbox.discord.things import parts_of
from tests.rig.town import Town

SELECT = 3


async def open_user(town: Town, person: Any, channel: Any = None, **options: Any) -> Message:
    """Use `/user` and return its panel."""
    return await town.seen(await person.command(channel or town.general, "user", **options))


async def open_session(town: Town, person: Any, channel: Any = None, **options: Any) -> Message:
    """Use `/session` and return its panel."""
    return await town.seen(await person.command(channel or town.general, "session", **options))


async def press(town: Town, person: Any, panel: Message, button: str) -> Message:
    """Press a button; return the message that shows the response."""
    return await town.seen(await person.press(panel, button))


async def begin(town: Town, person: Any, channel: Any, text: str = "Tell me of comets", *, name: str = "") -> Any:
    """A session with one answered question; its owner goes on with it. Returns the question."""
    await town.set_status(person, "new", channel=channel)
    question = await person.say(channel, text)
    await town.answered(question)
    await town.set_status(person, "activate", channel=channel)
    if name:
        await open_session(town, person, channel, name=name)
    return question


async def start_with(town: Town, person: Any, model: str) -> Message:
    """Have a person's new sessions start with a model; the redrawn panel."""
    panel = await open_user(town, person)
    return await town.seen(await person.choose(panel, menus(panel)[0]["custom_id"], model))


def rows(panel: Message) -> list[list[str]]:
    """The labels of each row; a menu is the labels of its options."""
    return [
        [part["label"] for inner in row["components"] for part in inner.get("options", [inner])]
        for row in parts_of(panel.components)
        if row["type"] == ROW
    ]


def menus(panel: Message) -> list[dict[str, Any]]:
    """The menus, in reading order: models first, then sessions."""
    return [control for control in panel.controls() if control["type"] == SELECT]


def option(menu: dict[str, Any], label: str) -> str:
    """The value of the option with that label."""
    (value,) = [one["value"] for one in menu["options"] if one["label"] == label]
    return str(value)


async def choose_session(town: Town, person: Any, panel: Message, title: str) -> Message:
    """Choose from the menu of sessions; the redrawn panel."""
    menu = menus(panel)[-1]
    return await town.seen(await person.choose(panel, menu["custom_id"], option(menu, title)))


async def join(town: Town, person: Any, title: str, channel: Any = None) -> Message:
    """Choose somebody's public session."""
    panel = await open_user(town, person, channel)
    panel = await press(town, person, panel, "Show public")
    return await choose_session(town, person, panel, title)


async def done(town: Town, interaction: Interaction) -> Interaction:
    """Wait until a person sees a result of what they did: a response, choices or a form."""
    await town.until(lambda: interaction.done)
    return interaction


async def fields(town: Town, opened: Interaction) -> list[str]:
    """The names of the fields of the form that an interaction opens, in reading order."""
    form = (await done(town, opened)).modal
    assert form is not None
    return [field["custom_id"] for row in form["components"] for field in row["components"]]


def session_id(town: Town) -> int:
    """The id of the only session there is."""
    ((number,),) = town.rows("SELECT id FROM session")
    return int(number)


def private(person: Any, channel: Any) -> list[Message]:
    """What only this person sees in a channel, oldest first."""
    return [message for message in person.visible(channel) if message.ephemeral]
