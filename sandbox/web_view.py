"""What one person sees, as plain data for the page: channels, messages, commands, and their open interactions."""

from collections.abc import Iterable
from typing import Any, Final

from sandbox.discord import Channel, DiscordSandbox, Interaction, Person
from sandbox.discord.commands import CHAT_INPUT, MESSAGE_MENU, is_shown
from sandbox.discord.interactions import AUTOCOMPLETE, COMMAND
from sandbox.discord.permissions import VIEW_CHANNEL, may
from sandbox.discord.things import CATEGORY, FORUM
from sandbox.web_message import file_path, message_seen, time_of

Json = dict[str, Any]

MESSAGES_SHOWN: Final = 200
"""How many messages of a channel the page gets: the newest. With all of them it would become slow."""


def people(discord: DiscordSandbox) -> list[str]:
    """Return the names of the people as whom one can use the page."""
    return list(discord.people)


def channels(discord: DiscordSandbox, person: Person) -> list[Channel]:
    """Return the channels that somebody sees, their direct messages with the bot last."""
    places = [
        channel
        for channel in discord.world.channels.values()
        if channel.guild is not None and channel.kind != CATEGORY and may(person.user, channel, VIEW_CHANNEL)
    ]
    order = [*discord.world.guilds.values()]
    places.sort(key=lambda place: (order.index(place.guild) if place.guild else 0, _category(place), _path(place)))
    return [*places, person.direct_messages]


def view(
    discord: DiscordSandbox,
    person: Person,
    channel: Channel,
    interactions: Iterable[Interaction],
    typing: Iterable[str] = (),
) -> Json:
    """Return everything that the page draws for somebody who looks at a channel; all ids are text."""
    messages = [message for message in person.visible(channel) if not message.deleted][-MESSAGES_SHOWN:]
    used = _used(discord)
    items = [(message.id, message_seen(discord, message, person, used)) for message in messages]
    items += [
        (entry.id, _interaction(entry))
        for entry in interactions
        if entry.person.id == person.id and entry.channel is channel and _worth_showing(entry)
    ]
    places = channels(discord, person)
    locale = person.user.locale
    menu = [it for it in discord.world.commands if it["type"] == MESSAGE_MENU]
    return {
        "me": {
            "id": str(person.id),
            "name": person.name,
            "locale": locale,
            "has_used_command": _has_used(discord, person),
        },
        "people": people(discord),
        "servers": [{"id": str(guild.id), "name": guild.name} for guild in discord.world.guilds.values()],
        "channels": [_channel(place, person) for place in places],
        "mentionable": _mentionable(discord, channel),
        "typing": list(typing),
        "names": _names(discord, places),
        "channel": str(channel.id),
        "items": [item for _, item in sorted(items, key=lambda item: item[0])],
        "commands": [
            _command(it, locale)
            for it in discord.world.commands
            if it["type"] == CHAT_INPUT and is_shown(it, person.user, channel)
        ],
        "message_commands": [it["name"] for it in menu],
        "message_labels": {it["name"]: _localized(it, "name", locale) for it in menu},
    }


def _channel(channel: Channel, person: Person) -> Json:
    category = (channel.parent or channel).category
    said = [message.id for message in person.visible(channel) if not message.deleted]
    return {
        "id": str(channel.id),
        "name": channel.name if channel.guild else "Causerie",
        "kind": _kind(channel),
        "server": str(channel.guild.id) if channel.guild else None,
        "category": category.name if category else "",
        "parent": str(channel.parent.id) if channel.parent else None,
        "is_private": any(entry.deny & VIEW_CHANNEL for entry in channel.overwrites),
        "last": str(max(said, default="")),
    }


def _kind(channel: Channel) -> str:
    if channel.guild is None:
        return "direct"
    if channel.parent is not None:
        return "post" if channel.parent.kind == FORUM else "thread"
    return "forum" if channel.kind == FORUM else "channel"


def _mentionable(discord: DiscordSandbox, channel: Channel) -> list[Json]:
    """Return whom a message in a channel can mention: who sees it, the bot first."""
    users = [user for user in discord.world.users.values() if may(user, channel, VIEW_CHANNEL)]
    users.sort(key=lambda user: not user.bot)
    return [
        {"id": str(user.id), "name": user.name, "bot": user.bot} for user in users if user is not discord.world.founder
    ]


