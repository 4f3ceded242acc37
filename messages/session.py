"""What a session's actor hears."""

from msgspec import Struct

from messages.files import File
from messages.ids import TurnId
from messages.turn import OutcomePending, Reason, StopTurn, TurnTaken, Usage


class Woken(Struct, frozen=True, kw_only=True, tag="woken"):
    """There may be work in the rows. From the supervisor; any number of these mean the same as one."""


class NothingWaits(Struct, frozen=True, kw_only=True, tag="nothing_waits"):
    """Storage was asked for the next turn and has none."""


class TextArrived(Struct, frozen=True, kw_only=True, tag="text_arrived"):
    """The model said more. From the session's stream."""

    turn: TurnId
    attempt: int
    text: str


class ModelAsked(Struct, frozen=True, kw_only=True, tag="model_asked"):
    """A request to the model is under way; else the turn waits for another one. From the session's stream."""

    turn: TurnId
    attempt: int
    is_under_way: bool


class StreamEnded(Struct, frozen=True, kw_only=True, tag="stream_ended"):
    """The model's stream is over: `complete`, or the reason why there is no more. From the session's stream.

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
    """The draft's checkpoint is committed."""

    turn: TurnId


class TurnPaused(Struct, frozen=True, kw_only=True, tag="turn_paused"):
    """The turn waits again, with its draft; the next start goes on with it."""

    turn: TurnId


class Tick(Struct, frozen=True, kw_only=True, tag="tick"):
    """The moment that the core asked for has come."""


class CourierRestarted(Struct, frozen=True, kw_only=True, tag="courier_restarted"):
    """The courier was rebuilt from rows and knows no drafts. From the supervisor."""


class Retire(Struct, frozen=True, kw_only=True, tag="retire"):
    """Return, if nothing is under way. From the supervisor, which starts a new actor when there is work again."""


class Drain(Struct, frozen=True, kw_only=True, tag="drain"):
    """Begin no new turn; end or pause the present one by the deadline (monotonic seconds). From the supervisor."""

    deadline_s: float


SessionMessage = (
    Woken
    | NothingWaits
    | TurnTaken
    | ModelAsked
    | TextArrived
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
