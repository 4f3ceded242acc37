"""Verbs that stop turns and change or withdraw questions."""

from msgspec import Struct

from messages.ids import MessageId, TurnId, UserId
from messages.turn import OutcomePending, StopTurn
from messages.verbs.verb import Deny, TooLate, Verb


class CancelTurn(Verb[StopTurn | OutcomePending | Deny | TooLate], frozen=True, kw_only=True):
    """End a turn: at once when it waits, by its actor when it streams.

    The asker or the owner may; from a message that holds a part of that turn.
    """

    actor: UserId
    turn: TurnId
    message_id: MessageId


class Ended(Struct, frozen=True, kw_only=True):
    """The turns that ended because a session was removed, or was closed to those who asked in it."""

    outcomes: tuple[OutcomePending, ...] = ()
    stops: tuple[StopTurn, ...] = ()


class WithdrawQuestion(Verb[StopTurn | OutcomePending | None], frozen=True, kw_only=True):
    """The question's message was deleted: cancel its turn when it waits, stop it when it streams."""

    message_id: MessageId


class EditQuestion(Verb[None], frozen=True, kw_only=True):
    """The question's message was changed: a turn whose model was not asked yet asks it as edited, and so does a later *Retry*."""

    message_id: MessageId
    text: str
