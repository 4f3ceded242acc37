"""Has a chat model answer: the one place that knows the openai package.

Streams are read raw and split and decoded by us, which costs a tenth of the package's own objects. The package retries
nothing: what is tried again, and when, is decided where the turn is known.
"""

import json
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import Final, cast

import aiohttp
import anyio
import httpx2
import openai
import structlog
from openai import AsyncOpenAI, AsyncStream

from messages.turn import BREAKS, Reason, TurnTaken
from models import chat_completions, costs, responses_api
from models.catalogue import Model
from models.chat_completions import ChatDecoder
from models.events import Said, StreamFinished, reason_of_code, reason_of_status
from models.listening import FIRST_TEXT_S, listen, next_read_s
from models.prompt import prompt
from models.responses_api import ResponsesDecoder
from models.retry_after import retry_after_s
from tls import tls_context

log = structlog.get_logger()

CONNECT_S: Final = 10.0
ANSWER_CHARS_MAX: Final = 18_000
"""Nine or ten Discord messages of ordinary text, which is as much as anybody reads at once; *Continue* has more."""

_PATHS: Final = {"responses": "/responses", "chat_completions": "/chat/completions"}
_CONNECTIONS: Final = httpx2.Limits(max_connections=1_000_000)
"""How many answers stream at once is the operator's to say: the package would have the 1,001st wait for a connection, and
nobody could tell it from a model that is slow."""

_JSON: Final = {"Content-Type": "application/json"}

_BROKEN: Final = (OSError, httpx2.HTTPError, aiohttp.ClientError)
"""How a network breaks, and that an answer's headers did not come in time."""


class Chat:
    """A client for one address and key, for the life of the process."""

    def __init__(self, *, base_url: str, key: str) -> None:
        """Be ready to ask; nothing is sent yet.

        :raises ValueError: no HTTP header can carry the key; it is not named
        """
        if not (key.isascii() and key.isprintable()):
            raise ValueError("OPENAI_API_KEY has characters that no key has. Copy it again.")
        self._client = AsyncOpenAI(
            base_url=base_url,
            # A server of one's own needs no key, but the package wants one.
            api_key=key or "none",
            max_retries=0,
            # How long an answer may take is counted below, from the request on and by its text.
            timeout=openai.Timeout(None, connect=CONNECT_S),
            # A redirect would carry questions to an address that nobody chose.
            http_client=openai.DefaultAioHttpClient(follow_redirects=False, verify=tls_context(), limits=_CONNECTIONS),
        )
        self._open = 0

    async def close(self) -> None:
        """Close every connection."""
        await self._client.close()

    async def _post(self, path: str, body: bytes) -> httpx2.Response:
        """Ask for a stream; its status is good. The body is ours: the package would look at each message of a dialogue."""
        answered: object = await self._client.post(
            path,
            content=body,
            cast_to=httpx2.Response,
            stream=True,
            stream_cls=AsyncStream[object],
            options={"headers": _JSON, "security": {"bearer_auth": True}},
        )
        response = cast("httpx2.Response", answered)  # as `cast_to` has it
        # What was sent is not needed any more, and stands in the response as long as that lives.
        response.request = httpx2.Request("POST", response.request.url)
        return response

    @asynccontextmanager
    async def _listening(
        self, path: str, body: bytes, decoder: ResponsesDecoder | ChatDecoder, number: int
    ) -> AsyncIterator[AsyncGenerator[Said, None]]:
        """Ask, and listen to the answer, whose headers have come."""
        deadline_s = anyio.current_time() + FIRST_TEXT_S
        with anyio.fail_after(FIRST_TEXT_S):
            response = await self._post(path, body)
        del body
        said = listen(response.aiter_bytes(), decoder, deadline_s, lambda now_s: next_read_s(now_s, self._open, number))
        self._open += 1
        try:
            async with aclosing(response), aclosing(said):
                yield said
        finally:
            self._open -= 1

    async def stream(self, turn: TurnTaken, model: Model) -> AsyncGenerator[Said, None]:
        """Yield the answer in pieces, then how it ended; raises nothing that a server or a network can cause.

        The end tells what the answer used and cost, estimated where the model did not count. Closing the stream closes
        the connection, and then nobody knows.
        """
        asked = prompt(turn, model)
        number = turn.turn
        del turn  # a thousand histories are not held while their answers stream
        if asked is None:
            yield StreamFinished(reason="context_too_long", usage=None)
            return
        asked_tokens, output_tokens_max = costs.tokens_asked(asked), asked.output_tokens_max
        decoder = ResponsesDecoder() if model.api == "responses" else ChatDecoder()
        asked_for = responses_api.body(asked) if model.api == "responses" else chat_completions.body(asked)
        # A number that JSON does not know is a fault of ours: it ends here, and is no null for the server.
        body = json.dumps(asked_for, allow_nan=False, ensure_ascii=False, separators=(",", ":")).encode()
        del asked_for
        del asked
        began, chars, written = False, 0, 0
        end: StreamFinished | None = None
        try:
            async with self._listening(_PATHS[model.api], body, decoder, number) as listening:
                del body
                began = True
                async for said in listening:
                    if isinstance(said, StreamFinished):
                        end = said
                        break
                    piece = said[: ANSWER_CHARS_MAX - chars]
                    chars += len(piece)
                    written += len(piece.encode("utf-8", "replace"))
                    if piece:
                        yield piece
                    if len(piece) < len(said):
                        end = StreamFinished(reason="too_long", usage=None)
                        break
        except openai.APIError as error:
            end = _end_of(error)
        except _BROKEN as error:
            # Where the end was told, what breaks after it breaks nothing.
            end = end or decoder.closed() or StreamFinished(reason=_reason_of_break(error, began=began), usage=None)
        end = end or StreamFinished(reason="stream_broke", usage=None)
        reason = end.reason
        if reason in BREAKS:
            log.warning("model.stream_broke", turn=number, reason=reason, chars=chars, began=began)
        # llama.cpp's server says "completed" of an answer that it cut at exactly the bound it was given.
        if reason == "complete" and end.usage is not None and end.usage.output_tokens == output_tokens_max:
            reason = "token_limit"
        if reason == "complete" and chars == 0:
            reason = "no_text"
        used = (
            costs.usage(end.usage, reason=reason, asked=asked_tokens, written=written, model=model) if began else None
        )
        yield StreamFinished(reason=reason, usage=used, retry_after_s=end.retry_after_s)


def _reason_of_break(error: Exception, *, began: bool) -> Reason:
    """What it means that the network gave no more: before an answer's headers nothing was there, or nothing came in time."""
    if began:
        return "stream_broke"
    if isinstance(error, TimeoutError):
        return "first_text_late"
    log.warning("model.unreachable", error=type(error).__name__)
    return "unreachable"


def _end_of(error: openai.APIError) -> StreamFinished:
    """What it means that no stream began. What the server wrote is not logged: it may quote the question or the key."""
    if isinstance(error, openai.APIStatusError):
        reason = reason_of_status(error.status_code, error.code, error.type)
        log.warning("model.refused", status=error.status_code, reason=reason)
        again = retry_after_s(error.response.headers, time.time())
        return StreamFinished(reason=reason, usage=None, retry_after_s=again)
    if isinstance(error, openai.APIConnectionError):
        log.warning("model.unreachable", error=type(error.__cause__).__name__)
        return StreamFinished(reason="unreachable", usage=None)
    return StreamFinished(reason=reason_of_code(error.code, error.type, otherwise="server_error"), usage=None)
