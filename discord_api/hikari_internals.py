"""Everything that Causerie uses of hikari though it is not public: private methods and attributes, and `hikari.internal`.

`tests/discord_api/test_hikari_internals.py` names each of them, so that an update of hikari that changes one fails there.
What is built on them here:

* `LenientBot`: hikari's bot with an entity factory of ours, to which hikari offers no parameter.
* `Shard`: a gateway session. hikari opens a new one by itself, at once and as often as that takes; waits without end for
  Discord's first word; and leaves its tasks behind when it is cancelled before READY. This one ends when its session is lost.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, Protocol, cast

import hikari
from hikari.api import EntityFactory
from hikari.impl import GatewayShardImpl
from hikari.internal.routes import GET_GATEWAY_BOT, CompiledRoute

__all__ = ["ANY_ROUTE", "CompiledRoute", "LenientBot", "RawEvents", "SessionLostError", "Shard", "is_handled_by_hikari"]

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


def is_handled_by_hikari(context: Mapping[str, object]) -> bool:
    """Return whether an error that asyncio reports as handled by nobody is one that hikari handles: a connection has ended.

    Until a connection is ready, hikari waits for its tasks behind shields, which it cancels then. From Python 3.14 on, asyncio
    reports what such a task raises later, although hikari awaits the task itself. `context` is what asyncio tells an exception handler.
    """
    task = context.get("future")
    is_shielded = "exception in shielded future" in str(context.get("message"))
    return is_shielded and isinstance(task, asyncio.Task) and "(shard " in task.get_name()


class LenientBot(hikari.GatewayBot):
    """hikari's bot, with an entity factory of ours."""

    def __init__(self, token: str, factory: Callable[[hikari.RESTAware], EntityFactory], **hikaris: Any) -> None:
        """`hikaris` are the parameters of `hikari.GatewayBot`."""
        super().__init__(token, **hikaris)
        self._entity_factory = cast("Any", factory(self))


class RawEvents(Protocol):
    """What a shard needs of hikari's event manager."""

    def consume_raw_event(self, event_name: str, shard: hikari.api.GatewayShard, payload: Any) -> None:
        """Take an event as Discord sent it."""
        ...

    def dispatch(self, event: hikari.Event, *, return_tasks: bool = False) -> asyncio.Future[Any] | None:
        """Take an event of hikari's own, about the connection."""
        ...


class SessionLostError(hikari.GatewayServerClosedConnectionError):
    """The session cannot be resumed any more; a new shard is needed to go on."""


class Shard(GatewayShardImpl):
    """Opens one session, resumes it for as long as that is possible, then ends with an error that says why."""

    __slots__ = ("_ended", "_has_identified", "_identifying", "_life", "_tries")

    def __init__(
        self,
        app: hikari.GatewayBot,
        *,
        events: RawEvents,
        identifying: Callable[[], Awaitable[None]],
        **hikaris: Any,
    ) -> None:
        """`events` gets what Discord sends, with the settings of `app`. `identifying` is awaited right before each IDENTIFY.

        `hikaris` are parameters of hikari's shard.
        """
        super().__init__(
            event_manager=cast("hikari.api.EventManager", events),
            event_factory=app.event_factory,
            http_settings=app.http_settings,
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
