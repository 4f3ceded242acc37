"""A session's states: which messages each receives, and where they may lead. `core.py` checks every step against it. Pure."""

from typing import Final

from messages.figures import SessionState
from messages.session import (
    CoreMessage,
    CourierRestarted,
    DraftGrew,
    DraftSaved,
    Drain,
    JudgementAwaited,
    ModelAsked,
    ModelDraws,
    ModelThinks,
    ModelWrote,
    NothingWaits,
    QueueRead,
    Retire,
    StreamEnded,
    Tick,
    TurnPaused,
    Woken,
)
from messages.turn import OutcomePending, StopTurn, TurnTaken

IGNORED: Final[tuple[SessionState, ...]] = ()
"""The message came too late to matter."""

MACHINE: Final[dict[SessionState, dict[type[CoreMessage], tuple[SessionState, ...]]]] = {
    "idle": {
        Woken: ("taking",),
        Retire: ("over",),
        Drain: ("over",),
        # These are about a turn that has ended meanwhile.
        ModelAsked: IGNORED,
        ModelThinks: IGNORED,
        JudgementAwaited: IGNORED,
        ModelDraws: IGNORED,
        ModelWrote: IGNORED,
        DraftGrew: IGNORED,
        StreamEnded: IGNORED,
        StopTurn: IGNORED,
        Tick: IGNORED,
        CourierRestarted: IGNORED,
    },
    # The recorder executes the verb that takes the next turn, or one that begins another attempt at the present one.
    "taking": {
        TurnTaken: ("streaming", "pausing"),
        NothingWaits: ("idle", "taking", "over"),
        OutcomePending: ("taking", "over"),
    },
    "streaming": {
        Woken: ("streaming",),
        ModelAsked: ("streaming", "pausing"),
        ModelThinks: ("streaming",),
        JudgementAwaited: ("streaming",),
        ModelDraws: ("streaming",),
        ModelWrote: ("streaming",),
        DraftGrew: ("streaming",),
        DraftSaved: ("streaming",),
        QueueRead: ("streaming",),
        StreamEnded: ("streaming", "taking", "finishing"),
        StopTurn: ("streaming", "finishing"),
        Tick: ("streaming", "pausing"),
        Drain: ("streaming", "pausing"),
        CourierRestarted: ("streaming",),
        # The supervisor thought that this session was idle, which it is no longer.
        Retire: IGNORED,
    },
    # The recorder commits how the turn ended.
    "finishing": {OutcomePending: ("taking", "over")},
    # The recorder puts the turn back among those that wait.
    "pausing": {TurnPaused: ("over",)},
    # The actor returns; these were in its mailbox already.
    "over": dict.fromkeys(
        (
            Woken,
            ModelAsked,
            ModelThinks,
            JudgementAwaited,
            ModelDraws,
            ModelWrote,
            DraftGrew,
            StreamEnded,
            StopTurn,
            Tick,
            Drain,
            CourierRestarted,
            Retire,
        ),
        IGNORED,
    ),
}
"""In each state, the messages that may be received, and the states in which each may leave the session."""


class InvalidTransitionError(Exception):
    """The core received, or did, what the table does not have: a fault in this program."""
