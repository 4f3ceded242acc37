"""A small Discord in memory and virtual time: channels, messages, reactions, nonces; what it is asked, and how that fails.

It outlives the processes that talk to it. A request that is on its way lands, whatever becomes of who sent it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, Literal

import hikari

from messages.ids import ChannelId, GuildId, MessageId, UserId, snowflake_at
from tests.world.clock import Clock

BOT: Final = UserId(999)
GUILD: Final = GuildId(3001)

NONCE_S: Final = 120.0
"""Discord remembers a nonce for "a few minutes"."""

ONE_WAY_S: Final = 0.05
CLIENT_TIMEOUT_S: Final = 8.0

Kind = Literal["post", "edit", "delete", "react", "unreact", "read", "read_one", "open_dm"]
Fate = Literal[
    "well",
    "refused",
    "limited",
    "limited_everywhere",
    "error",
    "unsent",
    "lost",
    "hung",
    "hung_unsent",
    "late",
    "crash",
]
"""`lost`: done, but the answer does not come back. `late`: done seconds after the client gave up, where that can be.
`refused`: the bot has no right to do it (50013)."""


@dataclass
class Channel:
    """Where people write. `refusal` is the code with which Discord keeps the bot out."""

    id: ChannelId
    guild: GuildId | None = None
    public: bool = False
    person: UserId | None = None
    refusal: int | None = None
    was_closed: bool = False
    last_message: int = 0


@dataclass
class Author:
    id: int


@dataclass
class Reference:
    id: int


@dataclass
class Message:
    """A message in a channel, with the attributes of hikari's messages that the courier reads."""

    id: MessageId
    channel: Channel
    author: Author
    content: str
    message_reference: Reference | None = None
    custom_ids: tuple[str, ...] = ()
    edited_timestamp: datetime | None = None
    gone: bool = False
    reactions: set[str] = field(default_factory=set)
    nonce: str | None = None
    flags: hikari.MessageFlag = hikari.MessageFlag.NONE
    attachments: tuple[hikari.Attachment, ...] = ()
    replies_to_nothing: bool = False
    """It was posted as a reply to a message that had been deleted a moment before."""

    @property
    def by_bot(self) -> bool:
        return self.author.id == BOT

    @property
    def reply_to(self) -> int | None:
        return None if self.message_reference is None else self.message_reference.id


@dataclass
class Trouble:
    """What happens to the next so many requests of some kinds, in one channel or all."""

    fate: Fate
    left: int
    kinds: frozenset[Kind] | None = None
    channel: ChannelId | None = None
    retry_after_s: float = 1.0


@dataclass(frozen=True)
class Sent:
    """A request that a process made."""

    at_s: float
    process: int
    kind: Kind
    channel: ChannelId


class RefusedError(Exception):
    """Discord refuses the request."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class Discord:
    """Everything that Discord knows."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.channels: dict[ChannelId, Channel] = {}
        self.messages: dict[MessageId, Message] = {}
        self.troubles: list[Trouble] = []
        self.sent: list[Sent] = []
        self.tells_time = True
        """Whether its answers say the time."""
        self.limited_until_s: dict[tuple[int, ChannelId | None, Kind | None], float] = {}
        """By process, channel and kind, as each process was told."""
        self.saw_post: Callable[[Message], None] = lambda _message: None
        self.saw_edit: Callable[[Message], None] = lambda _message: None
        self._nonces: dict[tuple[ChannelId, str], tuple[Message, float]] = {}
        self._last_id = 0

    def open(self, channel: Channel) -> Channel:
        self.channels[channel.id] = channel
        return channel

    def next_id(self) -> int:
        """Return a snowflake: messages and interactions share one order."""
        self._last_id = max(self._last_id + 1, snowflake_at(self.clock.time_s()) + 1)
        return self._last_id

    # What people do

    def write(self, channel: ChannelId, author: UserId, text: str, reply_to: MessageId | None = None) -> Message:
        place = self.channels[channel]
        reference = None if reply_to is None else Reference(reply_to)
        message = Message(MessageId(self.next_id()), place, Author(author), text, reference)
        self.messages[message.id] = message
        place.last_message = message.id
        return message

    def change(self, message: Message, text: str) -> None:
        message.content = text
        message.edited_timestamp = datetime.fromtimestamp(self.clock.time_s(), tz=UTC)

    # What the bot does

    def find(self, channel: ChannelId, message: int) -> Message:
        """The message; the bot may be kept out, or it may be gone."""
        self._enter(channel)
        found = self.messages.get(MessageId(message))
        if found is None or found.gone or found.channel.id != channel:
            raise RefusedError(10008)
        return found

    def _enter(self, channel: ChannelId) -> Channel:
        place = self.channels.get(channel)
        if place is None:
            raise RefusedError(10003)
        if place.refusal is not None:
            raise RefusedError(place.refusal)
        return place

    def post(
        self, channel: ChannelId, text: str, reply_to: int | None, nonce: str, custom_ids: tuple[str, ...]
    ) -> Message:
        place = self._enter(channel)
        known = self._nonces.get((channel, nonce))
        if known is not None and self.clock.now_s - known[1] < NONCE_S:
            return known[0]
        asked = None if reply_to is None else self.messages.get(MessageId(reply_to))
        # What replies to nothing is posted all the same, as no reply (Discord: fail_if_not_exists).
        reference = None if asked is None or asked.gone else Reference(asked.id)
        message = Message(
            MessageId(self.next_id()), place, Author(BOT), text, reference, custom_ids=custom_ids, nonce=nonce
        )
        message.replies_to_nothing = asked is not None and asked.gone
        self.messages[message.id] = message
        place.last_message = message.id
        self._nonces[channel, nonce] = message, self.clock.now_s
        self.saw_post(message)
        return message

    def page(self, channel: ChannelId, after: int) -> list[Message]:
        """At most 100 messages, oldest first."""
        place = self._enter(channel)
        found = sorted(
            (one for one in self.messages.values() if one.channel is place and one.id > after and not one.gone),
            key=lambda one: one.id,
        )
        return found[:100]

    def replies(self, reply_to: MessageId) -> list[Message]:
        """The bot's messages that answer this one and stand there now."""
        return [one for one in self.messages.values() if one.by_bot and one.reply_to == reply_to and not one.gone]

    def by_bot(self) -> Iterator[Message]:
        """The bot's messages that stand there now."""
        return (one for one in self.messages.values() if one.by_bot and not one.gone)

    # How it fails

    def fate(self, kind: Kind, channel: ChannelId) -> Trouble:
        """What happens to a request that is made now."""
        for trouble in self.troubles:
            if trouble.channel in (None, channel) and (trouble.kinds is None or kind in trouble.kinds):
                trouble.left -= 1
                if trouble.left <= 0:
                    self.troubles.remove(trouble)
                return trouble
        return Trouble("well", 0)

    def land(self, do: Callable[[], Any], after_s: float) -> list[Any]:
        """Have a request done when it arrives; what came of it is put into the list."""
        answer: list[Any] = []

        def arrive() -> None:
            try:
                answer.append(do())
            except RefusedError as error:
                answer.append(error)

        self.clock.soon(arrive, after_s)
        return answer
