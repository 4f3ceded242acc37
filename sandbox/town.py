"""`causerie sandbox`: a small Discord, a model, a page, and the bot between them, on this machine alone."""

import asyncio
import json
import os
import signal
import sys
import tempfile
from collections.abc import Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final

from sandbox.behind import Behind
from sandbox.bot_process import CHECKOUT, BotProcess
from sandbox.discord import DiscordSandbox, Limits
from sandbox.discord.permissions import ADMINISTRATOR
from sandbox.local_model import CONTEXT_TOKENS, LocalModel, LocalModelFailedError, missing_packages
from sandbox.models import painter, sounds, thinker, words
from sandbox.models.server import ModelServer
from sandbox.trouble import Limiter, Trouble
from sandbox.web import Web

READY_S: Final = 86_400.0
"""How long to wait for the bot; until then the page says that it is starting, or why it ended."""


GOODBYE: Final = "Ctrl-C ends it and forgets everything."

CONFIG: Final = "causerie.toml"

NOTICE_S: Final = 10.0
"""How long the page says what has passed already."""

CHINESE: Final = "小林"
"""Somebody who uses Discord in Chinese, so that both languages can be seen beside each other."""

ADMIN: Final = "Alice"
"""Who runs the bot here, and is an administrator of the first server: Discord offers `/causerie` there to nobody else."""

STAND_INS: Final = (
    (thinker.MODEL, "chat", "Thinker (stand-in)", "Reasons as much as it is told, about nothing; no model thinks"),
    (painter.MODEL, "image", "Painter (stand-in)", "Writes your words on a picture; no model draws"),
    (sounds.LISTENER, "transcription", "Listener (stand-in)", "Says how large a recording is; no model listens"),
    (sounds.SPEAKER, "speech", "Speaker (stand-in)", "Always says the same; no model speaks"),
    (words.EMBEDDER, "embedding", "Embedder (stand-in)", "Counts words; texts with the same words are near"),
    (words.JUDGE, "moderation", "Judge (stand-in)", "Flags the words forbidden, hateful and violent"),
)
"""What stands for what no small model of today does: name, kind, label and description."""

_MORE: Final = {
    "chat": f'api = "chat_completions"\nvision = false\nefforts = {json.dumps(["default", *thinker.STEPS])}',
    "image": f"sizes = {json.dumps(painter.SIZES)}\nprice_picture = 0",
    "transcription": "price_minute = 0",
    "speech": "price_characters = 0",
}
"""What the bot is told beside that of a stand-in, by its kind."""

_FREE: Final = "price_in = 0\nprice_out = 0"
"""Nothing here costs anything, and the bot knows it."""


def config_for(model: str, context_tokens: int = CONTEXT_TOKENS) -> str:
    """Return the TOML file that makes this model, which chats, the bot's default, beside the sandbox's stand-ins for other kinds."""
    return f"""\
[[models]]
name = "{model}"
label = "SmolLM2 (on this machine)"
description = "A tiny model for trying things out; it knows little and costs nothing"
api = "responses"
context_tokens = {context_tokens}
{_FREE}
default = true

[[models]]
name = "{model}-transcript"
kind = "completion"
label = "SmolLM2 (on this machine), as a completion model"
description = "The same model, which writes on where a transcript of the conversation ends"
context_tokens = {context_tokens}
{_FREE}
{"".join(_stand_in(*about) for about in STAND_INS)}"""


def about_this_town(discord: DiscordSandbox) -> str:
    """Return the part of the TOML file that has the bot show its figures, at a port of this machine, and says who runs it."""
    return f"""
[telemetry]
metrics_port = 0

[permissions]
admins = ["{discord.person(ADMIN).id}"]
"""


def _stand_in(name: str, kind: str, label: str, description: str) -> str:
    return f"""
[[models]]
name = "{name}"
kind = "{kind}"
label = "{label}"
description = "{description}"
{_FREE}
{_MORE.get(kind, "")}
"""


def run(env: Mapping[str, str], port: int = 0) -> int:
    """Run until SIGINT or SIGTERM; return the exit status: 0, 1 without a model, 69 when the port is taken, 78 when the bot's settings are wrong.

    The page is at this port of 127.0.0.1, or, with 0, at one that the system chooses.

    `env` is the process's environment over `.env`. With OPENAI_API_KEY or OPENAI_BASE_URL in it that model is used, else
    the local one. The database begins empty, in a folder inside CAUSERIE_DATA (default: data/sandbox in the checkout), and
    is removed at the end: the small Discord lives in memory, so its ids would mean nothing to the next one.
    """
    return asyncio.run(_until_stopped(env, port))


