"""What the supervisor hears."""

from msgspec import Struct

from messages.ids import SessionId
from messages.turn import StopTurn


class SessionHasWork(Struct, frozen=True, kw_only=True, tag="session_has_work"):
    """A turn of this session waits in the rows. From whoever had it accepted."""

    session: SessionId


class SessionIdle(Struct, frozen=True, kw_only=True, tag="session_rested"):
    """This session's actor has nothing to do. From the actor; the supervisor looks at the rows before it retires it."""

    session: SessionId


class QuestionsReread(Struct, frozen=True, kw_only=True, tag="session_reread"):
    """The questions that wait in this session are stored as they stand in Discord: it may begin. From the gateway."""

    session: SessionId


class SessionEnded(Struct, frozen=True, kw_only=True, tag="session_ended"):
    """This session's actor has returned, or crashed. From the task that ran it."""

    session: SessionId
    crashed: bool


class ShutDown(Struct, frozen=True, kw_only=True, tag="shut_down"):
    """Stop well: no new turns, streams get their grace, or none with `now`. From the process's signals."""

    now: bool


SupervisorMessage = SessionHasWork | SessionIdle | QuestionsReread | StopTurn | SessionEnded | ShutDown
