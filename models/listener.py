"""Listens to one answer: when its stream is read, which texts a read brings, and when the model has been silent too long."""

import math
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from typing import Final, Protocol

import anyio
import msgspec

from messages.turn import Reason
from models.events import StreamEvent, StreamFinished
from models.sse import EventTooLongError, Splitter

FIRST_TEXT_S: Final = 60.0
"""The first text must come within this time after the request. Models that reason think before they speak, but after a
minute nobody is waiting any more."""
SILENCE_S: Final = 45.0
"""Two pieces of text may be this far apart. Comments that only keep the connection alive do not count as text."""


class Decoder(Protocol):
    """Decodes the events of one stream, in order."""

    def decode(self, data: bytes) -> list[StreamEvent]:
        """Return what one event says.

        :raises msgspec.MsgspecError: the event is not what the API sends
        """
        ...

    def end_of_body(self) -> StreamFinished | None:
        """Return how the answer ended if the body ends here; None when an answer does not end like this."""
        ...


def _at_once(now_s: float) -> float:
    return now_s


class Listener:
    """Reads the body of one answer, piece by piece."""

    def __init__(
        self,
        reads: AsyncIterator[bytes],
        decoder: Decoder,
        *,
        deadline_s: float,
        next_read_s: Callable[[float], float] = _at_once,
    ) -> None:
        """Be ready to read; nothing is read yet.

        The first text must come before `deadline_s`, on the event loop's clock. `next_read_s` says until when to put off
        the next read after a read that brought text.
        """
        self._reads = reads
        self._decoder = decoder
        self._deadline_s = deadline_s
        self._next_read_s = next_read_s
        self._splitter = Splitter()
        self._silence: Reason = "first_text_late"
        """The reason of the end, should the deadline pass now."""
        self._had_text = False
        self.end: StreamFinished | None = None
        """How the answer ended: as the model said, or how it went wrong. None until then."""

    async def next_text(self) -> str:
        """Wait for a read that brings text and return its texts, joined; "" when the answer has ended.

        :raises Exception: what the network raises
        """
        if self._had_text and self.end is None:
            # Counted from here: however long the last text took to be passed on, the model was not silent.
            now_s = anyio.current_time()
            self._deadline_s = now_s + SILENCE_S
            self._had_text = False
            await anyio.sleep_until(self._next_read_s(now_s))
        while self.end is None:
            text = await self._read()
            if text:
                self._had_text = True
                return text
        return ""

    async def _read(self) -> str:
        """Read once and return the text of it; set `end` where that ended the answer."""
        now_s = anyio.current_time()
        # The deadline is looked at before each read: comments that come faster than they are read would never let it pass.
        is_in_time = now_s < self._deadline_s
        read: bytes | None = None
        if is_in_time:
            with anyio.move_on_after(self._deadline_s - now_s) as waiting:
                read = await anext(self._reads, None)
            is_in_time = not waiting.cancelled_caught
        if not is_in_time:
            return self._close(self._silence)
        if read is None:
            return self._close("ended_early")
        text = self._decoded(read)
        if text:
            self._silence = "stalled"
        elif _is_comment(read):
            self._silence = "only_keepalives"
        return text

    def _close(self, reason: Reason) -> str:
        """Record that nothing more comes. Where the model had told the end before, that counts; else it is this reason."""
        self.end = self._decoder.end_of_body() or StreamFinished(reason=reason, usage=None)
        return ""

    def _decoded(self, read: bytes) -> str:
        """Return the text of one read, up to the end of the answer or to an event that is not valid."""
        text = ""
        try:
            for data in self._splitter.feed(read):
                for event in self._decoder.decode(data):
                    if isinstance(event, StreamFinished):
                        self.end = event
                        return text
                    text += event
        except (msgspec.MsgspecError, UnicodeError, EventTooLongError):
            self._close("malformed")
        return text


def _is_comment(read: bytes) -> bool:
    """Whether this only keeps the connection alive (HTML Living Standard: Server-sent events, comments)."""
    return read.lstrip().startswith(b":")


READ_INTERVALS_S: Final = ((100, 0.1), (200, 0.2), (400, 0.5))
READ_INTERVAL_S_MAX: Final = 1.0
"""The interval while at most so many answers stream, and while more do. None is long enough to be seen, or to delay an
answer's end noticeably."""

ANSWERS_TOGETHER: Final = 5
"""About so many answers are read in the same moment, so that the process wakes once for all of them and none of them waits
long for the others."""


class ReadIntervals:
    """Counts the answers that stream, and spreads their reads over time."""

    def __init__(self) -> None:
        self._answers = 0

    @contextmanager
    def streaming(self) -> Iterator[None]:
        """Count one more answer for the block."""
        self._answers += 1
        try:
            yield
        finally:
            self._answers -= 1

    def next_read_s(self, now_s: float, number: int) -> float:
        """Return when an answer that was just read is read again, in seconds of the same clock as `now_s`.

        `number` identifies the answer; answers whose numbers follow each other are read at different moments.
        """
        return next_read_s(now_s, self._answers, number)


def next_read_s(now_s: float, answers: int, number: int) -> float:
    """Return when the answer of that number is read next while so many answers stream: later than `now_s`."""
    interval_s = next((interval_s for most, interval_s in READ_INTERVALS_S if answers <= most), READ_INTERVAL_S_MAX)
    groups = max(1, answers // ANSWERS_TOGETHER)
    phase_s = number % groups / groups * interval_s
    return (math.floor((now_s - phase_s) / interval_s) + 1) * interval_s + phase_s
