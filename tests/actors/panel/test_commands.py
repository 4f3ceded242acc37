"""What Discord lists as the bot's commands."""

from typing import Any

import hikari

from actors.panel.commands import commands


def registered() -> dict[str, Any]:
    """Each command as it is sent, by name."""
    rest = hikari.impl.RESTClientImpl  # its builders need no connection
    factory = hikari.impl.EntityFactoryImpl(hikari.RESTApp())  # type: ignore[arg-type]
    builders = commands(rest.__new__(rest))
    return {builder.name: builder.build(factory) for builder in builders}


def test_there_are_two_slash_commands_and_two_of_the_apps_menu() -> None:
    """The two slash commands and the two entries of the Apps menu are registered."""
    found = registered()
    assert {name: int(command.get("type", 1)) for name, command in found.items()} == {
        "user": 1,
        "session": 1,
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
