"""What the scripted model answers, how fast, and what goes wrong with it."""

from collections.abc import Callable
from typing import Literal

from msgspec import Struct

from tests.rig.model.errors import ErrorName
from tests.rig.model.record import ModelRequest

Match = str | Callable[[ModelRequest], bool] | None
"""Which requests are meant: those whose last user text contains this, those it says yes to, or all."""

Answer = str | Callable[[ModelRequest], str]

Garbage = Literal["malformed", "split_utf8", "one_byte", "unknown_events"]
"""Frames that break a careless reader.

*malformed*: one frame in the middle is no JSON. *split_utf8*: writes end inside a character. *one_byte*: each write is
one byte. *unknown_events*: types that no document names, and comments, between the others.
"""


class Script(Struct, kw_only=True):
    """How requests that match are answered. Every `..._after` counts characters of the answer.

    At most one thing goes wrong with an answer; where several are named, the first that applies wins.
    """

    match: Match = None
    answer: Answer | None = None
    """None: an echo of the last user text."""
    times: int | None = None
    """How many requests it answers; None: all."""

    chunk: int = 4
    """Characters of a delta."""
    tokens_per_s: float | None = None
    """Deltas in a second; None: as fast as the socket takes them."""
    first_token_after_s: float = 0.0

    status: int | None = None
    error: ErrorName | None = None
    retry_after_s: float | None = None
    """Sent as `Retry-After` with an error."""

    cut_after: int | None = None
    """The connection is closed there, in the middle of the body."""
    clean_end_after: int | None = None
    """The body ends there as HTTP wants, but without a terminal event."""
    stall_after: int | None = None
    """Nothing follows, the connection stays open."""
    keepalives_after: int | None = None
    """Only comments follow, one every `keepalive_every_s`."""
    keepalive_every_s: float = 1.0

    body: bytes | None = None
    """What is sent in place of an answer, with `status` (None: 200) and `content_type`, whatever was asked."""
    content_type: str = "text/event-stream"
    write_bytes: int | None = None
    """How many bytes of `body` go with each write; None: all with one."""

    garbage: Garbage | None = None
    incomplete: Literal["max_output_tokens", "content_filter"] | None = None
    refusal: bool = False
    """The answer is sent as a refusal."""
    error_event: bool = False
    """After the answer an `error` event follows instead of the end."""
    failed: bool = False
    """After the answer `response.failed` follows (Chat Completions, which has none, sends its error chunk)."""

    used: int = 0

    def left(self) -> bool:
        """Say whether it answers another request."""
        return self.times is None or self.used < self.times

    def fails(self) -> bool:
        """Say whether it is answered with an error."""
        return self.error is not None or self.status is not None

    def text_for(self, request: ModelRequest) -> str:
        """Return the whole answer."""
        if self.answer is None:
            return f"You said: {request.text}"
        return self.answer if isinstance(self.answer, str) else self.answer(request)


def matches(match: Match, request: ModelRequest) -> bool:
    """Say whether a request is meant."""
    if match is None:
        return True
    return match in request.text if isinstance(match, str) else match(request)


def choose(scripts: list[Script], request: ModelRequest) -> Script:
    """Return the script for a request.

    Scripts with `times` are used up first, in the order they were given; of those without, the newest counts.
    """
    fitting = [script for script in scripts if script.left() and matches(script.match, request)]
    limited = [script for script in fitting if script.times is not None]
    if limited:
        return limited[0]
    return fitting[-1] if fitting else Script()
