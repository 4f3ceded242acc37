"""What the supervisor decides. Pure: messages in, effects out; it knows no clock, no I/O, no randomness.

A session's actor is, to the supervisor:

    absent ──has work──▶ running ──idle, and the rows say so──▶ told to retire ──▶ ended
       │                    │                                                       │ has work: running, else absent
       │                    └──crashed──▶ held for a pause ──▶ running              │
       │                            └──too often: parked in the rows, held for a pause
       └──its questions are being read again──▶ held ──read, or too late──▶ running

Messages are dealt with in order, and one that needs storage is dealt with to its end before the next. Where storage is
down, the message stays first in line and is tried again. Three do not wait in that line: to shut down and to tell others
that the courier was rebuilt, storage is not needed; and all sessions that are idle are looked up together.
"""

from collections.abc import Sequence
from typing import Any, Final, assert_never

from msgspec import Struct

from actors.restart_policy import RestartPolicy
from messages.courier import ReadQuestions
from messages.ids import SessionId
from messages.intake import ReadsForgotten
from messages.session import CourierRestarted, Drain, Retire, Woken
from messages.supervisor import (
    CourierRebuilt,
    QuestionsReread,
    SessionEnded,
    SessionHasWork,
    SessionIdle,
    ShutDown,
    SupervisorMessage,
)
from messages.turn import OutcomePending, StopTurn
from messages.verbs.recovery import (
    HasWork,
    ParkSession,
    RestartTurns,
    SessionQuestions,
    WaitingQuestions,
    WaitingSessions,
)

PARKED_S: Final = 600.0
"""How long a session that crashed too often is given no new turns."""

REREAD_S: Final = 30.0
"""How long a session is held while its waiting questions are read again; after that they are asked as they are stored."""

LAST_COMMITS_S: Final = 3.0
"""While the process stops, storage that is down is waited for that long after the deadline."""

STORAGE_RETRY_S: Final = 1.0
"""How long to wait before storage that was down is tried again."""

# From the core to the shell.


class Execute(Struct, frozen=True):
    """Execute these verbs together; `StorageAnswered` or `StorageFailed` is the next message."""

    verbs: tuple[HasWork | ParkSession | RestartTurns | WaitingQuestions | WaitingSessions, ...]


class StartSession(Struct, frozen=True):
    """Start this session's actor; when it ends, post `SessionEnded`."""

    session: SessionId


class TellSession(Struct, frozen=True):
    """Post this to the actor of a session that runs."""

    session: SessionId
    message: Woken | Retire | StopTurn | CourierRestarted | Drain


class TellCourier(Struct, frozen=True):
    """Post this to the courier."""

    message: OutcomePending | ReadQuestions


class TellIntake(Struct, frozen=True):
    """Post this to the intake."""

    message: ReadsForgotten


class EndBy(Struct, frozen=True):
    """Cancel whatever still runs at that moment (monotonic seconds)."""

    at_s: float


class ReportParked(Struct, frozen=True):
    """Log that a session was parked."""

    session: SessionId
    crashes: int


Effect = Execute | StartSession | TellSession | TellCourier | TellIntake | EndBy | ReportParked

# From the shell to the core.


class Arrived(Struct, frozen=True):
    """What waited in the mailbox, in order; with `has_overflowed`, some more found no room and is lost."""

    messages: tuple[SupervisorMessage, ...]
    has_overflowed: bool = False


class StorageAnswered(Struct, frozen=True):
    """What each verb of the last `Execute` was answered, in order."""

    answers: tuple[Any, ...]


class StorageFailed(Struct, frozen=True):
    """Nothing of the last `Execute` could be committed."""


class Tick(Struct, frozen=True):
    """The moment that the core named by `tick_at_s` has come."""


CoreMessage = Arrived | StorageAnswered | StorageFailed | Tick

# What storage was asked for.


class _Rereading(Struct, frozen=True):
    """Which questions wait since before the process began: they may have been edited or deleted meanwhile."""


class _Waking(Struct, frozen=True):
    """Which sessions have work."""


class _Looking(Struct, frozen=True):
    """Whether these idle sessions have work after all."""

    sessions: tuple[SessionId, ...]


