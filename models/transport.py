"""Carries requests to a model's server by aiohttp, and leaves what an answer brings with the kernel until it is read.

The package's own way reads each token when it comes, and wakes the process for it: fifty times a second and answer.
"""

from collections.abc import AsyncIterator

import aiohttp
import httpx2

from trust import trusted

CONNECTIONS_MAX = 0
"""aiohttp: without a bound. How many answers stream at once is decided where it can be shared fairly."""


class Transport(httpx2.AsyncBaseTransport):
    """Takes the place of httpx2's own transport; one for the life of a client."""

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request; its answer's body comes when it is read.

        :raises httpx2.ConnectError: whatever kept the answer's headers from coming
        """
        if self._session is None:
            connector = aiohttp.TCPConnector(limit=CONNECTIONS_MAX, ssl=trusted())
            # Decoding is httpx2's, as is the time that an answer may take its reader's.
            self._session = aiohttp.ClientSession(connector=connector, auto_decompress=False, trust_env=True)
        timeout = aiohttp.ClientTimeout(sock_connect=request.extensions.get("timeout", {}).get("connect"))
        try:
            response = await self._session.request(
                request.method,
                str(request.url),
                headers=request.headers,
                data=await request.aread(),
                allow_redirects=False,
                timeout=timeout,
            )
        except (aiohttp.ClientError, OSError) as error:
            raise httpx2.ConnectError(type(error).__name__) from error
        return httpx2.Response(
            response.status, headers=list(response.raw_headers), stream=_Body(response), request=request
        )

    async def aclose(self) -> None:
        """Close every connection."""
        if self._session is not None:
            await self._session.close()


class _Body(httpx2.AsyncByteStream):
    """An answer's body. Nothing is taken from its connection but while it is waited for."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while read := await self._response.content.readany():
            self._pause()
            yield read
            self._resume()

    def _pause(self) -> None:
        connection = self._response.connection  # none when all of the body is there
        if connection is not None and connection.protocol is not None:
            connection.protocol.pause_reading()

    def _resume(self) -> None:
        connection = self._response.connection
        if connection is not None and connection.protocol is not None:
            connection.protocol.resume_reading()

    async def aclose(self) -> None:
        """Give the connection back, or close it when the body has not been read to its end."""
        self._response.release()
