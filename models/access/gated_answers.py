"""Has answers judged by their server's moderation before they are shown.

With `block`, a piece of text is let through only when all of the answer so far was judged. So a draft that was saved, an answer
that was stopped, and what Discord shows after a kill hold nothing that was not judged. What is flagged later is withdrawn whole.
With `warn`, everything is let through, and the answer is judged at its end.
"""

import random
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from typing import Final, Protocol

import anyio
from msgspec.structs import replace

from backoff import backoff_s
from messages.enclosure import Enclosure
from messages.files import File
from messages.session import ModelAsked
from messages.turn import TurnTaken
from models.access.gate import JUDGE_AGAIN_S, JUDGE_AGAIN_S_MAX, Gate
from models.access.retry_policy import jittered
from models.events import FilesDropped, JudgementWaits, PicturesShown, StreamEvent, StreamFinished, TextDropped, Thought
from models.moderation import Judged

JUDGE_EVERY_S: Final = 1.5
JUDGE_EVERY_CHARS: Final = 2_000
"""An answer that streams is judged again when so much time has passed, or so many characters came, since it was judged last."""

WARN_TRIES: Final = 2
"""How often a judgement is asked for with `warn`; with `block`, for as long as it takes."""


REASONING_CHARS_MAX: Final = 16_000
"""So much of what a model reasons is held back and judged; its session keeps no more."""

Event = StreamEvent | JudgementWaits | FilesDropped | ModelAsked


class Answers(Protocol):
    """Where answers come from."""

    def stream(self, turn: TurnTaken) -> AsyncGenerator[Event, None]:
        """Yield the answer in pieces, then how it ended."""
        ...


class GatedAnswers:
    """Answers as their server's moderation lets them through."""

    def __init__(self, answers: Answers, gate: Gate, *, share: Callable[[], float] = random.random) -> None:
        """`share` returns a number from 0 to 1: how much of the largest random part is added to a pause."""
        self._answers = answers
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
                through = self._warned(events)
            else:
                through = self._blocked(events)
            async with aclosing(through):
                async for event in through:
                    yield event

    async def _warned(self, events: AsyncGenerator[Event, None]) -> AsyncGenerator[Event, None]:
        text = ""
        async for event in events:
            if isinstance(event, str):
                text += event
            elif isinstance(event, TextDropped):
                text = ""
            if isinstance(event, StreamFinished):
                said: tuple[Judged, ...] = (text, *pictures_of(event.files))
                yield replace(event, flags=replace(event.flags, answer=await self._flagged_soon(said)))
            else:
                yield event

    async def _flagged_soon(self, said: Sequence[Judged]) -> tuple[str, ...]:
        """Return what is flagged in an answer; nothing where the moderation does not say so soon."""
        is_empty = not any(one.strip() if isinstance(one, str) else one for one in said)
        for _ in range(0 if is_empty else WARN_TRIES):
            flagged = await self._gate.flagged(said)
            if flagged is not None:
                return flagged
        return ()

    async def _blocked(self, events: AsyncGenerator[Event, None]) -> AsyncGenerator[Event, None]:
        held = _Held(anyio.current_time())
        async for event in events:
            match event:
                case str():
                    held.text += event
                    if not held.is_due(anyio.current_time()):
                        continue
                case Thought(text):
                    held.think(text)
                    yield Thought()
                    continue
                case TextDropped():
                    held.drop()
                    yield TextDropped()
                    continue
                case StreamFinished():
                    pass
                case ModelAsked():
                    held.reasoning = ""
                    yield event
                    continue
                case JudgementWaits():
                    yield event
                    continue
                case PicturesShown():
                    yield PicturesShown()  # they are not judged, so nobody sees them
                    continue
                case _:
                    continue  # what a model shows before its end is not judged, so nobody sees it
            flagged: tuple[str, ...] = ()
            drawn = pictures_of(event.files) if isinstance(event, StreamFinished) else ()
            if held.has_unjudged or drawn:
                async for judged in self._until_judged((held.text, held.reasoning, *drawn)):
                    if isinstance(judged, JudgementWaits):
                        yield judged
                    else:
                        flagged = judged
            if flagged:
                yield TextDropped()
                if isinstance(event, StreamFinished) and drawn:
                    yield FilesDropped(files=event.files)
                flags = event.flags if isinstance(event, StreamFinished) else None
                usage = event.usage if isinstance(event, StreamFinished) else None
                end = StreamFinished(reason="answer_blocked", usage=usage)
                yield end if flags is None else replace(end, flags=flags)
                return
            if text := held.take_judged(anyio.current_time()):
                yield text
            if isinstance(event, StreamFinished):
                if held.reasoning:
                    yield Thought(held.reasoning)
                yield event

    async def _until_judged(self, said: Sequence[Judged]) -> AsyncGenerator[JudgementWaits | tuple[str, ...], None]:
        """Yield the flagged categories as the last item, and a `JudgementWaits` before each pause until they are known."""
        failures = 0
        while (flagged := await self._gate.flagged(said)) is None:
            failures += 1
            yield JudgementWaits()
            pause_s = backoff_s(failures, first_s=JUDGE_AGAIN_S, max_s=JUDGE_AGAIN_S_MAX)
            await anyio.sleep(jittered(pause_s, self._share()))
        yield flagged


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
        self._passed_chars, self._reasoning_judged_chars, self._judged_at_s = len(self.text), len(self.reasoning), now_s
        return text

    def drop(self) -> None:
        """All text so far is no part of the answer. Where it was reasoning, it comes again as such."""
        self.text, self._passed_chars = "", 0

    def think(self, text: str) -> None:
        """Hold a piece of reasoning, as far as there is room for it."""
        self.reasoning += text[: max(0, REASONING_CHARS_MAX - len(self.reasoning))]
