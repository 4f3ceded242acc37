"""One attempt to have a model answer: it is rejected at once, or it is a request whose text comes piece by piece."""

from collections.abc import AsyncGenerator

from messages.turn import Reason
from models.access.admission import Permit, Rejected
from models.events import StreamFinished


class Attempt:
    """One attempt of one turn, and how it ended."""

    def __init__(self, admitted: Permit | Rejected) -> None:
        """Begin with what admission said; where it rejected the model, the attempt has ended already."""
        self.permit = admitted if isinstance(admitted, Permit) else None
        self.rejected = admitted if isinstance(admitted, Rejected) else None
        self.end = StreamFinished(reason="stream_broke", usage=None)
        """How the attempt ended; `stream_broke` until something else is known."""
        if self.rejected is not None:
            retry_after_s = self.rejected.wait_s if self.rejected.is_told_by_server else None
            self.end = StreamFinished(reason=self.rejected.reason, usage=None, retry_after_s=retry_after_s)
        self.has_text = False
        """Whether any text of an answer came."""
        self._is_answered = False
        self._events: AsyncGenerator[str | StreamFinished, None] | None = None

    @property
    def result(self) -> Reason | None:
        """What admission is told of the request: `complete` once text came, None where the model's server said nothing."""
        if self.has_text:
            return "complete"
        return self.end.reason if self._is_answered else None

    def listen(self, events: AsyncGenerator[str | StreamFinished, None]) -> None:
        """Take the text from this stream, which `close` closes."""
        self._events = events

    async def next_text(self) -> str:
        """Wait for the next piece of text and return it; "" when there is none any more."""
        if self._events is None:
            return ""
        async for event in self._events:
            if isinstance(event, str):
                self.has_text = True
                return event
            self.end, self._is_answered = event, True
        return ""

    async def close(self) -> None:
        """Close the stream, and with it the connection."""
        if self._events is not None:
            await self._events.aclose()
