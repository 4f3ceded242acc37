"""The slash commands and the entry of the Apps menu, as Discord lists them."""

from typing import Final

from hikari import CommandType, OptionType
from hikari.api import CommandBuilder, RESTClient
from hikari.commands import CommandOption

from actors.panel.input import MAX_TOKEN, NAME_CHARS_MAX, SYSTEM_MSG_CHARS_MAX, TEMPERATURE

SHOW_SESSION: Final = "Show session"


def commands(rest: RESTClient) -> list[CommandBuilder]:
    """Return what people can use; registering all of it replaces what was registered before."""
    user = rest.slash_command_builder("user", "Your settings and sessions: whether and where the bot answers you")
    user.add_option(
        CommandOption(
            type=OptionType.STRING,
            name="system_msg",
            description="What the model is told before each of your new sessions",
            max_length=SYSTEM_MSG_CHARS_MAX,
        )
    )
    user.add_option(
        CommandOption(
            type=OptionType.INTEGER,
            name="max_token",
            description="Tokens that an answer may have",
            min_value=MAX_TOKEN[0],
            max_value=MAX_TOKEN[-1],
        )
    )
    user.add_option(
        CommandOption(
            type=OptionType.FLOAT,
            name="temperature",
            description="0 is sober, 2 is wild",
            min_value=TEMPERATURE[0],
            max_value=TEMPERATURE[1],
        )
    )
    session = rest.slash_command_builder("session", "A session: its name, model, system message and conversation")
    session.add_option(
        CommandOption(
            type=OptionType.STRING,
            name="name",
            description="What the session shall be called",
            min_length=1,
            max_length=NAME_CHARS_MAX,
        )
    )
    session.add_option(
        CommandOption(
            type=OptionType.STRING,
            name="system_msg",
            description="What the model is told before this session",
            max_length=SYSTEM_MSG_CHARS_MAX,
        )
    )
    session.add_option(
        CommandOption(
            type=OptionType.STRING,
            name="session",
            description="Which session, instead of your current one",
            max_length=NAME_CHARS_MAX,
            autocomplete=True,
        )
    )
    return [user, session, rest.context_menu_command_builder(CommandType.MESSAGE, SHOW_SESSION)]
