"""What both of OpenAI's streaming APIs have in common, for whoever plays an answer."""

from typing import Any, Protocol

import msgspec

CHARS_A_TOKEN = 4
"""English text has about four characters a token (OpenAI: Help, What are tokens)."""


class Ending(msgspec.Struct, frozen=True, kw_only=True):
    """How an answer ends: wholly, or for a reason (`incomplete`), or with an error."""

    incomplete: str | None = None
    failed: bool = False
    error_event: bool = False


class Wire(Protocol):
    """Draws one answer as frames of server-sent events, or as one JSON body."""

    usage: tuple[int, int] | None

    def opening(self) -> list[bytes]:
        """Return what comes before the first text."""

    def delta(self, piece: str) -> list[bytes]:
        """Return a piece of text."""

    def closing(self, ending: Ending) -> list[bytes]:
        """Return what comes after the last text."""

    def whole(self, ending: Ending) -> dict[str, Any]:
        """Return the answer as one body; its text is what `delta` was given."""

    def unknown(self) -> bytes:
        """Return an event that no document names."""


def frame(data: object, *, event: str | None = None) -> bytes:
    """Return one server-sent event; text stays UTF-8, as OpenAI sends it."""
    head = f"event: {event}\n" if event else ""
    return head.encode() + b"data: " + msgspec.json.encode(data) + b"\n\n"


def tokens_in(dialogue: list[tuple[str, str]]) -> int:
    """Return about how many tokens a dialogue has; the same for the same dialogue."""
    return sum(1 + -(-len(text) // CHARS_A_TOKEN) for _, text in dialogue)
