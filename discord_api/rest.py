"""hikari's REST client, but no request waits in it and none is repeated; callers learn what the answers' headers say.

hikari queues requests by bucket, lets all channels wait for a route's first answer, and repeats a request that was answered
with 429 until it succeeds, by then with text that is out of date. Here the caller obeys the limits and decides what is sent
again.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from contextvars import ContextVar
from typing import Any, Final, NoReturn

import hikari
from hikari.api import EntityFactory
from hikari.impl import HTTPSettings, HTTPTimeoutSettings, ProxySettings, RESTClientImpl
from hikari.impl.buckets import RESTBucketManager

from discord_api.attached import describe
from discord_api.discord_clock import DiscordClock
from discord_api.hikari_internals import ANY_ROUTE, CompiledRoute
from discord_api.own_posts import OwnPosts
from discord_api.results import RateLimitHeaders
from network.proxies import Proxies, Proxy
from network.tls import tls_context

SILENCE_S: Final = 8.0
"""How long Discord may take to accept a connection, and to answer once a request was sent: longer than it takes when it is slow, short
enough that a person still waits for the answer."""

UPLOAD_S: Final = 60.0
"""How long one request may take in all: an answer's files of 10 MiB at 2 Mbit/s."""

AGAIN_S: Final = 1.0
"""The pause after a 429 that says neither how long nor why."""


class Answered:
    """What is known of the last request within `one_request`. `bucket` is what its answer's headers said."""

    def __init__(self) -> None:
        self.bucket: RateLimitHeaders | None = None
        self.route: CompiledRoute | None = None
        self.has_page = False
        self.is_known = False


_answered: ContextVar[Answered | None] = ContextVar("answered", default=None)


class PageOverError(Exception):
    """hikari would request a further page."""


def first_page_came() -> None:
    """Say that a first page has been read: when hikari then requests the next one, `PageOverError` is raised."""
    answered = _answered.get()
    if answered is not None:
        answered.has_page = True


def is_known() -> bool:
    """Whether the answer is a message that was just sent; reading all of it would take a third of a request's time."""
    answered = _answered.get()
    return answered is not None and answered.is_known


@contextmanager
def one_request() -> Iterator[Answered]:
    """Have each request within made only once; yields what becomes known of it."""
    answered = Answered()
    token = _answered.set(answered)
    try:
        yield answered
    finally:
        _answered.reset(token)


class UnqueuedBuckets(RESTBucketManager):
    """Takes the place in which hikari keeps rate limits: nothing waits, and `one_request` learns what the headers say."""

    __slots__ = ("_clock",)

    def __init__(self, clock: DiscordClock) -> None:
        super().__init__(max_rate_limit=0.0)  # a 429 is raised at once
        self._clock = clock

    def acquire_bucket(
        self,
        compiled_route: CompiledRoute,
        authentication: str | None,  # noqa: ARG002 hikari's signature
    ) -> AbstractAsyncContextManager[None]:
        """Let a request be made, unless hikari repeats it."""
        return _once(compiled_route)

    def update_rate_limits(
        self,
        compiled_route: CompiledRoute,  # noqa: ARG002
        authentication: str | None,  # noqa: ARG002
        bucket_header: str,
        remaining_header: int,
        limit_header: int,
        reset_at: float,
        reset_after: float,
    ) -> None:
        """Keep the headers of an answer. Of a window's reset they say the moment by Discord's clock, and the seconds until then."""
        if reset_at > 0:
            self._clock.learn(reset_at - reset_after)
        answered = _answered.get()
        if answered is not None:
            answered.bucket = RateLimitHeaders(bucket_header, limit_header, remaining_header, reset_after)

    def throttle(self, retry_after: float) -> NoReturn:
        """Discord's limit for all requests was exceeded: raise what says so.

        :raises hikari.RateLimitTooLongError: always
        """
        raise _too_long(retry_after, everywhere=True)


@asynccontextmanager
async def _once(route: CompiledRoute) -> AsyncIterator[None]:
    """Let a request be made, unless hikari repeats it; it compiles a route once for each call, so a repeated one has the same route.

    :raises PageOverError: when hikari wants a further page
    :raises hikari.RateLimitTooLongError: when hikari repeats what was answered with 429
    """
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
        route=ANY_ROUTE,
        is_global=everywhere,
        retry_after=max(AGAIN_S, retry_after_s),
        max_retry_after=0.0,
        reset_at=0.0,
        limit=None,
        period=None,
    )


def proxy_settings(proxy: Proxy | None) -> ProxySettings:
    """Return hikari's settings for a connection that goes by this proxy, or directly. hikari looks at no variable itself."""
    return ProxySettings(url=None if proxy is None else proxy.url)


class _RememberingRest(RESTClientImpl):
    """hikari's client, which remembers under which nonces it posts."""

    __slots__ = ("_own_posts",)

    def __init__(self, own_posts: OwnPosts, **hikaris: Any) -> None:
        super().__init__(**hikaris)
        self._own_posts = own_posts

    def _build_message_payload(self, /, **options: Any) -> Any:
        """As hikari's, with the descriptions of files."""
        body, form = super()._build_message_payload(**options)
        describe(body, options.get("attachments"))
        return body, form

    async def create_message(self, *arguments: Any, **options: Any) -> hikari.Message:
        """As hikari's."""
        if "nonce" in options:
            self._own_posts.posting(options["nonce"])
        return await super().create_message(*arguments, **options)


def discord_rest(
    token: str,
    rest_url: str,
    entity_factory: EntityFactory,
    *,
    proxies: Proxies | None = None,
    clock: DiscordClock | None = None,
    own_posts: OwnPosts | None = None,
) -> RESTClientImpl:
    """Return a client that is open within `async with`. Without `proxies` it goes by none.

    `clock` learns from its answers, and `own_posts` is told what it posts.
    """
    return _RememberingRest(
        own_posts or OwnPosts(),
        cache=None,
        entity_factory=entity_factory,
        executor=None,
        # hikari would connect anew for each request, for the sake of Windows: a handshake or two more for each of them.
        http_settings=HTTPSettings(
            timeouts=HTTPTimeoutSettings(
                acquire_and_connect=SILENCE_S,
                request_socket_connect=SILENCE_S,
                request_socket_read=SILENCE_S,
                total=UPLOAD_S,
            ),
            force_close_transports=False,
            ssl=tls_context(),
        ),
        proxy_settings=proxy_settings(proxies.for_url(rest_url) if proxies else None),
        bucket_manager=UnqueuedBuckets(clock or DiscordClock()),
        max_retries=0,
        token=token,
        token_type=hikari.TokenType.BOT,
        rest_url=rest_url,
    )
