"""Draws conversations, which may be long, without holding up the event loop."""

from collections.abc import Callable, Sequence
from typing import Final

import anyio.to_thread

from actors.panel.transcript_view import Heading, chars_of
from messages.components import Panel
from messages.turn import Utterance
from texts.say import Locale

LONG_CHARS: Final = 50_000
"""Drawing more than this takes milliseconds, so a worker thread does it."""


async def draw_conversation(
    draw: Callable[[Heading, Sequence[Utterance], Locale], tuple[Panel, ...]],
    heading: Heading,
    utterances: Sequence[Utterance],
    locale: Locale,
) -> tuple[Panel, ...]:
    """Return what a function of `transcript_view` draws."""
    if chars_of(utterances) < LONG_CHARS:
        return draw(heading, utterances, locale)
    return await anyio.to_thread.run_sync(draw, heading, utterances, locale)
