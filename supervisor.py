"""The supervisor: starts a session's actor when the session has work, restarts it from storage, parks it, retires it.

One bad session hurts nobody else: an actor's exception ends here, and five in a minute end the session's welcome for a while.
"""

import time
from collections.abc import Awaitable, Callable
from typing import Final, assert_never

import anyio
import structlog
from anyio.abc import TaskGroup

from actors.crash_report import told
from actors.mailbox import Mailbox
from actors.recorder import Recorder
from actors.session.actor import Answers, SessionActor
from messages.courier import CourierMessage, ReadQuestions
from messages.ids import SessionId
from messages.session import CourierRestarted, Drain, Retire, Woken
from messages.supervisor import (
    QuestionsReread,
    SessionEnded,
    SessionHasWork,
    SessionIdle,
    ShutDown,
    SupervisorMessage,
)
from messages.turn import StopTurn
from messages.verbs.recovery import HasWork, ParkSession, RestartTurns, WaitingQuestions, WaitingSessions
from storage.store import StorageError

log = structlog.get_logger()

CRASHES_MAX: Final = 5
CRASHES_WITHIN_S: Final = 60.0
"""That many crashes in that time park a session: more than bad luck, fewer than a person would wait for."""

PARKED_S: Final = 600.0

AGAIN_S: Final = 0.2
AGAIN_MAX_S: Final = 5.0
"""The pause before an actor that crashed is started again; it doubles with each crash of the last minute."""

REREAD_S: Final = 30.0
"""Questions that wait since before the process began are read again in Discord; what takes longer is asked as it is stored."""

LAST_COMMITS_S: Final = 3.0
"""While stopping, storage that is down is waited for that long."""

STORAGE_AGAIN_S: Final = 1.0
"""What storage that is down could not be asked is asked again that often."""


def recent(crashes: list[float], now_s: float) -> list[float]:
    """The crashes that still count."""
    return [at_s for at_s in crashes if now_s - at_s < CRASHES_WITHIN_S]


def pause_s(crashes: int) -> float:
    """How long an actor rests after so many crashes within a minute."""
    return float(min(AGAIN_MAX_S, AGAIN_S * 2 ** (crashes - 1)))


