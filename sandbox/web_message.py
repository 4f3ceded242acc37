"""How one message is told to the page, as plain data."""

from datetime import UTC, datetime
from typing import Any, Final

from sandbox.discord import DiscordSandbox, Message, Person

Json = dict[str, Any]

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
_KEPT: Final = (
    "custom_id",
    "label",
    "placeholder",
    "disabled",
    "min_values",
    "max_values",
    "content",
    "accent_color",
    "divider",
    "spacing",
    "url",
)
"""What a component has that the page draws as it is."""


def message_seen(discord: DiscordSandbox, message: Message, person: Person, used: dict[int, Json]) -> Json:
    """Return what somebody sees of a message; `used` tells who used which command, by the id of the message that answers it."""
    replied = message.channel.messages.get(message.reference_id) if message.reference_id else None
    hidden = replied is not None and replied.seen_only_by not in (None, person.user)
    return {
        "kind": "message",
        "id": str(message.id),
        "at": time_of(message.id),
        "author": message.author.name,
        "author_id": str(message.author.id),
        "used": used.get(message.id),
        "mentions_me": person.id in message.mentions,
        "bot": message.author.bot,
        "mine": message.author_id == person.id,
        "content": message.content,
        "is_layout": message.is_layout,
        "replies": message.reference_id is not None,
        "reply_to": None if replied is None or hidden or replied.deleted else _quoted(replied),
        "forwarded": _forwarded(message),
        "poll": _poll(message),
        "edited": message.edited_at is not None,
        "ephemeral": message.ephemeral,
        "loading": message.loading,
        "reactions": [
            {
                "emoji": emoji,
                "count": len(who),
                "mine": person.id in who,
                "who": [discord.world.users[number].name for number in sorted(who)],
            }
            for emoji, who in message.reactions.items()
            if who
        ],
        "components": [_component(part) for part in message.components],
        "files": [
            {
                "name": file["filename"],
                "bytes": file["size"],
                "seconds": file.get("duration_secs", 0),
                "waveform": file.get("waveform", ""),
                "path": file_path(discord, file),
                "description": file.get("description", ""),
                "kind": (shown_type(discord.world.files.get(file_path(discord, file), b"")) or "").partition("/")[0],
            }
            for file in message.attachments
        ],
    }


def _quoted(message: Message) -> Json:
    return {
        "id": str(message.id),
        "author": message.author.name,
        "bot": message.author.bot,
        "content": message.content,
    }


def _forwarded(message: Message) -> Json | None:
    snapshots = message.extras.get("message_snapshots") or []
    return {"content": snapshots[0]["message"]["content"]} if snapshots else None


def _poll(message: Message) -> Json | None:
    poll = message.extras.get("poll")
    if poll is None:
        return None
    return {
        "question": poll["question"]["text"],
        "answers": [answer["poll_media"]["text"] for answer in poll["answers"]],
    }


def _attached_name(media: Json) -> str:
    return str(media["url"]).removeprefix("attachment://")


def _component(part: Json) -> Json:
    drawn: Json = {"type": part["type"], "components": [_component(inner) for inner in part.get("components", ())]}
    drawn |= {key: part[key] for key in _KEPT if key in part}
    if part.get("items"):
        drawn["names"] = [_attached_name(item["media"]) for item in part["items"]]
    if "file" in part:
        drawn["names"] = [_attached_name(part["file"])]
    if "style" in part:
        drawn["style"] = _BUTTON_STYLES.get(part["style"], "secondary")
    if isinstance(part.get("emoji"), dict):
        drawn["emoji"] = part["emoji"].get("name") or ""
    if "options" in part:
        drawn["options"] = [
            {key: option.get(key) for key in ("label", "value", "description", "default")}
            | {"emoji": (option.get("emoji") or {}).get("name") or ""}
            for option in part["options"]
        ]
    return drawn


def shown_type(data: bytes) -> str | None:
    """Return the media type of a picture or a sound that browsers show safely, told by how it begins; None for everything else."""
    if data.startswith(b"RIFF"):
        return {b"WEBP": "image/webp", b"WAVE": "audio/wav"}.get(data[8:12])
    return next((kind for beginning, kind in _SHOWN.items() if data.startswith(beginning)), None)


def file_path(discord: DiscordSandbox, file: Json) -> str:
    """Return the path of an attached file, without Discord's address."""
    return str(file["url"]).removeprefix(discord.world.base_url)


def time_of(snowflake: int) -> str:
    """Return the moment at which an id was made, as the page reads it."""
    moment = datetime.fromtimestamp(((snowflake >> 22) + DISCORD_EPOCH_MS) / 1000, UTC)
    return moment.isoformat(timespec="seconds")
