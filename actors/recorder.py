"""The recorder: the one actor that writes to storage.

It takes the requests that wait, runs each in its own savepoint on one thread, commits them in one transaction, and answers
after the commit. A request that fails fails alone. When the commit fails, every request in it fails. A storage that cannot
be repaired ends the process, which is started again and goes on from the rows. Between transactions it has a piece of what
people removed erased, so that removing much holds nobody up.

There are four ways to send it a verb:

* `execute` waits for the answer, and raises when storage is down. Use it where a person can be told so.
* `execute_retrying` waits for the answer for as long as storage is down. Use it where nobody else would try again.
* `submit` returns a `Future` at once. Use it for several verbs that are to be committed together.
* `enqueue` returns at once and answers nobody. Use it for what has happened and must be recorded, however long storage
  is down.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final, Generic, TypeVar, cast

import anyio
import anyio.to_thread
import structlog

from messages.observation import UNOBSERVED, Observer
from messages.verbs.cancellations import EditQuestion, WithdrawQuestion
from messages.verbs.forgetting import ForgetMe, ForgetNext, ForgetPerson, PieceForgotten, RemoveUnused
from messages.verbs.kept_files import DropFiles
from messages.verbs.replies import RecordDelivered
from messages.verbs.sessions import EraseRemoved, RemoveSession
from messages.verbs.turns import FinishTurn, RecordEnclosures
from messages.verbs.users import ClearSessions
from messages.verbs.verb import Verb
from storage.store import StorageError, Store

Answer = TypeVar("Answer")
log = structlog.get_logger()

BATCH_MAX: Final = 32
"""The number of requests in one transaction. They share one fsync, but no request waits noticeably for the others, and the
tasks that wait for the answers, which all continue in the same moment, do not block the event loop."""

RETRY_S: Final = 1.0
"""How long to wait before a full disk, or a file that another program locks, is tried again."""


UNTIDY_S: Final = 60.0
"""How long to wait before a file that could not be tidied up is tried again."""

REMOVES_SESSIONS: Final = (RemoveSession, ClearSessions, RemoveUnused, ForgetNext)
"""After these, what removed sessions held is still to be erased."""

RELEASES_FILES: Final = (
    DropFiles,
    EditQuestion,
    FinishTurn,
    ForgetMe,
    ForgetNext,
    ForgetPerson,
    RecordDelivered,
    RecordEnclosures,
    WithdrawQuestion,
)
"""After these, and after a removed session's erasure, files on disk may have become needless."""


class RecorderClosedError(Exception):
    """The process is ending: the recorder has stopped and will not record anything any more."""


class Future(Generic[Answer]):
    """A request to the recorder, and, once it is committed, its answer."""

    __slots__ = ("_answer", "_done", "is_durable", "verb")

    def __init__(self, verb: Verb[Answer], *, is_durable: bool = False) -> None:
        self.verb = verb
        self.is_durable = is_durable
        self._done = anyio.Event()
        self._answer: Answer | Exception | None = None

    def set(self, answer: Answer | Exception) -> None:
        """Give the answer, or the exception that takes its place, to the tasks that wait for it."""
        self._answer = answer
        self._done.set()

    async def wait(self) -> None:
        """Return when the request has been committed, or has failed."""
        await self._done.wait()

    async def result(self) -> Answer:
        """Return the answer once it is committed.

        :raises Exception: what the verb raised, or why the transaction could not be committed
        """
        await self._done.wait()
        if isinstance(self._answer, Exception):
            raise self._answer
        return cast("Answer", self._answer)


