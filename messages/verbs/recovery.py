"""Verbs for what follows a crash, and for finding what still waits."""

from msgspec import Struct

from messages.ids import ChannelId, MessageId, SessionId
from messages.turn import OutcomePending
from messages.verbs.verb import Verb


class Recover(Verb[None], frozen=True, kw_only=True):
    """Begin after an unclean end: count a crash for each turn whose model was being asked, and have these turns wait again.

    The third crash quarantines a turn.
    The process that owns the data sends it once, before anything else.
    """

    now_s: float


class RestartTurns(Verb[tuple[OutcomePending, ...]], frozen=True, kw_only=True):
    """A session's actor crashed while the process lives: its streaming turn waits again. This counts no crash of the turn.

    A turn that was to be stopped ends instead; its outcome is the answer.
    """

    session: SessionId


class ParkSession(Verb[tuple[OutcomePending, ...]], frozen=True, kw_only=True):
    """Fail what waits in a session that crashes again and again, and what comes, until `until_s` (seconds since 1970)."""

    session: SessionId
    until_s: float
    now_s: float


class WaitingSessions(Verb[tuple[SessionId, ...]], frozen=True, kw_only=True):
    """The sessions in which a turn waits."""


class SessionQuestions(Struct, frozen=True, kw_only=True):
    """The messages whose questions wait in a session, in the order of their turns."""

    session: SessionId
    questions: tuple[tuple[ChannelId, MessageId], ...]


class WaitingQuestions(Verb[tuple[SessionQuestions, ...]], frozen=True, kw_only=True):
    """Return what waits, by session. These questions are read again at the start, because nobody heard of edits meanwhile."""


class HasWork(Verb[bool], frozen=True, kw_only=True):
    """Whether a turn of this session waits."""

    session: SessionId
