"""What operators' machines are like according to public reports, tried on the real bot process."""

import os
from pathlib import Path

import pytest

from tests.rig.town import town as a_town


@pytest.mark.parametrize(
    "variables",
    [
        pytest.param({"NO_PROXY": "127.0.0.1,::1,fd07:b51a:cc66:f0::/64"}, id="MoonshotAI/kimi-cli#1959"),
        pytest.param({"no_proxy": "localhost,127.0.0.1,::1,[::1]"}, id="basicmachines-co/basic-memory#1541"),
        pytest.param({"LANG": "C", "LC_ALL": "C", "PYTHONIOENCODING": "ascii"}, id="hangoutsbot/hangoutsbot#436"),
    ],
)
async def test_a_question_is_answered_there(tmp_path: Path, variables: dict[str, str]) -> None:
    """Proxy settings that libraries cannot read, and a log that takes ASCII alone."""
    async with a_town(tmp_path) as town:
        town.variables = variables
        await town.start()
        await town.set_status(town.alice, "new")
        question = await town.alice.say(town.general, "Grüße ☃, comet?")
        assert await town.answered(question) == ["You said: [Alice]: Grüße ☃, comet?"]


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        pytest.param({"ALL_PROXY": "socks://127.0.0.1:9/"}, "ALL_PROXY", id="HKUDS/nanobot#5425"),
        pytest.param(
            {"all_proxy": "socks://127.0.0.1:20170/"}, "socks://127.0.0.1:20170/", id="MoonshotAI/kimi-cli#404"
        ),
        pytest.param(
            {"https_proxy": "socks5h://127.0.0.1:123", "OPENAI_BASE_URL": "https://model.test/v1"},
            "socks5h://127.0.0.1:123",
            id="OpenHands/OpenHands#1048",
        ),
    ],
)
async def test_a_proxy_that_cannot_be_used_is_said_at_once(
    tmp_path: Path, variables: dict[str, str], named: str
) -> None:
    """Exit status 78 and one line, where libraries end with a traceback."""
    async with a_town(tmp_path) as town:
        town.variables = variables
        bot = await town.start(ready=False)
        assert await bot.wait() == os.EX_CONFIG
        (line,) = town.log.read_text().splitlines()
    assert named in line
    assert line.endswith("start again.")
