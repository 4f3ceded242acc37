"""One attempt to have a model answer a turn, with how it ended."""

from collections.abc import AsyncGenerator

from messages.turn import Reason
from models.access.admission import Permit, Rejected
from models.events import PicturesShown, Piece, StreamEvent, StreamFinished, TextDropped


class Attempt:
    """One attempt to have a model answer a turn: it is rejected at once, or it is a request whose text comes piece by piece."""

    def __init__(self, admitted: Permit | Rejected) -> None:
        """Begin with what admission said; where it rejected the model, the attempt has ended already."""
        self.permit = admitted if isinstance(admitted, Permit) else None
        self.rejected = admitted if isinstance(admitted, Rejected) else None
        self.end = StreamFinished(reason="stream_broke", usage=None)
        """How the attempt ended; `stream_broke` until something else is known."""
        if self.rejected is not None:
            retry_after_s = self.rejected.wait_s if self.rejected.is_named_by_server else None
            self.end = StreamFinished(reason=self.rejected.reason, usage=None, retry_after_s=retry_after_s)
        self.has_text = False
        """Whether any text of an answer came, or an unfinished picture."""
        self.is_outdated = False
        """Whether nothing was sent because the question was edited since it was judged."""
        self._has_begun = False
        """Whether the model showed any life: text, or reasoning."""
        self._is_answered = False
        self._events: AsyncGenerator[StreamEvent, None] | None = None

    @property
    def result(self) -> Reason | None:
        """What admission is told of the request: `complete` once the model has begun, None where its server said nothing."""
        if self._has_begun:
            return "complete"
        return self.end.reason if self._is_answered else None

    def listen(self, events: AsyncGenerator[StreamEvent, None]) -> None:
        """Take the answer from this stream, which `close` closes."""
        self._events = events

    async def next_piece(self) -> Piece | None:
        """Wait for the next piece of text or reasoning and return it; None when there is none any more."""
        if self._events is None:
            return None
        async for event in self._events:
            if isinstance(event, StreamFinished):
                self.end, self._is_answered = event, True
                continue
            is_shown = event.has_drawn if isinstance(event, PicturesShown) else isinstance(event, str)
            self._has_begun = self._has_begun or is_shown or not isinstance(event, PicturesShown)
            self.has_text = is_shown or (self.has_text and not isinstance(event, TextDropped))
            return event
        return None

    async def close(self) -> None:
        """Close the stream, and with it the connection."""
        if self._events is not None:
            await self._events.aclose()
