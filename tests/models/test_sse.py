"""Server-sent events, however they are cut into reads."""

import random

import pytest

from models.sse import EVENT_BYTES_MAX, EventTooLong, Splitter

STREAM = (
    b"\xef\xbb\xbf: a comment\r\n\r\n"
    b"event: one\ndata: first\n\n"
    b"data:second\r\rdata: two\r\ndata: lines\r\n\r\n"
    + "data: Grüße, ✍🏻 und 👌\n\n".encode()
    + b"id: 7\nretry: 10\n\n"
    b"data: [DONE]\n\n"
    b"data: never finished"
)
EVENTS = [b"first", b"second", b"two\nlines", "Grüße, ✍🏻 und 👌".encode(), b"[DONE]"]


@pytest.mark.parametrize("seed", range(300))
def test_any_cutting_gives_the_same_events(seed: int) -> None:
    """One byte at a time, in the middle of a character or of a line's end."""
    rng = random.Random(seed)
    splitter, events, start = Splitter(), [], 0
    while start < len(STREAM):
        end = start + rng.choice((1, 2, 3, 7, 40))
        events += splitter.feed(STREAM[start:end])
        start = end
    assert events == EVENTS


def test_an_event_without_an_end_is_refused() -> None:
    """A server gone wrong does not fill the memory."""
    splitter = Splitter()
    splitter.feed(b"data: " + b"x" * (EVENT_BYTES_MAX - 6))
    with pytest.raises(EventTooLong):
        splitter.feed(b"x")
