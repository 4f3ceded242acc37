"""Splits a byte stream into server-sent events, however it is cut into reads (HTML Living Standard: Server-sent events).

Some servers answer with a document although a stream was asked for: an answer that is whole, an error, or a web page. Such a
body is one event.
"""

from typing import Final, Literal, NamedTuple

EVENT_BYTES_MAX: Final = 8 * 1024 * 1024
"""No API sends events nearly as large; a larger one comes from a server that is broken."""

_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_BLANK: Final = b" \t\r\n"


class EventTooLongError(ValueError):
    """An event is larger than `EVENT_BYTES_MAX`."""


class ServerEvent(NamedTuple):
    """An event's data, and its name: "" for most, "body" for a body that is no event stream."""

    data: bytes
    name: str = ""


class Splitter:
    """Takes reads and returns whole events. Each byte is looked at once, however small the reads are."""

    def __init__(self) -> None:
        self._body: Literal["unknown", "events", "document"] = "unknown"
        self._line = bytearray()
        self._after_cr = False
        self._data: list[bytes] = []
        self._data_bytes = 0
        self._name = ""

    @property
    def is_document(self) -> bool:
        """Whether the body is no event stream, as far as is known: it is whole before it can be read."""
        return self._body == "document"

    def feed(self, read: bytes) -> list[ServerEvent]:
        """Return every event that this read completes; events without data are left out.

        :raises EventTooLongError: an event grew beyond 8 MiB
        """
        if self._body == "unknown":
            read = self._recognize(bytes(self._line) + read)
        events = self._split(read) if self._body == "events" else []
        if self._body != "events":
            self._line += read
        if self._data_bytes + len(self._line) > EVENT_BYTES_MAX:
            raise EventTooLongError
        return events

    def end(self) -> list[ServerEvent]:
        """Return what the end of the body completes: a document, or an event whose last line has no end."""
        rest, self._line = bytes(self._line), bytearray()
        if self._body == "document":
            lines = [line for line in rest.strip(_BLANK).splitlines() if line]
            # Some servers send one object a line.
            is_lines = len(lines) > 1 and all(line.startswith(b"{") and line.endswith(b"}") for line in lines)
            return [ServerEvent(document, "body") for document in (lines if is_lines else [rest.strip(_BLANK)])]
        if rest:
            self._take_line(rest)
        return self._end_event()

    def _recognize(self, begun: bytes) -> bytes:
        """Find out by its first character what the body is; return what is to be split."""
        self._line.clear()
        if _BYTE_ORDER_MARK.startswith(begun[: len(_BYTE_ORDER_MARK)]) and len(begun) < len(_BYTE_ORDER_MARK):
            return begun
        begun = begun.removeprefix(_BYTE_ORDER_MARK)
        first = begun.lstrip(_BLANK)[:1]
        if first:
            self._body = "document" if first in b"{[<" else "events"
        return begun

    def _split(self, read: bytes) -> list[ServerEvent]:
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
        *lines, rest = read.split(b"\n")
        if lines and self._line:
            lines[0] = bytes(self._line) + lines[0]
            self._line.clear()
        self._line += rest
        events = []
        for line in lines:
            if not line:
                events += self._end_event()
            elif line.startswith(b"data: {"):
                self._keep(line[6:])  # what nearly every line is
            else:
                self._take_line(line)
        return events

    def _end_event(self) -> list[ServerEvent]:
        """Return the event that an empty line ends, if it has data."""
        data = self._data[0] if len(self._data) == 1 else b"\n".join(self._data)
        name = self._name
        self._data, self._data_bytes, self._name = [], 0, ""
        return [ServerEvent(data, name)] if data else []

    def _take_line(self, line: bytes) -> None:
        """Take a line into account that ends no event."""
        field, _, value = line.partition(b":")
        match field:
            case b"data":
                data = value.removeprefix(b" ")
                if not data.startswith(b":"):  # a gateway that passes the comments of the server behind it on as data
                    self._keep(data)
            case b"error":  # llama.cpp's server until 2024
                self._name = "error"
                self._keep(value.removeprefix(b" "))
            case b"event":
                self._name = value.removeprefix(b" ").decode("utf-8", "replace")
            case _ if line.startswith(b"{"):  # a gateway that breaks off with an error writes it without a field's name
                self._keep(line)
            case _:
                pass

    def _keep(self, data: bytes) -> None:
        self._data.append(data)
        # Each line counts one more than its bytes: many empty lines fill the memory too.
        self._data_bytes += len(data) + 1
