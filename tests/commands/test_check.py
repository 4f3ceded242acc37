"""`causerie check` as a process of its own, against the small Discord and the scripted model: before the first start and beside a bot."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import anyio
import pytest

from sandbox.discord.permissions import ADD_REACTIONS, SEND_MESSAGES, SEND_VOICE_MESSAGES
from sandbox.discord.things import Overwrite
from tests.conversation.started import answers
from tests.rig.town import CHECKOUT, Town
from tests.rig.town import town as a_town

LONG_S = 120


async def checked(town: Town, **variables: str) -> "subprocess.CompletedProcess[str]":
    """Run `causerie check` with the town's settings, and see that it only reads and tells no secret."""
    before = len(town.discord.requests)
    env = {**town.environment, "PYTHONUTF8": "1", **variables}
    ended = await anyio.to_thread.run_sync(
        lambda: subprocess.run(
            [sys.executable, "-m", "cli", "check"],
            cwd=CHECKOUT,
            env=env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=LONG_S,
        )
    )
    own = [one for one in town.discord.requests[before:] if one.path.startswith(("/users", "/applications", "/guilds"))]
    assert {request.method for request in own} <= {"GET"}
    secrets = {town.discord.token, town.model.key, env["DISCORD_TOKEN"], env["OPENAI_API_KEY"]}
    assert not any(secret in ended.stdout + ended.stderr for secret in secrets)
    assert all(line.isprintable() for line in ended.stdout.splitlines())
    return ended


def lines(ended: "subprocess.CompletedProcess[str]", about: str) -> list[tuple[str, str]]:
    """Return the state and the text of each line about something."""
    rows = [line.split(maxsplit=2) for line in ended.stdout.splitlines() if line.count(" ") > 2]
    return [(row[0], row[2]) for row in rows if row[1] == about]


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    """A small Discord and a scripted model, and no bot yet."""
    async with a_town(tmp_path) as made:
        yield made


async def test_before_the_first_start_everything_is_looked_at_and_nothing_is_made(town: Town) -> None:
    """All is well, the status is 0, and the folder of the data is not there yet."""
    ended = await checked(town)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.endswith("\n\nAll is well.\n`causerie run` starts the bot, unless it runs already.\n")
    about = {line.split()[1] for line in ended.stdout.splitlines() if line}
    assert about >= {
        "settings",
        "data",
        "database",
        "token",
        "intents",
        "gateway",
        "clock",
        "permissions",
        "server",
        "models",
    }
    assert not town.data.exists()


async def test_beside_a_running_bot_it_changes_nothing(town: Town) -> None:
    """The bot goes on answering, and one that starts while somebody looks is not refused for that."""
    await town.start()
    await answers(town)
    files = {path.name: (path.stat().st_mode, path.stat().st_ino) for path in town.data.iterdir()}
    first = await checked(town)
    assert first.returncode == 0, first.stdout
    assert ("ok", "a bot runs on it now; a second one would be refused.") in lines(first, "process")
    assert {path.name: (path.stat().st_mode, path.stat().st_ino) for path in town.data.iterdir()} == files
    await answers(town, "And now?")
    await town.kill()
    ended = await checked(town)
    assert ended.returncode == 0, ended.stdout
    assert ("ok", "no bot runs on it now.") in lines(ended, "process")
    await town.start()


