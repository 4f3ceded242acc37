"""The messages in the supervisor's mailbox."""

from msgspec import Struct

from messages.figures import ReportFigures
from messages.ids import SessionId
from messages.turn import StopTurn


class SessionHasWork(Struct, frozen=True, kw_only=True, tag="session_has_work"):
    """A turn of this session is queued in the rows. From the intake or the panel, which had it accepted.

    Also from the panel, when an admin has resumed the session, whether a turn is queued or not.
    """

    session: SessionId


class QueueMoved(Struct, frozen=True, kw_only=True, tag="queue_moved"):
    """A turn that was queued in this session has ended, so those behind it wait for one less. From the intake or the panel."""

    session: SessionId


class SessionIdle(Struct, frozen=True, kw_only=True, tag="session_rested"):
    """A session's actor has nothing to do. From the actor; the supervisor retires it if the rows have no work either."""

    session: SessionId


class QuestionsReread(Struct, frozen=True, kw_only=True, tag="session_reread"):
    """The queued questions of a session are stored as they are now in Discord, so its actor may start. From the intake."""

    session: SessionId


class SessionEnded(Struct, frozen=True, kw_only=True, tag="session_ended"):
    """A session's actor has ended: it returned or crashed. From the task that ran it."""

    session: SessionId
    crashed: bool


class CourierRebuilt(Struct, frozen=True, kw_only=True, tag="courier_rebuilt"):
    """The courier crashed and was started again from the rows, which do not have everything that it knew.

    From the task that runs the courier.
    """


class ShutDown(Struct, frozen=True, kw_only=True, tag="shut_down"):
    """Stop the process: start no new turn. From whatever handles the process's signals.

    Answers may stream on for the grace time, unless `now` is true.
    """

    now: bool


SupervisorMessage = (
    SessionHasWork
    | QueueMoved
    | SessionIdle
    | QuestionsReread
    | StopTurn
    | SessionEnded
    | CourierRebuilt
    | ReportFigures
    | ShutDown
)
