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

JUDGE_EVERY_S: Final = 1.5
JUDGE_EVERY_CHARS: Final = 2_000
"""An answer that streams is judged again when so much time has passed, or so many characters came, since it was judged last."""

WARN_TRIES: Final = 2
"""How often a judgement is asked for with `warn`; with `block`, for as long as it takes."""


REASONING_CHARS_MAX: Final = 16_000
"""So much of what a model reasons is held back and judged; its session keeps no more."""

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
        held = _Held(anyio.current_time())
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


class _Held:
    """An answer as far as it came, and how much of it was judged and let through."""

    def __init__(self, now_s: float) -> None:
        self.text = ""
        self.reasoning = ""
        self.bytes = 0
        """How long all that came is, in UTF-8, its reasoning included, kept or not."""
        self.held_bytes = 0
        """How much of it was not let through, which reasoning is at the end only."""
        self._thought_bytes = 0
        self._passed_chars = 0
        self._reasoning_judged_chars = 0
        self._judged_at_s = now_s

    @property
    def has_unjudged(self) -> bool:
        return len(self.text) > self._passed_chars or len(self.reasoning) > self._reasoning_judged_chars

    def is_due(self, now_s: float) -> bool:
        """Whether the text is to be judged now, before more of it comes."""
        unjudged = len(self.text) - self._passed_chars
        return unjudged >= JUDGE_EVERY_CHARS or (unjudged > 0 and now_s - self._judged_at_s >= JUDGE_EVERY_S)

    def take_judged(self, now_s: float) -> str:
        """All that is held was judged: return what was not let through before."""
        text = self.text[self._passed_chars :]
        self.held_bytes = self._thought_bytes
        self._passed_chars, self._reasoning_judged_chars, self._judged_at_s = len(self.text), len(self.reasoning), now_s
        return text

    def drop(self) -> None:
        """All text so far is no part of the answer. Where it was reasoning, it comes again as such."""
        self.text, self._passed_chars = "", 0
        self.bytes = self.held_bytes = self._thought_bytes

    def write(self, text: str) -> None:
        """Hold a piece of the answer."""
        self.text += text
        self._came(text)

    def forget_reasoning(self) -> None:
        """Another request begins: what the one before has reasoned led to no answer."""
        self.reasoning = ""
        self.bytes, self.held_bytes = self.bytes - self._thought_bytes, self.held_bytes - self._thought_bytes
        self._thought_bytes = 0

    def _came(self, text: str) -> int:
        """Count what came, and return how many bytes it has."""
        came = len(text.encode("utf-8", "replace"))
        self.bytes, self.held_bytes = self.bytes + came, self.held_bytes + came
        return came

    def think(self, text: str) -> None:
        """Hold a piece of reasoning, as far as there is room for it."""
        self._thought_bytes += self._came(text)
        self.reasoning += text[: max(0, REASONING_CHARS_MAX - len(self.reasoning))]
