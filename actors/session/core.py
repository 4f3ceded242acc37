"""Decides what one session does: it answers the session's turns, one after the other. Pure.

The core receives messages and returns effects, which the actor carries out. An `Execute` is answered before anything else is
received, so the states `taking`, `finishing` and `pausing` receive nothing but the answer they wait for. Turns run one at a
time because `taking` is entered only from `idle`, or once the ending of the present turn is committed.
"""

from typing import assert_never

from actors.session.attempt import Attempt
from actors.session.effects import CloseStream, Effect, End, Execute, ReportIdle, StartStream, Tell, WakeAt
from actors.session.machine import IGNORED, MACHINE, InvalidTransitionError
from actors.session.silence import WAITING_SHOWN_AFTER_S
from actors.session.turn import Draft, began, finish_of
from messages.answer import Answer
from messages.courier import TurnPausedShown
from messages.enclosure import merged
from messages.figures import SessionState
from messages.ids import SessionId, TurnId
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
from messages.turn import BREAKS, GATED, OutcomePending, Reason, StopTurn, TurnTaken
from messages.verbs.turns import PauseTurn, ReadQueue, SaveDraft, TakeNextTurn, TryAgain


class SessionCore:
    """The turns of one session: which is under way, what its draft is, what comes next."""

    def __init__(self, session: SessionId) -> None:
        self.session = session
        self.state: SessionState = "idle"
        self._attempt: Attempt | None = None
        """The attempt to answer that is under way, or whose turn is to be tried again."""
        self._revision = 0
        self._was_woken = False
        """Whether a turn may have been queued since the next one was last taken from the recorder."""
        self._queue_due_s: float | None = None
        """When to look which turns wait behind the present one, because another may have waited for long by then."""
        self._deadline_s: float | None = None
        """While the process ends: when the present turn is paused, at the latest."""
        self._time_s = 0.0

    def receive(self, message: CoreMessage, now_s: float, time_s: float) -> list[Effect]:
        """Return what is to be done about a message. `now_s` is monotonic, `time_s` counts from 1970; both are in seconds.

        :raises InvalidTransitionError: the table does not have this message in this state
        """
        state, name = self.state, type(message).__name__
        next_states = MACHINE[state].get(type(message))
        if next_states is None:
            raise InvalidTransitionError(f"{name} received while {state}")
        if next_states == IGNORED:
            return []
        self._time_s = time_s
        effects = self._handle(message, now_s)
        if self.state not in next_states:
            raise InvalidTransitionError(f"{name} led from {state} to {self.state}")
        return effects

    def _handle(self, message: CoreMessage, now_s: float) -> list[Effect]:
        match message:
            case Woken():
                return self._wake(now_s)
            case NothingWaits():
                return self._rest()
            case TurnTaken():
                return self._begin(message, now_s)
            case ModelAsked():
                return self._record_asked(message, now_s)
            case ModelThinks():
                return self._think(message, now_s)
            case JudgementAwaited():
                return self._await_judgement(message)
            case ModelDraws():
                return self._draw(message, now_s)
            case ModelWrote():
                return self._count(message)
            case DraftGrew():
                return self._grow(message, now_s)
            case DraftSaved():
                return []
            case QueueRead():
                return self._tell_queue(message, now_s)
            case StreamEnded():
                return self._end_stream(message, now_s)
            case StopTurn():
                return self._stop(message)
            case OutcomePending():
                return self._go_on(message)
            case TurnPaused():
                return [Tell(TurnPausedShown(turn=message.turn)), self._end()]
            case Tick():
                return self._tick(now_s)
            case CourierRestarted():
                return self._show_again()
            case Drain():
                return self._drain(message, now_s)
            case Retire():
                return [self._end()]
            case _:
                assert_never(message)

    def _wake(self, now_s: float) -> list[Effect]:
        if self.state == "idle":
            return self._take_next()
        self._was_woken = True
        return self._look_later(now_s + WAITING_SHOWN_AFTER_S)

    def _look_later(self, at_s: float) -> list[Effect]:
        """Have the queue looked at by then."""
        self._queue_due_s = at_s if self._queue_due_s is None else min(at_s, self._queue_due_s)
        return [WakeAt(self._queue_due_s)]

    def _look_at_queue(self) -> list[Effect]:
        self._queue_due_s = None
        return [Execute(ReadQueue(session=self.session, waited_s=WAITING_SHOWN_AFTER_S, now_s=self._time_s))]

    def _tell_queue(self, queue: QueueRead, now_s: float) -> list[Effect]:
        """Have the replies of turns that have waited for long say so."""
        later = [] if queue.next_s is None else self._look_later(now_s + queue.next_s)
        return [*(Tell(waits) for waits in queue.waits), *later]

    def _take_next(self) -> list[Effect]:
        self.state, self._was_woken = "taking", False
        return [Execute(TakeNextTurn(session=self.session))]

    def _rest(self) -> list[Effect]:
        """No turn waits, or the one that was to be tried again has ended."""
        self.state, self._attempt = "idle", None
        if self._deadline_s is not None:
            return [self._end()]
        return self._take_next() if self._was_woken else [ReportIdle()]

    def _begin(self, turn: TurnTaken, now_s: float) -> list[Effect]:
        is_second_try = self._attempt is not None and self._attempt.turn.turn == turn.turn
        self.state = "streaming"
        attempt = self._attempt = Attempt(turn, now_s, is_second_try=is_second_try)
        if self._deadline_s is not None and (not is_second_try or now_s >= self._deadline_s):
            return self._pause(attempt)
        self._queue_due_s = None
        silence = attempt.silence
        return [
            Tell(began(turn, resumed=turn.attempt > 1)),
            StartStream(turn),
            WakeAt(silence.read(now_s) if turn.question.enclosures else silence.wait(now_s)),
            # There is one turn less before those that wait.
            *(self._look_at_queue() if turn.is_followed else []),
        ]

    def _present(self, turn: TurnId, attempt: int) -> Attempt | None:
        """Return the attempt that streams now where this is about it."""
        present = self._attempt
        return present if present is not None and (present.turn.turn, present.turn.attempt) == (turn, attempt) else None

    def _record_asked(self, message: ModelAsked, now_s: float) -> list[Effect]:
        attempt = self._present(message.turn, message.attempt)
        if attempt is None:
            return []
        attempt.is_asked = message.is_under_way
        attempt.left_out = message.left_out
        was_reading = attempt.silence.cause == "reading"
        was_shown = was_reading and attempt.is_wait_shown
        if was_reading:
            attempt.silence.end_reading()
        waits = [WakeAt(attempt.silence.wait(now_s))] if was_reading and not was_shown else []
        if message.heard and message.heard != attempt.heard:
            attempt.heard = message.heard
            return [self._show_draft(attempt), *waits]
        # While the process ends, no model is asked any more.
        if self._deadline_s is not None and not attempt.is_asked:
            return self._pause(attempt)
        return [self._show_draft(attempt)] if was_shown else [*waits]

    def _think(self, message: ModelThinks, now_s: float) -> list[Effect]:
        attempt = self._present(message.turn, message.attempt)
        return [] if attempt is None else [WakeAt(attempt.silence.think(now_s))]

    def _await_judgement(self, message: JudgementAwaited) -> list[Effect]:
        attempt = self._present(message.turn, message.attempt)
        if attempt is None:
            return []
        attempt.silence.end_waiting(is_judged=True)
        return [self._show_draft(attempt, awaits_judgement=True)]

    def _draw(self, message: ModelDraws, now_s: float) -> list[Effect]:
        attempt = self._present(message.turn, message.attempt)
        if attempt is None:
            return []
        attempt.silence.draw()
        attempt.draft.pictures = message.files
        attempt.draft.has_drawn = attempt.draft.has_drawn or message.has_drawn
        return [self._show_draft(attempt) if message.files else WakeAt(attempt.silence.say_later(now_s))]

    def _count(self, message: ModelWrote) -> list[Effect]:
        attempt = self._present(message.turn, message.attempt)
        if attempt is not None:
            attempt.draft.unshown_bytes = message.unshown_bytes
        return []

    def _show_silence(self, attempt: Attempt, now_s: float) -> list[Effect]:
        """Say that files are read, or that the model is waited for, thinks or draws, once that takes long and no text says that the turn is under way."""
        at_s = attempt.silence.due_s
        if at_s is None:
            return []
        if now_s < at_s:
            return [WakeAt(at_s)]
        attempt.silence.come_due()
        return [] if attempt.text else [self._show_draft(attempt)]

    def _grow(self, message: DraftGrew, now_s: float) -> list[Effect]:
        attempt = self._present(message.turn, message.attempt)
        if attempt is None:
            return []
        attempt.silence.end_waiting()
        attempt.draft.grow(message.text, begins_anew=message.begins_anew)
        return [self._show_draft(attempt), *_checkpoint(attempt, now_s)]

    def _show_draft(self, attempt: Attempt, *, awaits_judgement: bool = False) -> Tell:
        self._revision += 1
        return Tell(attempt.shown(self._revision, awaits_judgement=awaits_judgement))

    def _end_stream(self, message: StreamEnded, now_s: float) -> list[Effect]:
        attempt = self._present(message.turn, message.attempt)
        if attempt is None:
            return []
        attempt.draft.grow(message.rest, begins_anew=message.begins_anew)
        may_try_again = message.reason in BREAKS and not attempt.is_second_try
        if may_try_again and (self._deadline_s is None or now_s < self._deadline_s):
            self.state = "taking"
            return [
                Execute(TryAgain(turn=message.turn, attempt=message.attempt, draft=attempt.text, usage=message.usage))
            ]
        if message.reason in GATED:
            answer = Answer()  # nothing of it may be shown, nor what an earlier attempt has shown
        else:
            answer = Answer(text=attempt.text, files=message.files, reasoning=message.reasoning, vector=message.vector)
        attempt.left_out = merged(attempt.left_out, message.left_out)
        return [self._finish(attempt, message.reason, answer, ended=message)]

    def _stop(self, message: StopTurn) -> list[Effect]:
        attempt = self._attempt
        if attempt is None or message.turn != attempt.turn.turn:
            return []
        answer = Answer(text=attempt.text)
        return [CloseStream(), self._finish(attempt, message.reason, answer, cut=attempt.cut)]

    def _finish(
        self,
        attempt: Attempt,
        reason: Reason,
        answer: Answer,
        *,
        ended: StreamEnded | None = None,
        cut: Draft | None = None,
    ) -> Effect:
        self.state = "finishing"
        left_out, now_s = attempt.left_out, self._time_s
        return Execute(finish_of(attempt.turn, reason, answer, ended, cut=cut, left_out=left_out, now_s=now_s))

    def _go_on(self, outcome: OutcomePending) -> list[Effect]:
        """A turn has ended: the present one, or one that was to be taken and may not start any more."""
        self._attempt = None
        return [Tell(outcome), *([self._end()] if self._deadline_s is not None else self._take_next())]

    def _drain(self, message: Drain, now_s: float) -> list[Effect]:
        self._deadline_s = message.deadline_s
        if self.state == "idle":
            return [self._end()]
        attempt = self._attempt
        if attempt is None:
            return []
        return self._tick(now_s) if attempt.is_asked else self._pause(attempt)

    def _tick(self, now_s: float) -> list[Effect]:
        attempt = self._attempt
        if attempt is None:
            return []
        if self._deadline_s is not None and now_s >= self._deadline_s:
            return self._pause(attempt)
        effects = [*self._show_silence(attempt, now_s), *_checkpoint(attempt, now_s)]
        if self._queue_due_s is not None and self._deadline_s is None:
            is_due = now_s >= self._queue_due_s
            effects += self._look_at_queue() if is_due else [WakeAt(self._queue_due_s)]
        return effects if self._deadline_s is None else [*effects, WakeAt(self._deadline_s)]

    def _pause(self, attempt: Attempt) -> list[Effect]:
        self.state = "pausing"
        turn, cut = attempt.turn, attempt.cut
        pause = PauseTurn(
            turn=turn.turn,
            attempt=turn.attempt,
            draft=attempt.text,
            cut_bytes=None if cut is None else cut.written_bytes,
            has_drawn=cut is not None and cut.has_drawn,
        )
        return [CloseStream(), Execute(pause)]

    def _end(self) -> End:
        self.state = "over"
        return End()

    def _show_again(self) -> list[Effect]:
        """Tell the courier, which knows nothing of the present turn any more, what to show."""
        attempt = self._attempt
        if attempt is None:
            return []
        again = Tell(began(attempt.turn, resumed=True))
        return [again, *([self._show_draft(attempt)] if attempt.is_shown else []), *self._look_at_queue()]


def _checkpoint(attempt: Attempt, now_s: float) -> list[Effect]:
    """Save the draft, or be woken when it is time to."""
    due_s = attempt.draft.checkpoint_due_s(now_s)
    if due_s is None:
        return []
    if due_s > now_s:
        return [WakeAt(due_s)]
    attempt.draft.saved(now_s)
    return [Execute(SaveDraft(turn=attempt.turn.turn, attempt=attempt.turn.attempt, text=attempt.draft.text))]
