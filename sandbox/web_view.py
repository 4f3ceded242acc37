"""What one person sees, as plain data for the page: channels, messages, commands, and their open interactions."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Final

from sandbox.discord import Channel, DiscordSandbox, Interaction, Message, Person
from sandbox.discord.commands import CHAT_INPUT, MESSAGE_MENU
from sandbox.discord.interactions import AUTOCOMPLETE, COMMAND
from sandbox.discord.permissions import VIEW_CHANNEL, may
from sandbox.discord.things import CATEGORY

Json = dict[str, Any]

MESSAGES_SHOWN: Final = 200
"""How many messages of a channel the page gets: the newest. With all of them it would become slow."""

DISCORD_EPOCH_MS: Final = 1_420_070_400_000
"""First millisecond of 2015 (Discord: Reference, Snowflakes)."""

_SHOWN: Final = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF8": "image/gif",
    b"OggS": "audio/ogg",
    b"ID3": "audio/mpeg",
    b"\xff\xfb": "audio/mpeg",
    b"fLaC": "audio/flac",
    b"\x1a\x45\xdf\xa3": "audio/webm",
}
"""How files begin that browsers show and that no script can be in."""

_BUTTON_STYLES: Final = {1: "primary", 2: "secondary", 3: "success", 4: "danger"}
_SILENT: Final = "The application did not respond"


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


def view(discord: DiscordSandbox, person: Person, channel: Channel, interactions: Iterable[Interaction]) -> Json:
    """Return everything that the page draws for somebody who looks at a channel; all ids are text."""
    messages = [message for message in person.visible(channel) if not message.deleted][-MESSAGES_SHOWN:]
    items = [(message.id, _message(discord, message, person)) for message in messages]
    items += [
        (entry.id, _interaction(entry))
        for entry in interactions
        if entry.person.id == person.id and entry.channel is channel and _worth_showing(entry)
    ]
    places = channels(discord, person)
    return {
        "me": {"id": str(person.id), "name": person.name},
        "people": people(discord),
        "channels": [_channel(place) for place in places],
        "names": _names(discord, places),
        "channel": str(channel.id),
        "items": [item for _, item in sorted(items, key=lambda item: item[0])],
        "commands": [_command(it) for it in discord.world.commands if it["type"] == CHAT_INPUT],
        "message_commands": [it["name"] for it in discord.world.commands if it["type"] == MESSAGE_MENU],
    }


def _channel(channel: Channel) -> Json:
    kind = "direct" if channel.guild is None else "channel" if channel.parent is None else "thread"
    category = (channel.parent or channel).category
    return {
        "id": str(channel.id),
        "name": channel.name if channel.guild else "Direct message with the bot",
        "kind": kind,
        "group": " · ".join(place.name for place in (channel.guild, category) if place is not None),
    }


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


def _command(command: Json) -> Json:
    return {
        "name": command["name"],
        "description": command.get("description", ""),
        "options": command.get("options") or [],
    }


def _message(discord: DiscordSandbox, message: Message, person: Person) -> Json:
    replied = message.channel.messages.get(message.reference_id) if message.reference_id else None
    hidden = replied is not None and replied.seen_only_by not in (None, person.user)
    return {
        "kind": "message",
        "id": str(message.id),
        "at": _time(message.id),
        "author": message.author.name,
        "bot": message.author.bot,
        "mine": message.author_id == person.id,
        "content": message.content,
        "replies": message.reference_id is not None,
        "reply_to": None if replied is None or hidden else {"author": replied.author.name, "content": replied.content},
        "edited": message.edited_at is not None,
        "ephemeral": message.ephemeral,
        "loading": message.loading,
        "reactions": [
            {"emoji": emoji, "count": len(who), "mine": person.id in who}
            for emoji, who in message.reactions.items()
            if who
        ],
        "components": [_component(part) for part in message.components],
        "files": [
            {
                "name": file["filename"],
                "bytes": file["size"],
                "path": _file_path(discord, file),
                "description": file.get("description", ""),
                "kind": (shown_type(discord.world.files.get(_file_path(discord, file), b"")) or "").partition("/")[0],
            }
            for file in message.attachments
        ],
    }


def _component(part: Json) -> Json:
    drawn: Json = {"type": part["type"], "components": [_component(inner) for inner in part.get("components", ())]}
    for key in ("custom_id", "label", "placeholder", "disabled", "min_values", "max_values"):
        if key in part:
            drawn[key] = part[key]
    if "style" in part:
        drawn["style"] = _BUTTON_STYLES.get(part["style"], "secondary")
    if isinstance(part.get("emoji"), dict):
        drawn["emoji"] = part["emoji"].get("name") or ""
    if "options" in part:
        drawn["options"] = [
            {key: option.get(key) for key in ("label", "value", "description", "default")} for option in part["options"]
        ]
    return drawn


def _worth_showing(entry: Interaction) -> bool:
    """Whether the page must show the interaction itself: it waits, it failed, or it opened a form."""
    return entry.kind != AUTOCOMPLETE and entry.state in {"waiting", "failed", "modal"}


def _interaction(entry: Interaction) -> Json:
    drawn: Json = {
        "kind": "interaction",
        "id": str(entry.id),
        "at": _time(entry.id),
        "name": f"/{entry.name}" if entry.kind == COMMAND and "target_id" not in entry.data else entry.name,
        "state": entry.state,
        "text": _SILENT if entry.failed else "",
    }
    if entry.modal is not None and entry.state == "modal":
        drawn["form"] = {
            "title": entry.modal.get("title", ""),
            "fields": [_field(part) for row in entry.modal["components"] for part in row["components"]],
        }
    return drawn


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
            if any(_file_path(discord, file) == path for file in message.attachments):
                return discord.world.files.get(path)
    return None


def shown_type(data: bytes) -> str | None:
    """Return the media type of a picture or a sound that browsers show safely, told by how it begins; None for everything else."""
    if data.startswith(b"RIFF"):
        return {b"WEBP": "image/webp", b"WAVE": "audio/wav"}.get(data[8:12])
    return next((kind for beginning, kind in _SHOWN.items() if data.startswith(beginning)), None)


def _file_path(discord: DiscordSandbox, file: Json) -> str:
    return str(file["url"]).removeprefix(discord.world.base_url)


def _time(snowflake: int) -> str:
    moment = datetime.fromtimestamp(((snowflake >> 22) + DISCORD_EPOCH_MS) / 1000, UTC)
    return moment.isoformat(timespec="seconds")
