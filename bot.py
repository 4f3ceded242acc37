"""The running bot: opens what the actors need, starts them, and stops them when a signal says so."""

import asyncio
import gc
import os
import time
from collections.abc import Callable
from typing import Final

import anyio
import anyio.to_thread
import hikari
import structlog

import gateway
from actors.connection.actor import GatewayConnection
from actors.crash_report import described
from actors.figures import FiguresCollector
from actors.file_remover import FileRemover
from actors.recorder import Recorder
from actors.responder.actor import Responder
from assembly import Assembly, Outside, assemble
from discord_api.channel_tree import ChannelTree
from discord_api.discord_clock import DiscordClock
from discord_api.enclosure_reader import DiscordReader
from discord_api.file_fetcher import FileFetcher, attachment_hosts
from discord_api.hikari_internals import is_handled_by_hikari
from discord_api.own_posts import OwnPosts
from discord_api.rest import discord_rest
from discord_api.translation import HikariMessages
from live import Live
from messages.ids import UserId
from messages.supervisor import ShutDown
from messages.verbs.recovery import Recover
from models.kinds import judge_of, open_kinds
from models.listing import follow_models
from open_data import files_of
from registrar import keep_registered
from reloader import SettingsReloader
from service.heap import bound_heap
from service.log_writer import LogWriter
from service.logs import log_to
from service.signals import AT_ONCE, heard, ignore_signals, is_reload, was_reload_wanted
from service.systemd import Watchdog
from service.version import version
from settings.environment import Environment
from settings.errors import ConfigurationError, UnreachableError
from settings.settings import Settings
from storage.store import Store
from supervisor import Supervisor
from telemetry.port import PortError
from telemetry.telemetry import Telemetry

log = structlog.get_logger()

GARBAGE: Final = (10_000, 20, 100)
"""The thresholds of the garbage collector (those of Python 3.11 are 700, 10, 10). While a thousand answers stream, a full collection stops
the event loop for 200 ms, and with Python's thresholds it runs again and again. Nearly all garbage is found by reference counts
or in the young generations, so the full collection may be rare."""


CRASHED: Final = 1
"""The exit status of a process that something unforeseen has ended. It may be started again at once: what was accepted goes on."""


def run(settings: Settings, store: Store, read: Callable[[], Environment]) -> int:
    """Run the bot until a signal stops it, and return the exit status: 0, or `CRASHED`. `store` is closed at the end, also after an error.

    `read` looks the variables up again, for a reload of the settings.

    :raises ConfigurationError: Discord refuses the token, the intents or the connection for good
    :raises UnreachableError: something outside does not work now
    """
    bound_heap()
    writer = LogWriter()
    log_to(writer)
    # The modules live as long as the process. Without this, a full collection would visit their half a million objects, for 90 ms.
    gc.freeze()
    gc.set_threshold(*GARBAGE)
    try:
        anyio.run(_run, Live(settings), store, read, backend_options={"use_uvloop": True})
    except BaseExceptionGroup as group:
        expected, other = group.split((ConfigurationError, UnreachableError))
        if expected is not None and other is None:
            raise _first(expected) from None
        log.critical("process.crashed", **described(group))
        return CRASHED
    except Exception as error:  # noqa: BLE001 whatever it is, its text may quote what somebody wrote
        log.critical("process.crashed", **described(error))
        return CRASHED
    finally:
        store.close()
        writer.close()
    return 0


def _first(group: BaseExceptionGroup) -> BaseException:
    """Return the error itself: each task group has wrapped it in an exception group."""
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


