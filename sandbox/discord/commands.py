"""The commands a bot registers: what Discord accepts, and what a person can then ask of them."""

import re
from typing import Any

from sandbox.discord.people_payloads import member_json, user_json
from sandbox.discord.place_payloads import channel_json
from sandbox.discord.refusals import FormErrors
from sandbox.discord.things import Channel, Json
from sandbox.discord.world import World

CHAT_INPUT, USER_MENU, MESSAGE_MENU = 1, 2, 3
SUB_COMMAND, SUB_GROUP, STRING, INTEGER, BOOLEAN, USER, CHANNEL, ROLE, MENTIONABLE, NUMBER, ATTACHMENT = range(1, 12)

# Discord, "Application Commands", section "Application Command Naming".
NAME = re.compile(r"^[-_'\w]{1,32}$")

OPTIONS, CHOICES, COMMANDS = 25, 25, 100

PYTHON: dict[int, tuple[type, ...]] = {
    STRING: (str,),
    INTEGER: (int,),
    BOOLEAN: (bool,),
    NUMBER: (int, float),
    USER: (int, str),
    CHANNEL: (int, str),
    ROLE: (int, str),
    MENTIONABLE: (int, str),
    ATTACHMENT: (int, str),
}


class NoSuchCommandError(LookupError):
    """A person asked for a command or an option that the bot has not registered, or gave a wrong value."""


def register(world: World, commands: list[Json], guild_id: int | None) -> list[Json]:
    """Replace all commands of a scope. "Application Commands", "Bulk Overwrite Global Application Commands".

    :raises RefusedError: 50035.
    """
    errors = FormErrors()
    for place, command in enumerate(commands):
        check_command(command, str(place), errors)
    kinds = [(command.get("type", CHAT_INPUT), command.get("name")) for command in commands]
    for place, one in enumerate(kinds):
        if kinds.index(one) != place:
            errors.add(
                f"{place}.name", "APPLICATION_COMMANDS_DUPLICATE_NAME", "Application command names must be unique"
            )
    if len(commands) > COMMANDS:
        errors.add("_commands", "APPLICATION_COMMANDS_MAX", f"Maximum number of commands reached ({COMMANDS})")
    errors.refuse()
    before = {(old["type"], old["name"]): old for old in world.commands.get(guild_id, [])}
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
        fresh.append(full if guild_id is None else {**full, "guild_id": str(guild_id)})
    world.commands[guild_id] = fresh
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
    _check_options(command.get("options") or [], f"{path}.options", errors)


def _check_options(options: list[Json], path: str, errors: FormErrors) -> None:
    errors.count(path, len(options), 0, OPTIONS)
    optional_seen = False
    for place, option in enumerate(options):
        at = f"{path}.{place}"
        name = option.get("name", "")
        if not NAME.match(name) or name != name.lower():
            errors.add(f"{at}.name", "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid")
        errors.length(f"{at}.description", option.get("description", ""), 1, 100)
        if option.get("required") and optional_seen:
            errors.add(
                at,
                "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID",
                "Required options must be placed before non-required options",
            )
        optional_seen = optional_seen or not option.get("required")
        choices = option.get("choices") or []
        errors.count(f"{at}.choices", len(choices), 0, CHOICES)
        if choices and option.get("autocomplete"):
            errors.add(
                at, "APPLICATION_COMMAND_OPTIONS_CHOICES_AUTOCOMPLETE", "choices and autocomplete exclude each other"
            )
        for number, choice in enumerate(choices):
            errors.length(f"{at}.choices.{number}.name", choice.get("name", ""), 1, 100)
        _check_options(option.get("options") or [], f"{at}.options", errors)


def find(world: World, guild_id: int | None, name: str, kind: int) -> Json:
    """The command a person means; a server's own one comes before a global one.

    :raises NoSuchCommandError: when the bot has not registered it there.
    """
    scopes = [guild_id, None] if guild_id is not None else [None]
    for scope in scopes:
        for command in world.commands.get(scope, []):
            context = 0 if guild_id is not None else 1
            allowed = command["contexts"] is None or context in command["contexts"]
            if command["name"] == name and command["type"] == kind and allowed:
                return command
    known = [command["name"] for scope in scopes for command in world.commands.get(scope, [])]
    raise NoSuchCommandError(f"no command {name!r} here; the bot registered {known}")


def options_data(command: Json, path: list[str], given: dict[str, Any], *, focused: str | None = None) -> list[Json]:
    """The `options` of an interaction, checked against the registration as Discord's client does.

    :param path: names of sub-command group and sub-command, if the command has them.
    :param focused: the option being typed, which may break its rules; required ones may still be missing.
    :raises NoSuchCommandError: unknown or missing option, wrong type, not a choice, out of range.
    """
    options = command.get("options") or []
    if path:
        inner = next(
            (one for one in options if one["name"] == path[0] and one["type"] in {SUB_COMMAND, SUB_GROUP}), None
        )
        if inner is None:
            raise NoSuchCommandError(f"{command['name']} has no {path[0]!r}")
        nested = options_data(inner, path[1:], given, focused=focused)
        return [{"name": inner["name"], "type": inner["type"], "options": nested}]
    declared = {option["name"]: option for option in options}
    if any(option["type"] in {SUB_COMMAND, SUB_GROUP} for option in options):
        raise NoSuchCommandError(f"{command['name']} needs one of {list(declared)}")
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
        plain = str(value) if declared[name]["type"] in {USER, CHANNEL, ROLE, MENTIONABLE, ATTACHMENT} else value
        entry: Json = {"name": name, "type": declared[name]["type"], "value": plain}
        found.append({**entry, "focused": True} if name == focused else entry)
    return found


def resolved(world: World, channel: Channel, options: dict[str, Any]) -> Json:
    """The people and channels that options name by id. "Receiving and Responding", "Resolved Data Structure"."""
    found: Json = {}
    for value in options.values():
        if not (isinstance(value, int) or (isinstance(value, str) and value.isdigit())):
            continue
        number = int(value)
        user, place = world.users.get(number), world.channels.get(number)
        if user is not None:
            found.setdefault("users", {})[str(number)] = user_json(user)
            if channel.guild is not None and number in channel.guild.members:
                member = {**member_json(channel.guild, user, with_user=False), "permissions": "0"}
                found.setdefault("members", {})[str(number)] = member
        if place is not None:
            found.setdefault("channels", {})[str(number)] = {**channel_json(world, place), "permissions": "0"}
    return found


def _check_value(option: Json, value: Any) -> None:
    name, kind = option["name"], option["type"]
    if not isinstance(value, PYTHON[kind]) or (kind in {INTEGER, NUMBER} and isinstance(value, bool)):
        raise NoSuchCommandError(f"option {name!r} has type {kind}; {value!r} is not that")
    choices = [choice["value"] for choice in option.get("choices") or []]
    if choices and value not in choices:
        raise NoSuchCommandError(f"option {name!r} must be one of {choices}")
    size = len(value) if isinstance(value, str) else value
    least, most = ("min_length", "max_length") if isinstance(value, str) else ("min_value", "max_value")
    if kind in {STRING, INTEGER, NUMBER}:
        # A string option takes 6,000 characters where its command says nothing ("Application Command Option").
        upper = option.get(most, 6000 if kind == STRING else size)
        if not option.get(least, size) <= size <= upper:
            raise NoSuchCommandError(f"option {name!r} is {size}, outside {option.get(least)} to {upper}")
