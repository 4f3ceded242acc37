"""The whole town: the bot as a process that comes back, and `causerie sandbox` with the real small model."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from sandbox.bot_process import CHECKOUT, KEPT, BotProcess
from sandbox.discord import DiscordSandbox
from tests.rig.model import ModelSandbox


async def do(http: aiohttp.ClientSession, **deed: Any) -> None:
    async with http.post("/api/deeds", json={"person": "Alice", **deed}) as response:
        assert response.status == 200, await response.text()


@pytest.mark.conversation
async def test_a_killed_bot_comes_back_and_the_page_says_so(tmp_path: Path) -> None:
    """The bot that was killed is started again into the same world; cancelled, its keeper leaves no process."""
    told: list[tuple[str, dict[str, int]]] = []

    async with DiscordSandbox() as discord, ModelSandbox() as model:

        def tell(key: str, **values: int) -> None:
            told.append((key, values))
            discord.changes.happened()

        contract = {
            "DISCORD_TOKEN": discord.token,
            "DISCORD_REST_URL": discord.rest_url,
            "OPENAI_API_KEY": model.key,
            "OPENAI_BASE_URL": model.base_url,
            "CAUSERIE_DATA": str(tmp_path),
        }
        bot = BotProcess(contract, ready=discord.ready, tell=tell)
        keeping = asyncio.create_task(bot.keep())
        await discord.until(lambda: told == [("", {})])
        os.kill(bot.pid, signal.SIGKILL)
        await discord.until(lambda: told[-1][0] == "" and len(told) > 1)
        assert told == [("", {}), ("killed", {"signal": 9}), ("", {})]
        assert bot.starts == 2
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)
        with pytest.raises(ProcessLookupError):
            os.kill(bot.pid, 0)


@pytest.mark.conversation
async def test_the_sandbox_answers_with_the_local_model(tmp_path: Path) -> None:
    """`causerie sandbox` prints one address, of the port that was wished; behind it Alice is answered by the real small model; SIGTERM ends it all."""
    env = {name: os.environ[name] for name in KEPT if name in os.environ} | {"CAUSERIE_DATA": str(tmp_path)}
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    command = (sys.executable, "-m", "cli", "sandbox", "--port", port)
    town = await asyncio.create_subprocess_exec(*command, cwd=CHECKOUT, env=env, stdout=asyncio.subprocess.PIPE)
    assert town.stdout is not None
    try:
        word, url = (await town.stdout.readline()).decode().split()
        assert (word, url) == ("Open", f"http://127.0.0.1:{port}/")
        other = await asyncio.create_subprocess_exec(*command, cwd=CHECKOUT, env=env, stderr=asyncio.subprocess.PIPE)
        _, said = await other.communicate()
        assert other.returncode == os.EX_UNAVAILABLE
        assert said.decode() == (
            f"causerie: port {port} cannot be used (Address already in use). "
            "Choose another with --port, or leave it away.\n"
        )
        async with (
            aiohttp.ClientSession(url) as http,
            http.ws_connect("/live?person=Alice&channel=general") as live,
            asyncio.timeout(120),
        ):

            async def until(true: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
                while not true(view := await live.receive_json()):
                    pass
                return dict(view)

            await until(lambda view: view["commands"] and not view["notices"])
            await do(http, do="command", channel="general", name="user")
            panel = (await until(lambda view: any(it.get("ephemeral") for it in view["items"])))["items"][0]
            await do(http, do="press", message=panel["id"], button="new")
            await until(lambda view: view["items"] and view["items"][0].get("content") not in (None, panel["content"]))
            await do(http, do="say", channel="general", text="What is the capital of France?")
            view = await until(
                lambda view: "👌" in [r["emoji"] for it in view["items"] for r in it.get("reactions", [])]
            )
            assert [it["content"] for it in view["items"] if it["bot"] and it["replies"]] != [""]
            assert view["items"][-1]["reply_to"]["content"] == "What is the capital of France?"
    finally:
        if town.returncode is None:
            town.terminate()
        status = await town.wait()
    assert (status, await town.stdout.read(), os.listdir(tmp_path)) == (0, b"", [])  # noqa: PTH208  # names are enough
