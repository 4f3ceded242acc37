"""The supervisor: runs the actors, starts those again that crash, and owns the actors of sessions.

One bad session hurts nobody else: its exceptions end here.

    actor        restarted how                                        after five crashes in a minute
    session      transient: when it crashed, from the rows            parked for ten minutes, with a notice
    courier      permanent: rebuilt from the rows                     the process ends
    intake       permanent: goes on with what it had not dealt with   the process ends
    panel        permanent: goes on with the next interaction         the process ends
    speaker      permanent: goes on from the rows                     the process ends
    eraser       permanent: goes on from the rows                     the process ends
    responder    permanent: goes on with the next interaction         the process ends
    recorder     temporary: never                                     its first crash ends the process
    connection   temporary: never                                     its first crash ends the process

`RESTARTS` says to the code who is restarted how. A process that ended is started again by systemd and goes on from the rows. Which
session is started, held, parked, retired and drained is decided in `supervisor_core.py`.
"""

from collections import Counter, deque
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, Literal, assert_never

import anyio
import structlog
from anyio.abc import TaskGroup

from actors.crash_report import described
from actors.figures import FiguresCollector
from actors.mailbox import Mailbox
from actors.recorder import Recorder, RecorderClosedError
from actors.restart_policy import RestartPolicy
from actors.session.actor import Answers, SessionActor
from actors.session.question_reader import QuestionReader
from current import Current
from messages.courier import CourierMessage
from messages.figures import SessionsFigures
from messages.ids import SessionId
from messages.intake import IntakeMessage
from messages.supervisor import CourierRebuilt, SessionEnded, SupervisorMessage
from messages.verbs.verb import Verb
from storage.store import StorageError
from supervisor_core import PARKED_S, SupervisorCore
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

log = structlog.get_logger()

ActorName = Literal[
    "session", "courier", "intake", "panel", "responder", "recorder", "connection", "speaker", "file_remover", "eraser"
]

RESTARTS: Final[Mapping[ActorName, RestartPolicy]] = {
    "session": RestartPolicy(restart="transient"),
    "courier": RestartPolicy(restart="permanent"),
    "intake": RestartPolicy(restart="permanent"),
    "panel": RestartPolicy(restart="permanent"),
    "speaker": RestartPolicy(restart="permanent"),
    "responder": RestartPolicy(restart="permanent"),
    "recorder": RestartPolicy(restart="temporary"),
    "connection": RestartPolicy(restart="temporary"),
    "file_remover": RestartPolicy(restart="permanent"),
    "eraser": RestartPolicy(restart="permanent"),
}

CAPACITY: Final = 100_000
"""Messages that may wait: a wake-up for each of very many sessions."""