async def _until_stopped(env: Mapping[str, str], port: int) -> int:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    living = asyncio.create_task(_live(env, port))
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({living, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if living.done():
        return living.result()
    living.cancel()
    await asyncio.gather(living, return_exceptions=True)
    return 0


async def _live(env: Mapping[str, str], port: int) -> int:
    if not _is_model_named(env) and (why := missing_packages()):
        print(f"causerie: {why}", file=sys.stderr)  # noqa: T201
        return 1
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="town-", dir=_base(env))))
        limiter = Limiter()
        discord = await stack.enter_async_context(DiscordSandbox(limits=Limits(), interceptor=limiter))
        furnish(discord)
        try:
            web = await stack.enter_async_context(Web(discord, port))
        except OSError as error:
            why = f"port {port} cannot be used ({os.strerror(error.errno or 0)})"
            print(f"causerie: {why}. Choose another with --port, or leave it away.", file=sys.stderr)  # noqa: T201
            return os.EX_UNAVAILABLE
        web.notice("starting")
        print(f"Open {web.url}", flush=True)  # noqa: T201  # the one line that this command is for
        print(GOODBYE, file=sys.stderr, flush=True)  # noqa: T201
        try:
            model, server = await _model(env, folder, stack, web, about_this_town(discord))
        except LocalModelFailedError as error:
            print(f"causerie: {error}", file=sys.stderr)  # noqa: T201
            return 1
        contract = {
            "DISCORD_TOKEN": discord.token,
            "DISCORD_REST_URL": discord.rest_url,
            "CAUSERIE_DATA": str(folder),
            **model,
        }
        bot = BotProcess(contract, ready=lambda: discord.ready(timeout_s=READY_S), tell=web.notice)
        is_ours = model.get("CAUSERIE_CONFIG") == str(folder / CONFIG)
        trouble = Trouble(discord, limiter, bot, server)
        web.behind = Behind(
            discord,
            folder,
            bot,
            server,
            trouble,
            admin=ADMIN if is_ours else "",
            has_small_model=server is not None,
        )
        return await bot.keep()


def furnish(discord: DiscordSandbox) -> None:
    """Add what a server of people has: an administrator, a thread, a forum, a category, a second server, and somebody who reads Chinese."""
    discord.add_person(CHINESE).user.locale = "zh-CN"
    discord.give(discord.person(ADMIN), discord.role("Administrators", permissions=ADMINISTRATOR))
    discord.add_thread(discord.channel("general"), "weekend plans")
    discord.add_forum("help")
    club = discord.add_guild("Book club")
    for name in ("Alice", "Bob", CHINESE):
        discord.join(discord.person(name), club)
    shelf = discord.add_category("Reading", guild=club)
    discord.add_channel("novels", category=shelf)
    discord.add_channel("poems", category=shelf)


async def _model(
    env: Mapping[str, str], folder: Path, stack: AsyncExitStack, web: Web, about: str
) -> tuple[dict[str, str], ModelServer | None]:
    """Return the bot's settings for the model that the environment names, else for the local one, started, with its server.

    `about` goes into the bot's TOML file, unless somebody has one of their own.
    """
    config = folder / CONFIG
    if _is_model_named(env):
        names = ("OPENAI_API_KEY", "OPENAI_BASE_URL", "CAUSERIE_CONFIG")
        found = {name: env[name] for name in names if env.get(name)}
        # The bot runs in the checkout, whatever folder this command was given in.
        if "CAUSERIE_CONFIG" in found:
            return {**found, "CAUSERIE_CONFIG": _absolute(found["CAUSERIE_CONFIG"])}, None
        if (
            CHECKOUT / "pyproject.toml"
        ).exists():  # an installed bot looks for a file of its own where the platform keeps it
            config.write_text(about, encoding="utf-8")
            found["CAUSERIE_CONFIG"] = str(config)
        return found, None
    local = LocalModel(on_restart=lambda: web.notice("model_again", for_s=NOTICE_S))
    await stack.enter_async_context(local)
    server = await stack.enter_async_context(ModelServer(local.base_url, local.key, local.model))
    config.write_text(config_for(local.model) + about, encoding="utf-8")
    settings = {"OPENAI_API_KEY": server.key, "OPENAI_BASE_URL": server.base_url, "CAUSERIE_CONFIG": str(config)}
    return settings, server


def _is_model_named(env: Mapping[str, str]) -> bool:
    """Whether somebody has named a model of their own."""
    return bool(env.get("OPENAI_API_KEY") or env.get("OPENAI_BASE_URL"))


def _base(env: Mapping[str, str]) -> Path:
    base = Path(_absolute(env.get("CAUSERIE_DATA") or str(CHECKOUT / "data" / "sandbox")))
    base.mkdir(parents=True, exist_ok=True)
    return base


def _absolute(path: str) -> str:
    return str(Path(path).resolve())
