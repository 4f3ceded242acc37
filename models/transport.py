"""Carries the openai package's requests: what httpx2 calls a transport, by aiohttp.

The package has such a transport, too. It loads a second HTTP library that then does nothing, which is 2 MB, and an answer that streams
passes three generators and their contexts behind it, which is 5 KB for each.
"""

from collections.abc import AsyncIterable, AsyncIterator
from functools import lru_cache
from typing import Final

import aiohttp
import httpx2
from multidict import istr

from network.proxies import Proxy
from network.tls import tls_context

CONNECT_S: Final = 10.0

KEPT_S: Final = 5.0
"""A connection that nobody uses is closed after so many seconds, as the openai package's own would be."""

READ_BYTES_MAX: Final = 16 * 1024

_BODY: Final = "body"
"""Where a response has its `Body`, among the extensions that httpx2 lets a transport add."""


class Body(httpx2.AsyncByteStream):
    """The body of a response whose headers have come, as it was sent."""

    __slots__ = ("_response",)

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self.aiter_bytes()

    def aiter_bytes(self) -> AsyncIterator[bytes]:
        """Yield it, once.

        :raises Exception: `aiohttp.ClientError`, or `OSError`
        """
        return self._response.content.iter_chunked(READ_BYTES_MAX)

    async def aclose(self) -> None:
        """Close the connection, or leave it to the next request where all was read."""
        self._response.release()
        await self._response.wait_for_close()


class Transport(httpx2.AsyncBaseTransport):
    """The connections to one server. How long an answer may take, and how many stream at once, is for others to say."""

    def __init__(self, proxy: Proxy | None) -> None:
        """Be ready; nothing is connected yet."""
        self._proxy = None if proxy is None else httpx2.Proxy(proxy.url)
        self._session: aiohttp.ClientSession | None = None
        """None until the first request: it belongs to the event loop that runs then."""

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request, and return the response once its headers have come.

        :raises Exception: `aiohttp.ClientError`, or `OSError`
        """
        if self._session is None:
            connector = aiohttp.TCPConnector(ssl=tls_context(), keepalive_timeout=KEPT_S, limit=0)
            self._session = aiohttp.ClientSession(
                connector=connector, timeout=aiohttp.ClientTimeout(sock_connect=CONNECT_S), auto_decompress=False
            )
        proxy, body = self._proxy, _body_of(request)
        response = await self._session.request(
            request.method,
            str(request.url),
            headers=[_header(*header) for header in request.headers.items()],
            data=body,
            allow_redirects=False,
            proxy=None if proxy is None else str(proxy.url),
            proxy_auth=None if proxy is None or proxy.auth is None else aiohttp.BasicAuth(*proxy.auth),
        )
        stream = Body(response)
        return httpx2.Response(
            response.status,
            headers=response.raw_headers,
            stream=stream,
            request=request,
            extensions={_BODY: stream},
        )

    async def aclose(self) -> None:
        """Close every connection."""
        if self._session is not None:
            await self._session.close()


@lru_cache(maxsize=64)
def _header(name: str, value: str) -> tuple[istr, str]:
    """Return a header of a request. Nearly all are the same in every request, and aiohttp keeps them until the answer's end: 4 KB each time."""
    return istr(name), value


def _body_of(request: httpx2.Request) -> bytes | AsyncIterable[bytes] | None:
    try:
        return request.content or None
    except httpx2.RequestNotRead:
        request.headers.pop("transfer-encoding", None)  # aiohttp says how it sends a body that comes in pieces
        assert isinstance(request.stream, AsyncIterable)  # noqa: S101 the client is an asynchronous one
        return request.stream


def body_of(response: httpx2.Response) -> Body | httpx2.Response:
    """Return what yields the body of a response: the response itself only where the body is compressed.

    Whoever keeps a response keeps the request and all headers, while an answer may stream for minutes.
    """
    if "content-encoding" in response.headers:
        # Nor is the request's body kept.
        response.request = httpx2.Request(response.request.method, response.request.url)
        return response
    body = response.extensions[_BODY]
    assert isinstance(body, Body)  # noqa: S101 each response is by our transport
    return body
