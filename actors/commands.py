"""The slash commands, as Discord lists them."""

from hikari import OptionType
from hikari.api import CommandBuilder, RESTClient
from hikari.commands import CommandOption


def commands(rest: RESTClient) -> list[CommandBuilder]:
    """Return what people can use; registering all of it replaces what was registered before."""
    user = rest.slash_command_builder("user", "Your settings: whether and where the bot answers you")
    user.add_option(
        CommandOption(
            type=OptionType.STRING,
            name="system_msg",
            description="What the model is told before each of your new sessions",
            max_length=4000,
        )
    )
    user.add_option(
        CommandOption(
            type=OptionType.INTEGER,
            name="max_token",
            description="Tokens that an answer may have",
            min_value=1,
            max_value=128_000,
        )
    )
    user.add_option(
        CommandOption(
            type=OptionType.FLOAT,
            name="temperature",
            description="0 is sober, 2 is wild",
            min_value=0.0,
            max_value=2.0,
        )
    )
    return [user]
