"""Splits a byte stream into server-sent events, however it is cut into reads (HTML Living Standard: Server-sent events)."""

from typing import Final

EVENT_BYTES_MAX: Final = 8 * 1024 * 1024
"""No event of any API is near that; more is a server gone wrong, not an answer."""

_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"


class EventTooLongError(ValueError):
    """An event has no end."""


class Splitter:
    """Feed it reads, take the `data` of whole events. Each byte is looked at once, however small the reads are."""

    def __init__(self) -> None:
        self._line = bytearray()
        self._after_cr = False
        self._first_line = True
        self._data: list[bytes] = []
        self._data_bytes = 0

    def feed(self, read: bytes) -> list[bytes]:
        """Return the data of every event that this read completes; events without data are none.

        :raises EventTooLongError: an event grew beyond 8 MiB
        """
        if not read:
            return []
        # A CR ends a line at once; the LF that may follow it in the next read ends none.
        if self._after_cr and read.startswith(b"\n"):
            read = read[1:]
            self._after_cr = False
        if read:
            self._after_cr = read.endswith(b"\r")
        if b"\r" in read:
            read = read.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        first, *others = read.split(b"\n")
        self._line += first
        events = []
        for other in others:
            event = self._take_line(bytes(self._line))
            if event:
                events.append(event)
            self._line = bytearray(other)
        if self._data_bytes + len(self._line) > EVENT_BYTES_MAX:
            raise EventTooLongError
        return events

    def _take_line(self, line: bytes) -> bytes:
        """Return an event's data when this line ends one that has any."""
        if self._first_line:
            line, self._first_line = line.removeprefix(_BYTE_ORDER_MARK), False
        if not line:
            event = b"\n".join(self._data)
            self._data, self._data_bytes = [], 0
            return event
        field, _, value = line.partition(b":")
        if field == b"data":
            self._data.append(value.removeprefix(b" "))
            # A line counts beyond its bytes: empty ones fill the memory too.
            self._data_bytes += len(value) + 1
        return b""
