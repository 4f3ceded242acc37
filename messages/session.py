"""The messages of a session's actor: what reaches its mailbox, and what its core receives."""

from msgspec import Struct

from messages.files import File
from messages.ids import TurnId
from messages.turn import OutcomePending, Reason, StopTurn, TurnTaken, Usage


class Woken(Struct, frozen=True, kw_only=True, tag="woken"):
    """A turn may wait in this session. From the supervisor; several of these mean the same as one."""


class NothingWaits(Struct, frozen=True, kw_only=True, tag="nothing_waits"):
    """No turn waits in this session, or the one that was to be tried again has ended. From the recorder."""


class TextArrived(Struct, frozen=True, kw_only=True, tag="text_arrived"):
    """Text of this attempt's answer waits in the actor's buffer. From the model's stream; several mean the same as one."""

    turn: TurnId
    attempt: int


class DraftGrew(Struct, frozen=True, kw_only=True, tag="draft_grew"):
    """This attempt's answer goes on with `text`. From the session's actor, when it has emptied its buffer.

    `begins_anew` is true when all text before it turned out to be reasoning: the answer is `text` alone.
    """

    turn: TurnId
    attempt: int
    text: str
    begins_anew: bool = False


class ModelThinks(Struct, frozen=True, kw_only=True, tag="model_thinks"):
    """The model of this attempt has begun to reason. From the model's stream, once an attempt."""

    turn: TurnId
    attempt: int


class ModelAsked(Struct, frozen=True, kw_only=True, tag="model_asked"):
    """A request to the model is under way or, if `is_under_way` is false, waits to be sent. From the model's stream."""

    turn: TurnId
    attempt: int
    is_under_way: bool


class StreamEnded(Struct, frozen=True, kw_only=True, tag="stream_ended"):
    """The model's stream has ended: with the whole answer (`complete`), or for another reason. From the model's stream.

    `retry_after_s` is in how many seconds the model's server will take the question again, where it said so. `files`
    are those of the answer: a model gives them with its end.
    """

    turn: TurnId
    attempt: int
    reason: Reason
    usage: Usage | None
    retry_after_s: float | None = None
    files: tuple[File, ...] = ()


class DraftSaved(Struct, frozen=True, kw_only=True, tag="draft_saved"):
    """The draft of this turn is committed as far as it came. From the recorder."""

    turn: TurnId


class TurnPaused(Struct, frozen=True, kw_only=True, tag="turn_paused"):
    """This turn waits again, with its draft; the next start goes on with it. From the recorder."""

    turn: TurnId


class Tick(Struct, frozen=True, kw_only=True, tag="tick"):
    """The moment has come at which the core wanted to be woken. From the session's actor."""


class CourierRestarted(Struct, frozen=True, kw_only=True, tag="courier_restarted"):
    """The courier was started again from the rows, and knows no drafts. From the supervisor."""


class Retire(Struct, frozen=True, kw_only=True, tag="retire"):
    """Return, if nothing is under way. From the supervisor, which starts a new actor when a turn waits again."""


class Drain(Struct, frozen=True, kw_only=True, tag="drain"):
    """Begin no new turn; end or pause the present one by the deadline (monotonic seconds). From the supervisor."""

    deadline_s: float


SessionMessage = (
    Woken | ModelAsked | ModelThinks | TextArrived | StreamEnded | StopTurn | CourierRestarted | Retire | Drain
)
"""What reaches the mailbox."""

CoreMessage = (
    Woken
    | NothingWaits
    | TurnTaken
    | ModelAsked
    | ModelThinks
    | DraftGrew
    | StreamEnded
    | StopTurn
    | DraftSaved
    | OutcomePending
    | TurnPaused
    | Tick
    | CourierRestarted
    | Retire
    | Drain
)
"""What the core receives: the mailbox's messages, with the text itself for `TextArrived`; the recorder's answers; ticks."""
