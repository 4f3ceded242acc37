"""Sends requests to OpenAI's API, or to any server with the same API: the one place that knows the openai package.

The package only opens the response. We read, split and decode its stream ourselves, which costs a tenth of what the package's
own objects cost, and the package retries nothing: what is sent again, and when, is decided where the turn is known.
"""

import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import aclosing
from typing import IO, Final, cast

import aiohttp
import httpx2
import openai
import structlog
from openai import AsyncOpenAI, AsyncStream

from models.address import without_query
from models.errors import reason_of
from models.events import StreamFinished
from models.faults import Fault, fault_of, wait_s_in
from models.opened_body import BrokenError, OpenedBody, RefusedError, Response
from models.retry_after import retry_after_s
from network.proxies import Proxy
from network.tls import tls_context

log = structlog.get_logger()

CONNECT_S: Final = 10.0

_CONNECTIONS: Final = httpx2.Limits(max_connections=1_000_000)
"""How many answers stream at once is for the operator to say. With the package's own limit the 1,001st would wait for a
connection, and nobody could tell that from a slow model."""

BODY_BYTES_MAX: Final = 16 * 1024 * 1024
"""The longest lists of models have some hundreds of entries, of a few kilobytes each."""

_JSON: Final = {"Content-Type": "application/json"}
_FORM: Final = {"Content-Type": "multipart/form-data"}

FormFile = tuple[str, IO[bytes], str]
"""A file of a form: the name that the server is told, the open file, and its media type. The package copies bytes several times, and
streams an open file."""

_BREAKS: Final = (openai.APIError, OSError, httpx2.HTTPError, aiohttp.ClientError)
REQUEST_ERRORS: Final = (*_BREAKS, RefusedError, BrokenError)
"""What a server or a network can cause while a request is sent or its response is read; `end_of` says what each means."""


class ApiClient:
    """A client for one address and one key, for the life of the process."""

    def __init__(self, *, base_url: str, key: str, proxy: Proxy | None = None) -> None:
        """Be ready to ask; nothing is sent yet.

        :raises ValueError: no HTTP header can carry the key; the message does not contain it
        """
        if not (key.isascii() and key.isprintable()):
            raise ValueError("OPENAI_API_KEY has characters that no key has. Copy it again.")
        self.address, query = without_query(base_url)
        """The address that requests go to, without what the operator wrote behind a question mark."""
        self._client = AsyncOpenAI(
            base_url=self.address,
            default_query=query,
            # Azure takes a key of its own only in this header where an `api-version` is asked for (Azure: REST API reference).
            default_headers={"api-key": key} if key and "api-version" in query else None,
            # A server of one's own needs no key, but the package wants one.
            api_key=key or "none",
            max_retries=0,
            # The caller limits how long an answer may take, from the request on and by the text that comes.
            timeout=openai.Timeout(None, connect=CONNECT_S),
            # A redirect would carry questions to an address that nobody chose.
            http_client=openai.DefaultAioHttpClient(
                follow_redirects=False,
                verify=tls_context(),
                limits=_CONNECTIONS,
                # The package would read the variables itself, but not as Discord's connections do.
                trust_env=False,
                proxy=None if proxy is None else httpx2.Proxy(proxy.url),
            ),
        )

    async def close(self) -> None:
        """Close every connection."""
        await self._client.close()

    async def get(self, path: str) -> bytes:
        """Return the body of a response, at most `BODY_BYTES_MAX` of it.

        :raises Exception: one of `REQUEST_ERRORS`
        """
        answered: object = await self._client.get(
            path,
            cast_to=httpx2.Response,
            stream=True,
            stream_cls=AsyncStream[object],
            options={"security": {"bearer_auth": True}},
        )
        async with aclosing(cast("httpx2.Response", answered)) as response:  # as `cast_to` says
            return await whole(response)

    async def post(self, path: str, body: bytes | AsyncIterator[bytes], size: int | None = None) -> httpx2.Response:
        """Send a request whose response is a stream, and return the response once its headers have come with a good status.

        The caller closes the response. `body` is JSON that we encoded: the package would look at each message of a dialogue. It has
        `size` bytes: not every server takes a body that comes in pieces without knowing that.

        :raises Exception: one of `REQUEST_ERRORS`
        """
        headers = _JSON if size is None else {**_JSON, "Content-Length": str(size)}
        answered: object = await self._client.post(
            path,
            content=body,
            cast_to=httpx2.Response,
            stream=True,
            stream_cls=AsyncStream[object],
            options={"headers": headers, "security": {"bearer_auth": True}},
        )
        return _without_body(answered)

    async def ask(self, path: str, body: bytes | AsyncIterator[bytes], size: int | None = None) -> OpenedBody:
        """Send a request as `post` does, and return the response once its body has begun and is no error.

        :raises Exception: one of `REQUEST_ERRORS`
        """
        return await _opened(await self.post(path, body, size))

    async def ask_form(
        self, path: str, fields: Mapping[str, str | Sequence[str]], files: Sequence[tuple[str, FormFile]]
    ) -> OpenedBody:
        """Send a form with files, and return the response as `ask` does.

        `fields` are its other parts; one with several values is sent with brackets behind its name. `files` come with the names of their
        parts; each is read while it is sent, so that none is ever whole in memory, and the caller closes it afterwards.

        :raises Exception: one of `REQUEST_ERRORS`
        """
        answered: object = await self._client.post(
            path,
            body=dict(fields),
            files=list(files),
            cast_to=httpx2.Response,
            stream=True,
            stream_cls=AsyncStream[object],
            options={"headers": _FORM, "security": {"bearer_auth": True}},
        )
        return await _opened(_without_body(answered))


