"""The slash commands and the entries of the Apps menu, as Discord lists them."""

from typing import Final

from hikari import CommandType, OptionType
from hikari.api import CommandBuilder, RESTClient
from hikari.commands import CommandOption

from actors.panel.input import (
    NAME_CHARS_MAX,
    RAISE_DOLLARS_MAX,
    RAISE_TOKENS_MAX,
    SYSTEM_MSG_CHARS_MAX,
    TEMPERATURE,
)
from storage.limits import MAX_TOKEN
from texts.say import DEFAULT_LOCALE, say

SHOW_SESSION: Final = say("command.show_session", DEFAULT_LOCALE)
ASK_AGAIN: Final = say("command.ask_again", DEFAULT_LOCALE)
"""Discord sends these names when an entry of the Apps menu is used."""


def commands(rest: RESTClient, *, budgets: bool = False) -> list[CommandBuilder]:
    """Return all commands; registering them replaces those that were registered before. `budgets`: there are some to be shown and raised."""
    locale = DEFAULT_LOCALE
    user = rest.slash_command_builder("user", say("command.user", locale))
    user.add_option(
        CommandOption(
            type=OptionType.STRING,
            name="system_msg",
            description=say("command.user.system_msg", locale),
            max_length=SYSTEM_MSG_CHARS_MAX,
        )
    )
    user.add_option(
        CommandOption(
            type=OptionType.INTEGER,
            name="max_token",
            description=say("command.user.max_token", locale),
            min_value=MAX_TOKEN[0],
            max_value=MAX_TOKEN[-1],
        )
    )
    user.add_option(
        CommandOption(
            type=OptionType.FLOAT,
            name="temperature",
            description=say("command.user.temperature", locale),
            min_value=TEMPERATURE[0],
            max_value=TEMPERATURE[1],
        )
    )
    session = rest.slash_command_builder("session", say("command.session", locale))
    session.add_option(
        CommandOption(
            type=OptionType.STRING,
            name="name",
            description=say("command.session.name", locale),
            min_length=1,
            max_length=NAME_CHARS_MAX,
        )
    )
    session.add_option(
        CommandOption(
            type=OptionType.STRING,
            name="system_msg",
            description=say("command.session.system_msg", locale),
            max_length=SYSTEM_MSG_CHARS_MAX,
        )
    )
    session.add_option(
        CommandOption(
            type=OptionType.STRING,
            name="session",
            description=say("command.session.session", locale),
            max_length=NAME_CHARS_MAX,
            autocomplete=True,
        )
    )
    apps_menu = [rest.context_menu_command_builder(CommandType.MESSAGE, name) for name in (SHOW_SESSION, ASK_AGAIN)]
    return [user, session, *([_budget(rest)] if budgets else []), *apps_menu]


def _budget(rest: RESTClient) -> CommandBuilder:
    locale = DEFAULT_LOCALE
    budget = rest.slash_command_builder("budget", say("command.budget", locale))
    budget.add_option(
        CommandOption(type=OptionType.USER, name="person", description=say("command.budget.person", locale))
    )
    budget.add_option(
        CommandOption(
            type=OptionType.FLOAT,
            name="dollars",
            description=say("command.budget.dollars", locale),
            min_value=0.01,
            max_value=float(RAISE_DOLLARS_MAX),
        )
    )
    budget.add_option(
        CommandOption(
            type=OptionType.INTEGER,
            name="tokens",
            description=say("command.budget.tokens", locale),
            min_value=1,
            max_value=RAISE_TOKENS_MAX,
        )
    )
    return budget
