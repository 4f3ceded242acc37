"""The commands a bot registers: what Discord accepts, and what a person can then do with them."""

import re
from typing import Any

from sandbox.discord.permissions import ADMINISTRATOR, permissions_of
from sandbox.discord.refusals import UNSUPPORTED, FormErrors
from sandbox.discord.things import Channel, Json, User
from sandbox.discord.world import World

CHAT_INPUT, MESSAGE_MENU = 1, 3
STRING, INTEGER, USER, NUMBER = 3, 4, 6, 10

# Discord, "Application Commands", section "Application Command Naming".
NAME = re.compile(r"^[-_'\w]{1,32}$")

OPTIONS, COMMANDS = 25, 100

# Discord, "Reference", section "Locales".
LOCALES = frozenset(
    [
        "id",
        "da",
        "de",
        "en-GB",
        "en-US",
        "es-ES",
        "es-419",
        "fr",
        "hr",
        "it",
        "lt",
        "hu",
        "nl",
        "no",
        "pl",
        "pt-BR",
        "ro",
        "fi",
        "sv-SE",
        "vi",
        "tr",
        "cs",
        "el",
        "bg",
        "ru",
        "uk",
        "hi",
        "th",
        "zh-CN",
        "ja",
        "zh-TW",
        "ko",
    ]
)

PYTHON: dict[int, tuple[type, ...]] = {STRING: (str,), INTEGER: (int,), USER: (str,), NUMBER: (int, float)}
"""The kinds of options that the sandbox knows, with the types of their values; a person is sent as their id."""


class NoSuchCommandError(LookupError):
    """A person used a command or an option that the bot has not registered, or gave a wrong value."""


def register(world: World, commands: list[Json]) -> list[Json]:
    """Replace all commands. "Application Commands", "Bulk Overwrite Global Application Commands".

    :raises RefusedError: 50035.
    """
    errors = FormErrors()
    for index, command in enumerate(commands):
        check_command(command, str(index), errors)
    kinds = [(command.get("type", CHAT_INPUT), command.get("name")) for command in commands]
    for index, one in enumerate(kinds):
        if kinds.index(one) != index:
            errors.add(
                f"{index}.name", "APPLICATION_COMMANDS_DUPLICATE_NAME", "Application command names must be unique"
            )
    if len(commands) > COMMANDS:
        errors.add("_commands", "APPLICATION_COMMANDS_MAX", f"Maximum number of commands reached ({COMMANDS})")
    errors.refuse()
    before = {(old["type"], old["name"]): old for old in world.commands}
    fresh = []
    for command, one in zip(commands, kinds, strict=True):
        old = before.get(one)
        number = old["id"] if old else str(world.ids.next())
        full: Json = {
            "description": "",
            "default_member_permissions": None,
            "nsfw": False,
            "contexts": None,
            "integration_types": [0],
            **command,
            "type": one[0],
            "id": number,
            "application_id": str(world.application_id),
            "version": str(world.ids.next()),
        }
        fresh.append(full)
    world.commands = fresh
    world.shown_to |= world.users.keys()
    world.changes.happened()
    return fresh


def check_command(command: Json, path: str, errors: FormErrors) -> None:
    """Note what Discord would not accept. "Application Commands", section "Application Command Structure"."""
    slash = command.get("type", CHAT_INPUT) == CHAT_INPUT
    name = command.get("name", "")
    if slash and (not NAME.match(name) or name != name.lower()):
        errors.add(f"{path}.name", "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid")
    errors.length(f"{path}.name", name, 1, 32)
    if slash:
        errors.length(f"{path}.description", command.get("description", ""), 1, 100)
    _check_localizations(command, path, errors, is_typed=slash)
    _check_options(command.get("options") or [], f"{path}.options", errors)


def _check_options(options: list[Json], path: str, errors: FormErrors) -> None:
    errors.count(path, len(options), 0, OPTIONS)
    optional_seen = False
    for index, option in enumerate(options):
        at = f"{path}.{index}"
        name = option.get("name", "")
        if not NAME.match(name) or name != name.lower():
            errors.add(f"{at}.name", "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid")
        errors.length(f"{at}.description", option.get("description", ""), 1, 100)
        _check_localizations(option, at, errors, is_typed=True)
        if option.get("required") and optional_seen:
            errors.add(
                at,
                "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID",
                "Required options must be placed before non-required options",
            )
        optional_seen = optional_seen or not option.get("required")
        if option.get("type") not in PYTHON or option.get("choices"):
            errors.add(at, UNSUPPORTED, "The sandbox knows options of type 3, 4, 6 and 10 without choices.")


