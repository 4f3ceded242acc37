"""Has answers judged by their server's moderation before they are shown.

With `block`, a piece of text is let through only when all of the answer so far was judged. So a draft that was saved, an answer
that was stopped, and what Discord shows after a kill hold nothing that was not judged. What is flagged later is withdrawn whole.
With `warn`, everything is let through, and the answer is judged at its end.
"""

import random
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import aclosing, contextmanager
from typing import Final, Protocol

import anyio
from msgspec.structs import replace

from backoff import backoff_s
from files.folder import Folder
from messages.enclosure import Enclosure
from messages.files import File
from messages.session import ModelAsked
from messages.turn import TurnTaken
from models.access.gate import JUDGE_AGAIN_S, JUDGE_AGAIN_S_MAX, Gate
from models.access.held_answer import Held
from models.access.retry_policy import jittered
from models.events import (
    ComesWhole,
    JudgementWaits,
    PicturesShown,
    StreamEvent,
    StreamFinished,
    TextDropped,
    TextHeld,
    Thought,
)
from models.moderation import Judged

WARN_TRIES: Final = 2
"""How often a judgement is asked for with `warn`; with `block`, for as long as it takes."""

Event = StreamEvent | TextHeld | JudgementWaits | ModelAsked


class Answers(Protocol):
    """Where answers come from."""

    def stream(self, turn: TurnTaken) -> AsyncGenerator[Event, None]:
        """Yield the answer in pieces, then how it ended."""
        ...


class GatedAnswers:
    """Answers as their server's moderation lets them through."""

    def __init__(
        self, answers: Answers, gate: Gate, *, files: Folder, share: Callable[[], float] = random.random
    ) -> None:
        """`files` is where models put what they draw: what is not let through is removed from there.

        `share` returns a number from 0 to 1: how much of the largest random part is added to a pause.
        """
        self._answers = answers
        self._files = files
        self._gate = gate
        self._share = share

    async def stream(self, turn: TurnTaken) -> AsyncGenerator[Event, None]:
        """Yield what `models.access.client.ModelClient.stream` does, as far as the gate lets it through.

        An answer that is blocked ends with `answer_blocked`, without text.
        """
        mode = self._gate.mode_of(turn)
        events = self._answers.stream(turn)
        async with aclosing(events):
            if mode == "off":
                through = events
            elif mode == "warn":
                through = self._warned(turn, events)
            else:
                through = self._blocked(turn, events)
            async with aclosing(through):
                async for event in through:
                    yield event

    async def _warned(self, turn: TurnTaken, events: AsyncGenerator[Event, None]) -> AsyncGenerator[Event, None]:
        text = ""
        async for event in events:
            if isinstance(event, str):
                text += event
            elif isinstance(event, TextDropped):
                text = ""
            if isinstance(event, StreamFinished):
                said: tuple[Judged, ...] = (text, *said_in_files(event))
                with self._kept_if_allowed(event) as allow:
                    flagged = await self._flagged_soon(turn, said)
                    allow()
                yield replace(event, flags=replace(event.flags, answer=flagged))
            elif not isinstance(event, ComesWhole):  # nobody waits for a judgement to see the text
                yield event

    async def _flagged_soon(self, turn: TurnTaken, said: Sequence[Judged]) -> tuple[str, ...]:
        """Return what is flagged in an answer; nothing where the moderation does not say so soon."""
        is_empty = not any(one.strip() if isinstance(one, str) else one for one in said)
        for _ in range(0 if is_empty else WARN_TRIES):
            flagged = await self._gate.flagged(turn, said)
            if flagged is not None:
                return flagged
        return ()

    async def _blocked(self, turn: TurnTaken, events: AsyncGenerator[Event, None]) -> AsyncGenerator[Event, None]:
        held = Held(anyio.current_time())
        async for event in events:
            match event:
                case str():
                    held.write(event)
                    yield TextHeld(held.held_bytes)
                    if not held.is_due(anyio.current_time()):
                        continue
                case Thought(text):
                    held.think(text)
                    yield Thought()
                    yield TextHeld(held.held_bytes)
                    continue
                case TextDropped():
                    held.drop()
                    yield TextDropped()
                    continue
                case ModelAsked():
                    held.forget_reasoning()
                    yield event
                    continue
                case JudgementWaits() | ComesWhole():
                    yield event
                    continue
                case PicturesShown():
                    yield PicturesShown(is_withheld=event.has_drawn)  # they are not judged, so nobody sees them
                    continue
            flagged: tuple[str, ...] = ()
            made = said_in_files(event) if isinstance(event, StreamFinished) else ()
            if held.has_unjudged or made:
                with self._kept_if_allowed(event) as allow:
                    async for judged in self._until_judged(turn, (held.text, held.reasoning, *made)):
                        if isinstance(judged, JudgementWaits):
                            yield judged
                        else:
                            flagged = judged
                    if not flagged:
                        allow()
            if flagged:
                yield TextDropped()
                if isinstance(event, StreamFinished):
                    yield StreamFinished(reason="answer_blocked", usage=event.usage, flags=event.flags)
                else:
                    yield StreamFinished(reason="answer_blocked", usage=None, cut_bytes=held.bytes)
                return
            if text := held.take_judged(anyio.current_time()):
                yield text
                yield TextHeld(held.held_bytes)
            if isinstance(event, StreamFinished):
                if held.reasoning:
                    yield Thought(held.reasoning)
                yield event

    @contextmanager
    def _kept_if_allowed(self, event: Event) -> Iterator[Callable[[], None]]:
        """Remove from the disk what a model made, unless it was allowed in the block: nobody else knows of it yet."""
        is_allowed = False

        def allow() -> None:
            nonlocal is_allowed
            is_allowed = True

        try:
            yield allow
        finally:
            if isinstance(event, StreamFinished) and not is_allowed:
                self._files.remove(file.stored for file in event.files if file.stored)

    async def _until_judged(
        self, turn: TurnTaken, said: Sequence[Judged]
    ) -> AsyncGenerator[JudgementWaits | tuple[str, ...], None]:
        """Yield the flagged categories as the last item, and a `JudgementWaits` before each pause until they are known."""
        failures = 0
        while (flagged := await self._gate.flagged(turn, said)) is None:
            failures += 1
            yield JudgementWaits()
            pause_s = backoff_s(failures, first_s=JUDGE_AGAIN_S, max_s=JUDGE_AGAIN_S_MAX)
            await anyio.sleep(jittered(pause_s, self._share()))
        yield flagged


def said_in_files(end: StreamFinished) -> tuple[Judged, ...]:
    """Return what the files of an answer say beside its text: its pictures, what describes them, and a text that is not shown whole."""
    texts = [file.description for file in end.files if file.description]
    if end.reason == "whole_in_file":
        texts += [file.content.decode("utf-8", "replace") for file in end.files]
    return (*texts, *pictures_of(end.files))


def pictures_of(files: Sequence[File]) -> tuple[Enclosure, ...]:
    """Return the pictures that a model drew as what can be judged."""
    return tuple(
        Enclosure(
            kind="file",
            name=file.name,
            media_type=file.media_type,
            stored=file.stored,
            size=file.size,
            width=file.width,
            height=file.height,
        )
        for file in files
        if file.stored
    )
