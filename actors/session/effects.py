"""What a session's core asks to be done; the shell does it."""

from msgspec import Struct

from messages.courier import DraftShown, TurnBegan, TurnPausedShown
from messages.turn import OutcomePending, TurnTaken
from messages.verbs.turns import FinishTurn, PauseTurn, SaveDraft, TakeNextTurn, TryAgain


class Execute(Struct, frozen=True):
    """Execute the recorder; its answer is the actor's next message."""

    verb: TakeNextTurn | TryAgain | SaveDraft | PauseTurn | FinishTurn


class Tell(Struct, frozen=True):
    """Tell the courier."""

    message: TurnBegan | DraftShown | OutcomePending | TurnPausedShown


class StartStream(Struct, frozen=True):
    """Have the model answer this turn."""

    turn: TurnTaken


class CloseStream(Struct, frozen=True):
    """End the model's stream; nothing more of it will be heard."""


class Wake(Struct, frozen=True):
    """Send a `Tick` at that moment (monotonic seconds)."""

    at_s: float


class ReportIdle(Struct, frozen=True):
    """Tell the supervisor that nothing is left to do."""


class End(Struct, frozen=True):
    """End the actor."""


Effect = Execute | Tell | StartStream | CloseStream | Wake | ReportIdle | End
