"""What the supervisor decides. Pure: messages in, effects out; it knows no clock, no I/O, no randomness.

A session's actor is, to the supervisor:

    absent ──has work──▶ running ──idle, and the rows say so──▶ told to retire ──▶ ended
       │                    │                                                       │ has work: running, else absent
       │                    └──crashed──▶ held for a pause ──▶ running              │
       │                            └──too often: parked in the rows, held for a pause
       └──its questions are being read again──▶ held ──read, or too late──▶ running

Messages are dealt with in order. Where one needs storage, the core wants one `Execute` and deals with nothing else before
the answers; where storage is down, the message stays first in line and is tried again. `tick_at_s` is now for as long as
more waits, so that what one message leads to is done before the next can fail. Four do not wait in that line: to shut
down, to tell others that the courier was rebuilt and to publish figures, storage is not needed; and all sessions that are
idle are looked up together.
"""

from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final, assert_never

from actors.restart_policy import RestartPolicy
from current import Current
from messages.figures import ReportFigures
from messages.ids import SessionId
from messages.intake import ReadsForgotten
from messages.session import CourierRestarted, Drain, Retire, Woken
from messages.supervisor import (
    CourierRebuilt,
    QuestionsReread,
    QueueMoved,
    SessionEnded,
    SessionHasWork,
    SessionIdle,
    ShutDown,
    SupervisorMessage,
)
from messages.turn import StopTurn
from messages.verbs.recovery import (
    HasWork,
    NewestTurn,
    ParkSession,
    RestartTurns,
    SessionQuestions,
    WaitingQuestions,
    WaitingSessions,
)
from supervisor_effects import (
    Arrived,
    CoreMessage,
    Effect,
    EndBy,
    Execute,
    PublishFigures,
    ReportParked,
    StartSession,
    StorageAnswered,
    StorageFailed,
    TellCourier,
    TellIntake,
    TellSession,
    Tick,
)
from supervisor_recovery import Recovery, Verb

PARKED_S: Final = 600.0
"""How long a session that crashed too often is given no new turns."""

REREAD_S: Final = 30.0
"""How long a session is held while its waiting questions are read again; after that they are asked as they are stored."""

LAST_COMMITS_S: Final = 3.0
"""While the process stops, storage that is down is waited for that long after the deadline."""

STORAGE_RETRY_S: Final = 1.0
"""How long to wait before storage that was down is tried again."""


