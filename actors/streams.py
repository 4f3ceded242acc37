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
from actors.turnstile import Turnstile
from messages.ids import TurnId
from messages.turn import SUSPECT_DEATHS, Reason, TurnTaken, Usage, Utterance
from models import costs
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
    """What is asked now: the turn with its history, once that was read, and the model with the context it is given."""

    def __init__(self, turn: TurnTaken, model: Model) -> None:
        self.bare, self.turn, self.listed, self.model = turn, turn, model, model
        self.is_compacted = False

    def read(self, history: tuple[Utterance, ...], context_tokens: int | None) -> None:
        """This is the history; `context_tokens` is what the model was found to take, where that is known."""
        self.turn = replace(self.bare, history=history)
        if not self.is_compacted:
            self.model = fitted(self.turn, self.listed, context_tokens)

    def compact(self) -> bool:
        """Leave out half of the history; False where that helps nothing."""
        smaller = compacted(self.turn, self.model)
        self.is_compacted = True
        if smaller is None:
            return False
        self.model = smaller
        return True

    def take(self) -> TurnTaken:
        """Take the turn with its history away: a thousand histories are not held while their answers are waited for."""
        turn, self.turn = self.turn, self.bare
        return turn


class Streams:
    """Lets so many answers stream at once, fairly among those who ask."""

    def __init__(
        self,
        chat: Chat,
        catalogue: Catalogue,
        *,
        concurrent: int,
        history: Callable[[TurnId, int], Awaitable[tuple[Utterance, ...]]],
        runs_alone: Callable[[TurnTaken], Awaitable[None]],
        share: Callable[[], float] = random.random,
    ) -> None:
        """Be ready to ask.

        `history` reads so many characters of what was said before a turn; `runs_alone` is awaited right before a suspect is
        asked. `share` says, from 0 to 1, how much longer than it must a pause is.
        """
        self._chat = chat
        self._catalogue = catalogue
        self._history = history
        self._runs_alone = runs_alone
        self._share = share
        self._turnstile = Turnstile(concurrent)
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
        asking = _Asking(turn, listed)
        used: Usage | None = None
        while True:
            end: StreamFinished | Closed = StreamFinished(reason="stream_broke", usage=None)
            spoken = False
            async with aclosing(self._once(asking)) as events:
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
                self._remember(listed, asking.model)
            elif end.reason == "context_too_long" and await self._compact(asking):
                log.info(
                    "model.compacted", turn=turn.turn, model=listed.name, context_tokens=asking.model.context_tokens
                )
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

    async def _read(self, asking: _Asking) -> None:
        chars = chars_in(asking.model.context_tokens)
        asking.read(await self._history(asking.bare.turn, chars), self._contexts.get(asking.listed.name))

    async def _compact(self, asking: _Asking) -> bool:
        """Leave out half of the history, once; whether that helps."""
        if asking.is_compacted:
            return False
        await self._read(asking)
        helps = asking.compact()
        asking.take()
        return helps

    async def _once(self, asking: _Asking) -> AsyncGenerator[str | StreamFinished | Closed, None]:
        """Yield what comes of asking now: what is closed, or the answer in pieces and its end."""
        turn, name = asking.bare, asking.listed.name
        is_suspect = turn.deaths >= SUSPECT_DEATHS
        async with self._suspects if is_suspect else nullcontext(), self._turnstile.enter(turn.asker):
            closed = self._gates.look(name, anyio.current_time())
            if closed is None:
                if is_suspect:
                    await self._runs_alone(turn)
                await self._read(asking)
                closed = self._gates.look(name, anyio.current_time())
            if closed is not None:
                asking.take()
                yield closed
                return
            async with aclosing(self._request(asking)) as events:
                async for event in events:
                    yield event

    async def _request(self, asking: _Asking) -> AsyncGenerator[str | StreamFinished, None]:
        """Yield what one request is answered with, and let everybody else who asks know what came of it."""
        ticket = self._gates.begin(asking.listed.name)
        reason: Reason | None = None
        retry_after_s: float | None = None
        try:
            async with aclosing(self._chat.stream(asking.take(), asking.model)) as events:
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
