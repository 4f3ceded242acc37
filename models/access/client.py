"""Asks models: the one way from a session to the models.

It decides how many answers stream at once, who is next, which turns run alone, and which requests are sent again. Only a
request that failed before the first text of its answer is sent again here; an answer that breaks off later is repeated by its
session. A turn that waits holds no slot.
"""

import random
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, nullcontext
from typing import Final, Protocol, TypeVar

import anyio
import structlog
from msgspec.structs import replace

from backoff import backoff_s
from current import Current
from files.folder import Folder
from messages.budget import BudgetScope, NoRoom
from messages.enclosure import heard_in
from messages.figures import BreakerFigures, ModelsFigures
from messages.rates import added
from messages.session import ModelAsked
from messages.turn import CRASH_COUNT_ALONE, Reason, TurnTaken, Utterance
from messages.verbs.turns import Asked, BeginHelping, QuestionEdited, ReadQuestion
from messages.verbs.verb import Verb
from models.access.admission import Admission, Rejected
from models.access.ask import Ask
from models.access.attempt import Attempt
from models.access.fair_limiter import FairLimiter
from models.access.found_contexts import FoundContexts
from models.access.gate import JUDGE_AGAIN_S, JUDGE_AGAIN_S_MAX, Gate
from models.access.gated_questions import has_question_let_through, needs_judgement
from models.access.retry_policy import jittered
from models.catalogue import Catalogue
from models.events import JudgementWaits, StreamEvent, StreamFinished
from models.kind import Kind
from models.prompt import compacted, fitted
from models.reading import can_be_asked, left_out

log = structlog.get_logger()
Answer = TypeVar("Answer")

NO_ROOM: Final[dict[BudgetScope, Reason]] = {
    "user": "budget_user",
    "role": "budget_role",
    "server": "budget_server",
    "all": "budget_all",
}
"""How a turn ends that a budget has no room for."""


class Executor(Protocol):
    """What the client needs of the recorder."""

    async def execute_retrying(self, verb: Verb[Answer]) -> Answer:
        """Commit the verb, however long storage is down, and return its answer."""
        ...


