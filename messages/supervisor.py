"""What the supervisor's mailbox holds."""

from msgspec import Struct

from messages.ids import SessionId
from messages.turn import StopTurn


class SessionHasWork(Struct, frozen=True, kw_only=True, tag="session_has_work"):
    """A turn of this session waits in the rows. From the intake or the panel, which had it accepted."""

    session: SessionId


class SessionIdle(Struct, frozen=True, kw_only=True, tag="session_rested"):
    """A session's actor has nothing to do. From the actor; the supervisor looks at the rows before it retires it."""

    session: SessionId


class QuestionsReread(Struct, frozen=True, kw_only=True, tag="session_reread"):
    """The questions that wait in a session are now stored as they stand in Discord: it may begin. From the intake."""

    session: SessionId


class SessionEnded(Struct, frozen=True, kw_only=True, tag="session_ended"):
    """A session's actor has returned, or has crashed. From the task that ran it."""

    session: SessionId
    crashed: bool


class CourierRebuilt(Struct, frozen=True, kw_only=True, tag="courier_rebuilt"):
    """The courier has crashed and starts again from the rows, which do not say all that it knew.

    From the task that runs it.
    """


class ShutDown(Struct, frozen=True, kw_only=True, tag="shut_down"):
    """The process shall stop: begin no new turn. From the process's signals.

    Answers that stream may go on for the grace time; with `now` they may not.
    """

    now: bool


SupervisorMessage = SessionHasWork | SessionIdle | QuestionsReread | StopTurn | SessionEnded | CourierRebuilt | ShutDown
