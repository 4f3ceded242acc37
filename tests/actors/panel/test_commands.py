"""What Discord lists as the bot's commands."""

from typing import Any

import hikari
from hikari.api import CommandBuilder

from actors.panel.commands import commands
from texts.say import locale_for

FACTORY = hikari.impl.EntityFactoryImpl(hikari.RESTApp())  # type: ignore[arg-type]
CHINESE = "zh-CN"


def wanted(*, budgets: bool = False) -> list[CommandBuilder]:
    """The commands as the bot makes them."""
    rest = hikari.impl.RESTClientImpl  # its builders need no connection
    return commands(rest.__new__(rest), budgets=budgets)


def registered(*, budgets: bool = False) -> dict[str, Any]:
    """Each command as it is sent, by name."""
    return {builder.name: dict(builder.build(FACTORY)) for builder in wanted(budgets=budgets)}


def test_there_are_four_slash_commands_and_two_of_the_apps_menu() -> None:
    """The slash commands and the two entries of the Apps menu are registered."""
    found = registered()
    assert {name: int(command.get("type", 1)) for name, command in found.items()} == {
        "help": 1,
        "user": 1,
        "session": 1,
        "causerie": 1,
        "privacy": 1,
        "Show session": 3,
        "Ask again": 3,
    }


def test_options_are_bounded_where_discord_can_check_them() -> None:
    """Discord gets the same bounds that are checked when the options arrive."""
    found = registered()

    def options(name: str) -> dict[str, dict[str, Any]]:
        kept = ("min_value", "max_value", "min_length", "max_length", "autocomplete")
        return {
            option["name"]: {key: option[key] for key in kept if option.get(key)} for option in found[name]["options"]
        }

    assert options("user") == {
        "system_msg": {"max_length": 4000},
        "max_token": {"min_value": 1, "max_value": 128_000},
        "temperature": {"max_value": 2.0},
    }
    assert options("session") == {
        "name": {"min_length": 1, "max_length": 100},
        "system_msg": {"max_length": 4000},
        "session": {"max_length": 100, "autocomplete": True},
    }
    assert all(not option["required"] for name in ("user", "session") for option in found[name]["options"])
    assert all(
        1 <= len(option["description"]) <= 100 for name in ("user", "session") for option in found[name]["options"]
    )


def test_descriptions_and_options_are_in_each_language_that_the_bot_speaks() -> None:
    """Commands that people type have one name; entries of menus and options are chosen, and have names in each language."""
    found = registered(budgets=True)
    for name in ("help", "user", "session", "budget", "causerie"):
        command = found[name]
        assert not command["name_localizations"], name
        for entry in (command, *command["options"]):
            assert CHINESE in entry["description_localizations"], entry["name"]
        for option in command["options"]:
            assert CHINESE in option["name_localizations"], option["name"]
    for name in ("Show session", "Ask again"):
        assert CHINESE in found[name]["name_localizations"]


def test_no_language_is_sent_that_the_bot_does_not_speak() -> None:
    """Discord shows English to everybody else; it is also the language of `en-GB` and `en-US`."""
    spoken = {locale.value for locale in hikari.Locale if locale_for(locale.value) != "en"}
    assert set(registered()["user"]["description_localizations"]) == spoken
    assert not spoken & {"en-GB", "en-US", "zh-TW"}


def test_only_administrators_of_a_server_are_offered_the_command_for_admins() -> None:
    """Discord hides it from everybody else there; nothing else is hidden from anybody."""
    offered_to = {name: command.get("default_member_permissions") for name, command in registered(budgets=True).items()}
    assert {name for name, rights in offered_to.items() if rights} == {"causerie"}
    assert int(offered_to["causerie"]) == hikari.Permissions.ADMINISTRATOR
