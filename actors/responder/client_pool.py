"""The fast lane's pool to Discord: HTTP clients that one request has for itself at a time.

hikari lets one request at a time through to a rate limit that it has not seen, and keeps one waiting line for all that it
has not seen of a route. Every interaction has limits of its own, which nobody has seen before: in one client a person's
upload would hold up everybody's panels, and the rest would drain at the pace of a single interaction. Nor does a client
that answers interactions share the courier's global limit, which does not apply to them (Discord: Rate Limits, Global).
"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from types import TracebackType
from typing import Final, NamedTuple, Self

import anyio
import hikari
from hikari.api import RESTClient
from hikari.impl import HTTPSettings, HTTPTimeoutSettings

from tls import tls_context

SILENCE_S: Final = 8.0
"""How long Discord may take to answer; counted from the end of an upload."""

UPLOAD_S: Final = 60.0
"""How long one request may take in all: a file of 5 MiB at 0.7 Mbit/s."""

IDLE_MAX: Final = 8
"""ClientPool that are kept for the next interaction; more are opened while more people press at once."""


class _Line(NamedTuple):
    client: RESTClient
    opened: AsyncExitStack


class ClientPool:
    """Opened as needed, kept for a while, closed together."""

    def __init__(self, rest_url: str) -> None:
        self._rest_url = rest_url
        # Shared, because reading the certificates for it takes a while.
        self._settings = HTTPSettings(
            timeouts=HTTPTimeoutSettings(
                request_socket_connect=SILENCE_S, request_socket_read=SILENCE_S, total=UPLOAD_S
            ),
            force_close_transports=False,  # a panel's answer has no time for a handshake
            ssl=tls_context(),
        )
        self._idle: list[_Line] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with anyio.CancelScope(shield=True):
            while self._idle:
                await self._idle.pop().opened.aclose()

    @asynccontextmanager
    async def take(self) -> AsyncIterator[RESTClient]:
        """Have a line for one request. The last one used comes first, so few stay connected."""
        line = self._idle.pop() if self._idle else await self._open()
        try:
            yield line.client
        finally:
            self._idle.append(line)
            while len(self._idle) > IDLE_MAX:
                await self._idle.pop(0).opened.aclose()

    async def _open(self) -> _Line:
        app = hikari.RESTApp(http_settings=self._settings, max_retries=0, url=self._rest_url)
        opened = AsyncExitStack()
        await app.start()
        opened.push_async_callback(app.close)
        # Without the bot's token: an interaction's own token, in the address, is all that its answer needs.
        return _Line(await opened.enter_async_context(app.acquire()), opened)
