"""Has a chat model answer: the one place that knows the openai package.

Streams are read raw and split and decoded by us, which costs a tenth of the package's own objects. The package retries
nothing: what is tried again, and when, is decided where the turn is known.
"""

from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any, Final

import aiohttp
import anyio
import httpx2
import msgspec
import openai
import structlog
from openai import AsyncOpenAI, DefaultAioHttpClient

from messages.turn import Reason, TurnTaken
from models import chat_completions, responses_api
from models.catalogue import Model
from models.chat_completions import ChatDecoder
from models.events import Said, StreamFinished, reason_of_code, reason_of_status
from models.prompt import prompt
from models.responses_api import ResponsesDecoder
from models.sse import EventTooLong, Splitter

log = structlog.get_logger()

CONNECT_S: Final = 10.0
FIRST_TEXT_S: Final = 60.0
"""Models that reason think before they speak; longer than that, and nobody is waiting any more."""
SILENCE_S: Final = 45.0
"""Between two pieces of text. Comments that keep a connection alive are no text."""
ANSWER_CHARS_MAX: Final = 200_000
"""More than any model writes on purpose, and a hundred Discord messages."""

_BROKEN: Final = (
    TimeoutError,
    OSError,
    httpx2.HTTPError,
    aiohttp.ClientError,
    msgspec.MsgspecError,
    UnicodeError,
    EventTooLong,
)
"""How a stream breaks: silence, the network, frames that are not what the API sends."""


class Chat:
    """A client for one address and key, for the life of the process."""

    def __init__(self, *, base_url: str, key: str) -> None:
        # A server of one's own needs no key, but the package wants one.
        self._client = AsyncOpenAI(
            base_url=base_url,
            api_key=key or "none",
            max_retries=0,
            timeout=openai.Timeout(FIRST_TEXT_S, connect=CONNECT_S),
            http_client=DefaultAioHttpClient(),
        )

    async def close(self) -> None:
        """Close every connection."""
        await self._client.close()

    async def stream(self, turn: TurnTaken, model: Model) -> AsyncGenerator[Said, None]:
        """Yield the answer in pieces, then how it ended; raises nothing that a server or a network can cause.

        Closing it closes the connection.
        """
        asked = prompt(turn, model)
        if asked is None:
            yield StreamFinished(reason="context_too_long", usage=None)
            return
        decoder = ResponsesDecoder() if model.api == "responses" else ChatDecoder()
        create: Any = (
            self._client.responses.with_streaming_response.create
            if model.api == "responses"
            else self._client.chat.completions.with_streaming_response.create
        )
        body = responses_api.body(asked) if model.api == "responses" else chat_completions.body(asked)
        chars = 0
        try:
            async with create(**body) as response:
                async for said in _listen(response.iter_bytes(), decoder):
                    if isinstance(said, str):
                        chars += len(said)
                        yield said
                        if chars > ANSWER_CHARS_MAX:
                            yield StreamFinished(reason="too_long", usage=None)
                            return
                    else:
                        empty = said.reason == "complete" and chars == 0
                        yield StreamFinished(reason="no_text" if empty else said.reason, usage=said.usage)
                        return
            yield StreamFinished(reason="stream_broke", usage=None)
        except openai.APIError as error:
            yield StreamFinished(reason=_reason_of(error, spoken=chars > 0), usage=None)
        except _BROKEN as error:
            log.warning("model.stream_broke", turn=turn.turn, error=type(error).__name__, chars=chars)
            yield StreamFinished(reason="stream_broke", usage=None)


async def _listen(reads: AsyncIterator[bytes], decoder: ResponsesDecoder | ChatDecoder) -> AsyncIterator[Said]:
    """Decode a body. Texts that came in one read are joined.

    :raises TimeoutError: no text for too long
    """
    splitter = Splitter()
    deadline_s = anyio.current_time() + FIRST_TEXT_S
    while True:
        with anyio.fail_after(max(0.0, deadline_s - anyio.current_time())):
            read = await anext(reads, None)
        if read is None:
            end = decoder.closed()
            if end is not None:
                yield end
            return
        text = ""
        for data in splitter.feed(read):
            for said in decoder.decode(data):
                if isinstance(said, str):
                    text += said
                    continue
                if text:
                    yield text
                yield said
                return
        if text:
            deadline_s = anyio.current_time() + SILENCE_S
            yield text


def _reason_of(error: openai.APIError, *, spoken: bool) -> Reason:
    if isinstance(error, openai.APIStatusError):
        code = error.code if isinstance(error.code, str) else None
        reason = reason_of_status(error.status_code, code)
        log.warning("model.refused", status=error.status_code, reason=reason)
        return reason
    if isinstance(error, openai.APIConnectionError):
        log.warning("model.unreachable", error=type(error.__cause__).__name__)
        return "stream_broke" if spoken else "unreachable"
    return reason_of_code(error.code if isinstance(error.code, str) else None)