class Supervisor:
    """Owns the session actors; every wake-up for one comes by here."""

    def __init__(
        self, *, recorder: Recorder, courier: Mailbox[CourierMessage], answers: Answers, stream_grace_s: float
    ) -> None:
        self.mailbox: Mailbox[SupervisorMessage] = Mailbox(capacity=100_000)
        self._recorder = recorder
        self._courier = courier
        self._answers = answers
        self._grace_s = stream_grace_s
        self._sessions: dict[SessionId, SessionActor] = {}
        self._crashes: dict[SessionId, list[float]] = {}
        self._held_until_s: dict[SessionId, float] = {}
        self._rereading: dict[SessionId, ReadQuestions] = {}
        self._deadline_s: float | None = None
        self._unheard: list[SupervisorMessage] = []
        self._has_reread = self._has_woken_all = False
        self._storage_is_down = False

    async def run(self) -> None:
        """Work until shut down and every session has come to rest."""
        async with anyio.create_task_group() as tasks:
            while True:
                self._unheard += self.mailbox.take_all()
                await self._hear_all(tasks)
                if self._deadline_s is not None and not self._sessions:
                    return
                with anyio.move_on_after(self._patience_s()):
                    await self.mailbox.wait()
                self._release_held(tasks)

    async def _hear_all(self, tasks: TaskGroup) -> None:
        """Hear what waits. What storage cannot be asked about now is heard again; to stop, nobody has to ask it."""
        for message in [message for message in self._unheard if isinstance(message, ShutDown)]:
            self._unheard.remove(message)
            await self._hear(message, tasks)
        self._storage_is_down = False
        try:
            await self._wake_all(tasks)
            await self._all_rested()
            while self._unheard:
                await self._hear(self._unheard[0], tasks)
                del self._unheard[0]
        except StorageError:
            self._storage_is_down = True

    async def keep(
        self, name: str, run: Callable[[], Awaitable[None]], *, restarted: Callable[[], None] | None = None
    ) -> None:
        """Run an actor that must always be there; start it again when it crashes, and then call `restarted`.

        :raises Exception: its fifth crash in a minute, which ends the process: it starts again from the rows
        """
        crashes: list[float] = []
        while True:
            try:
                return await run()
            except Exception as error:
                crashes = [*recent(crashes, anyio.current_time()), anyio.current_time()]
                log.error("actor.crashed", actor=name, crashes=len(crashes), **told(error))
                if len(crashes) >= CRASHES_MAX:
                    raise
            await anyio.sleep(pause_s(len(crashes)))
            if restarted is not None:
                restarted()

    def courier_restarted(self) -> None:
        """Have the courier told again what it knew and rows do not say."""
        for actor in self._sessions.values():
            actor.mailbox.post(CourierRestarted())
        for questions in self._rereading.values():
            self._courier.post(questions)

    async def _have_questions_reread(self) -> None:
        """What waits since before this process began may have been edited or deleted while nobody listened."""
        for waiting in await self._recorder.execute(WaitingQuestions()):
            asked = ReadQuestions(session=waiting.session, questions=waiting.questions)
            self._rereading[waiting.session] = asked
            self._held_until_s[waiting.session] = anyio.current_time() + REREAD_S
            self._courier.post(asked)
        self._has_reread = True

    def _patience_s(self) -> float | None:
        """How long until storage may be back, or a session that is held may start."""
        if self._storage_is_down:
            return STORAGE_AGAIN_S
        if not self._held_until_s or self._deadline_s is not None:
            return None
        return max(0.0, min(self._held_until_s.values()) - anyio.current_time())

    def _release_held(self, tasks: TaskGroup) -> None:
        now_s = anyio.current_time()
        for session in [session for session, until_s in self._held_until_s.items() if now_s >= until_s]:
            self._release(session, tasks)

    def _release(self, session: SessionId, tasks: TaskGroup) -> None:
        self._rereading.pop(session, None)
        if self._held_until_s.pop(session, None) is not None:
            self._wake(session, tasks)

    async def _wake_all(self, tasks: TaskGroup) -> None:
        """Wake whoever has work, when the process begins, and where a wake-up found no room."""
        if self.mailbox.take_overflow():
            self._has_woken_all = False
        if self._deadline_s is None and not self._has_reread:
            await self._have_questions_reread()
        if self._deadline_s is None and not self._has_woken_all:
            for session in await self._recorder.execute(WaitingSessions()):
                self._wake(session, tasks)
            self._has_woken_all = True

    async def _hear(self, message: SupervisorMessage, tasks: TaskGroup) -> None:
        match message:
            case SessionHasWork(session=session):
                self._wake(session, tasks)
            case QuestionsReread(session=session):
                self._release(session, tasks)
            case SessionIdle():
                pass  # `_all_rested` has heard them together, before this
            case StopTurn(session=session):
                if session in self._sessions:
                    self._sessions[session].mailbox.post(message)
            case SessionEnded():
                await self._ended(message, tasks)
            case ShutDown(now=now):
                self._shut_down(0.0 if now else self._grace_s, tasks)
            case _:
                assert_never(message)

    def _wake(self, session: SessionId, tasks: TaskGroup) -> None:
        if self._deadline_s is not None or session in self._held_until_s:
            return  # the rows keep it for the next start, or until it is released
        if session not in self._sessions:
            actor = SessionActor(
                session,
                recorder=self._recorder,
                courier=self._courier,
                supervisor=self.mailbox,
                answers=self._answers,
            )
            self._sessions[session] = actor
            tasks.start_soon(self._guard, actor)
        self._sessions[session].mailbox.post(Woken())

    async def _guard(self, actor: SessionActor) -> None:
        crashed = False
        try:
            await actor.run()
        except Exception as error:  # noqa: BLE001 one bad session hurts nobody else
            crashed = True
            log.error("session.crashed", session=actor.session, **told(error))
        self.mailbox.post(SessionEnded(session=actor.session, crashed=crashed))

    async def _all_rested(self) -> None:
        """Retire those that rest, after another look at the rows: at all of them in one transaction."""
        rested = [message for message in self._unheard if isinstance(message, SessionIdle)]
        asked = [(one, self._recorder.submit(HasWork(session=one.session))) for one in rested]
        for message, future in asked:
            has_work = await future.result()
            if message.session in self._sessions and not has_work:
                self._sessions[message.session].mailbox.post(Retire())
        self._unheard = [message for message in self._unheard if not isinstance(message, SessionIdle)]

    async def _ended(self, ended: SessionEnded, tasks: TaskGroup) -> None:
        session = ended.session
        if ended.crashed:
            await self._crashed(session)
            is_needed = True
        else:
            # A wake-up that came while it retired was heard by nobody.
            is_needed = self._deadline_s is None and await self._recorder.execute(HasWork(session=session))
        self._sessions.pop(session, None)
        if is_needed:
            self._wake(session, tasks)  # after a crash, when its pause is over

    async def _crashed(self, session: SessionId) -> None:
        now_s = anyio.current_time()
        crashes = [*recent(self._crashes.get(session, []), now_s), now_s]
        for outcome in await self._recorder.execute(RestartTurns(session=session)):
            self._courier.post(outcome)
        if len(crashes) >= CRASHES_MAX:
            await self._park(session)
            crashes = []
        self._crashes = {known: kept for known, times in self._crashes.items() if (kept := recent(times, now_s))}
        self._crashes[session] = crashes
        self._held_until_s[session] = now_s + pause_s(max(1, len(crashes)))

    async def _park(self, session: SessionId) -> None:
        time_s = time.time()
        parked = ParkSession(session=session, until_s=time_s + PARKED_S, now_s=time_s)
        for outcome in await self._recorder.execute(parked):
            self._courier.post(outcome)
        log.error("session.parked", session=session, crashes=CRASHES_MAX, for_s=PARKED_S)

    def _shut_down(self, grace_s: float, tasks: TaskGroup) -> None:
        self._deadline_s = anyio.current_time() + grace_s
        # What storage does not take by then it has from its checkpoints; the next start goes on from there.
        tasks.cancel_scope.deadline = self._deadline_s + LAST_COMMITS_S
        for actor in self._sessions.values():
            actor.mailbox.post(Drain(deadline_s=self._deadline_s))
