"""The image for a container: well written, and its user, entry point, secrets, data and health check fit the bot. No engine is needed."""

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import anyio
import pytest

from tests.rig.town import START_S, Town
from tests.rig.town import town as a_town

CHECKOUT = Path(__file__).parents[1]
IMAGE = CHECKOUT / "deploy" / "Containerfile"
COMPOSE = CHECKOUT / "deploy" / "compose.yaml"


def _lines() -> list[str]:
    """Return the instructions of the last stage, each in one line."""
    joined = IMAGE.read_text().replace("\\\n", " ")
    return [line for line in joined.rpartition("\nFROM ")[2].splitlines() if line and not line.startswith("#")]


def _instruction(name: str) -> str:
    (found,) = [line.partition(" ")[2] for line in _lines() if line.startswith(f"{name} ")]
    return found


def _listed(text: str) -> list[str]:
    return re.findall(r'"([^"]*)"', text)


def _variables(**places: Path) -> dict[str, str]:
    """Return what the image sets, with folders of this machine in the place of the image's."""
    found = dict(word.split("=", 1) for word in shlex.split(_instruction("ENV")))
    moved = {name: str(places[name]) for name in places}
    assert moved.keys() <= found.keys()
    return {**found, **moved}


def test_a_linter_finds_nothing_in_the_containerfile() -> None:
    """hadolint, with all its rules and ShellCheck's for the commands in it."""
    program = Path(sys.executable).parent / "hadolint"
    if not program.exists():
        pytest.skip("hadolint is missing: `make .venv/ready-dev` installs it on Linux with x86-64")
    ended = subprocess.run([program, IMAGE], capture_output=True, text=True, check=False, timeout=60)
    assert ended.returncode == 0, ended.stdout


def test_compose_gives_the_image_what_it_needs_and_no_more() -> None:
    """A root that is only read, no capability, another user than root, and a folder to write for each one that the image names."""
    text = COMPOSE.read_text()
    for line in ("read_only: true", "cap_drop: [ALL]", 'security_opt: ["no-new-privileges:true"]'):
        assert f"    {line}\n" in text
    assert f'    user: "{_instruction("USER")}"\n' in text
    image = _variables()
    assert f"- data:{image['CAUSERIE_DATA']}\n" in text
    assert f"- {image['RUNTIME_DIRECTORY']}:mode=1777," in text
    assert _listed(_instruction("VOLUME")) == [image["CAUSERIE_DATA"]]
    secrets = re.findall(r"^  ([A-Z_]+):$", text.partition("\nsecrets:")[2], re.MULTILINE)
    assert secrets == ["DISCORD_TOKEN", "OPENAI_API_KEY"]
    assert {f"deploy/{name}" for name in secrets} <= set((CHECKOUT / ".dockerignore").read_text().splitlines())


def test_compose_reads_its_file() -> None:
    """Where Docker's plugin is; it needs no engine for that."""
    program = shutil.which("docker")
    found = program and subprocess.run([program, "compose", "version"], capture_output=True, check=False, timeout=60)
    if not program or not found or found.returncode:
        pytest.skip("docker compose is missing: install Docker's plugin compose")
    command = [program, "compose", "--file", str(COMPOSE), "config", "--quiet"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert ended.returncode == 0, ended.stderr


def _command(instruction: list[str]) -> list[str]:
    """Return a command of the image, with this environment's program for the image's."""
    program, *arguments = instruction
    assert program == "/opt/causerie/bin/causerie"
    return [sys.executable, "-m", "cli", *arguments]


async def _health(variables: Mapping[str, str]) -> tuple[int, str]:
    command = _command(_listed(_instruction("HEALTHCHECK").partition("CMD ")[2]))
    ended = await anyio.run_process(command, cwd=CHECKOUT, env=variables, check=False)
    return ended.returncode, ended.stdout.decode()


async def test_the_entry_point_answers_and_the_health_check_means_that(tmp_path: Path) -> None:
    """Secrets come from files; the check fails before the bot is ready, while it hangs, and when it is gone."""
    folders = {
        name: tmp_path / name.lower() for name in ("CREDENTIALS_DIRECTORY", "CAUSERIE_DATA", "RUNTIME_DIRECTORY")
    }
    for folder in folders.values():
        folder.mkdir(mode=0o700)
    async with a_town(tmp_path) as town:
        (folders["CREDENTIALS_DIRECTORY"] / "DISCORD_TOKEN").write_text(town.discord.token)
        (folders["CREDENTIALS_DIRECTORY"] / "OPENAI_API_KEY").write_text(town.model.key)
        town.data = folders["CAUSERIE_DATA"]
        variables = {
            **{
                name: value
                for name, value in town.environment.items()
                if not name.startswith(("DISCORD_TOKEN", "OPENAI_API"))
            },
            **_variables(**folders),
        }
        refused = town.discord.fault("GET /gateway/bot", status=503, times=None)
        assert await _health(variables) == (1, "No bot has started here.\n")
        command = _command(_listed(_instruction("ENTRYPOINT")) + _listed(_instruction("CMD")))
        with town.log.open("ab") as log:
            town.bot = await anyio.open_process(command, cwd=CHECKOUT, env=variables, stdout=log, stderr=log)
        await town.until(lambda: refused.hits, START_S)
        assert await _health(variables) == (1, "The bot is not ready: it is starting.\n")
        refused.cancel()
        await town.until(lambda: town.discord.commands, START_S)
        assert await _health(variables) == (0, "The bot is ready and alive.\n")
        await _answers(town)
        town.bot.send_signal(signal.SIGSTOP)
        alive = folders["RUNTIME_DIRECTORY"] / "alive"
        os.utime(alive, (alive.stat().st_atime, alive.stat().st_mtime - 60))
        status, said = await _health(variables)
        assert (status, "no sign of life" in said) == (1, True)
        town.bot.send_signal(signal.SIGCONT)
        assert await town.stop() == 0


async def _answers(town: Town) -> None:
    await town.set_status(town.alice, "new")
    await town.answered(await town.alice.say(town.general, "hello"))
