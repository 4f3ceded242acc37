"""What a session's actor decides. Pure: messages in, work out; it knows no clock, no I/O, no randomness.

    idle ──Woken──▶ taking ──TurnTaken──▶ streaming ──StreamEnded, StopTurn──▶ finishing ──OutcomePending──▶ taking
     │▲                │ NothingWaits          │ Drain, or its deadline ▶ pausing ──TurnPaused──▶ over
     │└────────────────┘                       └ stream broke, first time ▶ taking (the same turn's next attempt)
     └─Retire──▶ over

Turns of a session are strictly one by one because there is one state, and `taking` is entered only from `idle` or after
the present turn's ending is committed.
"""

from typing import Final, Literal, assert_never

from actors.session.effects import CloseStream, Effect, End, Execute, ReportIdle, StartStream, Tell, Wake
from messages.answer import Answer
from messages.courier import DraftShown, TurnBegan, TurnPausedShown
from messages.ids import SessionId, TurnId
from messages.session import (
    CourierRestarted,
    DraftSaved,
    Drain,
    ModelAsked,
    NothingWaits,
    Retire,
    SessionMessage,
    StreamEnded,
    TextArrived,
    Tick,
    TurnPaused,
    Woken,
)
from messages.turn import BREAKS, Ending, OutcomePending, Reason, StopTurn, TurnTaken, Usage
from messages.verbs.turns import FinishTurn, PauseTurn, SaveDraft, TakeNextTurn, TryAgain
from texts.characters import is_blank

CHECKPOINT_S: Final = 1.0
CHECKPOINT_CHARS: Final = 512
"""A kill loses at most this much of a draft, in time or in characters, whichever comes first."""


State = Literal["idle", "taking", "streaming", "finishing", "pausing", "over"]

_ENDING_OF: Final[dict[Reason, Ending]] = {
    "complete": "answered",
    "token_limit": "answered",
    "content_filter": "answered",
    "too_long": "answered",
    "stopped": "interrupted",
    "question_deleted": "cancelled",
    "session_ended": "cancelled",
}
"""How a turn ends for each reason; every other reason is a failure, or an interruption when there is text."""