class Recorder:
    """Runs every transaction of the process, one after the other."""

    def __init__(self, store: Store, observer: Observer = UNOBSERVED) -> None:
        """Be ready to work on `store`; `observer` hears of each transaction."""
        self._store = store
        self._observer = observer
        self._waiting: list[Future[Any]] = []
        self._uncommitted: list[Future[Any]] = []
        """The durable requests whose commit failed; they go into the next transaction, before those that wait."""
        self._last: Future[Any] | None = None
        self._arrived = anyio.Event()
        self._thread = anyio.CapacityLimiter(1)
        self._is_closed = False
        self._has_remains = True
        """Whether removed sessions may not be erased yet: an earlier process may have left some."""
        self._released = anyio.Event()
        self._tidied = anyio.Event()
        self._tidy_at_s = 0.0
        """When the store wants to go on tidying up, in monotonic seconds."""

    async def execute(self, verb: Verb[Answer]) -> Answer:
        """Return the answer once it is committed.

        :raises StorageError: nothing could be committed
        :raises Exception: what the verb raised
        :raises RecorderClosedError: the process is ending
        """
        return await self.submit(verb).result()

    async def execute_retrying(self, verb: Verb[Answer]) -> Answer:
        """Return the answer once it is committed, however long storage is down.

        :raises Exception: what the verb raised
        :raises RecorderClosedError: the process is ending
        """
        while True:
            try:
                return await self.execute(verb)
            except StorageError:
                await anyio.sleep(RETRY_S)

    def submit(self, verb: Verb[Answer]) -> Future[Answer]:
        """Send a request without waiting for its answer. Requests run in the order in which they are sent."""
        return self._send(Future(verb))

    def enqueue(self, verb: Verb[Any]) -> None:
        """Record what has happened, however long storage is down; nobody waits for the answer."""
        self._send(Future(verb, is_durable=True))

    async def drain(self) -> None:
        """Return when all requests that were sent before have been committed or have failed."""
        if self._last is not None:
            await self._last.wait()

    async def wait_for_releases(self) -> None:
        """Return once files on disk may have become needless since this was asked last, or at once if that is so already."""
        await self._released.wait()
        self._released = anyio.Event()

    async def wait_until_tidy(self) -> None:
        """Return when nothing that was erased lies in the files any more."""
        while not self._is_tidy():
            self._tidied = anyio.Event()
            await self._tidied.wait()

    def _is_tidy(self) -> bool:
        return not self._has_remains and not self._store.is_untidy

    async def run(self) -> None:
        """Work until cancelled.

        A task that is shielded from cancellation may still send a request afterwards. It gets `RecorderClosedError`,
        because it would wait for ever.
        """
        try:
            while True:
                await self._erase()
                await self._tidy()
                if self._is_tidy():
                    self._tidied.set()
                if batch := await self._next():
                    await self._commit(batch)
        finally:
            self._is_closed = True
            _answer(self._waiting, RecorderClosedError())

    def _send(self, future: Future[Answer]) -> Future[Answer]:
        if self._is_closed:
            future.set(RecorderClosedError())
            return future
        self._waiting.append(future)
        self._last = future
        self._arrived.set()
        return future

    async def _next(self) -> list[Future[Any]]:
        """Wait until there is something to commit, and return the requests of the next transaction."""
        pauses = [RETRY_S if self._uncommitted else None, self._tidying_is_due_in_s()]
        with anyio.move_on_after(min((pause for pause in pauses if pause is not None), default=None)):
            while not self._waiting:
                self._arrived = anyio.Event()
                await self._arrived.wait()
        batch = [*self._uncommitted, *self._waiting[:BATCH_MAX]]
        del self._waiting[:BATCH_MAX]
        self._uncommitted.clear()
        return batch

    async def _commit(self, batch: list[Future[Any]]) -> None:
        """Run one transaction to its end: once the thread has it, those who wait must learn how it ended."""
        with anyio.CancelScope(shield=True):
            verbs, began_s = [future.verb for future in batch], anyio.current_time()
            try:
                answers = await self._transact(verbs)
            except Exception as error:  # noqa: BLE001 whatever it was, those who wait must hear of it
                self._observer.not_committed()
                log.error("recorder.commit_failed", requests=len(batch), error=type(error).__name__, why=str(error))
                answers = [error] * len(batch)
                self._uncommitted += [future for future in batch if future.is_durable]
            else:
                self._observer.committed(verbs, answers, anyio.current_time() - began_s)
                self._has_remains |= any(map(_leaves_remains, verbs, answers))
                if any(isinstance(future.verb, RELEASES_FILES) for future in batch):
                    self._released.set()
                for future, answer in zip(batch, answers, strict=True):
                    if future.is_durable and isinstance(answer, Exception):
                        # It failed alone, so it would fail again; nobody waits for it who could tell anybody.
                        log.error("recorder.not_kept", verb=type(future.verb).__name__, error=type(answer).__name__)
        for future, answer in zip(batch, answers, strict=True):
            future.set(answer)

    async def _erase(self) -> None:
        """Erase what was removed, a piece at a time: at least one, and more for as long as nothing else waits."""
        while self._has_remains:
            with anyio.CancelScope(shield=True):
                try:
                    (are_more,) = await self._transact([EraseRemoved()])
                except Exception as error:  # noqa: BLE001 whatever it was, the next commit is followed by the next try
                    log.error("recorder.erasure_failed", error=type(error).__name__, why=str(error))
                    return
            self._released.set()
            self._has_remains = are_more is True
            if self._waiting:
                return

    async def _tidy(self) -> None:
        """Have what erased rows left in the files removed, once all of them are erased: a piece, and more for as long as nothing else waits."""
        while self._tidying_is_due_in_s() == 0:
            with anyio.CancelScope(shield=True):
                try:
                    in_s = await anyio.to_thread.run_sync(self._store.tidy, limiter=self._thread)
                except StorageError as error:
                    log.error("recorder.not_tidied", why=str(error))
                    in_s = UNTIDY_S
            self._tidy_at_s = anyio.current_time() + (in_s or 0.0)
            if self._waiting:
                return

    def _tidying_is_due_in_s(self) -> float | None:
        """Return in how many seconds the store is to be tidied up; None where there is nothing to do, or not yet."""
        if self._has_remains or not self._store.is_untidy:
            return None
        return max(0.0, self._tidy_at_s - anyio.current_time())

    async def _transact(self, verbs: Sequence[Verb[Any]]) -> list[Any]:
        """Commit on the one thread that uses the store."""
        return await anyio.to_thread.run_sync(self._store.commit, verbs, limiter=self._thread)


def _leaves_remains(verb: Verb[Any], answer: Any) -> bool:
    """Return whether what removed sessions held may still have to be erased after a verb."""
    if isinstance(answer, PieceForgotten):
        return answer.removes_sessions
    return isinstance(verb, REMOVES_SESSIONS)


def _answer(futures: Iterable[Future[Any]], answer: Exception) -> None:
    for future in futures:
        future.set(answer)
