"""The verb that decides about a new message, and its four answers."""

from msgspec import Struct

from messages.ids import SessionId, TurnId
from messages.intake import MessagePosted
from messages.turn import OutcomePending
from messages.verbs.verb import Verb


class NotOurs(Struct, frozen=True, kw_only=True, tag="not_ours"):
    """The message is not for the bot. Nothing was written to storage."""


class AlreadyKnown(Struct, frozen=True, kw_only=True, tag="already_known"):
    """The message or interaction has its turn already, or an earlier notice covers it too. There is nothing to do."""


class Accepted(Struct, frozen=True, kw_only=True, tag="accepted"):
    """The turn is queued in this session."""

    turn: TurnId
    session: SessionId


class Refused(Struct, frozen=True, kw_only=True, tag="refused"):
    """The refusal is committed under the id of its message or interaction. The courier has to show its sentence."""

    outcome: OutcomePending


Acceptance = NotOurs | AlreadyKnown | Accepted | Refused


class AcceptMessage(Verb[Acceptance], frozen=True, kw_only=True):
    """Decide about a message: find its user, find or create its session, and queue its turn, or refuse it.

    The message's id is the idempotency key: the same message is recorded once. The channel's watermark moves to it.
    `missed` is true for a message that was found by reading the channel again: its age is limited, and so is the number
    of such messages. `newer_missed` counts the newer ones by the same author that were found with it. `now_s` is in
    seconds since 1970.
    """

    posted: MessagePosted
    now_s: float
    missed: bool = False
    newer_missed: int = 0
