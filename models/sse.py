"""Splits a byte stream into server-sent events, however it is cut into reads (HTML Living Standard: Server-sent events)."""

from typing import Final

EVENT_BYTES_MAX: Final = 8 * 1024 * 1024
"""No API sends events nearly as large; a larger one comes from a server that is broken."""

_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"


class EventTooLongError(ValueError):
    """An event is larger than `EVENT_BYTES_MAX`."""


class Splitter:
    """Takes reads and returns the `data` of whole events. Each byte is looked at once, however small the reads are."""

    def __init__(self) -> None:
        self._line = bytearray()
        self._after_cr = False
        self._first_line = True
        self._data: list[bytes] = []
        self._data_bytes = 0

    def feed(self, read: bytes) -> list[bytes]:
        """Return the data of every event that this read completes; events without data are left out.

        :raises EventTooLongError: an event grew beyond 8 MiB
        """
        if not read:
            return []
        # A CR ends its line at once, so an LF that follows it in the next read ends no further line.
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
        """Take a line into account, and return the data of the event that it ends, if it ends one that has data."""
        if self._first_line:
            line, self._first_line = line.removeprefix(_BYTE_ORDER_MARK), False
        if not line:
            event = b"\n".join(self._data)
            self._data, self._data_bytes = [], 0
            return event
        field, _, value = line.partition(b":")
        if field == b"data":
            self._data.append(value.removeprefix(b" "))
            # Each line counts one more than its bytes: many empty lines fill the memory too.
            self._data_bytes += len(value) + 1
        return b""
