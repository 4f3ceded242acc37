"""Two lists of commands are the same when a person would see no difference; every difference counts."""

from collections.abc import Callable
from typing import Any

import hikari
import pytest
from hikari.api import CommandBuilder
from hikari.commands import CommandOption
from hikari.impl import ContextMenuCommandBuilder, EntityFactoryImpl, SlashCommandBuilder

from discord_api.registration import are_same

FACTORY = EntityFactoryImpl(hikari.GatewayBot("MQ.x.y", banner=None))


def wanted() -> list[CommandBuilder]:
    """Return a slash command with an option of each kind, and an entry of the Apps menu."""
    command = SlashCommandBuilder("user", "Your settings").set_name_localizations({"zh-CN": "我"})
    command.add_option(CommandOption(type=3, name="text", description="A text", max_length=10))
    command.add_option(
        CommandOption(
            type=10,
            name="number",
            description="A number",
            min_value=0.0,
            max_value=2,
            description_localizations={"zh-CN": "数字"},
        )
    )
    return [command, ContextMenuCommandBuilder(hikari.CommandType.MESSAGE, "Show session")]


def listed() -> list[dict[str, Any]]:
    """Return what Discord lists of them, with what it adds."""
    added = {"application_id": "1", "version": "7", "default_member_permissions": None, "nsfw": False}
    return [
        {**command.build(FACTORY), "id": str(number), **added, "contexts": None, "integration_types": [0]}
        for number, command in enumerate(wanted())
    ]


def _same(payloads: list[dict[str, Any]]) -> bool:
    return are_same(wanted(), [FACTORY.deserialize_command(payload, guild_id=None) for payload in payloads])


def test_what_discord_adds_and_the_order_make_no_difference() -> None:
    """Ids, versions, and defaults that it says or leaves away."""
    assert _same(listed())
    assert _same(listed()[::-1])
    command = listed()[0]
    command["options"] = [{**option, "required": False, "choices": []} for option in command["options"]]
    assert _same([command, listed()[1]])


CHANGES: dict[str, Callable[[dict[str, Any]], object]] = {
    "description": lambda command: command.update(description="Other"),
    "name": lambda command: command.update(name="other"),
    "translation": lambda command: command.update(name_localizations={"zh-CN": "你"}),
    "no translation": lambda command: command.update(name_localizations=None),
    "one more translation": lambda command: command.update(description_localizations={"de": "Hallo"}),
    "permissions": lambda command: command.update(default_member_permissions="8"),
    "nsfw": lambda command: command.update(nsfw=True),
    "fewer options": lambda command: command["options"].pop(),
    "order of options": lambda command: command["options"].reverse(),
    "length": lambda command: command["options"][0].update(max_length=11),
    "no length": lambda command: command["options"][0].pop("max_length"),
    "value": lambda command: command["options"][1].update(min_value=1),
    "required": lambda command: command["options"][0].update(required=True),
    "autocomplete": lambda command: command["options"][0].update(autocomplete=True),
    "choices": lambda command: command["options"][0].update(choices=[{"name": "a", "value": "a"}]),
    "type": lambda command: command["options"][0].update(type=4),
    "option's translation": lambda command: command["options"][1].update(description_localizations={"zh-CN": "数"}),
}


@pytest.mark.parametrize("change", CHANGES)
def test_every_difference_counts(change: str) -> None:
    """Each in one command; the rest is as we say it."""
    payloads = listed()
    CHANGES[change](payloads[0])
    assert not _same(payloads)


def test_a_command_too_few_or_too_many_counts() -> None:
    """And none at all, as before the first start."""
    assert not _same(listed()[:1])
    assert not _same([*listed(), {**listed()[1], "name": "Joke"}])
    assert not _same([])
