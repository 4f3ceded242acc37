"""Token and key are read from systemd's credentials, and are found nowhere else: not in the log, the data, Discord, the list of processes."""

from collections.abc import Iterator
from pathlib import Path

from tests.conversation.panels import begin, open_user
from tests.conversation.started import StartedBot
from tests.conversation.test_debug_output import ASKED_BY
from tests.rig.town import Town

DEBUG = {name: value for variables in ASKED_BY.values() for name, value in variables.items() if name != "PYTHONVERBOSE"}


def processes(pid: int) -> Iterator[int]:
    """Yield a process and all that it has started."""
    yield pid
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            yield from processes(int(child))


def visible(pid: int) -> bytes:
    """Return what a list of processes shows of one: its command, its environment, the names of its threads."""
    folder = Path(f"/proc/{pid}")
    names = b"".join((task / "comm").read_bytes() for task in (folder / "task").iterdir())
    return (folder / "cmdline").read_bytes() + (folder / "environ").read_bytes() + names


async def test_secrets_are_found_nowhere(town: Town, bot: StartedBot, tmp_path: Path) -> None:
    """After answers, a session that crashes, a refused key and a killed process, with the debug output of every library asked for."""
    secrets = {"DISCORD_TOKEN": town.discord.token, "OPENAI_API_KEY": town.model.key}
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    for name, secret in secrets.items():
        (credentials / name).write_text(f"{secret}\n")
    town.variables = {**dict.fromkeys(secrets, ""), "CREDENTIALS_DIRECTORY": str(credentials), **DEBUG}
    process = await bot.start()
    shown = b"".join(visible(pid) for pid in processes(process.pid))
    await open_user(town, town.alice, system_msg="Be brief")
    await begin(town, town.alice, town.general)
    town.change("UPDATE utterance SET enclosed = 'no JSON'")
    await town.alice.say(town.general, "Now?")
    await town.until(lambda: "session.crashed" in town.log.read_text())
    await town.set_status(town.bob, "new")
    town.model.script(match="Refused", status=401, error="invalid_api_key", times=1)
    refused = await town.bob.say(town.general, "Refused?")
    await town.until(lambda: town.replies(refused))
    process.kill()
    await bot.ended()
    told = b"".join(request.text.encode() for request in town.discord.requests)
    kept = b"".join(path.read_bytes() for path in town.data.rglob("*") if path.is_file())
    assert b"Tell me of comets" in told + kept  # else nothing was looked at
    assert b"cli" in shown
    for secret in secrets.values():
        for where, found in (
            ("Discord", told),
            ("the data", kept),
            ("processes", shown),
            ("the log", town.log.read_bytes()),
        ):
            assert secret.encode() not in found, where