class Supervisor:
    """One mailbox, one loop, and the actors of sessions."""

    def __init__(
        self,
        *,
        recorder: Recorder,
        courier: Mailbox[CourierMessage],
        intake: Mailbox[IntakeMessage],
        questions: QuestionReader,
        answers: Answers,
        figures: FiguresCollector,
        stream_grace_s: Current[float],
        clock: Callable[[], float],
    ) -> None:
        """`stream_grace_s`: how long answers may stream on when the process stops, in seconds.

        `clock` returns seconds since 1970.
        """
        self.mailbox: Mailbox[SupervisorMessage] = Mailbox(CAPACITY)
        self._core = SupervisorCore(policy=RESTARTS["session"], stream_grace_s=stream_grace_s)
        self._clock = clock
        self._recorder = recorder
        self._courier = courier
        self._intake = intake
        self._questions = questions
        self._answers = answers
        self._sessions: dict[SessionId, SessionActor] = {}
        self._figures = figures
        figures.ask(SessionsFigures, self.mailbox)

    async def run(self) -> None:
        """Work until the process was told to stop and every session's actor has ended."""
        async with anyio.create_task_group() as tasks:
            while True:
                messages, has_overflowed = tuple(self.mailbox.take_all()), self.mailbox.take_overflow()
                await self._hear(Arrived(messages, has_overflowed) if messages or has_overflowed else Tick(), tasks)
                if self._core.is_over:
                    return
                await self.mailbox.wait(self._core.tick_at_s())

    async def keep(self, name: ActorName, run: Callable[[], Awaitable[None]]) -> None:
        """Run an actor that is no session, and start it again after a crash as `RESTARTS` says.

        :raises Exception: one crash too many; nobody catches it, so that it ends the process
        """
        policy = RESTARTS[name]
        if policy.restart == "temporary":
            return await run()
        crashes: list[float] = []
        while True:
            try:
                return await run()
            except RecorderClosedError:
                return None  # the process is ending, and this actor has heard it from the recorder first
            except Exception as error:
                now_s = anyio.current_time()
                crashes = [*policy.recent(crashes, now_s), now_s]
                log.error("actor.crashed", actor=name, crashes=len(crashes), **described(error))
                if policy.is_exhausted(crashes):
                    raise
            await anyio.sleep(policy.pause_s(crashes))
            if name == "courier":
                self.mailbox.post_always(CourierRebuilt())

    async def _hear(self, message: CoreMessage, tasks: TaskGroup) -> None:
        """Hand a message to the core, do what it says, and hand it storage's answers."""
        waiting = deque([message])
        while waiting:
            for effect in self._core.receive(waiting.popleft(), anyio.current_time(), self._clock()):
                answer = await self._do(effect, tasks)
                if answer is not None:
                    waiting.append(answer)

    async def _do(self, effect: Effect, tasks: TaskGroup) -> StorageAnswered | StorageFailed | None:
        match effect:
            case Execute(verbs=verbs):
                return await self._execute(verbs)
            case StartSession(session=session):
                actor = self._sessions[session] = self._actor(session)
                tasks.start_soon(self._guard, actor)
            case TellSession(session=session, message=message):
                # An actor that has ended hears nothing; what it missed the core finds in the rows, after `SessionEnded`.
                if session in self._sessions:
                    self._sessions[session].mailbox.post(message)
            case TellCourier(message=message):
                self._courier.post(message)
            case TellIntake(message=message):
                self._intake.post_always(message)
            case EndBy(at_s=at_s):
                tasks.cancel_scope.deadline = at_s
            case PublishFigures(held=held):
                states = Counter(actor.state for actor in self._sessions.values())
                self._figures.publish(SessionsFigures(states=dict(states), held=held))
            case ReportParked(session=session, crashes=crashes):
                log.error("session.parked", session=session, crashes=crashes, for_s=PARKED_S)
            case _:
                assert_never(effect)
        return None

    async def _execute(self, verbs: tuple[Verb[Any], ...]) -> StorageAnswered | StorageFailed:
        """Send all verbs before any is waited for, so that the recorder commits them together.

        :raises Exception: what a verb raised: a bug, which ends the process
        """
        futures = [self._recorder.submit(verb) for verb in verbs]
        try:
            return StorageAnswered(tuple([await future.result() for future in futures]))
        except StorageError:
            return StorageFailed()

    def _actor(self, session: SessionId) -> SessionActor:
        return SessionActor(
            session,
            recorder=self._recorder,
            courier=self._courier,
            supervisor=self.mailbox,
            questions=self._questions,
            answers=self._answers,
            clock=self._clock,
        )

    async def _guard(self, actor: SessionActor) -> None:
        """Run a session's actor and post how it ended; its exceptions go no further."""
        crashed = False
        try:
            await actor.run()
        except Exception as error:  # noqa: BLE001 one bad session hurts nobody else
            crashed = True
            log.error("session.crashed", session=actor.session, **described(error))
        del self._sessions[actor.session]
        self.mailbox.post_always(SessionEnded(session=actor.session, crashed=crashed))
