"""The world of the sandbox: its people, places and everything that was said in them."""

import base64
import secrets
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sandbox.discord.changes import Changes
from sandbox.discord.clock import Clock, Snowflakes
from sandbox.discord.limits import Limits
from sandbox.discord.payloads import member_json
from sandbox.discord.permissions import EVERYONE, MEMBER, ROLE, VIEW_CHANNEL, may
from sandbox.discord.place_payloads import channel_json, guild_json
from sandbox.discord.things import (
    DIRECT_CHANNEL,
    PUBLIC_THREAD,
    TEXT_CHANNEL,
    Channel,
    Guild,
    Json,
    Message,
    Overwrite,
    Ping,
    Role,
    User,
)

if TYPE_CHECKING:
    from sandbox.discord.interactions import Interaction

# Intents. Discord, "Gateway", section "List of Intents".
GUILDS, GUILD_MEMBERS, GUILD_MESSAGES, GUILD_REACTIONS = 1 << 0, 1 << 1, 1 << 9, 1 << 10
DIRECT_MESSAGES, DIRECT_REACTIONS, MESSAGE_CONTENT = 1 << 12, 1 << 13, 1 << 15


@dataclass(slots=True, frozen=True)
class Event:
    """Something the gateway tells those who asked for it."""

    name: str
    intent: int
    """One intent bit; 0 reaches everybody."""
    render: Callable[[bool], Json]
    """The payload, for somebody with (True) or without the message content intent."""


