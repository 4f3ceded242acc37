"""The requests that the courier sends to Discord. Pure.

What can come of them stands in `discord_api.results`.
"""

from typing import Final, Literal

from msgspec import Struct

from actors.courier.answer_view import PartWanted
from messages.courier import ReadChannel
from messages.ids import ChannelId, MessageId, SessionId, TurnId, UserId

UNANSWERED_PAUSE_S: Final = 1.0
UNANSWERED_PAUSE_MAX_S: Final = 30.0
"""The pause after a request that nothing came back for: one second first, then twice as long each time, up to half a minute."""


class Search(Struct, frozen=True, kw_only=True):
    """Look for replies to `reply_to` that an earlier process posted and could not record any more."""

    turn: TurnId
    channel_id: ChannelId
    after: MessageId
    reply_to: MessageId


class PostPart(Struct, frozen=True, kw_only=True):
    """Post one part of the answer as a reply to the question."""

    turn: TurnId
    channel_id: ChannelId
    part: int
    reply_to: MessageId
    nonce: str
    wanted: PartWanted


class EditPart(Struct, frozen=True, kw_only=True):
    """Replace what one part shows."""

    turn: TurnId
    channel_id: ChannelId
    part: int
    message_id: MessageId
    wanted: PartWanted


class DeletePart(Struct, frozen=True, kw_only=True):
    """Delete a message that the answer does not need any more."""

    turn: TurnId
    channel_id: ChannelId
    message_id: MessageId


class React(Struct, frozen=True, kw_only=True):
    """Put a reaction of the bot on the question."""

    turn: TurnId
    channel_id: ChannelId
    message_id: MessageId
    emoji: str


class Unreact(Struct, frozen=True, kw_only=True):
    """Take a reaction of the bot off the question."""

    turn: TurnId
    channel_id: ChannelId
    message_id: MessageId
    emoji: str


class ReadQuestion(Struct, frozen=True, kw_only=True):
    """Read one waiting question again, because it may have been edited or deleted while nobody listened."""

    session: SessionId
    channel_id: ChannelId
    message_id: MessageId


class TellPrivately(Struct, frozen=True, kw_only=True):
    """Send a note by direct message. This takes two requests, because the channel has to be opened first."""

    note: int
    person: UserId
    text: str
    nonce: str


TextRequest = Search | PostPart | EditPart | DeletePart
Reaction = React | Unreact
Request = TextRequest | Reaction
"""The requests that are about a turn's reply."""

Sendable = Request | ReadChannel | ReadQuestion | TellPrivately

PartitionKey = tuple[int, Literal["text", "reactions", "reading", "notes"]]
"""Requests of one partition go one after the other, so that what lands last in it is what was sent last."""


def partition_of(request: Sendable) -> PartitionKey:
    """Return a request's partition. Reactions have their own, so that one that must wait does not hold up a text."""
    match request:
        case React() | Unreact():
            return request.channel_id, "reactions"
        case ReadChannel() | ReadQuestion():
            return request.channel_id, "reading"
        case TellPrivately():
            return request.person, "notes"
        case _:
            return request.channel_id, "text"


def requests_in(request: Sendable) -> int:
    """Return how many HTTP requests it takes."""
    return 2 if isinstance(request, TellPrivately) else 1
