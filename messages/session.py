"""The messages to a session's actor: those in its mailbox, and those that its core receives."""

from msgspec import Struct

from messages.courier import TurnWaits
from messages.enclosure import LeftOut
from messages.files import File
from messages.flags import Flags
from messages.ids import TurnId
from messages.turn import OutcomePending, Reason, StopTurn, TurnTaken
from messages.usage import Usage
from messages.vectors import Vector


class Woken(Struct, frozen=True, kw_only=True, tag="woken"):
    """A turn may be queued in this session, or one that was is no longer. From the supervisor. Several of these mean the same as one."""


class NothingWaits(Struct, frozen=True, kw_only=True, tag="nothing_waits"):
    """No turn is queued in this session, or the one that was to be tried again has ended. From the recorder."""


class QueueRead(Struct, frozen=True, kw_only=True, tag="queue_read"):
    """The turns of this session that have waited for a while behind the one under way, in their order. From the recorder.

    `next_s` is in how many seconds another one will have waited as long; None where there is none.
    """

    waits: tuple[TurnWaits, ...]
    next_s: float | None


class TextArrived(Struct, frozen=True, kw_only=True, tag="text_arrived"):
    """The actor's buffer has text of this attempt's answer. From the model's stream. Several of these mean the same as one."""

    turn: TurnId
    attempt: int


class DraftGrew(Struct, frozen=True, kw_only=True, tag="draft_grew"):
    """`text` is the continuation of this attempt's answer. From the session's actor, when it has emptied its buffer.

    `begins_anew` is true when all text before it is no part of the answer, which is `text` alone.
    """

    turn: TurnId
    attempt: int
    text: str
    begins_anew: bool = False


class ModelThinks(Struct, frozen=True, kw_only=True, tag="model_thinks"):
    """The model of this attempt has begun to reason. From the model's stream, once an attempt."""

    turn: TurnId
    attempt: int


class JudgementAwaited(Struct, frozen=True, kw_only=True, tag="judgement_awaited"):
    """The server's moderation has not judged the question, or the answer so far, and is asked again. From the model's stream."""

    turn: TurnId
    attempt: int


class ModelDraws(Struct, frozen=True, kw_only=True, tag="model_draws"):
    """The model of this attempt draws: its pictures as far as they are, or none when it has just begun. From the model's stream.

    Of several only the newest counts. `has_drawn`: an unfinished picture came, though nobody may see it.
    """

    turn: TurnId
    attempt: int
    files: tuple[File, ...] = ()
    has_drawn: bool = False


class ModelWrote(Struct, frozen=True, kw_only=True, tag="model_wrote"):
    """The model of this attempt has written so many bytes in UTF-8 that no draft has: it reasoned, or they wait for their judgement.

    From the model's stream. Of several only the newest counts.
    """

    turn: TurnId
    attempt: int
    unshown_bytes: int


class ModelAsked(Struct, frozen=True, kw_only=True, tag="model_asked"):
    """A request to the model is under way or, if `is_under_way` is false, waits to be sent. From the model's stream."""

    turn: TurnId
    attempt: int
    is_under_way: bool
    heard: str = ""
    """What is said in the recordings of the question, once that is known."""
    left_out: tuple[LeftOut, ...] = ()
    """The files of the question that the model is not shown, once that is known."""


class StreamEnded(Struct, frozen=True, kw_only=True, tag="stream_ended"):
    """The model's stream has ended: with the whole answer (`complete`), or for another reason. From the model's stream.

    `retry_after_s` says in how many seconds the model's server will accept the question again; None if the server did
    not say. `files` are the answer's files, which a model sends at the end. `reasoning` is what it wrote for itself.
    `flags` are what the server's moderation found. `vector` is what an embedding model has made of the question. `left_out` are files of the question that turned out not to be shown to the
    model after all, beside those that `ModelAsked` told. `rest` is the text that nobody has seen, which takes the place of all text before
    it where the answer `begins_anew`. `cut_bytes` is how much text came, in UTF-8, where
    the stream was closed before the server said what it used.
    """

    turn: TurnId
    attempt: int
    reason: Reason
    usage: Usage | None
    retry_after_s: float | None = None
    files: tuple[File, ...] = ()
    reasoning: str = ""
    flags: Flags = Flags()
    vector: Vector | None = None
    left_out: tuple[LeftOut, ...] = ()
    cut_bytes: int | None = None
    rest: str = ""
    begins_anew: bool = False


class DraftSaved(Struct, frozen=True, kw_only=True, tag="draft_saved"):
    """The draft of this turn is saved. From the recorder."""

    turn: TurnId


class TurnPaused(Struct, frozen=True, kw_only=True, tag="turn_paused"):
    """This turn is queued again, with its draft, for the next start. From the recorder."""

    turn: TurnId


class Tick(Struct, frozen=True, kw_only=True, tag="tick"):
    """The time has come at which the core wanted a `Tick`. From the session's actor."""


class CourierRestarted(Struct, frozen=True, kw_only=True, tag="courier_restarted"):
    """The courier was started again from the rows, which have no drafts. From the supervisor."""


class Retire(Struct, frozen=True, kw_only=True, tag="retire"):
    """End, if nothing is under way. From the supervisor, which starts a new actor when a turn is queued."""


class Drain(Struct, frozen=True, kw_only=True, tag="drain"):
    """Start no new turn, and end or pause the one under way by the deadline (monotonic seconds). From the supervisor."""

    deadline_s: float


SessionMessage = (
    Woken
    | ModelAsked
    | ModelThinks
    | JudgementAwaited
    | ModelDraws
    | ModelWrote
    | TextArrived
    | StreamEnded
    | StopTurn
    | CourierRestarted
    | Retire
    | Drain
)
"""The messages in the mailbox."""

CoreMessage = (
    Woken
    | NothingWaits
    | TurnTaken
    | ModelAsked
    | ModelThinks
    | JudgementAwaited
    | ModelDraws
    | ModelWrote
    | DraftGrew
    | StreamEnded
    | StopTurn
    | DraftSaved
    | QueueRead
    | OutcomePending
    | TurnPaused
    | Tick
    | CourierRestarted
    | Retire
    | Drain
)
"""What the core receives: the mailbox's messages, with `DraftGrew` in place of `TextArrived`; the recorder's answers; ticks."""
