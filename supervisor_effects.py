"""What passes between the supervisor's core and its shell: what the core wants done, and what the shell reports."""

from typing import Any

from msgspec import Struct

from messages.courier import ReadQuestions
from messages.ids import SessionId
from messages.intake import ReadsForgotten
from messages.session import CourierRestarted, Drain, Retire, Woken
from messages.supervisor import SupervisorMessage
from messages.turn import OutcomePending, StopTurn
from messages.verbs.recovery import HasWork, NewestTurn, ParkSession, RestartTurns, WaitingQuestions, WaitingSessions

# From the core to the shell.


class Execute(Struct, frozen=True):
    """Execute these verbs together; `StorageAnswered` or `StorageFailed` is the next message."""

    verbs: tuple[HasWork | NewestTurn | ParkSession | RestartTurns | WaitingQuestions | WaitingSessions, ...]


class StartSession(Struct, frozen=True):
    """Start this session's actor; when it ends, post `SessionEnded`."""

    session: SessionId


class TellSession(Struct, frozen=True):
    """Post this to the actor of a session that runs."""

    session: SessionId
    message: Woken | Retire | StopTurn | CourierRestarted | Drain


class TellCourier(Struct, frozen=True):
    """Post this to the courier."""

    message: OutcomePending | ReadQuestions


class TellIntake(Struct, frozen=True):
    """Post this to the intake."""

    message: ReadsForgotten


class EndBy(Struct, frozen=True):
    """Cancel whatever still runs at that moment (monotonic seconds)."""

    at_s: float


class ReportParked(Struct, frozen=True):
    """Log that a session was parked."""

    session: SessionId
    crashes: int


class PublishFigures(Struct, frozen=True):
    """Publish the figures of the sessions' actors; so many sessions are held."""

    held: int


Effect = Execute | StartSession | TellSession | TellCourier | TellIntake | EndBy | ReportParked | PublishFigures

# From the shell to the core.


class Arrived(Struct, frozen=True):
    """What waited in the mailbox, in order; with `has_overflowed`, some more found no room and is lost."""

    messages: tuple[SupervisorMessage, ...]
    has_overflowed: bool = False


class StorageAnswered(Struct, frozen=True):
    """What each verb of the last `Execute` was answered, in order."""

    answers: tuple[Any, ...]


class StorageFailed(Struct, frozen=True):
    """Nothing of the last `Execute` could be committed."""


class Tick(Struct, frozen=True):
    """The moment that the core named by `tick_at_s` has come."""


CoreMessage = Arrived | StorageAnswered | StorageFailed | Tick
