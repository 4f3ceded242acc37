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

from actors.gates_core import Closed, Gates, Ticket
from actors.patience_core import Patience, jittered
from messages.turn import SUSPECT_DEATHS, Reason, TurnTaken, Usage
from models import costs
from models.catalogue import Catalogue, Model
from models.compaction import compacted, fitted
from models.events import StreamFinished

log = structlog.get_logger()


class Chat(Protocol):
    """What is needed of a model's client."""

    def stream(self, turn: TurnTaken, model: Model) -> AsyncGenerator[str | StreamFinished, None]:
        """Yield the answer in pieces, then how it ended."""
        ...


class Streams:
    """Lets so many answers stream at once, in the order in which they asked."""

    def __init__(
        self,
        chat: Chat,
        catalogue: Catalogue,
        *,
        concurrent: int,
        runs_alone: Callable[[TurnTaken], Awaitable[None]],
        share: Callable[[], float] = random.random,
    ) -> None:
        """`runs_alone` is awaited right before a suspect is asked. `share` says, from 0 to 1, how much longer than it must a pause is."""
        self._chat = chat
        self._catalogue = catalogue
        self._runs_alone = runs_alone
        self._share = share
        self._free = anyio.Semaphore(concurrent)
        self._suspects = anyio.Semaphore(1)
        self._gates = Gates()
        self._probe_ended = anyio.Event()
        self._contexts: dict[str, int] = {}
        """What the servers were found to take of a prompt where the catalogue says more, in tokens, by model."""

    async def stream(self, turn: TurnTaken) -> AsyncGenerator[str | StreamFinished, None]:
        """Yield the answer in pieces, then how it ended. Closing it closes the connection, or ends its waiting."""
        listed = self._catalogue.get(turn.model)
        if listed is None:
            yield StreamFinished(reason="model_unknown", usage=None)
            return
        patience = Patience(anyio.current_time())
        model = fitted(turn, listed, self._contexts.get(listed.name))
        may_compact = True
        used: Usage | None = None
        while True:
            end: StreamFinished | Closed = StreamFinished(reason="stream_broke", usage=None)
            spoken = False
            async with aclosing(self._once(turn, model)) as events:
                async for event in events:
                    if isinstance(event, str):
                        spoken = True
                        yield event
                    else:
                        end = event
            if isinstance(end, Closed):
                pause_s = patience.wait_s(end, anyio.current_time())
                if pause_s is None:
                    yield StreamFinished(reason=end.reason, usage=used, retry_after_s=end.for_s if end.told else None)
                    return
                await self._wait(end, pause_s)
                continue
            used = costs.added(used, end.usage)
            if spoken:
                self._remember(listed, model)
            elif end.reason == "context_too_long" and may_compact:
                may_compact, smaller = False, compacted(turn, model)
                if smaller is not None:
                    log.info("model.compacted", turn=turn.turn, model=model.name, context_tokens=smaller.context_tokens)
                    model = smaller
                    continue
            again_s = None if spoken else patience.after(end.reason, end.retry_after_s, anyio.current_time())
            if again_s is None:
                yield replace(end, usage=used)
                return
            await anyio.sleep(jittered(again_s, self._share()))

    def _remember(self, listed: Model, model: Model) -> None:
        """A prompt that was made smaller has been taken: the next one need not be refused first."""
        if model.context_tokens < listed.context_tokens:
            self._contexts[listed.name] = model.context_tokens

    async def _once(self, turn: TurnTaken, model: Model) -> AsyncGenerator[str | StreamFinished | Closed, None]:
        """Yield what comes of asking now: what is closed, or the answer in pieces and its end."""
        is_suspect = turn.deaths >= SUSPECT_DEATHS
        async with self._suspects if is_suspect else nullcontext(), self._free:
            closed = self._gates.look(model.name, anyio.current_time())
            if is_suspect and closed is None:
                await self._runs_alone(turn)
                closed = self._gates.look(model.name, anyio.current_time())
            if closed is not None:
                yield closed
                return
            async with aclosing(self._request(turn, model)) as events:
                async for event in events:
                    yield event

    async def _request(self, turn: TurnTaken, model: Model) -> AsyncGenerator[str | StreamFinished, None]:
        """Yield what one request is answered with, and let everybody else who asks know what came of it."""
        ticket = self._gates.begin(model.name)
        reason: Reason | None = None
        retry_after_s: float | None = None
        try:
            async with aclosing(self._chat.stream(turn, model)) as events:
                async for event in events:
                    if isinstance(event, StreamFinished):
                        reason, retry_after_s = event.reason, event.retry_after_s
                    elif not ticket.heard:
                        self._gates.end(ticket, "complete", None, anyio.current_time())
                        self._tell(ticket)
                    yield event
        finally:
            self._gates.end(ticket, reason, retry_after_s, anyio.current_time())
            self._tell(ticket)

    def _tell(self, ticket: Ticket) -> None:
        """Wake those who wait for this request's news."""
        if ticket.probes:
            self._probe_ended.set()
            self._probe_ended = anyio.Event()

    async def _wait(self, closed: Closed, pause_s: float) -> None:
        """Wait for a moment that is known, or at most so long for a probe's end."""
        if closed.for_s is None:
            with anyio.move_on_after(pause_s):
                await self._probe_ended.wait()
        else:
            await anyio.sleep(jittered(pause_s, self._share()))
