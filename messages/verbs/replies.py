"""Verbs about the Discord messages that hold answers, and about outcomes that Discord does not show yet."""

from msgspec import Struct

from messages.ids import MessageId, SessionId, TurnId
from messages.turn import OutcomePending, Part
from messages.verbs.verb import Verb


class RecordPart(Verb[None], frozen=True, kw_only=True):
    """Record which Discord message holds a part of a turn's reply."""

    turn: TurnId
    part: Part


class ForgetPart(Verb[None], frozen=True, kw_only=True):
    """Delete the record of a part whose message was deleted because the answer became shorter."""

    turn: TurnId
    message_id: MessageId


class Known(Struct, frozen=True, kw_only=True):
    """The recorded parts of a turn, in order, and what `OutcomePending` has as `below`."""

    parts: tuple[Part, ...]
    below: MessageId


class KnownParts(Verb[Known], frozen=True, kw_only=True):
    """Return the recorded parts of a turn, and below which message they belong."""

    turn: TurnId


class UnclaimedOf(Verb[tuple[MessageId, ...]], frozen=True, kw_only=True):
    """Return those of these messages that may belong to a turn and hold no recorded part, in the order given.

    A *Retry* replies to the same message as the turn that it asks again, but it is pressed after that turn was shown. So
    the parts of a turn were posted after its own cause and before the next cause that replies to the same message.
    """

    turn: TurnId
    message_ids: tuple[MessageId, ...]


class RecordDelivered(Verb[None], frozen=True, kw_only=True):
    """Record that Discord shows the whole outcome of a turn. Its state `answered` becomes `delivered`."""

    turn: TurnId


class PendingOutcomes(Verb[tuple[OutcomePending, ...]], frozen=True, kw_only=True):
    """Return outcomes that Discord does not show yet, oldest first: those of turns after `after`, at most `limit` of them.

    With `session`, only that session's.
    """

    after: TurnId = TurnId(0)
    limit: int = 2**31
    session: SessionId | None = None
