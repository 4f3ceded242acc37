"""The recorder: the one actor that writes to storage.

It takes what waits, runs each request in its own savepoint on one thread, commits once, and answers after the commit.
A request that fails fails alone. A commit that fails fails all that it held; what cannot be mended ends the process, which
is started again and goes on from the rows.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final, Protocol, TypeVar

import anyio
import anyio.to_thread
import structlog

from messages.verbs.verb import Verb
from storage.store import StorageError

Answer = TypeVar("Answer")
log = structlog.get_logger()

BATCH_MAX: Final = 32
"""Requests in one transaction: enough to share an fsync, few enough that none waits noticeably for the others, and that
those who asked, who go on in the same moment, do not hold up the event loop."""


AGAIN_S: Final = 1.0
"""A disk that is full, or a file that another program holds, is tried again that often."""


class RecorderClosedError(Exception):
    """The process ends: nobody records any more, and nobody will."""


class CommitStore(Protocol):
    """What the recorder needs of storage."""

    def commit(self, verbs: Sequence[Verb[Any]]) -> list[Any]:
        """Run each verb in a savepoint and commit once; an exception stands in for the answer of the verb that raised it."""
        ...


class Future:
    """A request on its way, and its answer."""

    __slots__ = ("answer", "done", "is_kept", "verb")

    def __init__(self, verb: Verb[Any], *, is_kept: bool = False) -> None:
        self.verb = verb
        self.is_kept = is_kept
        self.done = anyio.Event()
        self.answer: Any = None


class Recorder:
    """Serialises every transaction of the process."""

    def __init__(self, store: CommitStore) -> None:
        self._store = store
        self._waiting: list[Future] = []
        self._kept: list[Future] = []
        """What could not be committed yet; it comes before what waits."""
        self._last: Future | None = None
        self._arrived = anyio.Event()
        self._thread = anyio.CapacityLimiter(1)
        self._is_closed = False

    def submit(self, verb: Verb[Any]) -> Future:
        """Put a request in line without waiting; requests are run in the order in which they were sent."""
        return self._send(Future(verb))

    def enqueue(self, verb: Verb[Any]) -> None:
        """Have what has happened in the world recorded, however long storage is down; nobody waits for it."""
        self._send(Future(verb, is_kept=True))

    def _send(self, future: Future) -> Future:
        if self._is_closed:
            _answer([future], RecorderClosedError())
            return future
        self._waiting.append(future)
        self._last = future
        self._arrived.set()
        return future

    async def execute(self, verb: Verb[Answer]) -> Answer:
        """Return the answer once it is committed.

        :raises Exception: what the verb raised, or why the transaction could not be committed
        """
        answer: Answer = await self.result_of(self.submit(verb))
        return answer

    async def result_of(self, future: Future) -> Any:
        """Wait for a request that was sent before.

        :raises Exception: as `execute`
        """
        await future.done.wait()
        if isinstance(future.answer, Exception):
            raise future.answer
        return future.answer

    async def execute_retrying(self, verb: Verb[Answer]) -> Answer:
        """Return the answer once it is committed, however long storage is down; for what nobody could be told instead.

        :raises Exception: what the verb raised
        :raises RecorderClosedError: the process ends
        """
        while True:
            try:
                return await self.execute(verb)
            except StorageError:
                await anyio.sleep(AGAIN_S)

    async def drain(self) -> None:
        """Return when everything that was sent before has been committed, or has failed."""
        if self._last is not None:
            await self._last.done.wait()

    async def run(self) -> None:
        """Work until cancelled; whoever asks after that, out of cancellation's reach, is told so instead of waiting for ever."""
        try:
            while True:
                await self._commit(await self._next())
        finally:
            self._is_closed = True
            _answer(self._waiting, RecorderClosedError())

    async def _next(self) -> list[Future]:
        """What goes into the next transaction, when there is something."""
        with anyio.move_on_after(AGAIN_S if self._kept else None):
            while not self._waiting:
                self._arrived = anyio.Event()
                await self._arrived.wait()
        batch = [*self._kept, *self._waiting[:BATCH_MAX]]
        del self._waiting[:BATCH_MAX]
        self._kept.clear()
        return batch

    async def _commit(self, batch: list[Future]) -> None:
        """See a transaction through, once it was handed to the thread: its requesters must learn what became of it."""
        with anyio.CancelScope(shield=True):
            try:
                answers = await self._transact([future.verb for future in batch])
            except Exception as error:  # noqa: BLE001 whatever it was, those who asked must hear of it
                log.error("recorder.commit_failed", requests=len(batch), error=type(error).__name__, why=str(error))
                answers = [error] * len(batch)
                self._kept += [future for future in batch if future.is_kept]
            else:
                for future, answer in zip(batch, answers, strict=True):
                    if future.is_kept and isinstance(answer, Exception):
                        # It failed alone, and would again; nobody waits for it who could say so.
                        log.error("recorder.not_kept", verb=type(future.verb).__name__, error=type(answer).__name__)
        for future, answer in zip(batch, answers, strict=True):
            _answer([future], answer)

    async def _transact(self, verbs: Sequence[Verb[Any]]) -> list[Any]:
        """Have the store commit, on the one thread that uses it."""
        return await anyio.to_thread.run_sync(self._store.commit, verbs, limiter=self._thread)


def _answer(asked: Iterable[Future], answer: Any) -> None:
    for future in asked:
        future.answer = answer
        future.done.set()
