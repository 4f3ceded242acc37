"""Listens to one answer: joins what comes in one read, and ends where the model has been silent too long."""

from collections.abc import AsyncGenerator, AsyncIterator
from typing import Final

import anyio
import msgspec

from models.chat_completions import ChatDecoder
from models.events import Said, StreamFinished
from models.responses_api import ResponsesDecoder
from models.sse import Splitter

FIRST_TEXT_S: Final = 60.0
"""From the request on. Models that reason think before they speak; longer than that, and nobody is waiting any more."""
SILENCE_S: Final = 45.0
"""Between two pieces of text. Comments that keep a connection alive are no text."""


async def listen(
    reads: AsyncIterator[bytes], decoder: ResponsesDecoder | ChatDecoder, deadline_s: float
) -> AsyncGenerator[Said, None]:
    """Yield a body's texts, those of one read joined, then its end; no end where the body ended without one.

    The first text is to come before `deadline_s`, on the event loop's clock.

    :raises TimeoutError: no text for too long
    :raises msgspec.MsgspecError: an event is not what the API sends
    :raises EventTooLong: an event has no end
    """
    splitter = Splitter()
    while True:
        with anyio.fail_after(max(0.0, deadline_s - anyio.current_time())):
            read = await anext(reads, None)
        if read is None:
            end = decoder.closed()
            if end is not None:
                yield end
            return
        text, ended_by = _decoded(splitter.feed(read), decoder)
        if text:
            yield text
            # Counted from here: however long the text took to be taken, the model was not silent.
            deadline_s = anyio.current_time() + SILENCE_S
        if isinstance(ended_by, Exception):
            raise ended_by
        if ended_by is not None:
            yield ended_by
            return
        # Comments that come faster than they are read would never let the wait above end.
        if anyio.current_time() >= deadline_s:
            raise TimeoutError


def _decoded(
    events: list[bytes], decoder: ResponsesDecoder | ChatDecoder
) -> tuple[str, StreamFinished | Exception | None]:
    """One read's text, and what ended the stream within it: its end, or an event that is none. What came before was said."""
    text = ""
    try:
        for data in events:
            for said in decoder.decode(data):
                if isinstance(said, StreamFinished):
                    return text, said
                text += said
    except (msgspec.MsgspecError, UnicodeError) as error:
        return text, error
    return text, None
