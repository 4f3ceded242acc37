"""Everything that Causerie uses of hikari though it is not public: private methods and attributes, and `hikari.internal`.

`tests/discord_api/test_hikari_internals.py` names each of them, so that an update of hikari that changes one fails there.
What is built on them here:

* `LenientBot`: hikari's bot with an entity factory of ours, to which hikari offers no parameter.
* `UnqueuedBuckets`: hikari's REST client queues requests by bucket and repeats them; this lets them pass and tells of them.
* `Shard`: a gateway session. hikari opens a new one by itself, at once and as often as that takes; waits without end for
  Discord's first word; and leaves its tasks behind when it is cancelled before READY. This one ends when its session is lost.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any, Final, NoReturn, Protocol, cast

import hikari
from hikari.api import EntityFactory
from hikari.impl import GatewayShardImpl
from hikari.impl.buckets import RESTBucketManager
from hikari.internal.routes import GET_GATEWAY_BOT, CompiledRoute

from discord_api.results import RateLimitHeaders

__all__ = ["ANY_ROUTE", "CompiledRoute", "LenientBot", "RequestWatcher", "SessionLostError", "Shard", "UnqueuedBuckets"]

ANY_ROUTE: Final = GET_GATEWAY_BOT.compile()
"""hikari's errors name a route; nobody reads this one."""

IDENTIFY: Final = 2
"""Discord, "Opcodes and Status Codes", section "Gateway Opcodes"."""

HANDSHAKE_S: Final = 30.0
"""How long Discord has from the first byte to READY or RESUMED; it takes less than a second, on a bad day a few."""

TRIES_MAX: Final = 5
"""Attempts to connect in a row without READY or RESUMED; with hikari's pauses they take some minutes. By then Discord has
forgotten the session, or the address that it gave for resuming is dead."""

END_S: Final = 2.0
"""How long the close frame may take; the connection may be dead."""


class LenientBot(hikari.GatewayBot):
    """hikari's bot, with an entity factory of ours."""

    def __init__(self, token: str, factory: Callable[[hikari.RESTAware], EntityFactory], **hikaris: Any) -> None:
        """`hikaris` are the parameters of `hikari.GatewayBot`."""
        super().__init__(token, **hikaris)
        self._entity_factory = cast("Any", factory(self))


class RequestWatcher(Protocol):
    """What is told of each request that hikari's REST client makes."""

    def request(self, route: CompiledRoute) -> AbstractAsyncContextManager[None]:
        """A request is about to be made, within this context; an exception keeps it from being made."""
        ...

    def limits(self, headers: RateLimitHeaders) -> None:
        """The answer's headers said this."""
        ...

    def limited_everywhere(self, retry_after_s: float) -> NoReturn:
        """Discord's global rate limit was exceeded; raise what says so."""
        ...


class UnqueuedBuckets(RESTBucketManager):
    """Takes the place in which hikari keeps rate limits."""

    __slots__ = ("_watcher",)

    def __init__(self, watcher: RequestWatcher) -> None:
        super().__init__(max_rate_limit=0.0)  # a 429 is raised at once
        self._watcher = watcher

    def acquire_bucket(
        self,
        compiled_route: CompiledRoute,
        authentication: str | None,  # noqa: ARG002 hikari's signature
    ) -> AbstractAsyncContextManager[None]:
        """As hikari's."""
        return self._watcher.request(compiled_route)

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
        """As hikari's."""
        self._watcher.limits(RateLimitHeaders(bucket_header, limit_header, remaining_header, reset_after))

    def throttle(self, retry_after: float) -> None:
        """As hikari's."""
        self._watcher.limited_everywhere(retry_after)


class SessionLostError(hikari.GatewayServerClosedConnectionError):
    """The session cannot be resumed any more; a new shard is needed to go on."""


class _Others:
    """Hands on every event but those about messages of the bot itself, which nobody here wants to hear of."""

    def __init__(self, manager: hikari.api.EventManager, own_id: int) -> None:
        self._manager = manager
        self._own_id = str(own_id)

    def consume_raw_event(self, event_name: str, shard: hikari.api.GatewayShard, payload: Any) -> None:
        """As hikari's."""
        of_a_message = event_name in ("MESSAGE_CREATE", "MESSAGE_UPDATE")
        if not (of_a_message and (payload.get("author") or {}).get("id") == self._own_id):
            self._manager.consume_raw_event(event_name, shard, payload)

    def dispatch(self, event: hikari.Event, *, return_tasks: bool = False) -> asyncio.Future[Any] | None:
        """As hikari's."""
        return self._manager.dispatch(event, return_tasks=return_tasks)


class Shard(GatewayShardImpl):
    """Opens one session, resumes it for as long as that is possible, then ends with an error that says why."""

    __slots__ = ("_ended", "_has_identified", "_identifying", "_life", "_tries")

    def __init__(self, app: hikari.GatewayBot, *, identifying: Callable[[], Awaitable[None]], **hikaris: Any) -> None:
        """`identifying` is awaited right before each IDENTIFY. `hikaris` are parameters of hikari's shard."""
        own_id = int(hikari.applications.get_token_id(hikaris["token"]))
        super().__init__(
            event_manager=cast("hikari.api.EventManager", _Others(app.event_manager, own_id)),
            event_factory=app.event_factory,
            http_settings=app.http_settings,
            proxy_settings=app.proxy_settings,
            intents=app.intents,
            **hikaris,
        )
        self._identifying = identifying
        self._has_identified = False
        self._tries = 0
        self._ended = False
        self._life: asyncio.Task[None] | None = None

    async def end(self) -> None:
        """Disconnect, however far the connection has come; return after `END_S` at the latest."""
        self._ended = True
        if self._life is not None and not self._life.done():
            self._life.cancel()
            await asyncio.wait([self._life], timeout=END_S)

    async def _keep_alive(self) -> None:
        self._life = asyncio.current_task()
        if not self._ended:
            await super()._keep_alive()

    async def _connect(self) -> tuple[asyncio.Task[None], ...]:
        self._tries += 1
        if self._tries > TRIES_MAX or (self._seq is None and self._has_identified):
            raise SessionLostError("the session is lost", None, False)
        try:
            async with asyncio.timeout(HANDSHAKE_S):
                tasks = await super()._connect()
        except BaseException as error:
            self._cancel_tasks()
            if isinstance(error, TimeoutError):
                raise hikari.GatewayConnectionError("Discord said nothing for too long") from error
            raise
        if self._handshake_event is not None and self._handshake_event.is_set():
            self._tries = 0
        return tasks

    def _cancel_tasks(self) -> None:
        """Cancel the tasks of a connection that did not get as far as READY: hikari forgets them."""
        names = {f"{what} (shard {self.id})" for what in ("heartbeat", "poll events")}
        for task in asyncio.all_tasks():
            if task.get_name() in names:
                task.cancel()

    async def _send_json(self, data: Mapping[str, Any], *, priority: bool = False) -> None:
        if data["op"] == IDENTIFY:
            await self._identifying()
            self._has_identified = True
        await super()._send_json(data, priority=priority)
