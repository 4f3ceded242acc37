"""`install-service`, `upgrade` and `uninstall-service` under a real systemd: what they make, run again, take back and keep."""

from collections.abc import Iterator
from functools import partial

import anyio
import pytest

from tests.rig.town import START_S
from tests.systemd.conftest import Service
from tests.systemd.machine import PYTHON, Machine

NEWER = """
cp -r $(ls -d /opt/source/*/ /opt/source/*.py /opt/source/pyproject.toml | grep -v -E '/(tests|docs|build|dist)/') /opt/newer
cp -rL /opt/source/causerie.example.toml /opt/source/requirements /opt/newer/
cd /opt/newer
sed -i 's/^version = .*/version = "9.9.9"/' pyproject.toml
sed -i 's/^)$/    "of_a_later_version",\\n)/' storage/schema_names.py
printf '\\n\\n@migrations()\\ndef of_a_later_version(db: Database) -> None:\\n    db.execute("CREATE TABLE later (id INTEGER PRIMARY KEY) STRICT")\\n' >> storage/schema.py
"""
"""Makes a later version, which changes the tables."""


def causerie(systemd: Machine, *arguments: str, code: str = "/opt/source", check: bool = True) -> str:
    """Run the program of a checkout in the folder of an operator, as root, and return what it says."""
    environment = ("env", f"PYTHONPATH={code}:/opt/libraries", "PYTHONDONTWRITEBYTECODE=1")
    program = (*environment, str(PYTHON), "-m", "cli", *arguments)
    ended = systemd.run(*program, check=check, folder="/opt/operator", timeout_s=180)
    return ended.stdout + ended.stderr


@pytest.fixture
def bare(systemd: Machine, service: Service) -> Iterator[Service]:
    """A machine on which nothing is installed, and an operator's folder with `.env` and a TOML file; the units' state is put back."""
    town = service.town
    there = "mkdir /tmp/kept && mv /usr/local/lib/causerie /etc/systemd/system/causerie* /tmp/kept; rm -rf /opt/operator /opt/newer; mkdir -p /opt/newer"
    systemd.run("sh", "-c", there)
    systemd.write("/opt/operator/causerie.toml", town.config.read_text())
    env = (
        f"DISCORD_TOKEN={town.discord.token}\nOPENAI_API_KEY={town.model.key}\nOPENAI_BASE_URL={town.model.base_url}\n"
    )
    env += f"DISCORD_REST_URL={town.discord.rest_url}\nCAUSERIE_CONFIG=causerie.toml\n"
    systemd.write("/opt/operator/.env", env, "0600")
    systemd.systemctl("daemon-reload")
    yield service
    systemd.systemctl("disable", "--now", "causerie.service", "causerie@two.service", check=False)
    back = "rm -rf /usr/local/lib/causerie /etc/systemd/system/causerie* && mv /tmp/kept/causerie /usr/local/lib/ && mv /tmp/kept/* /etc/systemd/system"
    systemd.run("sh", "-c", f"{back}; rmdir /tmp/kept")
    systemd.systemctl("daemon-reload")


def files(systemd: Machine) -> str:
    """Return every path that an installation may touch, with its mode and the time of its last change."""
    places = "/usr/local/lib/causerie /etc/systemd/system /etc/causerie*"
    return systemd.run("sh", "-c", f"find {places} -printf '%M %u %p %T@ %l\\n' 2>/dev/null | sort", check=False).stdout


async def test_it_is_installed_shown_and_installed_only_once(bare: Service, systemd: Machine) -> None:
    """`--dry-run` changes nothing; then the service answers, with what `.env` says; a second time there is nothing to do."""
    before = files(systemd)
    shown = await anyio.to_thread.run_sync(causerie, systemd, "install-service", "--dry-run")
    assert files(systemd) == before
    said = await anyio.to_thread.run_sync(causerie, systemd, "install-service")
    steps = [line.removeprefix("would ") for line in shown.splitlines() if line.startswith("would ")]
    assert steps == said.splitlines()[: len(steps)]
    assert bare.town.discord.token not in shown + said
    town = bare.town
    await town.until(lambda: town.discord.commands, START_S)
    await town.set_status(town.alice, "new")
    await town.answered(await town.alice.say(town.general, "hello"))
    modes = systemd.run("stat", "--format=%a %U", "/etc/causerie/DISCORD_TOKEN", "/etc/causerie/environment").stdout
    assert modes.split() == ["600", "root"] * 2
    assert systemd.property("causerie-backup.timer", "ActiveState") == "active"
    installed = files(systemd)
    assert "Nothing is to be done" in await anyio.to_thread.run_sync(causerie, systemd, "install-service")
    assert files(systemd) == installed
    checked = "CREDENTIALS_DIRECTORY=/etc/causerie CONFIGURATION_DIRECTORY=/etc/causerie STATE_DIRECTORY=/var/lib/private/causerie"
    assert checked in said


async def test_an_upgrade_goes_on_with_what_is_unfinished_and_one_step_back_too(
    bare: Service, systemd: Machine
) -> None:
    """A question that streams meanwhile is answered by the later version in the same message; nothing is answered twice by the version before."""
    town = bare.town
    await anyio.to_thread.run_sync(causerie, systemd, "install-service")
    await town.until(lambda: town.discord.commands, START_S)
    await town.set_status(town.alice, "new")
    gate = town.model.gate("comet")
    question = await town.alice.say(town.general, "What is a comet?")
    await gate.reached()
    gate.release(2)
    (reply,) = await town.until(lambda: town.replies(question))
    systemd.run("sh", "-ec", NEWER)
    said = await anyio.to_thread.run_sync(lambda: causerie(systemd, "upgrade", code="/opt/newer"))
    assert "Services run 9.9.9-" in said
    assert await town.answered(question) == ["You said: [Alice]: What is a comet?"]
    assert [message.id for message in town.replies(question)] == [reply.id]
    later = await town.alice.say(town.general, "And a star?")
    await town.answered(later)
    back = await anyio.to_thread.run_sync(causerie, systemd, "upgrade", "--back")
    assert "bring back the database of causerie.service" in back
    assert "Services run 0.1.0-" in back
    again = await town.alice.say(town.general, "And a moon?")
    await town.answered(again)
    assert [len(town.replies(one)) for one in (question, later, again)] == [1, 1, 1]


