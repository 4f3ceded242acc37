"""The slash commands and the entries of the Apps menu, as Discord lists them in every language in which the bot speaks.

`/help`, `/user`, `/session`, `/privacy`, `/budget` and `/causerie` are called so in every language: whoever reads of one in an answer, in the docs or from somebody else finds
it by typing it. Options are not typed but chosen below the command, so they have names in the reader's language, too.
"""

from collections.abc import Mapping
from typing import Final

import hikari
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
from texts.keys import CommandKey
from texts.say import DEFAULT_LOCALE, locale_for, say

SHOW_SESSION: Final = say("command.show_session", DEFAULT_LOCALE)
ASK_AGAIN: Final = say("command.ask_again", DEFAULT_LOCALE)
"""Discord sends these names when an entry of the Apps menu is used, whatever people read for it."""


def commands(rest: RESTClient, *, budgets: bool = False) -> list[CommandBuilder]:
    """Return all commands; registering them replaces those that were registered before. `budgets`: there are some to be shown and raised."""
    user = _slash(
        rest,
        "user",
        "command.user",
        _option(OptionType.STRING, "option.system_msg", "command.user.system_msg", max_length=SYSTEM_MSG_CHARS_MAX),
        _option(
            OptionType.INTEGER,
            "option.max_token",
            "command.user.max_token",
            min_value=MAX_TOKEN[0],
            max_value=MAX_TOKEN[-1],
        ),
        _option(
            OptionType.FLOAT,
            "option.temperature",
            "command.user.temperature",
            min_value=TEMPERATURE[0],
            max_value=TEMPERATURE[1],
        ),
    )
    session = _slash(
        rest,
        "session",
        "command.session",
        _option(OptionType.STRING, "option.name", "command.session.name", min_length=1, max_length=NAME_CHARS_MAX),
        _option(OptionType.STRING, "option.system_msg", "command.session.system_msg", max_length=SYSTEM_MSG_CHARS_MAX),
        _option(
            OptionType.STRING,
            "option.session",
            "command.session.session",
            max_length=NAME_CHARS_MAX,
            autocomplete=True,
        ),
    )
    apps_menu = (_message_command(rest, "command.show_session"), _message_command(rest, "command.ask_again"))
    about = _slash(rest, "help", "command.help")
    privacy = _slash(rest, "privacy", "command.privacy")
    # Everybody sees it in direct messages, where nobody has rights; there and everywhere the operator's list of admins decides.
    admin = _slash(rest, "causerie", "command.causerie")
    admin.set_default_member_permissions(hikari.Permissions.ADMINISTRATOR)
    return [about, user, session, privacy, *([_budget(rest)] if budgets else []), admin, *apps_menu]


def _budget(rest: RESTClient) -> CommandBuilder:
    return _slash(
        rest,
        "budget",
        "command.budget",
        _option(OptionType.USER, "option.person", "command.budget.person"),
        _option(
            OptionType.FLOAT,
            "option.dollars",
            "command.budget.dollars",
            min_value=0.01,
            max_value=float(RAISE_DOLLARS_MAX),
        ),
        _option(OptionType.INTEGER, "option.tokens", "command.budget.tokens", min_value=1, max_value=RAISE_TOKENS_MAX),
    )


def _slash(rest: RESTClient, name: str, about: CommandKey, *options: CommandOption) -> CommandBuilder:
    command = rest.slash_command_builder(name, say(about, DEFAULT_LOCALE))
    command.set_description_localizations(_localized(about))
    for option in options:
        command.add_option(option)
    return command


def _option(
    kind: OptionType,
    name: CommandKey,
    about: CommandKey,
    *,
    min_value: float | None = None,
    max_value: float | None = None,
    min_length: int | None = None,
    max_length: int | None = None,
    autocomplete: bool = False,
) -> CommandOption:
    return CommandOption(
        type=kind,
        name=say(name, DEFAULT_LOCALE),
        name_localizations=_localized(name),
        description=say(about, DEFAULT_LOCALE),
        description_localizations=_localized(about),
        min_value=min_value,
        max_value=max_value,
        min_length=min_length,
        max_length=max_length,
        autocomplete=autocomplete,
    )


def _message_command(rest: RESTClient, name: CommandKey) -> CommandBuilder:
    command = rest.context_menu_command_builder(CommandType.MESSAGE, say(name, DEFAULT_LOCALE))
    return command.set_name_localizations(_localized(name))


def _localized(key: CommandKey) -> Mapping[hikari.Locale | str, str]:
    """Return what people read who use Discord in another language in which the bot speaks."""
    spoken = {name: locale_for(name.value) for name in hikari.Locale}
    return {name: say(key, locale) for name, locale in spoken.items() if locale != DEFAULT_LOCALE}