class ModelClient:
    """Has models answer turns, fairly among the people who ask."""

    def __init__(
        self,
        kinds: Mapping[str, Kind],
        catalogue: Current[Catalogue],
        *,
        concurrent: Current[int],
        recorder: Executor,
        gate: Gate,
        files: Folder,
        share: Callable[[], float] = random.random,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Be ready to ask.

        `kinds` has an entry for every kind in the catalogue. `files` is where lies what models make. At most `concurrent` answers stream at once; after that has grown, call `let_in`. `share` returns a
        number from 0 to 1: how much of the largest random part is added to a pause. `clock` returns seconds since 1970, by which
        budgets are renewed.
        """
        self._kinds = kinds
        self._clock = clock
        self._catalogue = catalogue
        self._recorder = recorder
        self._gate = gate
        self._files = files
        self._share = share
        self._limiter = FairLimiter(concurrent)
        self._alone = anyio.Semaphore(1)
        self._admission = Admission()
        self._probe_ended = anyio.Event()
        self._tried_now = anyio.Event()
        self._found_contexts = FoundContexts()

    def let_in(self) -> None:
        """Let turns in that wait, where more answers may stream at once than before."""
        self._limiter.let_in()

    async def stream(
        self, turn: TurnTaken, *, question: Utterance | None = None
    ) -> AsyncGenerator[StreamEvent | JudgementWaits | ModelAsked, None]:
        """Yield the answer in pieces, then how it ended; and a `ModelAsked` whenever a request begins or the turn waits.

        Where a `question` is given, that is asked, without a history: a model of another kind helps with a part of the turn.
        Closing the generator closes the connection, or ends the waiting.
        """
        catalogue = self._catalogue.value
        listed = catalogue.get(turn.model)
        if listed is None or catalogue.is_waiting:
            yield StreamFinished(reason="model_unknown" if listed is None else "unreachable", usage=None)
            return
        if question is None and turn.kind == "continue" and not listed.traits.dialogue:
            # The session's model was changed since the button was pressed.
            yield StreamFinished(reason="cannot_continue", usage=None)
            return
        ask = Ask(turn, listed, question)
        while True:
            async with self._slot(turn), self._attempt(ask) as attempt:
                if (
                    attempt.permit is not None
                    and self._is_listed(ask, attempt)
                    and await self._is_let_through(ask, attempt)
                ):
                    yield ask.told(is_under_way=True)
                    await self._send(ask, attempt)
                    if ask.heard or ask.left_out:
                        yield ask.told(is_under_way=True)
                    while (piece := await attempt.next_piece()) is not None:
                        self._report(attempt)
                        yield piece
            if attempt.is_outdated:
                yield ask.told(is_under_way=False)
                continue
            ask.used = added(ask.used, attempt.end.usage)
            self._catalogue.value.learn_temperatures(ask.listed.name, attempt.end.temperatures)
            if attempt.has_text:
                self._remember(ask)
            elif attempt.end.reason == "context_too_long" and await self._compact(ask):
                continue
            pause_s = _pause_s(ask, attempt)
            if pause_s is None:
                if ask.question is not None:
                    await self._recorder.execute_retrying(ask.end_helping())
                flags = replace(attempt.end.flags, question=ask.flagged)
                yield replace(attempt.end, reason=_reason(ask, attempt), usage=ask.used, flags=flags)
                return
            if ask.judgements_failed:
                yield JudgementWaits()
            yield ask.told(is_under_way=False)
            await self._pause(attempt.rejected, pause_s)

    def figures(self) -> ModelsFigures:
        """Return how many answers stream and wait now, and the state of each circuit breaker."""
        return ModelsFigures(
            streaming=self._limiter.held,
            slots=self._limiter.slots,
            waiting=self._limiter.waiting,
            breakers=self._admission.figures(anyio.current_time(), self._clock()),
        )

    def try_now(self, breaker: BreakerFigures) -> bool:
        """Let the next question find out whether a model works again; return False where its circuit breaker is closed."""
        is_open = self._admission.try_now(breaker.of, breaker.model)
        if is_open:
            self._tried_now.set()
            self._tried_now = anyio.Event()
        return is_open

    @asynccontextmanager
    async def _slot(self, turn: TurnTaken) -> AsyncIterator[None]:
        """Hold a slot for the block. Of the turns that may have killed the process, one at a time is let in."""
        is_alone = turn.crash_count >= CRASH_COUNT_ALONE
        async with self._alone if is_alone else nullcontext(), self._limiter.slot(turn.asker):
            yield

    @asynccontextmanager
    async def _attempt(self, ask: Ask) -> AsyncIterator[Attempt]:
        """Make one attempt; what came of it is reported to admission at the end of the block, at the latest."""
        now_s = anyio.current_time()
        ask.retry_policy.begin(now_s)
        attempt = Attempt(self._admission.admit(ask.listed.name, now_s))
        try:
            try:
                yield attempt
            finally:
                await attempt.close()
        except BaseException:
            # Whoever asked has left, perhaps between the end of the answer and this: nobody else knows what was made.
            self._files.remove(file.stored for file in attempt.end.files if file.stored)
            raise
        finally:
            self._report(attempt)

    def _is_listed(self, ask: Ask, attempt: Attempt) -> bool:
        """Take the model as it is listed now. Once a turn has been asked it keeps what it began with; until then, the settings may change."""
        if ask.has_begun:
            return True
        listed = self._catalogue.value.get(ask.turn.model)
        if listed is None:
            attempt.end = StreamFinished(reason="model_unknown", usage=None)
            return False
        ask.listed = ask.model = listed
        return True

    async def _is_let_through(self, ask: Ask, attempt: Attempt) -> bool:
        """Have the question judged where its server wants that, before anything is reserved for it or counted as asked.

        However long nobody judges it, a kill meanwhile costs nothing and is no crash of the turn.
        """
        if not needs_judgement(self._gate, ask):
            return True
        question = await self._recorder.execute_retrying(ReadQuestion(turn=ask.turn.turn, attempt=ask.turn.attempt))
        if question is None:
            attempt.end = StreamFinished(reason="session_ended", usage=None)
            return False
        if not can_be_asked(question, ask.model):
            return True  # it has a sentence, and no model is asked
        return await has_question_let_through(self._gate, ask, attempt, question)

    async def _send(self, ask: Ask, attempt: Attempt) -> None:
        """Have the model asked. Only the kind's stream holds what it is asked, for as long as it is sent."""
        match await self._read(ask):
            case None:
                attempt.end = StreamFinished(reason="session_ended", usage=None)
            case NoRoom(scope=scope, again_at_s=again_at_s):
                retry_after_s = None if again_at_s is None else again_at_s - self._clock()
                attempt.end = StreamFinished(reason=NO_ROOM[scope], usage=None, retry_after_s=retry_after_s)
            case QuestionEdited():
                attempt.is_outdated = True
            case turn:
                ask.left_out = left_out(turn.question, ask.model)
                if not can_be_asked(turn.question, ask.model):
                    attempt.end = StreamFinished(reason="only_files", usage=None)
                elif needs_judgement(self._gate, ask) and ask.judged != turn.question:
                    attempt.is_outdated = True
                else:
                    ask.heard = "" if turn.kind == "continue" else heard_in(turn.question.enclosures)
                    attempt.listen(self._kinds[ask.model.kind].stream(turn, ask.model))

    async def _read(self, ask: Ask) -> TurnTaken | NoRoom | QuestionEdited | None:
        """Commit that the model is asked, and return the turn with its question and history; None where the turn is over.

        The model must not be asked where a budget has no room, or where the question was edited since it was judged, which is
        returned then.
        """
        begin = ask.begin(self._clock())
        asked: Asked | NoRoom | QuestionEdited | None
        if isinstance(begin, BeginHelping):
            asked = await self._recorder.execute_retrying(begin)
        else:
            asked = await self._recorder.execute_retrying(begin)
        if asked is None or isinstance(asked, NoRoom | QuestionEdited):
            return asked
        ask.has_begun = True
        turn = ask.turn
        if ask.question is not None:
            return replace(turn, question=ask.question, history=())
        turn = replace(turn, question=asked.question, history=asked.history, earlier=asked.earlier)
        if ask.model.traits.dialogue and not ask.is_compacted:
            found = self._found_contexts.of(ask.listed.name, anyio.current_time())
            ask.model = fitted(turn, ask.listed, found)
        return turn

    def _report(self, attempt: Attempt) -> None:
        """Tell admission what came of the request, once, and wake those who wait for a probe's end."""
        permit = attempt.permit
        if permit is None or permit.is_reported:
            return
        self._admission.report(permit, attempt.result, attempt.end.retry_after_s, anyio.current_time())
        if permit.probes:
            self._probe_ended.set()
            self._probe_ended = anyio.Event()

    def _remember(self, ask: Ask) -> None:
        """Record that the server took a prompt that had been made smaller: the next one is made as small at once."""
        if ask.is_compacted and ask.model.context_tokens < ask.listed.context_tokens:
            self._found_contexts.remember(ask.listed.name, ask.model.context_tokens, anyio.current_time())

    async def _compact(self, ask: Ask) -> bool:
        """Leave half of the history out of what is asked, once a turn; return whether the prompt became smaller."""
        if ask.is_compacted or not ask.model.traits.dialogue:
            return False
        turn = await self._read(ask)
        smaller = compacted(turn, ask.model) if isinstance(turn, TurnTaken) else None
        ask.is_compacted = True
        if smaller is None:
            return False
        ask.model = smaller
        log.info("model.compacted", turn=ask.turn.turn, model=smaller.name, context_tokens=smaller.context_tokens)
        return True

    async def _pause(self, rejected: Rejected | None, pause_s: float) -> None:
        """Wait before the next attempt; where a probe is under way, until it has ended, but no longer than `pause_s`.

        What a breaker rejected is also sent again when an admin has that tried.
        """
        if rejected is not None and rejected.wait_s is None:
            with anyio.move_on_after(pause_s):
                await self._probe_ended.wait()
        elif rejected is not None and rejected.kind != "limit":
            with anyio.move_on_after(jittered(pause_s, self._share())):
                await self._tried_now.wait()
        else:
            await anyio.sleep(jittered(pause_s, self._share()))


def _reason(ask: Ask, attempt: Attempt) -> Reason:
    """Return the reason for which a turn ends as this attempt did.

    A server without the path for models of another kind than chat may be the right one all the same: it has no such models.
    """
    reason = attempt.end.reason
    return "model_unknown" if reason == "wrong_address" and ask.model.kind != "chat" else reason


def _pause_s(ask: Ask, attempt: Attempt) -> float | None:
    """How many seconds to wait before the next attempt; None when the turn ends as this attempt did."""
    now_s = anyio.current_time()
    if ask.judgements_failed:
        return backoff_s(ask.judgements_failed, first_s=JUDGE_AGAIN_S, max_s=JUDGE_AGAIN_S_MAX)
    if attempt.rejected is not None:
        return ask.retry_policy.wait_s(attempt.rejected, now_s)
    if attempt.has_text:
        return None
    return ask.retry_policy.pause_s(attempt.end.reason, attempt.end.retry_after_s, now_s)
