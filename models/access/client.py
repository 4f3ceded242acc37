"""The way to the models: how many answers stream at once, who streams alone, who waits, and what is asked again.

Only what fails before a word of its answer is asked again here; what breaks off later is the session's to repeat. A turn
that waits takes no place from those that stream, and whoever closes its stream ends its waiting too.
"""

import random
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing, nullcontext
from typing import Protocol

import anyio
import structlog
from msgspec.structs import replace

from messages.session import ModelAsked
from messages.turn import CRASH_COUNT_ALONE, Reason, TurnTaken, Usage
from messages.verbs.turns import Asked
from models import costs
from models.access.admission import Admission, Permit, Rejected
from models.access.fair_limiter import FairLimiter
from models.access.retry_policy import RetryPolicy, jittered
from models.catalogue import Catalogue, Model
from models.compaction import compacted, fitted
from models.events import StreamFinished
from models.prompt import chars_in

log = structlog.get_logger()


class Chat(Protocol):
    """What is needed of a model's client."""

    def stream(self, turn: TurnTaken, model: Model) -> AsyncGenerator[str | StreamFinished, None]:
        """Yield the answer in pieces, then how it ended."""
        ...


class _Asking:
    """One turn on its way to its model, which is given as much context as the server was found to take."""

    def __init__(self, turn: TurnTaken, model: Model) -> None:
        self.turn, self.listed, self.model = turn, model, model
        self.retry_policy = RetryPolicy()
        self.is_compacted = False


