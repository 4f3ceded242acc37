"""What a session's core wants done; the session's actor does it."""

from msgspec import Struct

from messages.courier import DraftShown, TurnBegan, TurnPausedShown, TurnWaits
from messages.turn import OutcomePending, TurnTaken
from messages.verbs.turns import FinishTurn, PauseTurn, ReadQueue, SaveDraft, TakeNextTurn, TryAgain


class Execute(Struct, frozen=True):
    """Have the recorder execute this verb. Its answer is the next message that the core receives."""

    verb: TakeNextTurn | TryAgain | ReadQueue | SaveDraft | PauseTurn | FinishTurn


class Tell(Struct, frozen=True):
    """Send this message to the courier."""

    message: TurnWaits | TurnBegan | DraftShown | OutcomePending | TurnPausedShown


class StartStream(Struct, frozen=True):
    """Have the model answer this turn."""

    turn: TurnTaken


class CloseStream(Struct, frozen=True):
    """Close the model's stream. What it may still send is ignored."""


class WakeAt(Struct, frozen=True):
    """Send the core a `Tick` at this moment (monotonic seconds)."""

    at_s: float


class ReportIdle(Struct, frozen=True):
    """Tell the supervisor that this session has nothing to do."""


class End(Struct, frozen=True):
    """The actor's work is over; it returns."""


Effect = Execute | Tell | StartStream | CloseStream | WakeAt | ReportIdle | End
