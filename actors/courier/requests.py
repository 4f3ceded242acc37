"""The requests that the courier sends to Discord."""

from typing import Literal

from msgspec import Struct

from actors.courier.answer_view import PartWanted
from messages.courier import ReadChannel
from messages.ids import ChannelId, MessageId, SessionId, TurnId, UserId


class Search(Struct, frozen=True, kw_only=True):
    """Find messages that a process posted before it could record them."""

    turn: TurnId
    channel_id: ChannelId
    after: MessageId
    reply_to: MessageId


class PostPart(Struct, frozen=True, kw_only=True):
    """Post one part as a reply to the question."""

    turn: TurnId
    channel_id: ChannelId
    part: int
    reply_to: MessageId
    nonce: str
    wanted: PartWanted


class EditPart(Struct, frozen=True, kw_only=True):
    """Replace what a part shows."""

    turn: TurnId
    channel_id: ChannelId
    part: int
    message_id: MessageId
    wanted: PartWanted


class DeletePart(Struct, frozen=True, kw_only=True):
    """Delete a surplus part."""

    turn: TurnId
    channel_id: ChannelId
    message_id: MessageId


class React(Struct, frozen=True, kw_only=True):
    """Put the bot's reaction on the question."""

    turn: TurnId
    channel_id: ChannelId
    message_id: MessageId
    emoji: str


class Unreact(Struct, frozen=True, kw_only=True):
    """Take the bot's reaction off the question."""

    turn: TurnId
    channel_id: ChannelId
    message_id: MessageId
    emoji: str


class ReadQuestion(Struct, frozen=True, kw_only=True):
    """Read one waiting question again: it may have been edited or deleted while nobody listened."""

    session: SessionId
    channel_id: ChannelId
    message_id: MessageId


class TellPrivately(Struct, frozen=True, kw_only=True):
    """Send a note by direct message. Two requests: the channel has to be opened first."""

    note: int
    person: UserId
    text: str
    nonce: str


Request = Search | PostPart | EditPart | DeletePart | React | Unreact
"""Those that are about a turn's reply."""
Sendable = Request | ReadChannel | ReadQuestion | TellPrivately

PartitionKey = tuple[int, Literal["text", "reactions", "reading", "notes"]]
"""Where requests go one after the other: what lands last in a partition is what was sent last."""


def partition_of(request: Sendable) -> PartitionKey:
    """The partition of a request. A reaction that has to wait holds up no text."""
    match request:
        case React() | Unreact():
            return request.channel_id, "reactions"
        case ReadChannel() | ReadQuestion():
            return request.channel_id, "reading"
        case TellPrivately():
            return request.person, "notes"
        case _:
            return request.channel_id, "text"