class _Ending(Struct, frozen=True):
    """Whether this session, whose actor has returned, has work after all."""

    session: SessionId


class _Restarting(Struct, frozen=True):
    """To have this session's turn wait again, because its actor has crashed."""

    session: SessionId


class _Parking(Struct, frozen=True):
    """To park this session."""

    session: SessionId
    crashes: int


_Asked = _Rereading | _Waking | _Looking | _Ending | _Restarting | _Parking


class SupervisorCore:
    """Which sessions' actors run, are held, and are to end."""

    def __init__(self, *, policy: RestartPolicy, stream_grace_s: float) -> None:
        """`policy` is that of sessions; `stream_grace_s`: how long answers may stream on when the process stops."""
        self._policy = policy
        self._grace_s = stream_grace_s
        self.running: set[SessionId] = set()
        self.crashes: dict[SessionId, list[float]] = {}
        self._held_until_s: dict[SessionId, float] = {}
        self._rereading: dict[SessionId, ReadQuestions] = {}
        self._inbox: list[SupervisorMessage] = []
        self._idle: dict[SessionId, None] = {}
        self._asked: _Asked | None = None
        self._has_reread = self._has_woken_all = False
        self._storage_retry_at_s: float | None = None
        self._deadline_s: float | None = None
        self._now_s = self._time_s = 0.0

    @property
    def is_over(self) -> bool:
        """Whether the process was told to stop and every session's actor has ended."""
        return self._deadline_s is not None and not self.running

    def tick_at_s(self) -> float | None:
        """When a `Tick` is wanted (monotonic seconds); None when only a message changes anything."""
        moments = [] if self._deadline_s is not None else list(self._held_until_s.values())
        if self._storage_retry_at_s is not None:
            moments.append(self._storage_retry_at_s)
        return min(moments, default=None)

    def receive(self, message: CoreMessage, now_s: float, time_s: float) -> list[Effect]:
        """Say what is to be done about a message. `now_s` is monotonic, `time_s` counts from 1970; both are seconds.

        An `Execute` is always the last effect, and no other one follows before its answer.
        """
        self._now_s, self._time_s = now_s, time_s
        effects: list[Effect] = []
        match message:
            case Arrived(messages=messages, has_overflowed=has_overflowed):
                if has_overflowed:
                    self._has_woken_all = False
                effects += [effect for one in messages for effect in self._sort(one)]
            case StorageAnswered(answers=answers):
                effects += self._answered(answers)
            case StorageFailed():
                self._asked, self._storage_retry_at_s = None, now_s + STORAGE_RETRY_S
            case Tick():
                pass
            case _:
                assert_never(message)
        if self._asked is None:
            effects += [*self._release_held(), *self._go_on()]
        return effects

    def _sort(self, message: SupervisorMessage) -> list[Effect]:
        """Act at once on what cannot wait for storage; have everything else wait."""
        match message:
            case ShutDown(now=now):
                return self._shut_down(0.0 if now else self._grace_s)
            case CourierRebuilt():
                return self._tell_courier_again()
            case SessionIdle(session=session):
                self._idle[session] = None
            case _:
                self._inbox.append(message)
        return []

    def _go_on(self) -> list[Effect]:
        """Deal with what waits until storage is needed."""
        if self._storage_retry_at_s is not None:
            if self._now_s < self._storage_retry_at_s:
                return []
            self._storage_retry_at_s = None
        effects: list[Effect] = []
        while self._asked is None:
            if self._deadline_s is None and not self._has_reread:
                effects += self._ask(_Rereading(), WaitingQuestions())
            elif self._deadline_s is None and not self._has_woken_all:
                effects += self._ask(_Waking(), WaitingSessions())
            elif self._idle:
                idle = tuple(self._idle)
                effects += self._ask(_Looking(idle), *(HasWork(session=session) for session in idle))
            elif self._inbox:
                effects += self._hear(self._inbox[0])
            else:
                break
        return effects

    def _ask(self, asked: _Asked, *verbs: Any) -> list[Effect]:
        self._asked = asked
        return [Execute(verbs)]

    def _hear(self, message: SupervisorMessage) -> list[Effect]:
        """Deal with the first message in line; it leaves the line when it is dealt with."""
        match message:
            case SessionEnded(session=session, crashed=True):
                return self._ask(_Restarting(session), RestartTurns(session=session))
            case SessionEnded(session=session) if self._deadline_s is None:
                # A wake-up that came while it retired was heard by nobody.
                return self._ask(_Ending(session), HasWork(session=session))
        del self._inbox[0]
        match message:
            case SessionHasWork(session=session):
                return self._wake(session)
            case QuestionsReread(session=session):
                return self._release(session)
            case StopTurn(session=session):
                return [TellSession(session, message)] if session in self.running else []
            case SessionEnded(session=session):
                self.running.discard(session)
                return []
            case _:
                raise TypeError(message)

    def _answered(self, answers: Sequence[Any]) -> list[Effect]:
        asked, self._asked = self._asked, None
        match asked:
            case _Rereading():
                self._has_reread = True
                return self._hold_for_rereading(answers[0])
            case _Waking():
                self._has_woken_all = True
                return [effect for session in answers[0] for effect in self._wake(session)]
            case _Looking(sessions=sessions):
                for session in sessions:
                    self._idle.pop(session, None)
                return [
                    TellSession(session, Retire())
                    for session, has_work in zip(sessions, answers, strict=True)
                    if session in self.running and not has_work
                ]
            case _Ending(session=session):
                del self._inbox[0]
                self.running.discard(session)
                return self._wake(session) if answers[0] else []
            case _Restarting(session=session):
                return [*_outcomes(answers), *self._crashed(session)]
            case _Parking(session=session, crashes=crashes):
                return [*_outcomes(answers), ReportParked(session, crashes), *self._restart(session, [])]
            case None:
                raise ValueError("storage was not asked for anything")
            case _:
                assert_never(asked)

    def _hold_for_rereading(self, waiting: Sequence[SessionQuestions]) -> list[Effect]:
        """Sessions whose questions may have changed while nobody listened are held until they have been read again."""
        for one in waiting:
            self._rereading[one.session] = ReadQuestions(session=one.session, questions=one.questions)
            self._held_until_s[one.session] = self._now_s + REREAD_S
        return [TellCourier(self._rereading[one.session]) for one in waiting]

    def _wake(self, session: SessionId) -> list[Effect]:
        """Have a session's actor look at the rows, which keep its work for the next start, or until it is released."""
        if self._deadline_s is not None or session in self._held_until_s:
            return []
        woken = TellSession(session, Woken())
        if session in self.running:
            return [woken]
        self.running.add(session)
        return [StartSession(session), woken]

    def _release(self, session: SessionId) -> list[Effect]:
        self._rereading.pop(session, None)
        return self._wake(session) if self._held_until_s.pop(session, None) is not None else []

    def _release_held(self) -> list[Effect]:
        due = [session for session, until_s in self._held_until_s.items() if self._now_s >= until_s]
        return [effect for session in due for effect in self._release(session)]

    def _crashed(self, session: SessionId) -> list[Effect]:
        crashes = [*self._policy.recent(self.crashes.get(session, []), self._now_s), self._now_s]
        if not self._policy.is_exhausted(crashes):
            return self._restart(session, crashes)
        parked = ParkSession(session=session, until_s=self._time_s + PARKED_S, now_s=self._time_s)
        return self._ask(_Parking(session, len(crashes)), parked)

    def _restart(self, session: SessionId, crashes: list[float]) -> list[Effect]:
        """Start a session's actor again from the rows, after a pause. Crashes that are too long ago are forgotten."""
        del self._inbox[0]
        self.running.discard(session)
        recent = {known: self._policy.recent(times, self._now_s) for known, times in self.crashes.items()}
        self.crashes = {known: times for known, times in (recent | {session: crashes}).items() if times}
        self._held_until_s[session] = self._now_s + self._policy.pause_s(crashes)
        return []

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
            *(TellCourier(questions) for questions in self._rereading.values()),
            TellIntake(ReadsForgotten()),
        ]


def _outcomes(answers: Sequence[Any]) -> list[Effect]:
    return [TellCourier(outcome) for outcome in answers[0]]
