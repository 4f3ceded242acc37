"""Verbs about new messages: whether a message becomes a turn, and what the recorder answers."""

from msgspec import Struct

from messages.ids import SessionId, TurnId
from messages.intake import MessagePosted
from messages.turn import OutcomePending
from messages.verbs.verb import Verb


class NotOurs(Struct, frozen=True, kw_only=True, tag="not_ours"):
    """Nothing to answer: nothing was written."""


class AlreadyKnown(Struct, frozen=True, kw_only=True, tag="already_known"):
    """This message or interaction has its turn already, or an earlier notice speaks for it too; nobody needs to be told."""


class Accepted(Struct, frozen=True, kw_only=True, tag="accepted"):
    """A turn waits in this session."""

    turn: TurnId
    session: SessionId


class Refused(Struct, frozen=True, kw_only=True, tag="refused"):
    """The refusal is committed under the id of its message or interaction; the courier still has to show its sentence."""

    outcome: OutcomePending


Acceptance = NotOurs | AlreadyKnown | Accepted | Refused


class AcceptMessage(Verb[Acceptance], frozen=True, kw_only=True):
    """Record a message once; find its user, find or create its session, queue its turn.

    `missed` marks a message that was found by reading a channel again, so its age and number are limited;
    `newer_missed` counts those of the same author that were found with it and posted after it.
    Also moves the channel's watermark.
    """

    posted: MessagePosted
    now_s: float
    missed: bool = False
    newer_missed: int = 0
