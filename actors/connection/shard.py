"""One session of Discord's gateway: hikari's shard, held to what Discord's documents say and hikari does not do.

hikari asks for a new session by itself, at once and as often as it takes; waits without end for a first word; and leaves its
tasks behind when it is cancelled before it is ready. Here a session that is lost ends the shard.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, cast

import hikari
from hikari.impl import GatewayShardImpl

IDENTIFY: Final = 2
"""Discord, "Opcodes and Status Codes", section "Gateway Opcodes"."""

HANDSHAKE_S: Final = 30.0
"""From the first byte to READY or RESUMED; Discord takes below a second, on a bad day a few."""

TRIES_MAX: Final = 5
"""In a row, without READY or RESUMED: some minutes, with hikari's pauses. Discord has then forgotten the session, or the
address that it gave for resuming is dead; whether it is reachable is asked again before a new session is."""

END_S: Final = 2.0
"""For the close frame of a connection that may be dead."""


class SessionLostError(hikari.GatewayServerClosedConnectionError):
    """The session can be resumed no more; whoever wants to go on needs a new shard."""


class _Others:
    """Hands on what Discord tells, but for what the bot itself wrote: nobody here wants to hear of that again."""

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
    """Asks for one session, resumes it for as long as that goes, then ends with an error that says why."""

    __slots__ = ("_ended", "_has_identified", "_identifying", "_life", "_tries")

    def __init__(self, app: hikari.GatewayBot, *, identifying: Callable[[], Awaitable[None]], **hikaris: Any) -> None:
        """`identifying` is awaited right before the IDENTIFY."""
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
        """Disconnect, at whatever point it is; returns after `END_S` at the latest."""
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
        """Hikari forgets the tasks of a connection that did not get as far as READY."""
        names = {f"{what} (shard {self.id})" for what in ("heartbeat", "poll events")}
        for task in asyncio.all_tasks():
            if task.get_name() in names:
                task.cancel()

    async def _send_json(self, data: Mapping[str, Any], *, priority: bool = False) -> None:
        if data["op"] == IDENTIFY:
            await self._identifying()
            self._has_identified = True
        await super()._send_json(data, priority=priority)
