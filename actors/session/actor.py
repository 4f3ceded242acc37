"""The actor of one session: it has the model answer the session's turns, one after the other.

The core decides; this carries out. All its state is in the rows, except for the draft of the present turn: a crash loses what
the draft got since its last checkpoint, and nothing else.
"""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Any, Protocol

import anyio
import structlog
from anyio import TaskHandle
from anyio.abc import TaskGroup
from msgspec.structs import replace

from actors.mailbox import Mailbox
from actors.recorder import Recorder
from actors.session.core import SessionCore
from actors.session.effects import CloseStream, Effect, End, Execute, ReportIdle, StartStream, Tell, WakeAt
from actors.session.question_reader import QuestionReader
from actors.session.stream import Stream
from messages.courier import CourierMessage, DraftShown, TurnWaits
from messages.enclosure import LeftOut
from messages.figures import SessionState
from messages.files import File
from messages.flags import Flags
from messages.ids import SessionId
from messages.session import (
    CoreMessage,
    JudgementAwaited,
    ModelAsked,
    ModelDraws,
    ModelThinks,
    ModelWrote,
    SessionMessage,
    StreamEnded,
    TextArrived,
    Tick,
    Woken,
)
from messages.supervisor import SessionIdle, SupervisorMessage
from messages.turn import Reason, TurnTaken
from messages.usage import Usage
from messages.vectors import Vector
from messages.verbs.kept_files import DropFiles
from messages.verbs.turns import FinishTurn
from messages.verbs.verb import Verb
from models.events import ComesWhole, JudgementWaits, PicturesShown, Piece, TextDropped, TextHeld, Thought

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
    @property
    def flags(self) -> Flags: ...  # noqa: D102
    @property
    def cut_bytes(self) -> int | None: ...  # noqa: D102
    @property
    def vector(self) -> Vector | None: ...  # noqa: D102
    @property
    def left_out(self) -> tuple[LeftOut, ...]: ...  # noqa: D102