class World:
    """Everything that exists, and the verbs that change places and people; `posting.py` has those for messages."""

    def __init__(self, limits: Limits, clock: Clock, changes: Changes) -> None:
        self.limits, self.clock, self.changes = limits, clock, changes
        self.ids = Snowflakes(clock)
        self.message_content_enabled = True
        """The switch in Discord's developer portal; an intent not enabled there ends the connection with 4014."""
        self.guild_members_enabled = False
        self.users: dict[int, User] = {}
        self.guilds: dict[int, Guild] = {}
        self.channels: dict[int, Channel] = {}
        self.commands: dict[int | None, list[Json]] = {None: []}
        """What the bot registered: globally (None) and by server."""
        self.interactions: dict[str, Interaction] = {}
        """By token."""
        self.pings: list[Ping] = []
        self.nonces: dict[str, tuple[float, Message]] = {}
        self.files: dict[str, bytes] = {}
        self.base_url = ""
        """Where its server answers, once it does."""
        self.session_start_limit: Json = {
            "total": 1000,
            "remaining": 1000,
            "reset_after": 14_400_000,
            "max_concurrency": 1,
        }
        """What GET /gateway/bot tells. "Gateway", section "Session Start Limit Object"."""
        self.tell: Callable[[Event], None] = lambda _: None
        """The gateway's ear."""
        self.bot = self._add_user("Causerie", bot=True)
        self.application_id = self.bot.id
        self.founder = self._add_user("Founder")
        secret = f"{secrets.token_urlsafe(6)}.{secrets.token_urlsafe(27)}"
        self.token = f"{base64.b64encode(str(self.application_id).encode()).decode()}.{secret}"
        self.guild = self.add_guild("Causerie")

    def add_guild(self, name: str) -> Guild:
        """A new server; the bot and its founder are in it, nobody else."""
        number = self.ids.next()
        guild = Guild(number, name, owner_id=self.founder.id)
        guild.roles[number] = Role(number, "@everyone", EVERYONE)
        role = Role(self.ids.next(), self.bot.name, EVERYONE, managed=True)
        guild.roles[role.id] = role
        guild.members = {self.founder.id: set(), self.bot.id: {role.id}}
        self.guilds[number] = guild
        self.commands[number] = []
        self.happened(Event("GUILD_CREATE", GUILDS, lambda _: guild_json(self, guild)))
        return guild

    def add_user(self, name: str, *, guild: Guild | None = None, bot: bool = False) -> User:
        """Somebody new in a server (default: the first one)."""
        user = self._add_user(name, bot=bot)
        self.join(user, guild or self.guild)
        return user

    def join(self, user: User, guild: Guild) -> None:
        """Let somebody into a server."""
        guild.members[user.id] = set()
        body = {**member_json(guild, user), "guild_id": str(guild.id)}
        self.happened(Event("GUILD_MEMBER_ADD", GUILD_MEMBERS, lambda _: body))

    def leave(self, user: User, guild: Guild) -> None:
        """Take somebody out of a server."""
        body = {"guild_id": str(guild.id), "user": member_json(guild, user)["user"]}
        del guild.members[user.id]
        self.happened(Event("GUILD_MEMBER_REMOVE", GUILD_MEMBERS, lambda _: body))

    def add_channel(
        self, name: str, *, guild: Guild | None = None, restricted: bool = False, people: Iterable[User] = ()
    ) -> Channel:
        """A text channel; a restricted one is seen by `people`, the bot and the founder only."""
        guild = guild or self.guild
        channel = Channel(self.ids.next(), name, TEXT_CHANNEL, guild)
        if restricted:
            role = next(number for number, role in guild.roles.items() if role.managed)
            channel.overwrites = [
                Overwrite(guild.id, ROLE, deny=VIEW_CHANNEL),
                Overwrite(role, ROLE, allow=VIEW_CHANNEL),
                *(Overwrite(person.id, MEMBER, allow=VIEW_CHANNEL) for person in people),
            ]
        self.channels[channel.id] = channel
        self._tell_of(channel, "CHANNEL_CREATE")
        return channel

    def add_thread(self, parent: Channel, name: str) -> Channel:
        """A public thread in a text channel."""
        thread = Channel(self.ids.next(), name, PUBLIC_THREAD, parent.guild, parent)
        self.channels[thread.id] = thread
        self._tell_of(thread, "THREAD_CREATE")
        return thread

    def change_thread(self, thread: Channel, *, archived: bool, locked: bool) -> None:
        """Archive, lock or reopen a thread."""
        thread.archived, thread.locked = archived, locked
        self._tell_of(thread, "THREAD_UPDATE")

    def delete_channel(self, channel: Channel) -> None:
        """Somebody deletes a channel with everything in it."""
        threads = [place for place in self.channels.values() if place.parent is channel]
        for place in (*threads, channel):
            place.deleted = True
            del self.channels[place.id]
            self._tell_of(place, "CHANNEL_DELETE" if place.parent is None else "THREAD_DELETE")

    def direct_channel(self, user: User) -> Channel:
        """The one direct-message channel of somebody with the bot, opened when first asked for."""
        members = {user.id, self.bot.id}
        for channel in self.channels.values():
            if channel.guild is None and channel.recipients == members:
                return channel
        channel = Channel(self.ids.next(), user.name, DIRECT_CHANNEL, recipients=members)
        self.channels[channel.id] = channel
        return channel

    def seen(self, channel: Channel, by: User | None = None) -> Iterator[Message]:
        """The messages of a channel, oldest first, that somebody (None: everybody) sees there."""
        if by is not None and not may(by, channel, VIEW_CHANNEL):
            return
        for message in channel.messages.values():
            if message.seen_only_by is None or message.seen_only_by is by:
                yield message

    def happened(self, event: Event) -> None:
        """Tell the gateway, and everybody who waits for a change."""
        self.tell(event)
        self.changes.happened()

    def _tell_of(self, channel: Channel, name: str) -> None:
        if may(self.bot, channel, VIEW_CHANNEL):
            body = channel_json(self, channel)
            self.happened(Event(name, GUILDS, lambda _: body))
        self.changes.happened()

    def _add_user(self, name: str, *, bot: bool = False) -> User:
        user = User(self.ids.next(), name, bot=bot)
        self.users[user.id] = user
        return user

    def describe(self) -> str:
        """What everybody sees where, for the text of a failure."""
        lines: list[str] = []
        for channel in self.channels.values():
            lines.append(f"#{channel.name}")
            lines += [f"  {_line(message)}" for message in list(channel.messages.values())[-20:]]
        lines += [
            f"interaction {entry.name} by {entry.person.name}: {entry.state}" for entry in self.interactions.values()
        ]
        return "\n".join(lines)


def _line(message: Message) -> str:
    only = f" (only {message.seen_only_by.name} sees this)" if message.seen_only_by else ""
    reply = f" re {message.reference_id}" if message.reference_id else ""
    reactions = "".join(f" {emoji}{len(who)}" for emoji, who in message.reactions.items())
    buttons = "".join(f" [{part.get('label') or part['custom_id']}]" for part in message.controls())
    return f"{message.id}{reply} {message.author.name}{only}: {message.content!r}{reactions}{buttons}"
