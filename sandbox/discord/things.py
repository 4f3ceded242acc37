"""Users, servers, roles, channels and messages of the small Discord, as plain mutable state."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Json = dict[str, Any]

EPHEMERAL, LOADING, SUPPRESS_EMBEDS, VOICE_MESSAGE, COMPONENTS_V2 = 1 << 6, 1 << 7, 1 << 2, 1 << 13, 1 << 15
"""Message flags. Discord, "Message", section "Message Flags"."""

TEXT_CHANNEL, DIRECT_CHANNEL, CATEGORY, PUBLIC_THREAD, PRIVATE_THREAD, FORUM = 0, 1, 4, 11, 12, 15
"""Channel types. Discord, "Channel", section "Channel Types"."""

ORDINARY, REPLY, COMMAND_ANSWER, MENU_ANSWER = 0, 19, 20, 23
"""Message types. Discord, "Message", section "Message Types"."""


@dataclass(slots=True, eq=False)
class User:
    """A person or a bot."""

    id: int
    name: str
    bot: bool = False
    takes_direct_messages: bool = True
    locale: str = "en-US"
    """The language in which they use Discord."""

    @property
    def mention(self) -> str:
        """The text that mentions them."""
        return f"<@{self.id}>"


@dataclass(slots=True, eq=False)
class Role:
    """A role of one server; the one with the server's id is @everyone."""

    id: int
    name: str
    permissions: int
    mentionable: bool = False
    managed: bool = False


@dataclass(slots=True, frozen=True)
class Overwrite:
    """What a channel allows or denies a role (kind 0) or a member (kind 1)."""

    id: int
    kind: int
    allow: int = 0
    deny: int = 0


@dataclass(slots=True, eq=False)
class Guild:
    """A server."""

    id: int
    name: str
    owner_id: int
    roles: dict[int, Role] = field(default_factory=dict)
    members: dict[int, set[int]] = field(default_factory=dict)
    """Member's id to the ids of their roles, @everyone left out."""
    locale: str = "en-US"
    """Its language (Discord: `preferred_locale`)."""
    features: list[str] = field(default_factory=list)
    """What Discord has enabled for it, such as `COMMUNITY`."""


@dataclass(slots=True, eq=False)
class Channel:
    """A text channel, a forum, a category, a thread or a forum post (these have a parent), or a direct message (it has no guild)."""

    id: int
    name: str
    kind: int
    guild: Guild | None = None
    parent: "Channel | None" = None
    """The channel of a thread; its overwrites apply to the thread too."""
    category: "Channel | None" = None
    """The category of a text channel; permissions are not inherited from it ("Permissions", "Permission Syncing")."""
    members: set[int] = field(default_factory=set)
    """Ids of those who were added to a private thread."""
    overwrites: list[Overwrite] = field(default_factory=list)
    recipients: set[int] = field(default_factory=set)
    archived: bool = False
    locked: bool = False
    deleted: bool = False
    messages: "dict[int, Message]" = field(default_factory=dict)
    """By id, so in order of time; messages that only one person sees are among them."""
    last_message_id: int | None = None


@dataclass(slots=True, eq=False)
class Message:
    """A message; `payloads.py` decides what of it the bot gets."""

    id: int
    channel: Channel
    author: User
    content: str = ""
    """Its text; of a message whose components are a layout, the texts in that."""
    kind: int = ORDINARY
    flags: int = 0
    embeds: list[Json] = field(default_factory=list)
    components: list[Json] = field(default_factory=list)
    attachments: list[Json] = field(default_factory=list)
    reactions: dict[str, set[int]] = field(default_factory=dict)
    """Emoji (`👌`, or `name:id`) to the ids of those who gave it."""
    reference_id: int | None = None
    mentions: list[int] = field(default_factory=list)
    mention_roles: list[int] = field(default_factory=list)
    mention_everyone: bool = False
    nonce: str | int | None = None
    edited_at: datetime | None = None
    edits: list[str] = field(default_factory=list)
    """Its earlier contents, oldest first."""
    seen_only_by: User | None = None
    """The one person who sees an ephemeral message."""
    interaction: Json | None = None
    """`interaction_metadata` where the message answers an interaction."""
    extras: Json = field(default_factory=dict)
    """What else its payload has: a poll, stickers, the message that it forwards."""
    deleted: bool = False

    @property
    def author_id(self) -> int:
        """The id of its author."""
        return self.author.id

    @property
    def ephemeral(self) -> bool:
        """Whether one person alone sees it."""
        return self.seen_only_by is not None

    @property
    def loading(self) -> bool:
        """Whether it still shows "is thinking…"."""
        return bool(self.flags & LOADING)

    @property
    def is_layout(self) -> bool:
        """Whether its components are its whole content ("Component Reference", flag IS_COMPONENTS_V2)."""
        return bool(self.flags & COMPONENTS_V2)

    def controls(self) -> list[Json]:
        """Its buttons and menus, in reading order, out of their rows."""
        return [part for part in parts_of(self.components) if part["type"] in CONTROLS]


CONTROLS = {2, 3}
"""Buttons and menus. "Component Reference", section "Component Types"."""


def parts_of(components: list[Json]) -> Iterator[Json]:
    """Yield all components in reading order, each before those that are in it."""
    for part in components:
        yield part
        yield from parts_of(part.get("components") or [])
        if "accessory" in part:
            yield from parts_of([part["accessory"]])


@dataclass(slots=True, frozen=True)
class Ping:
    """A notification that a message of the bot caused, or an edit whose text would be parsed as a mention."""

    kind: str
    """`user`, `role` or `everyone`."""
    id: int
    message_id: int
    by: str
    """`create` or `edit`."""
