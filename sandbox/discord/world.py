"""The state of the sandbox: users, servers, channels, messages and interactions."""

import base64
import secrets
from collections.abc import Callable, Iterator

from sandbox.discord.attachments import Attachments
from sandbox.discord.changes import Changes
from sandbox.discord.clock import Clock, Snowflakes
from sandbox.discord.events import Event
from sandbox.discord.interactions import Interaction
from sandbox.discord.limits import Limits
from sandbox.discord.permissions import EVERYONE, VIEW_CHANNEL, may
from sandbox.discord.things import DIRECT_CHANNEL, Channel, Guild, Json, Message, Ping, Role, User


class World:
    """The whole state, with ways to read it; `places.py` and `posting.py` change it and dispatch the events."""

    def __init__(self, limits: Limits, clock: Clock, changes: Changes) -> None:
        self.limits, self.clock, self.changes = limits, clock, changes
        changes.describe = self.describe
        self.ids = Snowflakes(clock)
        self.message_content_enabled = True
        """Whether the developer portal allows the intent; wanting one that is not allowed ends the connection with 4014."""
        self.guild_members_enabled = False
        self.users: dict[int, User] = {}
        self.guilds: dict[int, Guild] = {}
        self.channels: dict[int, Channel] = {}
        self.commands: list[Json] = []
        """What the bot registered."""
        self.interactions: dict[str, Interaction] = {}
        """By token."""
        self.pings: list[Ping] = []
        self.shown_to: set[int] = set()
        """Ids of the people who saw something change since this was last emptied; each request empties it first."""
        self.nonces: dict[str, tuple[float, Message]] = {}
        self.attachments = Attachments(self.ids)
        self.files = self.attachments.files
        self.base_url = ""
        """The address of the server, once it listens."""
        self.session_start_limit: Json = {
            "total": 1000,
            "remaining": 1000,
            "reset_after": 14_400_000,
            "max_concurrency": 1,
        }
        """What GET /gateway/bot tells. "Gateway", section "Session Start Limit Object"."""
        self.tell: Callable[[Event], None] = lambda _: None
        """Hands an event to the gateway."""
        self.bot = self.add_user("Causerie", bot=True)
        self.application_id = self.bot.id
        self.founder = self.add_user("Founder")
        secret = f"{secrets.token_urlsafe(6)}.{secrets.token_urlsafe(27)}"
        self.token = f"{base64.b64encode(str(self.application_id).encode()).decode()}.{secret}"
        self.guild = self.found("Causerie")

    def found(self, name: str) -> Guild:
        """Add a server without an event; the bot and the founder are its members."""
        number = self.ids.next()
        guild = Guild(number, name, owner_id=self.founder.id)
        guild.roles[number] = Role(number, "@everyone", EVERYONE)
        role = Role(self.ids.next(), self.bot.name, EVERYONE, managed=True)
        guild.roles[role.id] = role
        guild.members = {self.founder.id: set(), self.bot.id: {role.id}}
        self.guilds[number] = guild
        return guild

    def add_user(self, name: str, *, bot: bool = False) -> User:
        """Add a user who is in no server yet."""
        user = User(self.ids.next(), name, bot=bot)
        self.users[user.id] = user
        return user

    def direct_channel(self, user: User) -> Channel:
        """Return a user's direct messages with the bot; the channel is made when it is first needed."""
        members = {user.id, self.bot.id}
        for channel in self.channels.values():
            if channel.guild is None and channel.recipients == members:
                return channel
        channel = Channel(self.ids.next(), user.name, DIRECT_CHANNEL, recipients=members)
        self.channels[channel.id] = channel
        return channel

    def seen(self, channel: Channel, by: User | None = None) -> Iterator[Message]:
        """Yield the messages of a channel that a user sees, oldest first; with None those that everybody sees, and ephemeral ones are left out."""
        if by is not None and not may(by, channel, VIEW_CHANNEL):
            return
        for message in channel.messages.values():
            if message.seen_only_by is None or message.seen_only_by is by:
                yield message

    def viewers(self, channel: Channel) -> set[int]:
        """Return the ids of the people, the bot left out, who may see a channel."""
        return {user.id for user in self.users.values() if user is not self.bot and may(user, channel, VIEW_CHANNEL)}

    def shows(self, message: Message) -> None:
        """Note who sees a change of a message."""
        only = message.seen_only_by
        self.shown_to |= self.viewers(message.channel) if only is None else {only.id}

    def happened(self, event: Event) -> None:
        """Tell the gateway, and everybody who waits for a change."""
        self.tell(event)
        self.changes.happened()

    def describe(self) -> str:
        """Return the messages of all channels and the interactions, for the text of a failure."""
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
    buttons = "".join(f" [{part.get('label') or part.get('custom_id')}]" for part in message.controls())
    return f"{message.id}{reply} {message.author.name}{only}: {message.content!r}{reactions}{buttons}"