async def _opened(response: httpx2.Response) -> OpenedBody:
    body = OpenedBody(response, _BREAKS)
    try:
        await body.begin()
    except BaseException:
        await response.aclose()
        raise
    return body


def _without_body(answered: object) -> httpx2.Response:
    """Return the response without its request, whose body it would hold as long as it lives: nobody needs that any more."""
    response = cast("httpx2.Response", answered)  # as `cast_to` says
    response.request = httpx2.Request("POST", response.request.url)
    return response


async def whole(response: Response) -> bytes:
    """Return the body of a response, at most about `BODY_BYTES_MAX` of it.

    :raises Exception: one of `REQUEST_ERRORS`
    """
    pieces, size = [], 0
    async for read in response.aiter_bytes():
        pieces.append(read)
        size += len(read)
        if size > BODY_BYTES_MAX:
            break
    return b"".join(pieces)


def fault_of_refusal(error: Exception) -> Fault | None:
    """Return what a server said with which it refused a request; None where it did not come to say something."""
    if isinstance(error, RefusedError):
        return error.fault
    if not isinstance(error, openai.APIStatusError):
        return None
    return fault_of(error.response.text if error.body is None else error.body, error.status_code)


def end_of(error: Exception) -> StreamFinished:
    """Return what one of `REQUEST_ERRORS`, raised instead of a response, means for the answer, and log it.

    What the server wrote is not logged: it may quote the question or the key.
    """
    if isinstance(error, RefusedError):
        log.warning("model.refused", status=200, reason=error.end().reason)
        return error.end()
    fault = fault_of_refusal(error)
    if isinstance(error, openai.APIStatusError) and fault is not None:
        reason = reason_of(fault)
        log.warning("model.refused", status=error.status_code, reason=reason)
        again_s = retry_after_s(error.response.headers, time.time())
        return StreamFinished(reason=reason, usage=None, retry_after_s=wait_s_in(fault) if again_s is None else again_s)
    if isinstance(error, TimeoutError):
        return StreamFinished(reason="first_text_late", usage=None)
    if isinstance(error, BrokenError):
        log.warning("model.response_broke", error=cause_of(error))
        return StreamFinished(reason="stream_broke", usage=None)
    address = str(error.request.url.join("/")) if isinstance(error, openai.APIConnectionError) else ""
    log.warning("model.unreachable", address=address, error=cause_of(error))
    return StreamFinished(reason="unreachable", usage=None)


def cause_of(error: BaseException) -> str:
    """Return what happened to the connection, below the words of the libraries: for instance that nobody listens there."""
    while error.__cause__ is not None:
        error = error.__cause__
    return f"{type(error).__name__}: {error}" if isinstance(error, OSError) else type(error).__name__