class SupervisorCore:
    """Which sessions' actors run, are held, and are to end."""

    def __init__(self, *, policy: RestartPolicy, stream_grace_s: Current[float]) -> None:
        """`policy` is that of sessions; `stream_grace_s`: how long answers may stream on when the process stops."""
        self._policy = policy
        self._grace_s = stream_grace_s
        self.running: set[SessionId] = set()
        self.crashes: dict[SessionId, list[float]] = {}
        self._held_until_s: dict[SessionId, float] = {}
        self._recovery = Recovery()
        self._inbox: deque[SupervisorMessage] = deque()
        self._idle: dict[SessionId, None] = {}
        self._then: Callable[[Sequence[Any]], list[Effect]] | None = None
        """What to do with the answers to the `Execute` that is under way."""
        self._storage_retry_at_s: float | None = None
        self._deadline_s: float | None = None
        self._now_s = self._time_s = 0.0

    @property
    def is_over(self) -> bool:
        """Whether the process was told to stop and every session's actor has ended."""
        return self._deadline_s is not None and not self.running

    def tick_at_s(self) -> float | None:
        """When a `Tick` is wanted (monotonic seconds); None when only a message changes anything."""
        if self._then is not None:
            return None
        moments = [] if self._deadline_s is not None else list(self._held_until_s.values())
        if self._inbox or self._idle or (self._deadline_s is None and self._recovery.next_verb() is not None):
            moments.append(self._now_s if self._storage_retry_at_s is None else self._storage_retry_at_s)
        return min(moments, default=None)

    def receive(self, message: CoreMessage, now_s: float, time_s: float) -> list[Effect]:
        """Say what is to be done about a message. `now_s` is monotonic, `time_s` counts from 1970; both are seconds.

        An `Execute` is always the last effect, and no other one follows before its answer.
        """
        self._now_s, self._time_s = now_s, time_s
        match message:
            case Arrived(messages=messages, has_overflowed=has_overflowed):
                if has_overflowed:
                    self._recovery.begin_again()
                return [effect for one in messages for effect in self._sort(one)] or self._next()
            case StorageAnswered(answers=answers):
                then, self._then = self._then, None
                if then is None:
                    raise ValueError("nothing was handed to storage")
                return then(answers)
            case StorageFailed():
                self._then, self._storage_retry_at_s = None, now_s + STORAGE_RETRY_S
                return []
            case Tick():
                return self._next()
            case _:
                assert_never(message)

    def _sort(self, message: SupervisorMessage) -> list[Effect]:
        """Act at once on what cannot wait for storage; have everything else wait."""
        match message:
            case ShutDown(now=now):
                return self._shut_down(0.0 if now else self._grace_s.value)
            case CourierRebuilt():
                return self._tell_courier_again()
            case ReportFigures():
                return [PublishFigures(held=len(self._held_until_s))]
            case SessionIdle(session=session):
                self._idle[session] = None
            case _:
                self._inbox.append(message)
        return []

    def _next(self) -> list[Effect]:
        """Deal with what comes next."""
        if self._then is not None:
            return []
        due = [session for session, until_s in self._held_until_s.items() if self._now_s >= until_s]
        if due:
            return [effect for session in due for effect in self._release(session)]
        if self._storage_retry_at_s is not None:
            if self._now_s < self._storage_retry_at_s:
                return []
            self._storage_retry_at_s = None
        if self._deadline_s is None and self._recovery.newest_turn is None:
            return self._recover()
        if self._idle:
            idle = tuple(self._idle)
            return self._execute([HasWork(session=session) for session in idle], partial(self._retire, idle))
        return self._hear(self._inbox[0]) if self._inbox else self._recover()

    def _execute(
        self,
        verbs: Sequence[HasWork | NewestTurn | ParkSession | RestartTurns | WaitingQuestions | WaitingSessions],
        then: Callable[[Sequence[Any]], list[Effect]],
    ) -> list[Effect]:
        self._then = then
        return [Execute(tuple(verbs))]

    def _hear(self, message: SupervisorMessage) -> list[Effect]:
        """Deal with the first message in line; it leaves the line when it is dealt with."""
        match message:
            case SessionEnded(session=session, crashed=True):
                return self._execute([RestartTurns(session=session)], partial(self._crashed, session))
            case SessionEnded(session=session) if self._deadline_s is None:
                # A wake-up that came while it retired was heard by nobody.
                return self._execute([HasWork(session=session)], partial(self._ended, session))
            case SessionHasWork(session=session) if self._is_unread(session):
                return self._execute([self._recovery.questions_of(session)], partial(self._woken, session))
        self._inbox.popleft()
        match message:
            case SessionHasWork(session=session):
                return self._wake(session)
            case QuestionsReread(session=session):
                return self._release(session)
            case QueueMoved(session=session):
                return [TellSession(session, Woken())] if session in self.running else []
            case StopTurn(session=session):
                return [TellSession(session, message)] if session in self.running else []
            case SessionEnded(session=session):
                self.running.discard(session)
                return []
            case _:
                raise TypeError(message)

    # Sessions that have work, are idle, end.

    def _wake(self, session: SessionId) -> list[Effect]:
        """Have a session's actor look at the rows, which keep its work for the next start, or until it is released."""
        if self._deadline_s is not None or session in self._held_until_s:
            return []
        woken = TellSession(session, Woken())
        if session in self.running:
            return [woken]
        self.running.add(session)
        return [StartSession(session), woken]

    def _retire(self, idle: Sequence[SessionId], answers: Sequence[bool]) -> list[Effect]:
        """Have the actors of sessions retire that said that they are idle, and that have no work in the rows."""
        for session in idle:
            self._idle.pop(session, None)
        pairs = zip(idle, answers, strict=True)
        return [TellSession(session, Retire()) for session, work in pairs if session in self.running and not work]

    def _ended(self, session: SessionId, answers: Sequence[Any]) -> list[Effect]:
        self._inbox.popleft()
        self.running.discard(session)
        if answers[0]:
            return self._wake(session)
        self._recovery.ended(session)
        return []

    # Sessions in which turns wait since an earlier process.

    def _recover(self) -> list[Effect]:
        verb = None if self._deadline_s is not None else self._recovery.next_verb()
        return [] if verb is None else self._execute([verb], partial(self._recovered, verb))

    def _is_unread(self, session: SessionId) -> bool:
        is_known = session in self.running or session in self._held_until_s
        return self._deadline_s is None and not is_known and self._recovery.may_be_unread(session)

    def _recovered(self, verb: Verb, answers: Sequence[Any]) -> list[Effect]:
        found = self._recovery.answered(verb, answers[0])
        return [effect for session, questions in found for effect in self._wake_reread(session, questions)]

    def _woken(self, session: SessionId, answers: Sequence[Any]) -> list[Effect]:
        """Somebody wrote in a session whose turn has not come yet."""
        self._inbox.popleft()
        return self._wake_reread(session, next(iter(answers[0]), None))

    def _wake_reread(self, session: SessionId, questions: SessionQuestions | None) -> list[Effect]:
        """Wake a session; hold it first until its questions have been read again that may have changed unheard."""
        if questions is None or session in self.running or session in self._held_until_s:
            return self._wake(session)
        self._held_until_s[session] = self._now_s + REREAD_S
        return [TellCourier(self._recovery.read_again(questions))]

    # Sessions that are held: their questions are read again, or they have crashed.

    def _release(self, session: SessionId) -> list[Effect]:
        self._recovery.rereading.pop(session, None)
        return self._wake(session) if self._held_until_s.pop(session, None) is not None else []

    def _crashed(self, session: SessionId, answers: Sequence[Any]) -> list[Effect]:
        """A session's actor has crashed, and its turn waits again: start it again after a pause, or park it."""
        outcomes: list[Effect] = [TellCourier(outcome) for outcome in answers[0]]
        crashes = [*self._policy.recent(self.crashes.get(session, []), self._now_s), self._now_s]
        if not self._policy.is_exhausted(crashes):
            self._restart(session, crashes)
            return outcomes
        park = ParkSession(session=session, until_s=self._time_s + PARKED_S, now_s=self._time_s)
        return [*outcomes, *self._execute([park], partial(self._parked, session, len(crashes)))]

    def _parked(self, session: SessionId, crashes: int, answers: Sequence[Any]) -> list[Effect]:
        self._restart(session, [])
        return [*(TellCourier(outcome) for outcome in answers[0]), ReportParked(session, crashes)]

    def _restart(self, session: SessionId, crashes: list[float]) -> None:
        """Start a session's actor again from the rows, after a pause. Crashes that are too long ago are forgotten."""
        self._inbox.popleft()
        self.running.discard(session)
        recent = {known: self._policy.recent(times, self._now_s) for known, times in self.crashes.items()}
        self.crashes = {known: times for known, times in (recent | {session: crashes}).items() if times}
        self._held_until_s[session] = self._now_s + self._policy.pause_s(crashes)

    def _shut_down(self, grace_s: float) -> list[Effect]:
        self._deadline_s = self._now_s + grace_s
        # What storage does not take by then it has from its checkpoints; the next start goes on from there.
        drain = Drain(deadline_s=self._deadline_s)
        return [
            EndBy(self._deadline_s + LAST_COMMITS_S),
            *(TellSession(session, drain) for session in sorted(self.running)),
        ]

    def _tell_courier_again(self) -> list[Effect]:
        """The rows do not say which drafts are shown, nor what the courier was to read."""
        return [
            *(TellSession(session, CourierRestarted()) for session in sorted(self.running)),
            *(TellCourier(questions) for questions in self._recovery.rereading.values()),
            TellIntake(ReadsForgotten()),
        ]