def _check_localizations(entry: Json, path: str, errors: FormErrors, *, is_typed: bool) -> None:
    """Names and descriptions in other languages obey the same rules. "Application Commands", section "Localization"."""
    for locale, name in (entry.get("name_localizations") or {}).items():
        _check_locale(locale, f"{path}.name_localizations", errors)
        if is_typed and (not NAME.match(name) or name != name.lower()):
            errors.add(f"{path}.name_localizations.{locale}", "APPLICATION_COMMAND_INVALID_NAME", "Invalid name")
        errors.length(f"{path}.name_localizations.{locale}", name, 1, 32)
    for locale, description in (entry.get("description_localizations") or {}).items():
        _check_locale(locale, f"{path}.description_localizations", errors)
        errors.length(f"{path}.description_localizations.{locale}", description, 1, 100)


def _check_locale(locale: str, path: str, errors: FormErrors) -> None:
    if locale not in LOCALES:
        errors.add(path, "DICT_TYPE_CONVERT", f"{locale} is no language of Discord's")


def find(world: World, name: str, kind: int) -> Json:
    """The command that a person means.

    :raises NoSuchCommandError: when the bot has not registered it.
    """
    for command in world.commands:
        if command["name"] == name and command["type"] == kind:
            return command
    raise NoSuchCommandError(f"no command {name!r}; the bot registered {[one['name'] for one in world.commands]}")


def is_shown(command: Json, user: User, channel: Channel) -> bool:
    """Whether Discord's client offers a command to somebody there: in a server, by `default_member_permissions`.

    "Application Commands", section "Permissions": 0 is for administrators alone; in direct messages every command is offered.
    """
    wanted = command["default_member_permissions"]
    if wanted is None or channel.guild is None:
        return True
    bits = int(wanted) or ADMINISTRATOR
    return permissions_of(user, channel) & bits == bits


def with_ids(world: World, command: Json, given: dict[str, Any]) -> tuple[dict[str, Any], list[User]]:
    """Return the options with the id of each person who is named by their name, and those people.

    :raises NoSuchCommandError: nobody is called that.
    """
    kinds = {option["name"]: option["type"] for option in command.get("options") or []}
    options, people = dict(given), []
    for name, value in given.items():
        if kinds.get(name) == USER:
            called = str(value).removeprefix("@")
            found = [user for user in world.users.values() if called in (user.name, str(user.id))]
            if not found:
                raise NoSuchCommandError(f"option {name!r}: nobody is called {value!r}")
            options[name] = str(found[0].id)
            people.append(found[0])
    return options, people


def options_data(command: Json, given: dict[str, Any], *, focused: str | None = None) -> list[Json]:
    """The `options` of an interaction, checked against the registration as Discord's client does.

    :param focused: the option being typed, which may break its rules; required ones may still be missing.
    :raises NoSuchCommandError: unknown or missing option, wrong type, out of range.
    """
    declared = {option["name"]: option for option in command.get("options") or []}
    for name in given:
        if name not in declared:
            raise NoSuchCommandError(f"{command['name']} has no option {name!r}, only {list(declared)}")
    if focused is None:
        missing = [name for name, option in declared.items() if option.get("required") and name not in given]
        if missing:
            raise NoSuchCommandError(f"{command['name']} needs {missing}")
    found = []
    for name, value in given.items():
        if name != focused:
            _check_value(declared[name], value)
        entry: Json = {"name": name, "type": declared[name]["type"], "value": value}
        found.append({**entry, "focused": True} if name == focused else entry)
    return found


def _check_value(option: Json, value: Any) -> None:
    name, kind = option["name"], option["type"]
    if not isinstance(value, PYTHON[kind]) or isinstance(value, bool):
        raise NoSuchCommandError(f"option {name!r} has type {kind}; {value!r} is not that")
    if kind == USER:
        return
    size = len(value) if isinstance(value, str) else value
    least, most = ("min_length", "max_length") if isinstance(value, str) else ("min_value", "max_value")
    # A string option takes 6,000 characters where its command says nothing ("Application Command Option").
    upper = option.get(most, 6000 if kind == STRING else size)
    if not option.get(least, size) <= size <= upper:
        raise NoSuchCommandError(f"option {name!r} is {size}, outside {option.get(least)} to {upper}")
