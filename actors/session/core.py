"""Decides what one session does: it answers the session's turns, one after the other. Pure.

The core receives messages and returns effects, which the actor carries out. An `Execute` is answered before anything else is
received, so the states `taking`, `finishing` and `pausing` receive nothing but the answer they wait for. Turns run one at a
time because `taking` is entered only from `idle`, or once the ending of the present turn is committed.
"""

from typing import assert_never

from actors.session.effects import CloseStream, Effect, End, Execute, ReportIdle, StartStream, Tell, WakeAt
from actors.session.machine import IGNORED, MACHINE, InvalidTransitionError
from actors.session.silence import WAITING_SHOWN_AFTER_S, Silence
from actors.session.turn import Draft, began, finish_of, shown_chars_max
from messages.answer import Answer
from messages.courier import DraftShown, TurnPausedShown
from messages.enclosure import LeftOut, merged
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
        self._turn: TurnTaken | None = None
        self._draft = Draft(0.0)
        self._silence = Silence()
        self._revision = 0
        self._was_woken = False
        """Whether a turn may have been queued since the next one was last taken from the recorder."""
        self._queue_due_s: float | None = None
        """When to look which turns wait behind the present one, because another may have waited for long by then."""
        self._is_second_try = False
        """Whether the present turn's stream broke before: it is tried once more, not twice."""
        self._heard = ""
        """What is said in the recordings of the present turn's question."""
        self._is_asked = False
        """Whether a request to the model is under way, as opposed to waiting to be sent."""
        self._left_out: tuple[LeftOut, ...] = ()
        """The files of the present turn's question that the model is not shown."""
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
        self.state, self._turn = "idle", None
        if self._deadline_s is not None:
            return [self._end()]
        return self._take_next() if self._was_woken else [ReportIdle()]

    def _begin(self, turn: TurnTaken, now_s: float) -> list[Effect]:
        is_second_try = self._turn is not None and self._turn.turn == turn.turn
        self.state, self._turn = "streaming", turn
        self._is_second_try, self._is_asked, self._left_out, self._heard = is_second_try, False, (), ""
        # A new attempt answers from the start; the old draft is shown until the new one has text.
        self._draft, self._silence = Draft(now_s), Silence()
        if self._deadline_s is not None and (not is_second_try or now_s >= self._deadline_s):
            return self._pause()
        self._queue_due_s = None
        return [
            Tell(began(turn, resumed=turn.attempt > 1)),
            StartStream(turn),
            WakeAt(self._silence.read(now_s) if turn.question.enclosures else self._silence.wait(now_s)),
            # There is one turn less before those that wait.
            *(self._look_at_queue() if turn.is_followed else []),
        ]

    def _text(self) -> str:
        """The answer as far as it counts: this attempt's text or, while it has none, an earlier attempt's."""
        return self._draft.text or (self._turn.draft if self._turn else "")

    def _is_present(self, turn: TurnId, attempt: int) -> bool:
        """Whether this is about the attempt that streams now."""
        return self._turn is not None and (turn, attempt) == (self._turn.turn, self._turn.attempt)

    def _record_asked(self, message: ModelAsked, now_s: float) -> list[Effect]:
        if not self._is_present(message.turn, message.attempt):
            return []
        self._is_asked = message.is_under_way
        self._left_out = message.left_out
        was_reading = self._silence.cause == "reading"
        was_shown = was_reading and self._is_wait_shown()
        if was_reading:
            self._silence.end_reading()
        waits = [WakeAt(self._silence.wait(now_s))] if was_reading and not was_shown else []
        if self._turn is not None and message.heard and message.heard != self._heard:
            self._heard = message.heard
            return [self._show_draft(self._turn), *waits]
        # While the process ends, no model is asked any more.
        if self._deadline_s is not None and not self._is_asked:
            return self._pause()
        return [self._show_draft(self._turn)] if self._turn is not None and was_shown else [*waits]

    def _is_wait_shown(self) -> bool:
        """Whether the reply says that the question's files are read, or that the turn waits for its model."""
        return self._silence.is_said_early and not self._text()

    def _think(self, message: ModelThinks, now_s: float) -> list[Effect]:
        if not self._is_present(message.turn, message.attempt):
            return []
        return [WakeAt(self._silence.think(now_s))]

    def _await_judgement(self, message: JudgementAwaited) -> list[Effect]:
        turn = self._turn
        if turn is None or not self._is_present(message.turn, message.attempt):
            return []
        self._silence.end_waiting(is_judged=True)
        return [self._show_draft(turn, awaits_judgement=True)]

    def _draw(self, message: ModelDraws, now_s: float) -> list[Effect]:
        if self._turn is None or not self._is_present(message.turn, message.attempt):
            return []
        self._silence.draw()
        self._draft.pictures = message.files
        self._draft.has_drawn = self._draft.has_drawn or message.has_drawn
        if message.files:
            return [self._show_draft(self._turn)]
        return [WakeAt(self._silence.say_later(now_s))]

    def _count(self, message: ModelWrote) -> list[Effect]:
        if self._is_present(message.turn, message.attempt):
            self._draft.unshown_bytes = message.unshown_bytes
        return []

    def _show_thinking(self, now_s: float) -> list[Effect]:
        """Say that files are read, or that the model is waited for, thinks or draws, once that takes long and no text says that the turn is under way."""
        at_s = self._silence.due_s
        if self._turn is None or at_s is None:
            return []
        if now_s < at_s:
            return [WakeAt(at_s)]
        self._silence.come_due()
        return [] if self._text() else [self._show_draft(self._turn)]

    def _grow(self, message: DraftGrew, now_s: float) -> list[Effect]:
        if self._turn is None or not self._is_present(message.turn, message.attempt):
            return []
        self._silence.end_waiting()
        self._append(message.text, begins_anew=message.begins_anew)
        return [self._show_draft(self._turn), *self._checkpoint(now_s)]

    def _append(self, text: str, *, begins_anew: bool) -> None:
        if begins_anew:
            self._draft.begin_anew()
        self._draft.grow(text)

    def _show_draft(self, turn: TurnTaken, *, awaits_judgement: bool = False) -> Tell:
        self._revision += 1
        text, cause, says_wait = self._draft.text, self._silence.cause, self._is_wait_shown()
        is_drawing = cause == "drawing"
        return Tell(
            DraftShown(
                turn=turn.turn,
                attempt=turn.attempt,
                revision=self._revision,
                answer=Answer(text=text, files=self._draft.pictures),
                is_reading=cause == "reading",
                is_waiting=cause == "waiting" and says_wait,
                is_thinking=not (text or awaits_judgement or is_drawing or says_wait)
                and (cause == "thinking" or not self._heard),
                is_drawing=is_drawing,
                awaits_judgement=awaits_judgement,
                starts_again=len(text) < shown_chars_max(turn),
                heard=self._heard,
            )
        )

    def _checkpoint(self, now_s: float) -> list[Effect]:
        """Save the draft, or be woken when it is time to."""
        due_s = self._draft.checkpoint_due_s(now_s)
        if self._turn is None or due_s is None:
            return []
        if due_s > now_s:
            return [WakeAt(due_s)]
        self._draft.saved(now_s)
        return [Execute(SaveDraft(turn=self._turn.turn, attempt=self._turn.attempt, text=self._draft.text))]

    def _end_stream(self, message: StreamEnded, now_s: float) -> list[Effect]:
        turn = self._turn
        if turn is None or not self._is_present(message.turn, message.attempt):
            return []
        self._append(message.rest, begins_anew=message.begins_anew)
        may_try_again = message.reason in BREAKS and not self._is_second_try
        if may_try_again and (self._deadline_s is None or now_s < self._deadline_s):
            self.state = "taking"
            return [Execute(TryAgain(turn=turn.turn, attempt=turn.attempt, draft=self._text(), usage=message.usage))]
        if message.reason in GATED:
            answer = Answer()  # nothing of it may be shown, nor what an earlier attempt has shown
        else:
            answer = Answer(text=self._text(), files=message.files, reasoning=message.reasoning, vector=message.vector)
        self._left_out = merged(self._left_out, message.left_out)
        return [self._finish(turn, message.reason, answer, ended=message)]

    def _stop(self, message: StopTurn) -> list[Effect]:
        if self._turn is None or message.turn != self._turn.turn:
            return []
        return [
            CloseStream(),
            self._finish(self._turn, message.reason, Answer(text=self._text()), cut=self._cut()),
        ]

    def _finish(
        self,
        turn: TurnTaken,
        reason: Reason,
        answer: Answer,
        *,
        ended: StreamEnded | None = None,
        cut: Draft | None = None,
    ) -> Effect:
        self.state = "finishing"
        finish = finish_of(turn, reason, answer, ended, cut=cut, left_out=self._left_out, now_s=self._time_s)
        return Execute(finish)

    def _go_on(self, outcome: OutcomePending) -> list[Effect]:
        """A turn has ended: the present one, or one that was to be taken and may not start any more."""
        self._turn = None
        return [Tell(outcome), *([self._end()] if self._deadline_s is not None else self._take_next())]

    def _drain(self, message: Drain, now_s: float) -> list[Effect]:
        self._deadline_s = message.deadline_s
        if self.state == "idle":
            return [self._end()]
        return self._tick(now_s) if self._is_asked else self._pause()

    def _tick(self, now_s: float) -> list[Effect]:
        if self._deadline_s is not None and now_s >= self._deadline_s:
            return self._pause()
        effects = [*self._show_thinking(now_s), *self._checkpoint(now_s)]
        if self._queue_due_s is not None and self._deadline_s is None:
            is_due = now_s >= self._queue_due_s
            effects += self._look_at_queue() if is_due else [WakeAt(self._queue_due_s)]
        return effects if self._deadline_s is None else [*effects, WakeAt(self._deadline_s)]

    def _pause(self) -> list[Effect]:
        turn = self._turn
        if turn is None:
            return []
        self.state = "pausing"
        cut = self._cut()
        pause = PauseTurn(
            turn=turn.turn,
            attempt=turn.attempt,
            draft=self._text(),
            cut_bytes=None if cut is None else cut.written_bytes,
            has_drawn=cut is not None and cut.has_drawn,
        )
        return [CloseStream(), Execute(pause)]

    def _cut(self) -> Draft | None:
        """Return what came of the request that is under way; None where there is none."""
        return self._draft if self._is_asked else None

    def _end(self) -> End:
        self.state = "over"
        return End()

    def _show_again(self) -> list[Effect]:
        """Tell the courier, which knows nothing of the present turn any more, what to show."""
        if self._turn is None:
            return []
        again = Tell(began(self._turn, resumed=True))
        is_shown = self._draft.text or self._draft.pictures or self._heard or self._is_wait_shown()
        return [again, *([self._show_draft(self._turn)] if is_shown else []), *self._look_at_queue()]