async def test_a_second_bot_has_everything_of_its_own_and_goes_without_its_data(
    bare: Service, systemd: Machine
) -> None:
    """A unit, settings and data with its name. Uninstalled, its data and settings stay; run again, there is nothing to do."""
    town = bare.town
    await anyio.to_thread.run_sync(causerie, systemd, "install-service", "two")
    await town.until(lambda: town.discord.commands, START_S)
    there = systemd.run("ls", "/etc/causerie-two", "/var/lib/private/causerie-two").stdout.split()
    assert {"DISCORD_TOKEN", "causerie.toml", "causerie.db"} <= set(there)
    assert systemd.property("causerie@two.service", "ActiveState") == "active"
    said = await anyio.to_thread.run_sync(causerie, systemd, "uninstall-service", "two")
    assert "/var/lib/private/causerie-two and /etc/causerie-two" in said
    kept = systemd.run("ls", "/etc/causerie-two", "/var/lib/private/causerie-two").stdout.split()
    assert set(there) - {"causerie.db-wal", "causerie.db-shm"} <= set(kept)
    assert (
        systemd.run("sh", "-c", "ls -d /usr/local/lib/causerie /etc/systemd/system/causerie*", check=False).stdout == ""
    )
    assert "Nothing is to be done" in await anyio.to_thread.run_sync(causerie, systemd, "uninstall-service", "two")


async def test_an_upgrade_to_a_version_that_does_not_start_is_taken_back(bare: Service, systemd: Machine) -> None:
    """The version before runs again at once, with the database that it knows."""
    town = bare.town
    await anyio.to_thread.run_sync(causerie, systemd, "install-service")
    await town.until(lambda: town.discord.commands, START_S)
    systemd.run("sh", "-ec", NEWER + "echo 'raise SystemExit(78)' > bot.py")
    said = await anyio.to_thread.run_sync(lambda: causerie(systemd, "upgrade", code="/opt/newer", check=False))
    assert "That did not succeed." in said
    assert "Services run 0.1.0-" in said
    assert systemd.property(bare.unit, "ActiveState") == "active"
    await town.set_status(town.alice, "new")
    await town.answered(await town.alice.say(town.general, "hello"))


WORDS = "what root alone may read"


async def test_a_bot_that_was_taken_over_leads_root_nowhere(bare: Service, systemd: Machine) -> None:
    """Its data hold links to what is root's: nothing of that is read or given away, and commands of root's work on the data all the same."""
    town = bare.town
    await anyio.to_thread.run_sync(causerie, systemd, "install-service")
    await town.until(lambda: town.discord.commands, START_S)
    systemd.run("sh", "-ec", NEWER)
    data, victim = "/var/lib/private/causerie", "/etc/victim"
    systemd.write(victim, WORDS, "0600")
    found = systemd.run("stat", "--format=%u", f"{data}/causerie.db").stdout.strip()
    assert found != "0"
    link = f"ln -s {victim} {data}/files/{'a' * 32}; ln -sf {victim} {data}/causerie.db.later; chown -h {found} {data}/*.later {data}/files/*"
    systemd.run("sh", "-c", link)
    environment = (
        "env",
        "CREDENTIALS_DIRECTORY=/etc/causerie",
        "CONFIGURATION_DIRECTORY=/etc/causerie",
        f"STATE_DIRECTORY={data}",
        "PYTHONPATH=/opt/source:/opt/libraries",
        "PYTHONDONTWRITEBYTECODE=1",
    )
    program = (*environment, str(PYTHON), "-m", "cli", "run")
    ended = await anyio.to_thread.run_sync(partial(systemd.run, *program, check=False))
    assert (ended.returncode, "Start that: systemctl start causerie.service" in ended.stderr) == (78, True)
    for arguments, said in (
        (("backup",), "it is whole"),
        (("doctor",), "it is sound"),
        (("stats",), "people"),
        (("check",), "it is that of"),
        (("restore",), "backup-"),
    ):
        program = (*environment, str(PYTHON), "-m", "cli", *arguments)
        ended = await anyio.to_thread.run_sync(partial(systemd.run, *program, check=False))
        assert said in ended.stdout, (arguments, ended)
    await anyio.to_thread.run_sync(lambda: causerie(systemd, "upgrade", code="/opt/newer"))
    copy = f"{data}/before-upgrade/0.1.0-*"
    systemd.run("sh", "-ec", f"for f in {copy}; do ln -sf {victim} $f/causerie.db-shm; chown -h {found} $f/*; done")
    await anyio.to_thread.run_sync(lambda: causerie(systemd, "upgrade", "--back", check=False))
    assert systemd.run("stat", "--format=%u %a", victim).stdout.split() == ["0", "600"]
    leaked = systemd.run("grep", "-rlI", WORDS, "/var/lib/private", "/var/lib/causerie", check=False).stdout
    assert leaked == ""
    assert systemd.run("find", data, "-user", "root").stdout == ""
