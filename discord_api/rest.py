"""hikari's REST client without its patience: nothing waits in it, nothing is repeated, and what headers say is told.

hikari queues requests by bucket, lets all channels wait for a route's first answer, and repeats what was answered 429
for as long as it takes, with text that has grown stale. Who asks here keeps the limits and decides what is sent again.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from contextvars import ContextVar
from typing import Final

import hikari
from hikari.api import EntityFactory
from hikari.impl import HTTPSettings, HTTPTimeoutSettings, ProxySettings, RESTClientImpl
from hikari.impl.buckets import RESTBucketManager
from hikari.internal.routes import GET_GATEWAY_BOT, CompiledRoute

from discord_api.results import RateLimitHeaders
from tls import tls_context

REQUEST_TIMEOUT_S: Final = 8.0
"""Longer than Discord takes when it is slow, short enough that a person still waits for the answer."""

AGAIN_S: Final = 1.0
"""The pause after a 429 that says neither how long nor why."""


class Answered:
    """What the headers said of the last answer within `one_request`."""

    def __init__(self) -> None:
        self.bucket: RateLimitHeaders | None = None
        self.route: CompiledRoute | None = None
        self.has_page = False
        self.is_known = False


_answered: ContextVar[Answered | None] = ContextVar("answered", default=None)


class PageOverError(Exception):
    """hikari would ask for a further page."""


def first_page_came() -> None:
    """Something of a first page is there: a request for the next one is raised as `PageOverError`."""
    answered = _answered.get()
    if answered is not None:
        answered.has_page = True


def is_known() -> bool:
    """Whether the answer is a message that was just sent: reading all of it would cost a third of a request for nothing."""
    answered = _answered.get()
    return answered is not None and answered.is_known


@contextmanager
def one_request() -> Iterator[Answered]:
    """Requests within are made once each; yields what their headers say."""
    answered = Answered()
    token = _answered.set(answered)
    try:
        yield answered
    finally:
        _answered.reset(token)


class _NoQueue(RESTBucketManager):
    """Takes the place where hikari keeps rate limits."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(max_rate_limit=0.0)  # a 429 is told at once

    def acquire_bucket(
        self,
        compiled_route: CompiledRoute,
        authentication: str | None,  # noqa: ARG002 hikari's signature
    ) -> AbstractAsyncContextManager[None]:
        return _once(compiled_route)

    def update_rate_limits(
        self,
        compiled_route: CompiledRoute,  # noqa: ARG002
        authentication: str | None,  # noqa: ARG002
        bucket_header: str,
        remaining_header: int,
        limit_header: int,
        reset_at: float,  # noqa: ARG002 by Discord's clock, not ours
        reset_after: float,
    ) -> None:
        answered = _answered.get()
        if answered is not None:
            answered.bucket = RateLimitHeaders(bucket_header, limit_header, remaining_header, reset_after)

    def throttle(self, retry_after: float) -> None:
        raise _too_long(retry_after, everywhere=True)


@asynccontextmanager
async def _once(route: CompiledRoute) -> AsyncIterator[None]:
    """Refuse what hikari repeats: the same route, compiled once for each call."""
    answered = _answered.get()
    if answered is not None:
        if answered.route is route and answered.has_page:
            raise PageOverError
        if answered.route is route:
            bucket = answered.bucket
            raise _too_long(bucket.reset_after_s if bucket is not None else AGAIN_S, everywhere=False)
        answered.route = route
    yield


def _too_long(retry_after_s: float, *, everywhere: bool) -> hikari.RateLimitTooLongError:
    return hikari.RateLimitTooLongError(
        route=_ROUTE,
        is_global=everywhere,
        retry_after=max(AGAIN_S, retry_after_s),
        max_retry_after=0.0,
        reset_at=0.0,
        limit=None,
        period=None,
    )


_ROUTE: Final = GET_GATEWAY_BOT.compile()
"""An error names a route; nobody reads it."""


def discord_rest(token: str, rest_url: str, entity_factory: EntityFactory) -> RESTClientImpl:
    """Return a client that is open within `async with`; the gateway, which has its own, may come and go meanwhile."""
    return RESTClientImpl(
        cache=None,
        entity_factory=entity_factory,
        executor=None,
        # hikari would connect anew for each request, for the sake of Windows: a handshake or two more for each of them.
        http_settings=HTTPSettings(
            timeouts=HTTPTimeoutSettings(total=REQUEST_TIMEOUT_S), force_close_transports=False, ssl=tls_context()
        ),
        proxy_settings=ProxySettings(),
        bucket_manager=_NoQueue(),
        max_retries=0,
        token=token,
        token_type=hikari.TokenType.BOT,
        rest_url=rest_url,
    )