class Answers(Protocol):
    """What the actor needs of the models."""

    def stream(
        self, turn: TurnTaken
    ) -> AsyncGenerator[Piece | TextHeld | JudgementWaits | ModelAsked | Finished, None]:
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
        questions: QuestionReader,
        answers: Answers,
        clock: Callable[[], float],
    ) -> None:
        """`clock` returns seconds since 1970, as it does for those who accept questions."""
        self.session = session
        self.mailbox: Mailbox[SessionMessage] = Mailbox()
        self._core = SessionCore(session)
        self._recorder = recorder
        self._courier = courier
        self._supervisor = supervisor
        self._questions = questions
        self._answers = answers
        self._clock = clock
        self._wake_at_s: float | None = None
        self._stream: Stream | None = None
        self._listening: TaskHandle[None] | None = None
        """The task that listens to the stream."""

    @property
    def state(self) -> SessionState:
        """What the actor does now."""
        return self._core.state

    async def run(self) -> None:
        """Work until the core says that it is over.

        :raises Exception: whatever nobody expected; the supervisor restarts the actor from storage
        """
        async with anyio.create_task_group() as tasks:
            while self._core.state != "over":
                for message in await self._next():
                    if isinstance(message, TextArrived):
                        await self._take_text(message, tasks)
                    else:
                        await self._decide(message, tasks)
            tasks.cancel_scope.cancel()

    async def _next(self) -> list[SessionMessage | Tick]:
        """Wait for messages, or for the moment at which the core wants a tick, and return what came."""
        await self.mailbox.wait(self._wake_at_s)
        messages: list[SessionMessage | Tick] = [*self.mailbox.take_all()]
        if self.mailbox.take_overflow():
            messages.append(Woken())
        if self._wake_at_s is not None and anyio.current_time() >= self._wake_at_s:
            self._wake_at_s = None
            messages.append(Tick())
        return messages

    async def _take_text(self, message: TextArrived, tasks: TaskGroup) -> None:
        """Hand the core the text that waits, if it is of the stream that this message is about."""
        stream = self._stream
        if stream is None or (message.turn, message.attempt) != (stream.turn, stream.attempt):
            return
        if stream.pieces or stream.begins_anew:
            await self._decide(stream.take_text(), tasks)

    def _with_rest(self, ended: StreamEnded) -> StreamEnded:
        """Return how a stream ended with the text that waits."""
        stream = self._stream
        if stream is None or (ended.turn, ended.attempt) != (stream.turn, stream.attempt):
            return ended
        grew = stream.take_text()
        return replace(ended, rest=grew.text, begins_anew=grew.begins_anew)

    async def _decide(self, message: CoreMessage, tasks: TaskGroup) -> None:
        if isinstance(message, StreamEnded):
            message = self._with_rest(message)
        effects = self._core.receive(message, anyio.current_time(), self._clock())
        if isinstance(message, StreamEnded) and not any(_finishes(effect) for effect in effects):
            self._drop(message.files)  # nobody waits for this answer any more
        for effect in effects:
            await self._carry_out(effect, tasks)

    def _drop(self, files: tuple[File, ...]) -> None:
        names = tuple(file.stored for file in files if file.stored)
        if names:
            self._recorder.enqueue(DropFiles(names=names))

    async def _carry_out(self, effect: Effect, tasks: TaskGroup) -> None:
        match effect:
            case Execute(verb):
                # The core receives the answer before anything else: it never waits for two answers at once.
                executed: Verb[Any] = verb
                answer: CoreMessage = await self._recorder.execute_retrying(executed)
                await self._decide(answer, tasks)
            case Tell(message):
                # Of these only the newest of a turn counts.
                is_newest_enough = isinstance(message, DraftShown | TurnWaits)
                conflation_key = (type(message).__name__, message.turn) if is_newest_enough else None
                self._courier.post(message, conflation_key=conflation_key)
            case StartStream(turn):
                self._stream = stream = Stream(turn)
                self._listening = tasks.start_soon(self._follow, turn, stream)
            case CloseStream():
                if self._listening is not None:
                    self._listening.cancel()
            case WakeAt(at_s):
                self._wake_at_s = at_s if self._wake_at_s is None else min(at_s, self._wake_at_s)
            case ReportIdle():
                self._supervisor.post(SessionIdle(session=self.session))
            case End():
                log.debug("session.over", session=self.session)

    async def _follow(self, turn: TurnTaken, stream: Stream) -> None:
        """Have the question read, then listen to the model's stream: collect its text, and post what happens.

        Posts about text merge, the text does not.
        """
        not_read = await self._questions.read(turn)
        if not_read is not None:
            self.mailbox.post(
                StreamEnded(
                    turn=turn.turn,
                    attempt=turn.attempt,
                    reason=not_read.reason,
                    usage=None,
                    retry_after_s=not_read.retry_after_s,
                )
            )
            return
        if turn.question.enclosures:
            # All is read: the turn waits for its model now.
            waits = ModelAsked(turn=turn.turn, attempt=turn.attempt, is_under_way=False)
            self.mailbox.post(waits, conflation_key=("asked", turn.turn))
        arrived = TextArrived(turn=turn.turn, attempt=turn.attempt)
        async with aclosing(self._answers.stream(turn)) as events:
            async for event in events:
                if isinstance(event, str | TextDropped):
                    if isinstance(event, str):
                        stream.pieces.append(event)
                    else:
                        stream.forget_text()
                    if not stream.comes_whole:
                        self.mailbox.post(arrived, conflation_key=("text", turn.turn))
                elif isinstance(event, ComesWhole):
                    stream.comes_whole = True
                elif isinstance(event, Thought):
                    stream.think(event.text)
                    if not stream.is_thinking:
                        stream.is_thinking = True
                        self.mailbox.post(ModelThinks(turn=turn.turn, attempt=turn.attempt))
                    if event.text:
                        self._count(stream, stream.thought_bytes)
                elif isinstance(event, TextHeld):
                    self._count(stream, event.bytes)
                elif isinstance(event, JudgementWaits):
                    self.mailbox.post(JudgementAwaited(turn=turn.turn, attempt=turn.attempt))
                elif isinstance(event, PicturesShown):
                    drawn = ModelDraws(
                        turn=turn.turn, attempt=turn.attempt, files=event.files, has_drawn=event.has_drawn
                    )
                    self.mailbox.post(drawn, conflation_key=("pictures", turn.turn))
                elif isinstance(event, ModelAsked):
                    if event.is_under_way:
                        # What a request reasoned that gave no text led to no answer.
                        stream.reasoning, stream.thought_bytes = "", 0
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
                            left_out=event.left_out,
                            reasoning=stream.reasoning,
                            flags=event.flags,
                            vector=event.vector,
                            cut_bytes=event.cut_bytes,
                        )
                    )

    def _count(self, stream: Stream, unshown_bytes: int) -> None:
        wrote = ModelWrote(turn=stream.turn, attempt=stream.attempt, unshown_bytes=unshown_bytes)
        self.mailbox.post(wrote, conflation_key=("wrote", stream.turn))


def _finishes(effect: Effect) -> bool:
    return isinstance(effect, Execute) and isinstance(effect.verb, FinishTurn)
