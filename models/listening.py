"""Listens to one answer: joins what comes in one read, and ends where the model has been silent too long."""

import math
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from typing import Final

import anyio
import msgspec

from messages.turn import Reason
from models.chat_completions import ChatDecoder
from models.events import Said, StreamFinished
from models.responses_api import ResponsesDecoder
from models.sse import EventTooLongError, Splitter

FIRST_TEXT_S: Final = 60.0
"""From the request on. Models that reason think before they speak; longer than that, and nobody is waiting any more."""
SILENCE_S: Final = 45.0
"""Between two pieces of text. Comments that keep a connection alive are no text."""

BREATHS_S: Final = ((100, 0.1), (200, 0.2), (400, 0.5))
BREATH_MAX_S: Final = 1.0
"""Between two reads of one answer, where at most so many stream: shorter than anybody sees, and never so long that an
answer's end comes late. A read costs about 0.2 ms on its way to a draft, however many tokens it brings."""

TOGETHER: Final = 5
"""Answers that are read in the same moment: the process wakes once for all of them, and nobody waits long for the others."""


def next_read_s(now_s: float, answers: int, number: int) -> float:
    """When the answer of that number is read next, where so many stream; tokens that come meanwhile are read at once.

    A first text is never put off.
    """
    breath_s = next((breath_s for most, breath_s in BREATHS_S if answers <= most), BREATH_MAX_S)
    groups = max(1, answers // TOGETHER)
    phase_s = number % groups / groups * breath_s
    return (math.floor((now_s - phase_s) / breath_s) + 1) * breath_s + phase_s


async def listen(
    reads: AsyncIterator[bytes],
    decoder: ResponsesDecoder | ChatDecoder,
    deadline_s: float,
    next_read: Callable[[float], float] = lambda now_s: now_s,
) -> AsyncGenerator[Said, None]:
    """Yield a body's texts, those of one read joined, then how it ended: as the model said, or how it went wrong.

    The first text is to come before `deadline_s`, on the event loop's clock. `next_read` says until when
    to put off the next read after a text. What the network raises is raised.
    """
    splitter = Splitter()
    silence: Reason = "first_text_late"
    while True:
        read: bytes | None = b""
        # Comments that come faster than they are read would never let the wait end.
        in_time = anyio.current_time() < deadline_s
        if in_time:
            with anyio.move_on_after(deadline_s - anyio.current_time()) as waiting:
                read = await anext(reads, None)
            in_time = not waiting.cancelled_caught
        if not in_time or read is None:
            # Where the end was told, what breaks after it breaks nothing.
            yield decoder.closed() or StreamFinished(reason="ended_early" if in_time else silence, usage=None)
            return
        text, end = _decoded(splitter, read, decoder)
        if text:
            yield text
            silence = "stalled"
            # Counted from here: however long the text took to be taken, the model was not silent.
            deadline_s = anyio.current_time() + SILENCE_S
        elif _is_comment(read):
            silence = "only_keepalives"
        if end is not None:
            yield end
            return
        if text:
            await anyio.sleep_until(next_read(anyio.current_time()))


def _is_comment(read: bytes) -> bool:
    """Whether nothing but the connection is kept alive by this (HTML Living Standard: Server-sent events, comments)."""
    return read.lstrip().startswith(b":")


def _decoded(
    splitter: Splitter, read: bytes, decoder: ResponsesDecoder | ChatDecoder
) -> tuple[str, StreamFinished | None]:
    """One read's text, and what ended the stream within it: its end, or an event that is none. What came before was said."""
    text = ""
    try:
        for data in splitter.feed(read):
            for said in decoder.decode(data):
                if isinstance(said, StreamFinished):
                    return text, said
                text += said
    except (msgspec.MsgspecError, UnicodeError, EventTooLongError):
        return text, decoder.closed() or StreamFinished(reason="malformed", usage=None)
    return text, None