async def test_each_thing_that_is_wrong_has_its_line_and_its_remedy(town: Town) -> None:
    """All of them at once; the status is 1."""
    discord = town.discord
    discord.message_content_enabled = False
    discord.world.session_start_limit["remaining"] = 3
    managed = next(role for role in discord.world.guild.roles.values() if role.managed)
    discord.change_everyone(deny=SEND_VOICE_MESSAGES)
    discord.change_role(managed, deny=SEND_VOICE_MESSAGES)
    mute = discord.add_channel("mute")
    mute.overwrites = [Overwrite(managed.id, 0, deny=SEND_MESSAGES | ADD_REACTIONS)]
    hidden = discord.add_channel("hidden")
    hidden.overwrites = [Overwrite(managed.id, 0, deny=1 << 10)]
    discord.world.guild.name = "Caf\x1b[31mé"
    town.model.shutdowns = {"gpt-4o": "2020-01-01"}
    with town.config.open("a") as config:
        config.write('[[models]]\nname = "gone"\n[[shared_channels]]\nid = 7\n')
    ended = await checked(town)
    assert ended.returncode == 1, ended.stdout
    ((state, text),) = lines(ended, "servers")
    assert (state, "the channel 7 of [[shared_channels]] is in no server" in text) == ("look", True)
    ((state, text),) = lines(ended, "intents")
    assert state == "wrong"
    assert f"https://discord.com/developers/applications/{discord.world.application_id}/bot" in text
    assert lines(ended, "gateway")[0][0] == "wrong"
    rights = lines(ended, "permissions")
    assert (
        "wrong",
        "'Caf\\x1b[31mé': in #mute the bot cannot answer. Give it there: Send Messages, Add Reactions, Send Voice Messages.",
    ) in rights
    assert (
        "look",
        "'Caf\\x1b[31mé': in #general, #random, #staff it lacks Send Voice Messages.",
    ) in rights
    assert any("it does not see #hidden" in text for _, text in rights)
    models = lines(ended, "models")
    assert dict(models)["wrong"].startswith("'gone' is not in the server's list.")
    assert dict(models)["look"].startswith("'gpt-4o' has ended on 2020-01-01")
    assert ended.stdout.endswith("\n4 things are wrong.\n")


async def test_a_token_or_a_key_that_is_refused_is_said_after_one_request(town: Town) -> None:
    """Each further one would count against this machine's address; what can be looked at without them is looked at."""
    wrong = town.discord.token[:-1] + ("a" if town.discord.token[-1] != "a" else "b")
    ended = await checked(town, DISCORD_TOKEN=wrong, OPENAI_API_KEY="sk-wrong-and-long-enough-to-be-one")
    assert ended.returncode == 1
    assert [request.path for request in town.discord.requests] == ["/users/@me"]
    ((state, text),) = lines(ended, "token")
    assert (state, "Discord refuses it" in text, "developer portal" in text) == ("wrong", True, True)
    ((state, text),) = lines(ended, "server")
    assert (state, "it refuses the key" in text) == ("wrong", True)
    assert lines(ended, "data")[0][0] == "ok"


async def test_what_cannot_be_reached_is_said_with_its_address(town: Town) -> None:
    """Nobody listens there."""
    ended = await checked(town, DISCORD_REST_URL="http://127.0.0.1:9/api/v10", OPENAI_BASE_URL="http://127.0.0.1:9/v1")
    assert ended.returncode == 1
    assert lines(ended, "discord") == [
        ("wrong", "http://127.0.0.1:9/api/v10 does not answer (Connection refused). Can this machine reach it?")
    ]
    ((state, text),) = lines(ended, "server")
    assert state == "wrong"
    assert text.startswith("http://127.0.0.1:9/v1: it does not answer (ConnectionRefusedError")


async def test_a_wrong_setting_is_the_line_and_the_status_that_run_has_for_it(town: Town) -> None:
    """Nothing is asked then: what would be asked is not known."""
    town.config.write_text("[limits]\nqueue_cap = 0\n")
    ended = await checked(town)
    assert (ended.returncode, ended.stdout) == (os.EX_CONFIG, "")
    assert "queue_cap" in ended.stderr
    assert town.discord.requests == []


async def test_data_that_is_damaged_or_not_ours_is_said(town: Town) -> None:
    """And nothing is done to it."""
    town.data.mkdir(mode=0o700)
    file = town.data / "causerie.db"
    file.write_bytes(b"not a database at all" * 100)
    ended = await checked(town)
    assert ended.returncode == 1
    assert "is not a SQLite database" in lines(ended, "database")[0][1]
    file.unlink()
    await town.start()
    await answers(town)
    await town.stop()
    with sqlite3.connect(file) as rows:
        rows.execute("CREATE TABLE padding (text)")
        rows.executemany("INSERT INTO padding VALUES (?)", [("x" * 5000,)] * 20)
    rows.close()
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    ended = await checked(town)
    assert ended.returncode == 1, ended.stdout
    assert "is damaged" in lines(ended, "database")[0][1]
    assert file.read_bytes() == whole[: len(whole) // 2]
