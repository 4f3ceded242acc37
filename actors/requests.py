"""What the courier asks of Discord, and what may come of it."""

from msgspec import Struct

from actors.answer_view import PartWanted
from messages.courier import ReadChannel
from messages.ids import ChannelId, MessageId, TurnId


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


Request = Search | PostPart | EditPart | DeletePart | React | Unreact
Sendable = Request | ReadChannel


class Done(Struct, frozen=True):
    """Discord did it.

    `message_id` and `text` are a post's; `found` a search's, which goes on after `more_after` if there is more.
    """

    message_id: MessageId | None = None
    text: str = ""
    found: tuple[MessageId, ...] = ()
    more_after: MessageId | None = None


class Impossible(Struct, frozen=True):
    """Discord will never do it. `code` is Discord's."""

    code: int


class Unknown(Struct, frozen=True):
    """Nothing is known of what Discord did."""

    retry_after_s: float = 0.0
    answered: bool = False


Result = Done | Impossible | Unknown