async def _run(live: Live[Settings], store: Store, read: Callable[[], Environment]) -> None:
    settings = live.value  # what takes a restart stays as it is here
    for warning in settings.warnings:
        log.warning("settings.doubtful", why=warning)
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(_log_unhandled)
    # PYTHONASYNCIODEBUG makes uvloop keep the stack of each callback, which on Python 3.14 fails where none is running.
    loop.set_debug(enabled=False)
    app = gateway.listener(settings.discord_token, settings.discord_rest_url, message_content=settings.message_content)
    bot_id = int(hikari.applications.get_token_id(settings.discord_token))
    clock = DiscordClock()
    own_posts = OwnPosts()
    rest = discord_rest(
        settings.discord_token,
        settings.discord_rest_url,
        app.entity_factory,
        proxies=settings.proxies,
        clock=clock,
        own_posts=own_posts,
    )
    files = files_of(settings)
    opened = open_kinds(
        base_url=settings.openai_base_url,
        key=settings.openai_api_key,
        proxy=settings.proxies.for_url(settings.openai_base_url),
        thinking_s=live.part(lambda in_force: in_force.thinking_s),
        files=files,
    )
    async with rest, anyio.create_task_group() as tasks, opened as kinds:
        watchdog = Watchdog(os.environ)
        tasks.start_soon(watchdog.run)
        tasks.start_soon(_find_models, live)
        reloader = SettingsReloader(live, store, read, watchdog)
        tasks.start_soon(reloader.run)
        telemetry = Telemetry(
            port=settings.metrics_port, traces_url=settings.traces_url, version=version(), clock=clock.now_s
        )
        recorder = Recorder(store, telemetry.observer)
        figures = FiguresCollector(version=version(), started_s=time.time())
        channel_tree = ChannelTree()
        actors = assemble(
            live,
            Outside(
                rest=rest,
                bot_id=bot_id,
                translator=HikariMessages(bot_id, channel_tree),
                enclosures=DiscordReader(
                    rest,
                    FileFetcher(
                        files,
                        hosts=attachment_hosts(settings.discord_rest_url),
                        bytes_max=live.part(lambda in_force: in_force.file_bytes_max),
                        proxies=settings.proxies,
                    ),
                    bot_id=bot_id,
                    channel_tree=channel_tree,
                ),
                files=files,
                responder=Responder(rest, application_id=bot_id, files=files, observer=telemetry.observer),
                kinds=kinds,
                judge=judge_of(kinds),
                recorder=recorder,
                figures=figures,
                observer=telemetry.observer,
                reloader=reloader,
                channel_tree=channel_tree,
                clock=clock.now_s,
                discord_s=clock.told_s,
            ),
        )
        tasks.start_soon(actors.supervisor.keep, "recorder", recorder.run)
        await recorder.execute(Recover(now_s=time.time(), bot=UserId(bot_id)))
        tasks.start_soon(_show, telemetry, recorder, actors, figures, watchdog)
        connection = GatewayConnection(
            app,
            rest,
            settings.discord_token,
            recorder,
            rest_url=settings.discord_rest_url,
            proxies=settings.proxies,
            own_posts=own_posts,
            courier=actors.courier.mailbox,
        )
        listening = gateway.Gateway(
            app,
            connection,
            bot_id=bot_id,
            channel_tree=channel_tree,
            intake=actors.intake.mailbox,
            panel=actors.panel.mailbox,
            figures=figures,
        )
        tasks.start_soon(actors.supervisor.keep, "file_remover", FileRemover(recorder, files).run)
        draining = anyio.CancelScope()
        tasks.start_soon(_obey_signals, actors.supervisor, connection, watchdog, reloader, draining)
        tasks.start_soon(actors.supervisor.keep, "connection", listening.run)
        if await connection.first_session_ready():
            actors.start(tasks)
            tasks.start_soon(keep_registered, rest, bot_id, live)
            watchdog.ready()
            log.info("bot.ready", model=live.value.catalogue.default.name)
            await actors.work(draining)
        await connection.close()
        with anyio.CancelScope(shield=True):
            await anyio.to_thread.run_sync(telemetry.close)
        tasks.cancel_scope.cancel()
    log.info("bot.stopped")


def _log_unhandled(_loop: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
    """Log an error that no task awaits, by its type only: its text may quote what somebody wrote.

    asyncio calls this. Its own words end with the callback that failed, and its arguments, where there is one.
    """
    if is_handled_by_hikari(context):
        return
    log.warning(
        "stray_error",
        error=type(context.get("exception")).__name__,
        why=str(context.get("message")).partition(" callback")[0],
    )


async def _show(
    telemetry: Telemetry, recorder: Recorder, actors: Assembly, figures: FiguresCollector, watchdog: Watchdog
) -> None:
    """Show metrics and health, if they are on.

    :raises ConfigurationError: the port cannot be used; it may come in a group, as whatever tasks raise
    """
    try:
        await telemetry.run(
            recorder,
            figures=actors.figures,
            gateway=lambda: figures.gateway,
            is_stopping=lambda: watchdog.is_stopping,
        )
    except* PortError as errors:
        error = _first(errors)
        assert isinstance(error, PortError)  # noqa: S101 the group holds no other
        raise ConfigurationError(
            f"CAUSERIE_CONFIG: telemetry.metrics_port is {error.port}, {error}, and start again."
        ) from error


async def _find_models(live: Live[Settings]) -> None:
    """Say in the log whether the models' server is there, and have its models known: which there are, and when they end."""
    settings = live.value
    address = settings.openai_base_url
    proxy = settings.proxies.for_url(address)
    models = live.part(lambda in_force: in_force.catalogue)
    await follow_models(models, base_url=address, key=settings.openai_api_key, proxy=proxy)


async def _obey_signals(
    supervisor: Supervisor,
    connection: GatewayConnection,
    watchdog: Watchdog,
    reloader: SettingsReloader,
    draining: anyio.CancelScope,
) -> None:
    """Stop the bot, or have the settings read again, when a signal says so.

    On the first one that stops it answers may finish, on a second one the process ends at once.
    """
    again = False
    try:
        with anyio.open_signal_receiver(*heard()) as signals:
            if was_reload_wanted():
                reloader.want()
            async for number in signals:
                if is_reload(number):
                    reloader.want()
                    continue
                at_once = again or number == AT_ONCE
                watchdog.stopping()
                reloader.stop()
                log.info("bot.stopping", signal=number.name, at_once=at_once)
                if not connection.was_ready:
                    connection.stop()
                supervisor.mailbox.post(ShutDown(now=at_once))
                if at_once:
                    draining.cancel()
                again = True
    finally:
        ignore_signals()
