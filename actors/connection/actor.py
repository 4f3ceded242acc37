"""The connection to Discord's gateway: it is connected, or about to connect again, for as long as the process lives.

hikari resumes a gateway session that can be resumed. Otherwise a new session is opened here, after a pause that grows, and
never more often in a day than `identify_budget.py` allows, however often the process or the connection dies.
"""

import random
import time
from typing import Final

import anyio
import hikari
import structlog

from actors.connection.identify_budget import DAY_S, limit_wait_s, wait_s
from actors.log_limit import LogLimit
from actors.mailbox import Mailbox
from actors.recorder import Recorder
from backoff import backoff_s
from discord_api.errors import cause_of, event_of, result_of
from discord_api.hikari_internals import SessionLostError, Shard
from discord_api.lenient_messages import OthersMessages
from discord_api.own_posts import OwnPosts
from discord_api.rest import one_request, proxy_settings
from discord_api.results import Limited
from messages.courier import CourierMessage, NotesKept
from messages.ids import ChannelId, MessageId
from messages.verbs.identifies import IdentifiesSince, RecordIdentify
from messages.verbs.notes import TellAdmins
from network.proxies import Proxies
from storage.store import StorageError

log = structlog.get_logger()

FINAL_CODES: Final = frozenset({4004, 4010, 4011, 4012, 4013, 4014})
"""After these Discord says not to reconnect. "Opcodes and Status Codes", section "Gateway Close Event Codes"."""

PAUSE_FIRST_S: Final = 1.0
PAUSE_MAX_S: Final = 60.0
"""The pause before a new gateway session, after one was lost; it grows with each that did not get as far as READY."""

CLOSE_S: Final = 3.0
"""How long all shards have to say goodbye. A process that was told to stop does not wait longer; Discord may be gone."""


