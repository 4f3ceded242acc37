"""Registers the slash commands and the Apps menu with Discord, when they are others than Discord has.

Discord limits how many commands an application may make in a day, and each registration has every client load them anew.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

from hikari import UNDEFINED
from hikari.api import CommandBuilder, RESTClient, SlashCommandBuilder
from hikari.commands import CommandOption, PartialCommand, SlashCommand

from discord_api.rest import one_request

Shape = tuple[Any, ...]

UNREADABLE: Final = (KeyError, TypeError, ValueError, AttributeError, AssertionError)
"""What hikari raises where an answer with a good status has another shape than it knows: a kind of command that is new, for instance."""


async def register(rest: RESTClient, application: int, wanted: Sequence[CommandBuilder]) -> bool:
    """Have Discord know these commands and no others, and return whether it had to be told. A request at least, two at most.

    :raises Exception: what hikari or the network raises
    """
    try:
        with one_request():
            listed = await rest.fetch_application_commands(application)
        if are_same(wanted, listed):
            return False
    except UNREADABLE:
        pass  # then they are not ours
    # Whether it was taken is said by the status; what else stands in the answer is not needed.
    with suppress(*UNREADABLE), one_request():
        await rest.set_application_commands(application, wanted)
    return True


def are_same(wanted: Sequence[CommandBuilder], listed: Sequence[PartialCommand]) -> bool:
    """Return whether Discord lists exactly the commands that are wanted, with everything that we say of them. Their order does not count."""
    ours = {(int(one.type), one.name): _shape(one) for one in wanted}
    return ours == {(int(one.type), one.name): _shape(one) for one in listed}


def _shape(command: CommandBuilder | PartialCommand) -> Shape:
    """Return what can be said of a command; what we leave to Discord has its default."""
    permissions = command.default_member_permissions
    shape: Shape = (
        _texts(command.name_localizations),
        0 if permissions is UNDEFINED else int(permissions),
        bool(command.is_nsfw),
    )
    if isinstance(command, SlashCommandBuilder | SlashCommand):
        options = tuple(_option(option) for option in command.options or ())
        shape = (*shape, command.description, _texts(command.description_localizations), options)
    return shape


def _option(option: CommandOption) -> Shape:
    return (
        int(option.type),
        option.name,
        option.description,
        option.is_required,
        option.autocomplete,
        tuple((choice.name, choice.value, _texts(choice.name_localizations)) for choice in option.choices or ()),
        tuple(_option(inner) for inner in option.options or ()),
        tuple(int(kind) for kind in option.channel_types or ()),
        (option.min_value, option.max_value, option.min_length, option.max_length),
        _texts(option.name_localizations),
        _texts(option.description_localizations),
    )


def _texts(translations: Mapping[Any, str]) -> dict[str, str]:
    return {str(locale): text for locale, text in translations.items()}
