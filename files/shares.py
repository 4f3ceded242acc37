"""Shares a turn's room for documents fairly among them, and cuts each to its share. Pure."""

from collections.abc import Sequence

from msgspec.structs import replace

from messages.enclosure import Enclosure


def shares(sizes: Sequence[int], room: int) -> list[int]:
    """Return how much of the room each gets: what is small gets all that it needs, the others get equal parts of what is left.

    The sum of the shares is at most `room`, and all of `room` is used where that is needed.
    """
    given = [0] * len(sizes)
    left = max(room, 0)
    waiting = sorted(range(len(sizes)), key=lambda index: sizes[index])
    for done, index in enumerate(waiting):
        given[index] = min(sizes[index], left // (len(waiting) - done))
        left -= given[index]
    return given


def fitted(enclosures: Sequence[Enclosure], bytes_max: int) -> tuple[Enclosure, ...]:
    """Return the enclosures with the texts of files so short that all of them together have `bytes_max` bytes of UTF-8."""
    texts = [(enclosed.text or "") if enclosed.kind == "file" else "" for enclosed in enclosures]
    given = shares([len(text.encode("utf-8", "replace")) for text in texts], bytes_max)
    return tuple(
        _cut(enclosed, text, share) if text else enclosed
        for enclosed, text, share in zip(enclosures, texts, given, strict=True)
    )


def _cut(enclosed: Enclosure, text: str, bytes_max: int) -> Enclosure:
    """Return a document with the beginning of its text."""
    encoded = text.encode("utf-8", "replace")
    if len(encoded) <= bytes_max:
        return enclosed
    beginning = encoded[:bytes_max].decode("utf-8", "ignore")
    pages_read = min(enclosed.pages_read, beginning.count("\f") + 1)
    return replace(enclosed, text=beginning, is_cut=True, pages_read=pages_read)
