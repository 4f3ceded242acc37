"""The actor of one session: it has the model answer the session's turns, strictly one by one.

Its state is what the rows say and the draft of the present turn; a crash loses nothing but what came after the checkpoint.
"""

import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any, Protocol

import anyio
import structlog
from anyio import TaskHandle
from anyio.abc import TaskGroup

from actors.mailbox import Mailbox
from actors.recorder import Recorder
from actors.session.core import SessionCore
from actors.session.effects import CloseStream, Effect, End, Execute, ReportIdle, StartStream, Tell, Wake
from messages.courier import CourierMessage, DraftShown
from messages.files import File
from messages.ids import SessionId
from messages.session import ModelAsked, SessionMessage, StreamEnded, TextArrived, Tick, Woken
from messages.supervisor import SessionIdle, SupervisorMessage
from messages.turn import Reason, TurnTaken, Usage
from messages.verbs.verb import Verb

log = structlog.get_logger()


class Finished(Protocol):
    """How a model's stream ended."""

    @property
    def reason(self) -> Reason: ...  # noqa: D102
    @property
    def usage(self) -> Usage | None: ...  # noqa: D102
    @property
    def retry_after_s(self) -> float | None: ...  # noqa: D102
    @property
    def files(self) -> tuple[File, ...]: ...  # noqa: D102


class Answers(Protocol):
    """What the actor needs of the models."""

    def stream(self, turn: TurnTaken) -> AsyncGenerator[str | ModelAsked | Finished, None]:
        """Yield when the model is asked, the answer in pieces, then how it ended. Closing it closes the connection."""
        ...


class SessionActor:
    """One session, one mailbox, one loop."""

    def __init__(
        self,
        session: SessionId,
        *,
        recorder: Recorder,
        courier: Mailbox[CourierMessage],
        supervisor: Mailbox[SupervisorMessage],
        answers: Answers,
    ) -> None:
        self.session = session
        self.mailbox: Mailbox[SessionMessage] = Mailbox()
        self._core = SessionCore(session)
        self._recorder = recorder
        self._courier = courier
        self._supervisor = supervisor
        self._answers = answers
        self._wake_at_s: float | None = None
        self._pieces: list[str] = []
        self._stream: TaskHandle[None] | None = None

    async def run(self) -> None:
        """Effect until the core says that it is over.

        :raises Exception: whatever nobody expected; the supervisor restarts the actor from storage
        """
        async with anyio.create_task_group() as tasks:
            while self._core.state != "over":
                for message in await self._next():
                    await self._do(message, tasks)
            tasks.cancel_scope.cancel()

    async def _next(self) -> list[SessionMessage]:
        timeout_s = None if self._wake_at_s is None else max(0.0, self._wake_at_s - anyio.current_time())
        with anyio.move_on_after(timeout_s):
            await self.mailbox.wait()
        messages = self.mailbox.take_all()
        if self.mailbox.take_overflow():
            messages.append(Woken())
        if self._wake_at_s is not None and anyio.current_time() >= self._wake_at_s:
            self._wake_at_s = None
            messages.append(Tick())
        return messages

    async def _do(self, message: SessionMessage, tasks: TaskGroup) -> None:
        if isinstance(message, TextArrived):
            message = TextArrived(turn=message.turn, attempt=message.attempt, text=self._take_pieces())
        effects = self._core.receive(message, anyio.current_time(), time.time())
        for effect in effects:
            await self._work(effect, tasks)

    async def _work(self, effect: Effect, tasks: TaskGroup) -> None:
        match effect:
            case Execute(verb):
                # Answered before anything else is heard: the core never waits for two answers at once.
                asked: Verb[Any] = verb
                answer: SessionMessage = await self._recorder.execute_retrying(asked)
                await self._do(answer, tasks)
            case Tell(message):
                conflation_key = ("draft", message.turn) if isinstance(message, DraftShown) else None
                self._courier.post(message, conflation_key=conflation_key)
            case StartStream(turn):
                self._pieces = []
                self._stream = tasks.start_soon(self._follow, turn, self._pieces)
            case CloseStream():
                if self._stream is not None:
                    self._stream.cancel()
            case Wake(at_s):
                self._wake_at_s = at_s if self._wake_at_s is None else min(at_s, self._wake_at_s)
            case ReportIdle():
                self._supervisor.post(SessionIdle(session=self.session))
            case End():
                log.debug("session.over", session=self.session)

    async def _follow(self, turn: TurnTaken, pieces: list[str]) -> None:
        """Listen to the model. What it says is collected here and announced; announcements merge, text does not."""
        async with aclosing(self._answers.stream(turn)) as events:
            async for event in events:
                if isinstance(event, str):
                    pieces.append(event)
                    self.mailbox.post(
                        TextArrived(turn=turn.turn, attempt=turn.attempt, text=""), conflation_key=("text", turn.turn)
                    )
                elif isinstance(event, ModelAsked):
                    self.mailbox.post(event, conflation_key=("asked", turn.turn))
                else:
                    self.mailbox.post(
                        StreamEnded(
                            turn=turn.turn,
                            attempt=turn.attempt,
                            reason=event.reason,
                            usage=event.usage,
                            retry_after_s=event.retry_after_s,
                            files=event.files,
                        )
                    )

    def _take_pieces(self) -> str:
        text = "".join(self._pieces)
        self._pieces.clear()
        return text
