"""The sandbox as `causerie sandbox` runs it, the bot's own process in it, with a scripted model in place of the small one."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Final

from msgspec import Struct

from sandbox.behind import Behind
from sandbox.bot_process import BotProcess
from sandbox.discord import DiscordSandbox, Limits
from sandbox.models.server import ModelServer
from sandbox.town import ADMIN, about_this_town, config_for, furnish
from sandbox.trouble import Limiter, Trouble
from sandbox.web import Web
from tests.pictures.words import Words
from tests.rig.model import ModelSandbox

MODEL: Final = "scripted"
CONTEXT_TOKENS: Final = 32_000
READY_S: Final = 60.0


class Stage(Struct, frozen=True):
    """Where a scene is acted: the address of the page, and the small Discord behind it."""

    url: str
    discord: DiscordSandbox


@asynccontextmanager
async def stage(words: Words, more: str = "") -> AsyncIterator[Stage]:
    """Run all of it with an empty database, until the block ends; the bot is connected. `more` is added to its TOML file."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="pictures-")))
        limiter = Limiter()
        discord = await stack.enter_async_context(DiscordSandbox(limits=Limits(), interceptor=limiter))
        furnish(discord)
        web = await stack.enter_async_context(Web(discord))
        scripted = await stack.enter_async_context(ModelSandbox())
        for question, answer in words.answers.items():
            scripted.script(question, answer=answer, tokens_per_s=words.deltas_per_s)
        server = await stack.enter_async_context(ModelServer(scripted.base_url, scripted.key, MODEL))
        config = folder / "causerie.toml"
        config.write_text(_config(words) + about_this_town(discord) + more, encoding="utf-8")
        settings = {
            "DISCORD_TOKEN": discord.token,
            "DISCORD_REST_URL": discord.rest_url,
            "OPENAI_API_KEY": server.key,
            "OPENAI_BASE_URL": server.base_url,
            "CAUSERIE_DATA": str(folder),
            "CAUSERIE_CONFIG": str(config),
        }
        bot = BotProcess(settings, ready=lambda: discord.ready(timeout_s=READY_S), tell=web.notice)
        trouble = Trouble(discord, limiter, bot, server)
        web.behind = Behind(discord, folder, bot, server, trouble, admin=ADMIN)
        keeping = asyncio.create_task(bot.keep())
        try:
            await discord.ready(timeout_s=READY_S)
            yield Stage(web.url, discord)
        finally:
            keeping.cancel()
            await asyncio.gather(keeping, return_exceptions=True)


def _config(words: Words) -> str:
    """Return the sandbox's configuration, in which the model is called what it is here."""
    ours = config_for(MODEL, CONTEXT_TOKENS).replace("SmolLM2 (on this machine)", words.label)
    return ours.replace("A tiny model for trying things out; it knows little and costs nothing", words.description)
