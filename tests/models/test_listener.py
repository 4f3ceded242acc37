"""How long a model may be silent, in virtual time."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Any

import anyio
import pytest
import trio
import trio.testing

from messages.turn import Reason
from models.chat_completions import ChatDecoder
from models.events import StreamEvent, StreamFinished, Thought
from models.listener import FIRST_TEXT_S, SILENCE_S, THINKING_S, Decoder, Listener
from models.responses_api import ResponsesDecoder

TEXT = b'data: {"type":"response.output_text.delta","delta":"word "}\n\n'
EMPTY = b'data: {"type":"response.output_text.delta","delta":""}\n\n'
OTHER = b'data: {"type":"response.in_progress"}\n\n'
COMMENT = b": still here\n\n"
END = b'data: {"type":"response.completed"}\n\n'
COMPLETE = StreamFinished(reason="complete", usage=None)


@pytest.fixture
def anyio_backend() -> tuple[str, dict[str, Any]]:
    """Trio, whose clock jumps to the next deadline: minutes pass at once."""
    return ("trio", {"clock": trio.testing.MockClock(autojump_threshold=0)})


def ended(reason: Reason) -> StreamFinished:
    return StreamFinished(reason=reason, usage=None)


async def reads(*timed: tuple[float, bytes]) -> AsyncIterator[bytes]:
    """Bytes, each so many seconds after what came before; then silence."""
    for wait_s, data in timed:
        if wait_s:
            await anyio.sleep(wait_s)
        yield data
    await anyio.sleep_forever()


async def events(body: AsyncIterator[bytes], decoder: Decoder, deadline_s: float) -> AsyncGenerator[StreamEvent, None]:
    """The texts of a body, then its end."""
    listener = Listener(body, decoder, deadline_s=deadline_s)
    while (piece := await listener.next_piece()) is not None:
        yield piece
    assert listener.end is not None
    yield listener.end
    assert await listener.next_piece() is None


async def heard(*timed: tuple[float, bytes], thinking_s: float = 0) -> tuple[list[StreamEvent], float]:
    """What is yielded, and after how many seconds it was over; `thinking_s` is how long each piece takes its taker."""
    said: list[StreamEvent] = []
    began_s = anyio.current_time()
    async with aclosing(events(reads(*timed), ResponsesDecoder(), began_s + FIRST_TEXT_S)) as listening:
        async for one in listening:
            said.append(one)
            await anyio.sleep(thinking_s if isinstance(one, str) else 0)
    return said, anyio.current_time() - began_s


@pytest.mark.parametrize("filler", [COMMENT, EMPTY, OTHER])
async def test_the_first_text_is_waited_for_and_no_longer(filler: bytes) -> None:
    """Whatever keeps the connection alive until then is no text."""
    assert await heard() == ([ended("first_text_late")], FIRST_TEXT_S)
    said, took_s = await heard(*[(1.5, filler)] * 100)
    assert (said, took_s) == ([ended("only_keepalives" if filler == COMMENT else "first_text_late")], FIRST_TEXT_S)
    assert await heard((59, TEXT + END)) == (["word ", COMPLETE], 59)


@pytest.mark.parametrize("filler", [COMMENT, EMPTY, OTHER])
async def test_silence_after_text_is_shorter(filler: bytes) -> None:
    """Counted from the last text, not from the last byte."""
    assert await heard((50, TEXT), (44, TEXT)) == (["word ", "word ", ended("stalled")], 94 + SILENCE_S)
    said, took_s = await heard((1, TEXT), *[(1, filler)] * 100)
    reason: Reason = "only_keepalives" if filler == COMMENT else "stalled"
    assert (said, took_s) == (["word ", ended(reason)], 1 + SILENCE_S)


THOUGHT = b'data: {"type":"response.reasoning_summary_text.delta","delta":"Hm. "}\n\n'
THINKS = b'data: {"type":"response.output_item.added","item":{"type":"reasoning"}}\n\n'


async def test_a_model_that_thinks_is_not_silent() -> None:
    """Neither one that tells its thoughts one by one, nor one that says only that it thinks."""
    said, took_s = await heard(*[(1.5, THOUGHT)] * 44, (1.5, TEXT + END))
    assert (said[-2:], took_s) == (["word ", COMPLETE], 67.5)
    assert all(isinstance(one, Thought) for one in said[:-2])
    assert await heard((1, THINKS), (500, TEXT + END)) == ([Thought(), "word ", COMPLETE], 501)


async def test_thinking_has_its_own_limits() -> None:
    """It lasts no longer than `thinking_s` in sum, and thoughts that stop coming are silence."""
    said, took_s = await heard(*[(10, THOUGHT)] * 100)
    assert (said[-1], took_s) == (ended("thought_too_long"), THINKING_S)
    assert await heard((1, THINKS)) == ([Thought(), ended("thought_too_long")], THINKING_S)
    assert await heard((1, THOUGHT)) == ([Thought("Hm. "), ended("stalled")], 1 + SILENCE_S)
    said, took_s = await heard((1, TEXT), *[(10, THOUGHT)] * 100)
    assert (said[-1], took_s) == (ended("thought_too_long"), 1 + THINKING_S)


async def test_whoever_takes_the_text_may_take_long() -> None:
    """The model was not silent meanwhile: its next words lay ready."""
    said, _ = await heard((0, TEXT), (0, TEXT), (44, END), thinking_s=100)
    assert said == ["word ", "word ", COMPLETE]


async def test_comments_without_a_pause_are_silence_too() -> None:
    """A server that sends faster than its bytes are read does not stop the clock."""

    async def flood() -> AsyncIterator[bytes]:
        while True:
            clock.jump(0.01)
            yield COMMENT

    clock: Any = trio.lowlevel.current_clock()
    listening = events(flood(), ResponsesDecoder(), anyio.current_time() + 1)
    assert [said async for said in listening] == [ended("only_keepalives")]


async def test_texts_of_one_read_are_one_piece() -> None:
    """Fewer, larger pieces cost less to pass on; nothing after the end is heard."""
    assert await heard((1, TEXT + OTHER + TEXT + END + TEXT + b"data: {\n\n")) == (["word word ", COMPLETE], 1)


async def test_what_was_said_before_a_broken_event_is_kept() -> None:
    """Though both came in one read."""
    listening = events(reads((0, TEXT + b"data: {\n\n")), ResponsesDecoder(), anyio.current_time() + 1)
    assert await anext(listening) == "word "
    assert await anext(listening) == ended("malformed")


async def test_a_body_that_ends_is_an_end_only_where_the_decoder_says_so() -> None:
    """Chat Completions names its finish before the body's end; the Responses API has an event for it."""

    async def whole(data: bytes) -> AsyncIterator[bytes]:
        yield data

    chat = b'data: {"choices":[{"delta":{"content":"x"},"finish_reason":"stop"}]}\n\n'
    later_s = anyio.current_time() + 1
    assert [said async for said in events(whole(chat), ChatDecoder(), later_s)] == ["x", COMPLETE]
    assert [said async for said in events(whole(TEXT), ResponsesDecoder(), later_s)] == ["word ", ended("ended_early")]
