"""The body of a response that came with a good status, of which the beginning is read: some servers send an error there.

Kinds of models whose answer is no text that streams get their responses from here, so that each takes such an error for the refusal that it is.
`models/text_streams.py` reads its own streams, in which an error may also be the first event.
"""

from collections.abc import AsyncIterator
from typing import Final, Protocol

import msgspec

from models.errors import reason_of
from models.events import StreamFinished
from models.faults import Fault, fault_in, wait_s_in
from models.lenient_json import parsed

ERROR_BYTES_MAX: Final = 64 * 1024
"""No error is longer, so of a longer document only its beginning is read here."""

_GIVEN: Final = ("data", "results", "text")
"""Where the answers of those kinds stand. A document that has one may say *success* beside it."""


class RefusedError(Exception):
    """A server refused a request with a good status. The message does not contain what it wrote."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(reason_of(fault, otherwise="error_event"))
        self.fault = fault

    def end(self) -> StreamFinished:
        """Return what it means for the answer."""
        reason = reason_of(self.fault, otherwise="error_event")
        return StreamFinished(reason=reason, usage=None, retry_after_s=wait_s_in(self.fault))


class BrokenError(Exception):
    """The connection broke after the response had begun: the model has worked, and its server may have counted that."""


class Response(Protocol):
    """A response whose headers have come."""

    def aiter_bytes(self) -> AsyncIterator[bytes]:
        """Yield its body, once."""
        ...

    async def aclose(self) -> None:
        """Close the connection."""
        ...


class OpenedBody:
    """A response whose body has begun, and is no error."""

    def __init__(self, response: Response, breaks: tuple[type[Exception], ...]) -> None:
        """`breaks` are the exceptions by which the response says that the connection broke."""
        self._response = response
        self._reads = response.aiter_bytes()
        self._breaks = breaks
        self._begun = bytearray()
        self._broke: Exception | None = None

    async def begin(self) -> None:
        """Read how the body begins. A connection that breaks there is told to whoever reads on.

        :raises RefusedError: it is an error
        """
        is_whole = False
        try:
            is_whole = await self._read_beginning()
        except self._breaks as error:
            self._broke = error
        fault = _fault_of(bytes(self._begun)) if is_whole else None
        if fault is not None:
            raise RefusedError(fault)

    async def _read_beginning(self) -> bool:
        """Read as much as shows that it is no error; return whether that is all."""
        async for read in self._reads:
            self._begun += read
            start = self._begun.lstrip()[:1]
            if (start and start not in b"{[") or len(self._begun) > ERROR_BYTES_MAX:
                return False
        return True

    async def aiter_bytes(self) -> AsyncIterator[bytes]:
        """Yield the body from its beginning, once.

        :raises BrokenError: the connection broke
        """
        if self._begun:
            yield bytes(self._begun)
            self._begun.clear()
        if self._broke is not None:
            raise BrokenError from self._broke
        try:
            async for read in self._reads:
                yield read
        except self._breaks as error:
            raise BrokenError from error

    async def aclose(self) -> None:
        """Close the connection."""
        await self._response.aclose()


def _fault_of(body: bytes) -> Fault | None:
    """Return the error that a document is; None where it is none."""
    try:
        found = parsed(body)
    except (msgspec.DecodeError, RecursionError):
        return None
    if isinstance(found, list) and found:
        found = found[0]  # Gemini's API for OpenAI's clients sends its errors in a list
    if not isinstance(found, dict) or (not found.get("error") and any(found.get(key) for key in _GIVEN)):
        return None
    return fault_in(found)
