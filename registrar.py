"""Has Discord know the slash commands and the Apps menu that the settings in force want."""

from typing import Final

import aiohttp
import anyio
import hikari
import structlog

from actors.log_limit import LogLimit
from actors.panel.commands import commands
from backoff import backoff_s
from discord_api.errors import cause_of
from discord_api.registration import register
from live import Live
from settings.settings import Settings

log = structlog.get_logger()

AGAIN_S: Final = 1.0
AGAIN_S_MAX: Final = 60.0
"""The first and the longest pause before Discord is told again."""


async def keep_registered(rest: hikari.api.RESTClient, bot_id: int, settings: Live[Settings]) -> None:
    """Tell Discord the commands, and again whenever other settings want others; where that fails, try until it does not."""
    registered: bool | None = None
    failures = 0
    log_limit = LogLimit()
    while True:
        in_force = settings.value
        budgets = bool(in_force.limits.budgets)
        pause_s: float | None = None
        if budgets != registered:
            try:
                # Cancelling a request of hikari's would wedge its bucket.
                with anyio.CancelScope(shield=True):
                    changed = await register(rest, bot_id, commands(rest, budgets=budgets))
            except (hikari.HTTPError, aiohttp.ClientError, TimeoutError, OSError) as error:
                failures, registered = failures + 1, None  # Discord may have taken them all the same
                pause_s = backoff_s(failures, first_s=AGAIN_S, max_s=AGAIN_S_MAX)
                cause = cause_of(error)
                if log_limit.passes((cause,), anyio.current_time()):
                    log.warning("commands.not_registered", cause=cause, unlogged=log_limit.unlogged)
            else:
                failures, registered = 0, budgets
                log.info("commands.registered", changed=changed)
        with anyio.move_on_after(pause_s):
            await settings.changed(in_force)
