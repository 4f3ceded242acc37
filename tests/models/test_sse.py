"""Server-sent events, however they are cut into reads."""

import random

import pytest

from models import sse
from models.sse import EVENT_BYTES_MAX, EventTooLongError, ServerEvent, Splitter

STREAM = (
    b"\xef\xbb\xbfdata: after a byte order mark\n\n"
    b": a comment\r\n\r\n"
    b"event: one\ndata: first\n\n"
    b"data:second\r\rdata: two\r\ndata: lines\r\n\r\n"
    + "data: Grüße, ✍🏻 und 👌\n\n".encode()
    + b"id: 7\nretry: 10\n\n"
    b"data:\n\ndata\r\n\r\n"
    b"database: none\n\n"
    b"data:  two spaces\n\n"
    b"data: [DONE]\n\n"
    b"data: never finished"
)
EVENTS = [
    b"after a byte order mark",
    b"first",
    b"second",
    b"two\nlines",
    "Grüße, ✍🏻 und 👌".encode(),
    b" two spaces",
    b"[DONE]",
]


@pytest.mark.parametrize("seed", range(300))
def test_any_cutting_gives_the_same_events(seed: int) -> None:
    """One byte at a time, in the middle of a character or of a line's end; empty reads too."""
    rng = random.Random(seed)
    splitter, events, start = Splitter(), [], 0
    while start < len(STREAM):
        end = start + rng.choice((0, 1, 2, 3, 7, 40))
        events += splitter.feed(STREAM[start:end])
        start = end
    assert [event.data for event in events] == EVENTS


def test_an_event_is_given_with_the_read_that_completes_it() -> None:
    """A CR ends a line though an LF may follow: text is not held back until the next read."""
    splitter = Splitter()
    assert splitter.feed(b"data: one\r\n\r") == [ServerEvent(b"one")]
    assert splitter.feed(b"\ndata: two\n") == []
    assert splitter.feed(b"\n") == [ServerEvent(b"two")]


@pytest.mark.parametrize("more", [b"x", b"\ndata: x"])
def test_an_event_without_an_end_is_refused(more: bytes) -> None:
    """A server gone wrong does not fill the memory; what is just small enough is read."""
    splitter = Splitter()
    splitter.feed(b"data: " + b"x" * (EVENT_BYTES_MAX - 6))
    with pytest.raises(EventTooLongError):
        splitter.feed(more)


def test_lines_without_data_do_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each counts, though it brings no byte. The bound is lowered; how it is counted stays."""
    monkeypatch.setattr(sse, "EVENT_BYTES_MAX", 1000)
    splitter = Splitter()
    with pytest.raises(EventTooLongError):
        splitter.feed(b"data:\n" * 1001)


def test_many_events_together_may_be_long() -> None:
    """The bound is for one."""
    splitter = Splitter()
    for _ in range(3):
        assert len(splitter.feed(b"data: " + b"x" * (EVENT_BYTES_MAX // 2) + b"\n\n")) == 1


def test_comments_and_other_fields_never_count_towards_an_event() -> None:
    """A stream that is kept alive for hours is no long event."""
    splitter = Splitter()
    for _ in range(20):
        assert splitter.feed(b": " + b"x" * (EVENT_BYTES_MAX // 10) + b"\n") == []
    assert splitter.feed(b"data: still here\n\n") == [ServerEvent(b"still here")]
