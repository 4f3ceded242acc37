"""Verbs that a start and a crash need: to have turns wait again, and to find what waits."""

from msgspec import Struct

from messages.ids import ChannelId, MessageId, SessionId, TurnId, UserId
from messages.turn import OutcomePending
from messages.verbs.verb import Verb


class Recover(Verb[None], frozen=True, kw_only=True):
    """Have the turns wait again that were streaming when the last process ended.

    Each turn whose model was being asked is counted a crash; the third one quarantines it. The process sends this verb
    once, before any other.

    From then on the data are those of `bot`, where that is known.
    """

    now_s: float
    bot: UserId | None = None


class RestartTurns(Verb[tuple[OutcomePending, ...]], frozen=True, kw_only=True):
    """Have the streaming turn of a session wait again whose actor crashed. This counts as no crash of the process.

    A turn that was to be stopped ends instead; the answer has its outcome.
    """

    session: SessionId


class ParkSession(Verb[tuple[OutcomePending, ...]], frozen=True, kw_only=True):
    """Fail the queued turns of a session that crashes again and again, and new ones until `until_s` (seconds since 1970)."""

    session: SessionId
    until_s: float
    now_s: float


class NewestTurn(Verb[TurnId], frozen=True, kw_only=True):
    """Return the newest turn; 0 when there is none."""


class WaitingSessions(Verb[tuple[SessionId, ...]], frozen=True, kw_only=True):
    """Return the next sessions after this one in which a turn is queued, at most so many, in the order of their ids."""

    after: SessionId = SessionId(0)
    limit: int = 100


class SessionQuestions(Struct, frozen=True, kw_only=True):
    """The messages with the queued questions of a session, in the order of their turns."""

    session: SessionId
    questions: tuple[tuple[ChannelId, MessageId], ...]


class WaitingQuestions(Verb[tuple[SessionQuestions, ...]], frozen=True, kw_only=True):
    """Return the queued questions of these sessions, as far as their turns are not newer than `up_to`.

    They are read again, because nobody heard of edits before the process began.
    """

    sessions: tuple[SessionId, ...]
    up_to: TurnId


class HasWork(Verb[bool], frozen=True, kw_only=True):
    """Return whether a turn of this session is queued."""

    session: SessionId