class SessionCore:
    """One session's turns: which is under way, what its draft is, what comes next."""

    def __init__(self, session: SessionId) -> None:
        self.session = session
        self.state: State = "idle"
        self._turn: TurnTaken | None = None
        self._draft = ""
        self._revision = 0
        self._saved_chars = 0
        self._saved_at_s = 0.0
        self._saving = False
        self._woken = False
        self._broke_once = False
        self._is_asked = False
        self._deadline_s: float | None = None
        self._time_s = 0.0

    def receive(self, message: SessionMessage, now_s: float, time_s: float) -> list[Effect]:
        """Say what is to be done about a message. `now_s` is monotonic, `time_s` counts from 1970; both are seconds."""
        self._time_s = time_s
        match message:
            case Woken():
                return self._look()
            case NothingWaits():
                return self._nothing_waits()
            case TurnTaken():
                return self._begin(message, now_s)
            case TextArrived():
                return self._grow(message, now_s)
            case DraftSaved():
                self._saving = False
                return []
            case ModelAsked():
                return self._asked(message)
            case StreamEnded():
                return self._stream_ended(message, now_s)
            case StopTurn():
                return self._stop(message)
            case OutcomePending():
                return self._finished(message)
            case Drain():
                return self._drain(message, now_s)
            case Retire():
                return [self._over()] if self.state == "idle" else []
            case TurnPaused():
                return [Tell(TurnPausedShown(turn=message.turn)), self._over()]
            case Tick():
                return self._tick(now_s)
            case CourierRestarted():
                return self._show_again()
            case _:
                assert_never(message)

    def _look(self) -> list[Effect]:
        if self.state == "idle" and self._deadline_s is None:
            return self._take()
        self._woken = True
        return []

    def _take(self) -> list[Effect]:
        self.state, self._woken = "taking", False
        return [Execute(TakeNextTurn(session=self.session))]

    def _nothing_waits(self) -> list[Effect]:
        self.state, self._turn, self._draft = "idle", None, ""
        if self._deadline_s is not None:
            return [self._over()]
        if self._woken:
            return self._take()
        return [ReportIdle()]

    def _begin(self, turn: TurnTaken, now_s: float) -> list[Effect]:
        again = self._turn is not None and self._turn.turn == turn.turn
        self.state, self._turn = "streaming", turn
        self._broke_once, self._is_asked = again, False
        # A new attempt answers from the start; the old draft stays on show until the new text is there.
        self._draft = ""
        self._saved_chars, self._saved_at_s, self._saving = 0, now_s, False
        began = _began(turn, resumed=turn.attempt > 1)
        if self._deadline_s is not None and (not again or now_s >= self._deadline_s):
            return self._pause()
        return [Tell(began), StartStream(turn)]

    def _shown(self) -> str:
        """The text that counts as said: this attempt's, or an earlier attempt's while this one has none."""
        return self._draft or (self._turn.draft if self._turn else "")

    def _is_present(self, turn: TurnId, attempt: int) -> bool:
        """Whether this is about the answer that streams now."""
        present = self._turn
        return self.state == "streaming" and present is not None and (turn, attempt) == (present.turn, present.attempt)

    def _asked(self, message: ModelAsked) -> list[Effect]:
        if not self._is_present(message.turn, message.attempt):
            return []
        self._is_asked = message.is_under_way
        # While the process ends nothing is asked any more.
        return self._pause() if self._deadline_s is not None and not self._is_asked else []

    def _grow(self, message: TextArrived, now_s: float) -> list[Effect]:
        turn = self._turn
        if turn is None or not self._is_present(message.turn, message.attempt):
            return []
        self._draft += message.text
        self._revision += 1
        effects: list[Effect] = [
            Tell(
                DraftShown(
                    turn=turn.turn, attempt=turn.attempt, revision=self._revision, answer=Answer(text=self._draft)
                )
            )
        ]
        return effects + self._checkpoint(now_s)

    def _checkpoint(self, now_s: float) -> list[Effect]:
        turn, unsaved = self._turn, len(self._draft) - self._saved_chars
        if turn is None or self._saving or unsaved <= 0:
            return []
        due_s = self._saved_at_s + CHECKPOINT_S
        if unsaved < CHECKPOINT_CHARS and now_s < due_s:
            return [Wake(due_s)]
        self._saving, self._saved_chars, self._saved_at_s = True, len(self._draft), now_s
        return [Execute(SaveDraft(turn=turn.turn, attempt=turn.attempt, text=self._draft))]

    def _stream_ended(self, message: StreamEnded, now_s: float) -> list[Effect]:
        turn = self._turn
        if turn is None or not self._is_present(message.turn, message.attempt):
            return []
        if self._may_try_again(message.reason) and (self._deadline_s is None or now_s < self._deadline_s):
            self.state = "taking"
            return [
                Execute(
                    TryAgain(
                        turn=turn.turn,
                        attempt=turn.attempt,
                        draft=self._shown(),
                        usage=message.usage,
                    ),
                )
            ]
        again_at_s = None if message.retry_after_s is None else self._time_s + message.retry_after_s
        answer = Answer(text=self._shown(), files=message.files)
        return self._finish(message.reason, message.usage, answer, again_at_s)

    def _may_try_again(self, reason: Reason) -> bool:
        return reason in BREAKS and not self._broke_once

    def _stop(self, message: StopTurn) -> list[Effect]:
        if self.state != "streaming" or self._turn is None or message.turn != self._turn.turn:
            return []
        return [CloseStream(), *self._finish(message.reason, None, Answer(text=self._shown()))]

    def _finish(
        self, reason: Reason, usage: Usage | None, answer: Answer, again_at_s: float | None = None
    ) -> list[Effect]:
        turn = self._turn
        if turn is None:
            return []
        ending = _ENDING_OF.get(reason, "interrupted" if answer.text or answer.files else "failed")
        if ending == "answered" and is_blank(answer.text) and not answer.files:
            ending, reason = "failed", "content_filter" if reason == "content_filter" else "no_text"
        self.state = "finishing"
        return [
            Execute(
                FinishTurn(
                    turn=turn.turn,
                    attempt=turn.attempt,
                    ending=ending,
                    reason=reason,
                    answer=answer,
                    usage=usage,
                    again_at_s=again_at_s,
                    now_s=self._time_s,
                )
            )
        ]

    def _finished(self, outcome: OutcomePending) -> list[Effect]:
        if self.state == "taking":  # a turn that may not start any more was ended instead
            return [Tell(outcome), *([self._over()] if self._deadline_s is not None else self._take())]
        if self.state != "finishing":
            return []
        self._turn, self._draft, self._broke_once = None, "", False
        if self._deadline_s is not None:
            return [Tell(outcome), self._over()]
        return [Tell(outcome), *self._take()]

    def _drain(self, message: Drain, now_s: float) -> list[Effect]:
        self._deadline_s = message.deadline_s
        if self.state == "idle":
            return [self._over()]
        if self.state == "streaming":
            return self._tick(now_s) if self._is_asked else self._pause()
        return []

    def _tick(self, now_s: float) -> list[Effect]:
        if self.state != "streaming":
            return []
        if self._deadline_s is None:
            return self._checkpoint(now_s)
        if now_s >= self._deadline_s:
            return self._pause()
        return [*self._checkpoint(now_s), Wake(self._deadline_s)]

    def _pause(self) -> list[Effect]:
        turn = self._turn
        if turn is None:
            return []
        self.state = "pausing"
        return [CloseStream(), Execute(PauseTurn(turn=turn.turn, attempt=turn.attempt, draft=self._shown()))]

    def _over(self) -> End:
        self.state = "over"
        return End()

    def _show_again(self) -> list[Effect]:
        turn = self._turn
        if turn is None or self.state != "streaming":
            return []
        began = _began(turn, resumed=True)
        if not self._draft:
            return [Tell(began)]
        self._revision += 1
        return [
            Tell(began),
            Tell(
                DraftShown(
                    turn=turn.turn, attempt=turn.attempt, revision=self._revision, answer=Answer(text=self._draft)
                )
            ),
        ]


def _began(turn: TurnTaken, *, resumed: bool) -> TurnBegan:
    return TurnBegan(
        turn=turn.turn,
        session=turn.session,
        asker=turn.asker,
        attempt=turn.attempt,
        place=turn.place,
        resumed=resumed,
    )
