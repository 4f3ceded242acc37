"""The intake: has every event of Discord's accepted by storage, once and in order, and tells whom it concerns.

`core.py` decides. This shell takes what waits in the mailbox, hands it to the core, and does what the core says.
"""

from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, assert_never

import anyio
import structlog

from actors.intake.core import IntakeCore
from actors.intake.effects import (
    Arrived,
    CoreMessage,
    Draining,
    Effect,
    Execute,
    ReadNotTaken,
    Record,
    ReportNotAccepted,
    Started,
    StorageAnswered,
    TellCourier,
    TellSupervisor,
    Tick,
)
from actors.mailbox import Mailbox
from actors.recorder import Future, Recorder
from current import Current
from messages.courier import CourierMessage, ReadChannel
from messages.intake import IntakeMessage
from messages.supervisor import SupervisorMessage
from messages.verbs.verb import Verb

log = structlog.get_logger()


class Intake:
    """The intake's mailbox and its one loop."""

    def __init__(
        self,
        mailbox: Mailbox[IntakeMessage],
        *,
        recorder: Recorder,
        courier: Mailbox[CourierMessage],
        supervisor: Mailbox[SupervisorMessage],
        missed_age_s: Current[float],
        reads_per_s: Current[float],
        clock: Callable[[], float],
    ) -> None:
        """`missed_age_s`: missed messages that are older are not answered, in seconds.

        `reads_per_s`: how many pages of channels are read in a second at most while nobody waits for them. `clock` returns
        seconds since 1970 by Discord's clock.
        """
        self.mailbox = mailbox
        self._core = IntakeCore(missed_age_s=missed_age_s, reads_per_s=reads_per_s)
        self._clock = clock
        self._recorder = recorder
        self._courier = courier
        self._supervisor = supervisor

    async def run(self) -> None:
        """Work until cancelled.

        After a crash it can be run again: the core still holds what it had not dealt with.
        """
        await self._hear(Started())
        while True:
            await self.mailbox.wait(self._core.tick_at_s())
            # What found no room is not looked for here: the gateway has posted `EventsDropped`, the courier reads again.
            self.mailbox.take_overflow()
            messages = tuple(self.mailbox.take_all())
            await self._hear(Arrived(messages) if messages else Tick())

    async def drain(self) -> None:
        """Hand to the recorder what is only saved from time to time."""
        await self._hear(Draining())

    async def _hear(self, message: CoreMessage) -> None:
        """Hand a message to the core, do what it says, and hand it the answers."""
        waiting = deque([message])
        while waiting:
            for effect in self._core.receive(waiting.popleft(), anyio.current_time(), self._clock()):
                answer = await self._do(effect)
                if answer is not None:
                    waiting.append(answer)

    async def _do(self, effect: Effect) -> StorageAnswered | ReadNotTaken | None:
        match effect:
            case Execute(verbs=verbs, is_retrying=True):
                return StorageAnswered(tuple([await self._recorder.execute_retrying(_any(verb)) for verb in verbs]))
            case Execute(verbs=verbs):
                return StorageAnswered(await self._execute(verbs))
            case Record(verb=verb, is_durable=True):
                self._recorder.enqueue(verb)
            case Record(verb=verb):
                self._recorder.submit(_any(verb))
            case TellCourier(message=message):
                if not self._courier.post(message) and isinstance(message, ReadChannel):
                    return ReadNotTaken(message)
            case TellSupervisor(message=message):
                self._supervisor.post(message)
            case ReportNotAccepted(message_id=message_id, error=error):
                log.error("intake.not_accepted", message_id=message_id, error=error)
            case _:
                assert_never(effect)
        return None

    async def _execute(self, verbs: Sequence[Verb[Any]]) -> tuple[Any, ...]:
        """Send all verbs before any is waited for, so that the recorder commits them together."""
        futures = [self._recorder.submit(verb) for verb in verbs]
        return tuple([await _answer(future) for future in futures])


async def _answer(future: Future[Any]) -> Any:
    """Return a verb's answer, or the exception that stands for it: one verb's failure is not the others'."""
    try:
        return await future.result()
    except Exception as error:  # noqa: BLE001 the core decides what follows from it
        return error


def _any(verb: Verb[Any]) -> Verb[Any]:
    """A verb of a union, whose answers have different types."""
    return verb
