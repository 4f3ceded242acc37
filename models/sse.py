"""Splits a byte stream into server-sent events, however it is cut into reads (HTML Living Standard: Server-sent events)."""

from typing import Final

EVENT_BYTES_MAX: Final = 8 * 1024 * 1024
"""No event of any API is near that; more is a server gone wrong, not an answer."""


class EventTooLong(ValueError):  # noqa: N818 it says what happened
    """An event has no end."""


class Splitter:
    """Feed it reads, take the `data` of whole events."""

    def __init__(self) -> None:
        self._rest = b""
        self._data: list[bytes] = []
        self._size = 0
        self._begun = False

    def feed(self, read: bytes) -> list[bytes]:
        """Return the data of every event that this read completes; events without data are none.

        :raises EventTooLong: an event grew beyond 8 MiB
        """
        text = self._rest + read
        if not self._begun and text:
            if text[:3] != b"\xef\xbb\xbf"[: len(text)]:
                self._begun = True
            elif len(text) >= 3:  # noqa: PLR2004 the byte order mark's length
                text, self._begun = text[3:], True
            else:
                self._rest = text
                return []
        # A CR at the end may be the first half of a CRLF.
        held = b"\r" if text.endswith(b"\r") else b""
        whole = text[: len(text) - len(held)]
        if b"\r" in whole:
            whole = whole.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        *lines, last = whole.split(b"\n")
        self._rest = last + held
        events = []
        for line in lines:
            if line.startswith(b"data:"):
                data = line[6:] if line.startswith(b"data: ") else line[5:]
                self._data.append(data)
                self._size += len(data)
            elif not line and self._data:
                events.append(b"\n".join(self._data))
                self._data, self._size = [], 0
        if self._size + len(self._rest) > EVENT_BYTES_MAX:
            raise EventTooLong
        return events
