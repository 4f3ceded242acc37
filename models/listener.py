"""Listens to one answer: when its stream is read, which texts a read brings, and when the model has been silent too long."""

import math
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Final, Protocol

import anyio
import msgspec

from current import Fixed
from messages.turn import Reason
from models.events import PicturesShown, Piece, StreamEvent, StreamFinished, Thought
from models.sse import EventTooLongError, ServerEvent, Splitter

FIRST_TEXT_S: Final = 60.0
"""The first sign of life, text or reasoning, must come within this time after the request."""
SILENCE_S: Final = 45.0
"""Two pieces of text or reasoning may be this far apart. Comments that only keep the connection alive do not count."""

THINKING_S: Final = 600.0
"""A model may reason for so long before it says something, unless the operator sets another time."""
USUAL_THINKING: Final = Fixed(THINKING_S)


class Decoder(Protocol):
    """Decodes the events of one stream, in order."""

    def decode(self, data: bytes, event: str = "") -> list[StreamEvent]:
        """Return what one event says; `event` is its name.

        :raises msgspec.MsgspecError: the event is not what a server with this API sends
        :raises RecursionError: it is nested too deeply
        """
        ...

    def end_of_body(self) -> list[StreamEvent]:
        """Return what is left to say if the body ends here, with the end of the answer where it is known."""
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
        thinking_s: float = THINKING_S,
        next_read_s: Callable[[float], float] = _at_once,
        breaks: tuple[type[Exception], ...] = (),
    ) -> None:
        """Be ready to read; nothing is read yet.

        The first sign of life must come before `deadline_s`, on the event loop's clock. The model may reason for
        `thinking_s` seconds before it says something. `next_read_s` says until when to put off the next read after a
        read that brought something. `breaks` are the exceptions by which `reads` says that the connection broke.
        """
        self._reads = reads
        self._decoder = decoder
        self._deadline_s = deadline_s
        self._thinking_s = thinking_s
        self._thinking_until_s = anyio.current_time() + thinking_s
        self._is_thinking = False
        """Whether the last that was heard is reasoning."""
        self._next_read_s = next_read_s
        self._breaks = breaks
        self._splitter = Splitter()
        self._silence: Reason = "first_text_late"
        """The reason of the end, should the deadline pass now."""
        self.has_begun = False
        """Whether an event has come that was not the end: the server has taken the request, as far as that tells."""
        self._waiting: list[Piece] = []
        """What the last read brought and nobody has taken."""
        self._heard: Piece | None = None
        """The last piece that was taken since the last read."""
        self.end: StreamFinished | None = None
        """How the answer ended: as the model said, or how it went wrong. None until then."""

    @property
    def comes_whole(self) -> bool:
        """Whether the answer does not stream: all of its text comes at once, with its end."""
        return self._splitter.is_document

    async def begin(self) -> None:
        """Wait for the first piece of the answer, or for its end."""
        while not self._waiting and self.end is None:
            await self._read()

    async def next_piece(self) -> Piece | None:
        """Wait for a read that brings something and return it, the texts of one read joined; None when the answer has ended."""
        if not self._waiting and self._heard is not None and self.end is None:
            now_s = anyio.current_time()
            self._allow_silence(self._heard, now_s)
            self._heard = None
            await anyio.sleep_until(self._next_read_s(now_s))
        while not self._waiting and self.end is None:
            await self._read()
        if not self._waiting:
            return None
        self._heard = self._waiting.pop(0)
        return self._heard

    def _allow_silence(self, heard: Piece, now_s: float) -> None:
        """Say how long the model may be silent after what it said last.

        That counts from now: however long the last piece took to be passed on, the model was not silent.
        """
        if isinstance(heard, PicturesShown):
            return  # a model draws for as long as it takes, whatever it shows meanwhile
        self._is_thinking = not isinstance(heard, str)
        if isinstance(heard, str):
            self._thinking_until_s = now_s + self._thinking_s
            self._deadline_s = now_s + SILENCE_S
        elif heard == Thought():
            self._deadline_s = self._thinking_until_s
        else:
            self._deadline_s = min(now_s + SILENCE_S, self._thinking_until_s)

    async def _read(self) -> None:
        """Read once and keep what it says; set `end` where that ended the answer."""
        now_s = anyio.current_time()
        # The deadline is looked at before each read: comments that come faster than they are read would never let it pass.
        is_in_time = now_s < self._deadline_s
        read: bytes | None = None
        try:
            if is_in_time:
                with anyio.move_on_after(self._deadline_s - now_s) as waiting:
                    read = await anext(self._reads, None)
                is_in_time = not waiting.cancelled_caught
        except self._breaks:
            self._close("stream_broke")
            return
        if not is_in_time:
            is_thought_out = self._is_thinking and self._deadline_s >= self._thinking_until_s
            self._close("thought_too_long" if is_thought_out else self._silence)
        elif read is None:
            self._decode(self._splitter.end(), otherwise="ended_early")
            self._close("ended_early")
        else:
            self._take(read)

    def _take(self, read: bytes) -> None:
        try:
            events = self._splitter.feed(read)
        except EventTooLongError:
            self._close("malformed")
            return
        self._decode(events, otherwise="malformed")
        if self._waiting:
            self._silence = "stalled"
        elif _is_comment(read):
            self._silence = "only_keepalives"

    def _close(self, reason: Reason) -> None:
        """Note that nothing more comes. Where the model had told the end before, that counts; else it is this reason."""
        if self.end is None:
            self._keep(self._decoder.end_of_body())
        self.end = self.end or StreamFinished(reason=reason, usage=None)

    def _decode(self, events: Iterable[ServerEvent], *, otherwise: Reason) -> None:
        """Keep what events say, up to the end of the answer or to an event that is not valid, which ends it as `otherwise`."""
        try:
            for event in events:
                self._keep(self._decoder.decode(event.data, event.name))
                if self.end is not None:
                    return
                self.has_begun = True
        except (msgspec.MsgspecError, UnicodeError, RecursionError):
            self._close(otherwise)

    def _keep(self, said: Iterable[StreamEvent]) -> None:
        """Keep pieces for whoever takes them, neighbours of one sort joined."""
        for one in said:
            last = self._waiting[-1] if self._waiting else None
            if isinstance(one, StreamFinished):
                self.end = one
                return
            if isinstance(one, str) and isinstance(last, str):
                self._waiting[-1] = last + one
            elif isinstance(one, Thought) and isinstance(last, Thought):
                self._waiting[-1] = Thought(last.text + one.text)
            else:
                self._waiting.append(one)


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
