"""What operators' machines are like according to public reports, tried on the real bot process."""

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
        town.systemd = variables
        await town.start()
        await town.set_status(town.alice, "new")
        question = await town.alice.say(town.general, "Grüße ☃, comet?")
        assert await town.answered(question) == ["You said: [Alice]: Grüße ☃, comet?"]
