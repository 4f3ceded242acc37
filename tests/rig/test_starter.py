"""That a forked bot is a process like any other."""

import os
import signal
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import anyio
import pytest

from tests.rig.discord import DiscordRig
from tests.rig.starter import FORKS, ForkedBot, Starter

pytestmark = pytest.mark.skipif(not FORKS, reason="only Linux tells when a stranger's process ends")

TOKEN = "MTIz.of-a.bot"  # noqa: S105 nobody's


@pytest.fixture(scope="module")
def starter() -> Iterator[Starter]:
    """A starter that was itself started with a token in its environment."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DISCORD_TOKEN", TOKEN)
        starter = Starter()
    yield starter
    starter.close()


def started(starter: Starter, folder: Path, **environment: str) -> ForkedBot:
    folder.mkdir(exist_ok=True)
    return starter.start({"CAUSERIE_DATA": str(folder), **environment}, folder / "log")


async def test_it_has_its_own_environment_and_log_and_exit_status(starter: Starter, tmp_path: Path) -> None:
    """What the starter or an earlier bot was given does not reach it, and what it writes reaches its log alone."""
    wrong = started(starter, tmp_path / "wrong", DISCORD_TOKEN="abc")  # noqa: S106 no token
    missing = started(starter, tmp_path / "missing")
    assert (await wrong.wait(), await missing.wait()) == (os.EX_CONFIG, os.EX_CONFIG)
    assert "is not a bot's token" in (tmp_path / "wrong" / "log").read_text()
    assert "DISCORD_TOKEN is missing" in (tmp_path / "missing" / "log").read_text()


async def test_signals_reach_the_bot_they_are_sent_to(starter: Starter, tmp_path: Path) -> None:
    """One is killed and one is asked to stop, once Discord knows both."""
    async with DiscordRig() as ones, DiscordRig() as others:
        killed, stopped = (
            started(starter, tmp_path / name, DISCORD_TOKEN=discord.token, DISCORD_REST_URL=discord.rest_url)
            for name, discord in (("killed", ones), ("stopped", others))
        )
        await ones.ready()
        await others.ready()
        assert (killed.returncode, stopped.returncode) == (None, None)
        killed.kill()
        assert await killed.wait() == -signal.SIGKILL
        assert stopped.returncode is None
        stopped.terminate()
        assert await stopped.wait() == 0


async def test_its_clock_may_be_ahead_and_a_service_has_no_terminal(starter: Starter, tmp_path: Path) -> None:
    """What the bot notes then has the later time; the starter's own clock and the next bot's are the machine's."""
    ahead_s = 10 * 86_400.0
    noted = []
    for name, is_service in (("ahead", True), ("now", False)):
        async with DiscordRig() as discord:
            (tmp_path / name).mkdir()
            environment = {"CAUSERIE_DATA": str(tmp_path / name), "DISCORD_TOKEN": discord.token}
            environment |= {"DISCORD_REST_URL": discord.rest_url}
            more_s = ahead_s if is_service else 0.0
            bot = starter.start(environment, tmp_path / name / "log", is_service=is_service, ahead_s=more_s)
            await discord.ready()
            assert (os.getsid(bot.pid) == bot.pid) is is_service
            bot.terminate()
            assert await bot.wait() == 0
        with closing(sqlite3.connect(tmp_path / name / "causerie.db")) as database:
            noted.append(database.execute("SELECT max(at) FROM identify").fetchone()[0] - time.time())
    assert noted[0] == pytest.approx(ahead_s, abs=600)
    assert noted[1] == pytest.approx(0, abs=600)


async def test_it_ends_with_its_starter(tmp_path: Path) -> None:
    """A run of tests that is broken off leaves no bot behind."""
    starter = Starter()
    bot = started(starter, tmp_path / "left", DISCORD_TOKEN=TOKEN, DISCORD_REST_URL="http://127.0.0.1:9/api")
    ended = os.pidfd_open(bot.pid)
    starter.close()
    with anyio.fail_after(20):
        await anyio.wait_readable(ended)
    os.close(ended)


async def test_another_module_runs_as_python_would_run_it(starter: Starter, tmp_path: Path) -> None:
    """With its own words before the command, and its own exit status."""
    log = tmp_path / "log"
    ended = starter.start({"CAUSERIE_DATA": str(tmp_path)}, log, "--help", module="tests.conversation.hasty")
    assert await ended.wait() == 0
    assert "usage: causerie" in log.read_text().lower()
    leaky = starter.start(
        {"CAUSERIE_DATA": str(tmp_path)}, log, "no such leak", "run", module="tests.conversation.leaky"
    )
    assert await leaky.wait() == 1
    assert "KeyError: 'no such leak'" in log.read_text()