class GatewayConnection:
    """Owns the shards, each of which has one gateway session."""

    def __init__(
        self,
        app: hikari.GatewayBot,
        rest: hikari.api.RESTClient,
        token: str,
        recorder: Recorder,
        *,
        rest_url: str = "",
        proxies: Proxies | None = None,
        own_posts: OwnPosts | None = None,
        courier: Mailbox[CourierMessage] | None = None,
    ) -> None:
        """`app` is never started; it turns payloads into events and calls the listeners.

        `rest_url` is the address that `rest` requests from, for the log. Without `proxies` none is used. `own_posts` is what `rest`
        tells of what it posts; `courier` is told when the admins are to hear of another process that writes as the bot.
        """
        self.shards: dict[int, Shard] = {}
        self._app = app
        self._events = OthersMessages(
            app.event_manager,
            int(hikari.applications.get_token_id(token)),
            own_posts=own_posts or OwnPosts(),
            found_anothers=self._runs_twice,
        )
        self._courier = courier
        self._twice_limit = LogLimit()
        self._rest = rest
        self._token = token
        self._recorder = recorder
        self._rest_url = rest_url
        self._proxies = proxies or Proxies()
        self._log_limit = LogLimit()
        self._made_s: list[float] = []
        self._one_at_a_time = anyio.Lock()
        self._scope = anyio.CancelScope()
        self._first_ready, self._over = anyio.Event(), anyio.Event()

    async def run(self) -> None:
        """Stay connected until `stop` or cancellation.

        :raises hikari.GatewayServerClosedConnectionError: Discord refuses the token, the intents, or what else stays wrong
        :raises hikari.UnauthorizedError: Discord refuses the token
        """
        try:
            with self._scope:
                info = await self._fetch_info()
                async with anyio.create_task_group() as tasks:
                    for shard_id in range(info.shard_count):
                        tasks.start_soon(self._keep, shard_id, info)
        except BaseExceptionGroup as group:
            raise _first(group) from None
        finally:
            self._first_ready.set()
            self._over.set()

    async def first_session_ready(self) -> bool:
        """Wait until a first gateway session is ready, and return True; return False if the connection ended before."""
        await self._first_ready.wait()
        return not self._over.is_set()

    @property
    def was_ready(self) -> bool:
        """Whether a gateway session has been ready, or the connection has ended without one."""
        return self._first_ready.is_set()

    def stop(self) -> None:
        """Disconnect at once; what is posted in Discord from now on is found after the next start."""
        self._scope.cancel()

    async def close(self) -> None:
        """Stop, and return when Discord has been told, or after `CLOSE_S`."""
        self.stop()
        with anyio.move_on_after(CLOSE_S, shield=True):
            await self._over.wait()

    async def _keep(self, shard_id: int, info: hikari.GatewayBotInfo) -> None:
        failures = 0
        while True:
            shard = self.shards[shard_id] = Shard(
                self._app,
                events=self._events,
                identifying=self._identifying,
                token=self._token,
                url=info.url,
                proxy_settings=proxy_settings(self._proxies.for_url(info.url)),
                shard_id=shard_id,
                shard_count=info.shard_count,
            )
            try:
                async with self._one_at_a_time:
                    await self._wait_for_budget(info.session_start_limit)
                    await shard.start()
                self._first_ready.set()
                failures = 0
                self._log_limit.over()
                await shard.join()
            except hikari.GatewayServerClosedConnectionError as error:
                if error.code in FINAL_CODES:
                    raise
                lost = isinstance(error, SessionLostError)
                log.warning("gateway.session_lost" if lost else "gateway.closed", shard=shard_id, code=error.code)
            except Exception as error:  # noqa: BLE001 whatever hikari raises, a new session follows
                self._log_trouble("gateway.failed", info.url, error, shard=shard_id)
            finally:
                with anyio.CancelScope(shield=True):
                    await shard.end()
            failures += 1
            await anyio.sleep(_jittered(_pause_s(failures)))
            info = await self._fetch_info()

    async def _fetch_info(self) -> hikari.GatewayBotInfo:
        """Return where the gateway is and how many sessions are left for the day; try until Discord answers."""
        failures = 0
        while True:
            try:
                with one_request():
                    return await self._rest.fetch_gateway_bot_info()
            except hikari.UnauthorizedError:
                raise
            except Exception as error:  # noqa: BLE001 hikari's, aiohttp's or the system's: try again
                result = result_of(error)
                event, keys = event_of("gateway", result, error)
                failures += 1
                pause_s = _pause_s(failures)
                wait = max(pause_s, result.retry_after_s) if isinstance(result, Limited) else pause_s
                self._log_trouble(event, self._rest_url, error, **keys)
                await anyio.sleep(_jittered(wait))

    def _runs_twice(self, channel: ChannelId, message: MessageId) -> None:
        """Say in the log, and to the admins once a day, that another process answers with the same token."""
        if self._twice_limit.passes((), anyio.current_time()):
            log.error("bot.runs_twice", channel=channel, message=message, unlogged=self._twice_limit.unlogged)
            self._recorder.enqueue(TellAdmins(trouble="runs_twice", now_s=time.time()))
            if self._courier is not None:
                self._courier.post_always(NotesKept(), conflation_key="notes_kept")

    def _log_trouble(self, event: str, url: str, error: Exception, /, **keys: object) -> None:
        """Log what keeps the bot from Discord, with address and cause; while nothing changes, only now and then."""
        cause = cause_of(error)
        if self._log_limit.passes((event, url, cause), anyio.current_time()):
            proxy = self._proxies.for_url(url) if url else None
            by = {} if proxy is None else {"proxy": proxy.shown}
            log.warning(event, url=url, **by, cause=cause, **keys, unlogged=self._log_limit.unlogged)

    async def _wait_for_budget(self, limit: hikari.SessionStartLimit) -> None:
        """Return when a new gateway session may be opened."""
        now_s = time.time()
        try:
            past_s = await self._recorder.execute(IdentifiesSince(since_s=now_s - DAY_S))
        except StorageError:
            past_s = ()  # only those of this process are known, until storage is back
        wait = max(
            wait_s(past_s, now_s, own_s=self._made_s),
            limit_wait_s(limit.remaining, limit.reset_after.total_seconds()),
        )
        if wait > 0:
            log.warning("gateway.held_back", for_s=round(wait, 1), today=len(past_s), left=limit.remaining)
            await anyio.sleep(wait)

    async def _identifying(self) -> None:
        """Record an IDENTIFY before it is sent, so that it counts even if the process dies of it."""
        now_s = time.time()
        try:
            await self._recorder.execute(RecordIdentify(at_s=now_s, forget_before_s=now_s - 2 * DAY_S))
        except StorageError as error:
            log.warning("gateway.identify_not_saved", why=str(error))
        sent_s = time.time()  # Discord counts from when it receives it, however long storage took
        self._made_s = [*(at_s for at_s in self._made_s if at_s > sent_s - DAY_S), sent_s]


def _pause_s(failures: int) -> float:
    return backoff_s(failures, first_s=PAUSE_FIRST_S, max_s=PAUSE_MAX_S)


def _jittered(pause_s: float) -> float:
    """Add up to half as much, so that not every bot that an outage cut off comes back in the same moment."""
    return pause_s * (1 + random.random() / 2)  # noqa: S311 no secret


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """Return the error that ended the group: one shard's error ends the others."""
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
