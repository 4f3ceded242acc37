"""`causerie check`: a line for each thing that the bot needs, and what to do where it is not well. It only reads.

It works before the first start and while the bot runs. What it asks is bounded: a few requests at a time, each with an end, and all together.
"""

import datetime as dt
import logging
from collections.abc import Iterator
from typing import Final

import anyio
import structlog

from commands.data_check import check_data
from commands.discord_check import check_discord
from commands.finding import Finding
from commands.model_check import check_models
from settings.settings import Settings

IN_ALL_S: Final = 60.0
"""How long the questions to Discord and to the models' server may take together, in seconds."""


def findings(settings: Settings) -> Iterator[Finding]:
    """Yield what is found, in the order of the lines; what is on this machine comes first, because it is there at once."""
    for warning in settings.warnings:
        yield Finding("look", "settings", warning)
    if not settings.warnings:
        yield Finding("ok", "settings", "nothing in them is wrong; `causerie settings` lists them.")
    yield from check_data(settings.data)
    yield from anyio.run(_ask, settings)


async def _ask(settings: Settings) -> list[Finding]:
    _be_silent()
    today = dt.datetime.now(dt.UTC).date()
    discord: list[Finding] = []
    server: list[Finding] = []
    with anyio.move_on_after(IN_ALL_S) as within:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(check_discord, settings, discord)
            tasks.start_soon(check_models, settings, today, server)
    late = f"not everything was answered within {IN_ALL_S:.0f} seconds. Try again later."
    return [*discord, *server, *([Finding("wrong", "time", late)] if within.cancelled_caught else [])]


def _be_silent() -> None:
    """Keep what the bot would log out of the lines: they say it in other words."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
