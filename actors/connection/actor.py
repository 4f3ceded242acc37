"""The link to Discord's gateway: connected, or on the way to it, for as long as the process lives.

What can be resumed hikari resumes. What cannot gets a new session here: after a pause that grows, and never more often in a
day than `identify_core` allows, whatever dies how often.
"""

import random
import time
from typing import Final

import anyio
import hikari
import structlog

from actors.connection.identify_budget import DAY_S, limit_wait_s, wait_s
from actors.connection.shard import SessionLostError, Shard
from actors.recorder import Recorder
from discord_api.errors import event_of, result_of
from discord_api.rest import one_request
from discord_api.results import Limited
from messages.verbs.identifies import IdentifiesSince, RecordIdentify
from storage.store import StorageError

log = structlog.get_logger()

FINAL_CODES: Final = frozenset({4004, 4010, 4011, 4012, 4013, 4014})
"""After these Discord says not to reconnect. "Opcodes and Status Codes", section "Gateway Close Event Codes"."""

PAUSE_S: Final = 1.0
PAUSE_S_MAX: Final = 60.0
"""Before a new session, after one that was lost; twice as long after each that did not get as far as READY."""

CLOSE_S: Final = 3.0
"""For all shards to say goodbye; a process that is told to stop does not wait longer for somebody who may be gone."""


class GatewayConnection:
    """Owns the shards."""

    def __init__(self, app: hikari.GatewayBot, rest: hikari.api.RESTClient, token: str, recorder: Recorder) -> None:
        """`app` is never started: it lends hikari's way of turning payloads into events, and its listeners."""
        self.shards: dict[int, Shard] = {}
        self._app = app
        self._rest = rest
        self._token = token
        self._recorder = recorder
        self._made_s: list[float] = []
        self._one_at_a_time = anyio.Lock()
        self._scope = anyio.CancelScope()
        self._begun, self._over = anyio.Event(), anyio.Event()

    async def run(self) -> None:
        """Stay connected until `stop` or cancellation.

        :raises hikari.GatewayServerClosedConnectionError: Discord refuses the token, the intents, or what else stays wrong
        :raises hikari.UnauthorizedError: Discord refuses the token
        """
        try:
            with self._scope:
                info = await self._ask_discord()
                async with anyio.create_task_group() as tasks:
                    for shard_id in range(info.shard_count):
                        tasks.start_soon(self._keep, shard_id, info)
        except BaseExceptionGroup as group:
            raise _first(group) from None
        finally:
            self._begun.set()
            self._over.set()

    async def begun(self) -> bool:
        """Wait until the first session is ready, which returns True, or it has been said to stop before."""
        await self._begun.wait()
        return not self._over.is_set()

    @property
    def has_begun(self) -> bool:
        """Whether a session has been ready, or the link is over."""
        return self._begun.is_set()

    def stop(self) -> None:
        """Disconnect, whatever is being waited for; what Discord sends from now on is found after the next start."""
        self._scope.cancel()

    async def close(self) -> None:
        """Stop, and return when Discord has been told, or does not listen."""
        self.stop()
        with anyio.move_on_after(CLOSE_S, shield=True):
            await self._over.wait()

    async def _keep(self, shard_id: int, info: hikari.GatewayBotInfo) -> None:
        pause_s = PAUSE_S
        while True:
            shard = self.shards[shard_id] = Shard(
                self._app,
                identifying=self._identifying,
                token=self._token,
                url=info.url,
                shard_id=shard_id,
                shard_count=info.shard_count,
            )
            try:
                async with self._one_at_a_time:
                    await self._wait_for_leave(info.session_start_limit)
                    await shard.start()
                self._begun.set()
                pause_s = PAUSE_S
                await shard.join()
            except hikari.GatewayServerClosedConnectionError as error:
                if error.code in FINAL_CODES:
                    raise
                lost = isinstance(error, SessionLostError)
                log.warning("gateway.session_lost" if lost else "gateway.closed", shard=shard_id, code=error.code)
            except Exception as error:  # noqa: BLE001 whatever hikari stumbles over, there is a next session
                log.warning("gateway.failed", shard=shard_id, error=type(error).__name__)
            finally:
                with anyio.CancelScope(shield=True):
                    await shard.end()
            await anyio.sleep(_jittered(pause_s))
            pause_s = min(PAUSE_S_MAX, 2 * pause_s)
            info = await self._ask_discord()

    async def _ask_discord(self) -> hikari.GatewayBotInfo:
        """Where the gateway is and what is left of the day's sessions, asked until Discord says so."""
        pause_s = PAUSE_S
        while True:
            try:
                with one_request():
                    return await self._rest.fetch_gateway_bot_info()
            except hikari.UnauthorizedError:
                raise
            except Exception as error:  # noqa: BLE001 hikari's, aiohttp's or the system's; Discord is asked again
                result = result_of(error)
                event, keys = event_of("gateway", result, error)
                wait = max(pause_s, result.retry_after_s) if isinstance(result, Limited) else pause_s
                log.warning(event, **keys, again_in_s=round(wait))
                await anyio.sleep(_jittered(wait))
                pause_s = min(PAUSE_S_MAX, 2 * pause_s)

    async def _wait_for_leave(self, limit: hikari.SessionStartLimit) -> None:
        """Return when a session may be asked for."""
        now_s = time.time()
        try:
            past_s = await self._recorder.execute(IdentifiesSince(since_s=now_s - DAY_S))
        except StorageError:
            past_s = ()  # those of this process are known; until storage is back that has to do
        wait = max(
            wait_s(past_s, now_s, own_s=self._made_s),
            limit_wait_s(limit.remaining, limit.reset_after.total_seconds()),
        )
        if wait > 0:
            log.warning("gateway.held_back", for_s=round(wait, 1), today=len(past_s), left=limit.remaining)
            await anyio.sleep(wait)

    async def _identifying(self) -> None:
        """Note an IDENTIFY before it is made, so that one whose process dies of it counts."""
        now_s = time.time()
        try:
            await self._recorder.execute(RecordIdentify(at_s=now_s, forget_before_s=now_s - 2 * DAY_S))
        except StorageError as error:
            log.warning("gateway.identify_not_noted", why=str(error))
        sent_s = time.time()  # Discord counts from when it sees it, however long storage took
        self._made_s = [*(at_s for at_s in self._made_s if at_s > sent_s - DAY_S), sent_s]


def _jittered(pause_s: float) -> float:
    """Up to half as much on top, so that not all that an outage cut off is back in the same moment."""
    return pause_s * (1 + random.random() / 2)  # noqa: S311 no secret


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """What really happened: one shard's end ends the others."""
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