def _used(discord: DiscordSandbox) -> dict[int, Json]:
    """Return, for each message that answers a command, who used which."""
    return {
        entry.original.id: {
            "by": entry.person.name,
            "name": f"/{entry.name}" if "target_id" not in entry.data else entry.name,
        }
        for entry in discord.world.interactions.values()
        if entry.kind == COMMAND and entry.original is not None
    }


def _has_used(discord: DiscordSandbox, person: Person) -> bool:
    used = discord.world.interactions.values()
    return any(entry.kind == COMMAND and entry.person.id == person.id for entry in used)


def _category(channel: Channel) -> int:
    """Return a sort key: channels without a category come first."""
    category = (channel.parent or channel).category
    return 0 if category is None else category.id


def _path(channel: Channel) -> tuple[int, int]:
    """Return a sort key: threads come right after their channel."""
    return (channel.id, 0) if channel.parent is None else (channel.parent.id, channel.id)


def _names(discord: DiscordSandbox, seen: list[Channel]) -> Json:
    """Return names by id, for mentions: all people and roles, and the channels that this person sees."""
    names = {user.id: user.name for user in discord.world.users.values()}
    names |= {role.id: role.name for guild in discord.world.guilds.values() for role in guild.roles.values()}
    names |= {place.id: place.name for place in seen if place.guild is not None}
    return {str(number): name for number, name in names.items()}


def _command(command: Json, locale: str) -> Json:
    """Return a command, or an option of one, as somebody reads it: `label` is what it is called in their language."""
    return {
        **{key: value for key, value in command.items() if not key.endswith("_localizations")},
        "label": _localized(command, "name", locale),
        "description": _localized(command, "description", locale),
        "options": [_command(option, locale) for option in command.get("options") or []],
    }


def _localized(entry: Json, key: str, locale: str) -> str:
    """Return a name or a description in a language, as far as the bot has given it. "Application Commands", section "Localization"."""
    return str((entry.get(f"{key}_localizations") or {}).get(locale) or entry.get(key, ""))


def _worth_showing(entry: Interaction) -> bool:
    """Whether the page must show the interaction itself: it waits, it failed, or it opened a form."""
    return entry.kind != AUTOCOMPLETE and entry.state in {"waiting", "failed", "modal"}


def _interaction(entry: Interaction) -> Json:
    drawn: Json = {
        "kind": "interaction",
        "id": str(entry.id),
        "at": time_of(entry.id),
        "name": _name(entry),
        "is_command": entry.kind == COMMAND,
        "state": entry.state,
    }
    if entry.modal is not None and entry.state == "modal":
        drawn["form"] = {
            "title": entry.modal.get("title", ""),
            "fields": [_field(part) for row in entry.modal["components"] for part in row["components"]],
        }
    return drawn


def _name(entry: Interaction) -> str:
    """Return what somebody used, as they read it: a command, the label of a button or a menu, or a form's title."""
    if entry.kind == COMMAND:
        return entry.name if "target_id" in entry.data else f"/{entry.name}"
    if entry.parent is not None and entry.parent.modal is not None:
        return str(entry.parent.modal.get("title", ""))
    for control in entry.message.controls() if entry.message is not None else ():
        if control.get("custom_id") == entry.name:
            return str(
                control.get("label") or control.get("placeholder") or (control.get("emoji") or {}).get("name", "")
            )
    return entry.name


def _field(part: Json) -> Json:
    """Return one field of a form."""
    return {
        "custom_id": part["custom_id"],
        "label": part.get("label") or part["custom_id"],
        "value": part.get("value") or "",
        "placeholder": part.get("placeholder") or "",
        "min_length": part.get("min_length") or 0,
        "max_length": part.get("max_length") or 0,
        "required": part.get("required", True),
        "long": part.get("style") == 2,  # noqa: PLR2004  # a paragraph ("Text Input Styles")
    }


def file_of(discord: DiscordSandbox, person: Person, path: str) -> bytes | None:
    """Return the bytes of a file that stands on a message which somebody sees; None when there is no such file."""
    for channel in channels(discord, person):
        for message in person.visible(channel):
            if any(file_path(discord, file) == path for file in message.attachments):
                return discord.world.files.get(path)
    return None
