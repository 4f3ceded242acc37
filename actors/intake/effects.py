"""What passes between the intake's core and its shell: what the core wants done, and what the shell reports."""

from typing import Any

from msgspec import Struct

from messages.courier import ReadChannel
from messages.ids import MessageId
from messages.intake import IntakeMessage
from messages.supervisor import QuestionsReread, QueueMoved, SessionHasWork
from messages.turn import OutcomePending, StopTurn
from messages.verbs.acceptance import AcceptMessage
from messages.verbs.cancellations import EditQuestion, WithdrawQuestion
from messages.verbs.channels import (
    ForgetChannel,
    ForgetServer,
    KnownChannels,
    RememberServerLocale,
    SaveWatermarks,
    SeeChannel,
    SeeChannels,
)

EventVerb = AcceptMessage | EditQuestion | WithdrawQuestion
"""The verb that hands one event of a channel to storage."""

# From the core to the shell.


class Execute(Struct, frozen=True):
    """Execute these verbs in this order, committed together as far as they fit; `StorageAnswered` is the next message.

    With `is_retrying` storage that is down is waited for, because nobody could be told instead.
    """

    verbs: tuple[EventVerb | SeeChannels | SeeChannel | KnownChannels, ...]
    is_retrying: bool = False


class Record(Struct, frozen=True):
    """Have the recorder execute this; nobody waits for it. A durable verb is kept for as long as storage is down."""

    verb: SaveWatermarks | ForgetChannel | ForgetServer | RememberServerLocale
    is_durable: bool


class TellCourier(Struct, frozen=True):
    """Post this to the courier. Where it has no room for a `ReadChannel`, `ReadNotTaken` is the next message."""

    message: ReadChannel | OutcomePending


class TellSupervisor(Struct, frozen=True):
    """Post this to the supervisor."""

    message: SessionHasWork | QueueMoved | StopTurn | QuestionsReread


class ReportNotAccepted(Struct, frozen=True):
    """Log that storage did not accept what concerns this message."""

    message_id: MessageId
    error: str


Effect = Execute | Record | TellCourier | TellSupervisor | ReportNotAccepted


# From the shell to the core.


class Started(Struct, frozen=True):
    """The shell runs, for the first time or again after a crash: what was to be executed then is to be executed now."""


class Arrived(Struct, frozen=True):
    """What waited in the mailbox, in order. It comes together, so that it can be accepted in one transaction."""

    messages: tuple[IntakeMessage, ...]


class StorageAnswered(Struct, frozen=True):
    """What each verb of the last `Execute` was answered, in order; an exception stands for a verb that failed."""

    answers: tuple[Any, ...]


class ReadNotTaken(Struct, frozen=True):
    """The courier's mailbox had no room for this."""

    read: ReadChannel


class Tick(Struct, frozen=True):
    """The moment that the core named by `tick_at_s` has come."""


class Draining(Struct, frozen=True):
    """The process is stopping: what is only written from time to time is to be written now."""


CoreMessage = Started | Arrived | StorageAnswered | ReadNotTaken | Tick | Draining