class ModelClient:
    """Lets so many answers stream at once, fairly among those who ask."""

    def __init__(
        self,
        chat: Chat,
        catalogue: Catalogue,
        *,
        concurrent: int,
        begin_asking: Callable[[TurnTaken, int], Awaitable[Asked | None]],
        share: Callable[[], float] = random.random,
    ) -> None:
        """Be ready to ask.

        `begin_asking` commits that a turn's model is asked, and reads so many characters of what was said before; None
        where the turn is over. `share` says, from 0 to 1, how much longer than it must a pause is.
        """
        self._chat = chat
        self._catalogue = catalogue
        self._begin_asking = begin_asking
        self._share = share
        self._limiter = FairLimiter(concurrent)
        self._suspects = anyio.Semaphore(1)
        self._admission = Admission()
        self._probe_ended = anyio.Event()
        self._contexts: dict[str, int] = {}
        """What the servers were found to take of a prompt where the catalogue says more, in tokens, by model."""

    async def stream(self, turn: TurnTaken) -> AsyncGenerator[str | ModelAsked | StreamFinished, None]:
        """Yield when the model is asked, the answer in pieces, then how it ended.

        Closing it closes the connection, or ends its waiting.
        """
        listed = self._catalogue.get(turn.model)
        if listed is None:
            yield StreamFinished(reason="model_unknown", usage=None)
            return
        asking = _Asking(turn, listed)
        waits = ModelAsked(turn=turn.turn, attempt=turn.attempt, is_under_way=False)
        used: Usage | None = None
        while True:
            end: StreamFinished | Rejected = StreamFinished(reason="stream_broke", usage=None)
            spoken = False
            async with aclosing(self._once(asking)) as events:
                async for event in events:
                    if isinstance(event, StreamFinished | Rejected):
                        end = event
                        continue
                    spoken = spoken or isinstance(event, str)
                    yield event
            if isinstance(end, Rejected):
                pause_s = asking.retry_policy.wait_s(end, anyio.current_time())
                if pause_s is None:
                    yield StreamFinished(reason=end.reason, usage=used, retry_after_s=end.for_s if end.told else None)
                    return
                yield waits
                await self._wait(end, pause_s)
                continue
            used = costs.added(used, end.usage)
            if spoken:
                self._remember(asking)
            elif end.reason == "context_too_long" and await self._compact(asking):
                log.info(
                    "model.compacted", turn=turn.turn, model=listed.name, context_tokens=asking.model.context_tokens
                )
                continue
            again_s = None if spoken else asking.retry_policy.after(end.reason, end.retry_after_s, anyio.current_time())
            if again_s is None:
                yield replace(end, usage=used)
                return
            yield waits
            await anyio.sleep(jittered(again_s, self._share()))

    def _remember(self, asking: _Asking) -> None:
        """A prompt that was made smaller has been taken: the next one need not be refused first."""
        if asking.model.context_tokens < asking.listed.context_tokens:
            self._contexts[asking.listed.name] = asking.model.context_tokens

    async def _read(self, asking: _Asking) -> TurnTaken | None:
        """Commit that the model is asked; the turn with what it is asked, None where it is over."""
        asked = await self._begin_asking(asking.turn, chars_in(asking.model.context_tokens))
        if asked is None:
            return None
        turn = replace(asking.turn, question=asked.question, history=asked.history)
        if not asking.is_compacted:
            asking.model = fitted(turn, asking.listed, self._contexts.get(asking.listed.name))
        return turn

    async def _compact(self, asking: _Asking) -> bool:
        """Leave out half of the history, once; whether that helps."""
        turn = None if asking.is_compacted else await self._read(asking)
        smaller = None if turn is None else compacted(turn, asking.model)
        asking.is_compacted = True
        asking.model = smaller or asking.model
        return smaller is not None

    async def _once(self, asking: _Asking) -> AsyncGenerator[str | ModelAsked | StreamFinished | Rejected, None]:
        """Yield what comes of asking now: what is closed, or the answer in pieces and its end."""
        turn, now_s = asking.turn, anyio.current_time
        is_suspect = turn.crash_count >= CRASH_COUNT_ALONE
        async with self._suspects if is_suspect else nullcontext(), self._limiter.enter(turn.asker):
            asking.retry_policy.begin(now_s())
            closed = self._admission.look(asking.listed.name, now_s())
            if closed is not None:
                yield closed
                return
            async with aclosing(self._request(asking)) as events:
                async for event in events:
                    yield event

    async def _request(self, asking: _Asking) -> AsyncGenerator[str | ModelAsked | StreamFinished, None]:
        """Yield what one request is answered with, and let everybody else who asks know what came of it."""
        permit = self._admission.begin(asking.listed.name)
        reason: Reason | None = None
        retry_after_s: float | None = None
        try:
            yield ModelAsked(turn=asking.turn.turn, attempt=asking.turn.attempt, is_under_way=True)
            answer = await self._answer(asking)
            if answer is None:
                yield StreamFinished(reason="session_ended", usage=None)
                return
            async with aclosing(answer) as events:
                async for event in events:
                    if isinstance(event, StreamFinished):
                        reason, retry_after_s = event.reason, event.retry_after_s
                    elif not permit.heard:
                        self._admission.end(permit, "complete", None, anyio.current_time())
                        self._tell(permit)
                    yield event
        finally:
            self._admission.end(permit, reason, retry_after_s, anyio.current_time())
            self._tell(permit)

    async def _answer(self, asking: _Asking) -> AsyncGenerator[str | StreamFinished, None] | None:
        """What the model answers, None where the turn is over.

        What it is asked is held by nobody but the client, for as long as it is sent.
        """
        turn = await self._read(asking)
        return None if turn is None else self._chat.stream(turn, asking.model)

    def _tell(self, permit: Permit) -> None:
        """Wake those who wait for this request's news."""
        if permit.probes:
            self._probe_ended.set()
            self._probe_ended = anyio.Event()

    async def _wait(self, closed: Rejected, pause_s: float) -> None:
        """Wait for a moment that is known, or at most so long for a probe's end."""
        if closed.for_s is None:
            with anyio.move_on_after(pause_s):
                await self._probe_ended.wait()
        else:
            await anyio.sleep(jittered(pause_s, self._share()))
