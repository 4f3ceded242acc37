"""The units for systemd: they fit the bot's contract, systemd understands them, and they leave the bot nothing that it does not need."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

import settings.environment
from actors.connection.actor import CLOSE_S
from assembly import DRAIN_S
from commands.program_versions import FOLDER
from commands.services import Bot
from service.alive import SILENT_S
from settings.toml_file import LimitsTable

DEPLOY = Path(__file__).parents[1] / "deploy"
UNIT = DEPLOY / "causerie.service"
UNITS = sorted(path.name for path in DEPLOY.iterdir() if path.suffix in (".service", ".timer"))
SECURITY_MAX = 12
"""Tenths of what `systemd-analyze security` calls exposure, of 100."""


def _values(key: str, unit: Path = UNIT) -> list[str]:
    return re.findall(rf"^{key}=(.*)$", unit.read_text(), flags=re.MULTILINE)


def test_the_unit_fits_what_the_bot_does() -> None:
    """Wrong settings are not tried again, a stop has the time that it takes, secrets are credentials, the data is the bot's alone."""
    assert _values("RestartPreventExitStatus") == [str(os.EX_CONFIG)]
    assert float(_values("TimeoutStopSec")[0]) > LimitsTable().stream_grace_s + DRAIN_S + CLOSE_S
    for key in ("LoadCredential", "SetCredential"):
        assert [value.partition(":")[0] for value in _values(key)] == list(settings.environment.SECRETS)
    assert (_values("Type"), _values("StateDirectoryMode"), _values("UMask")) == (["notify"], ["0700"], ["0077"])
    assert (_values("Restart"), _values("StartLimitIntervalSec")) == (["always"], ["0"])


def test_it_is_watched_restarted_and_reloaded_when_the_network_is_there() -> None:
    """A loop that is silent for as long as a container's health check allows is killed; a reload is SIGHUP."""
    assert _values("WatchdogSec") == [f"{SILENT_S:.0f}"]
    assert (_values("NotifyAccess"), _values("TimeoutAbortSec")) == (["main"], ["5"])
    assert (_values("RestartSec"), _values("WantedBy")) == (["5"], ["multi-user.target"])
    assert _values("ExecReload") == ["/bin/sh -c 'kill -HUP \"$MAINPID\"'"]
    assert _values("After") == _values("Wants") == ["network-online.target"]
    assert _values("ConfigurationDirectory") == _values("StateDirectory")


CLOSED = {
    "MemoryMax": "2G",
    "TasksMax": "256",
    "LimitNOFILE": "16384",
    "LimitCORE": "0",
    "OOMPolicy": "continue",
    "PrivateIPC": "yes",
    "ProtectHostname": "yes",
    "ProcSubset": "pid",
    "LockPersonality": "yes",
    "MemoryDenyWriteExecute": "yes",
    "SystemCallErrorNumber": "EPERM",
}
"""Lines to which `systemd-analyze security` gives little weight or none; every other one it misses by itself."""


@pytest.mark.parametrize("key", CLOSED)
def test_no_line_that_closes_the_unit_is_missing(key: str) -> None:
    """Bounds of memory, tasks, files and dumps, and what the service may not see or do."""
    assert _values(key) == [CLOSED[key]]


def test_what_reads_documents_may_lower_its_priority() -> None:
    """The group of calls that change resources is refused, and this one call allowed again behind that."""
    assert _values("SystemCallFilter")[-2:] == ["~@privileged @resources", "setpriority"]


@pytest.mark.parametrize("name", UNITS)
def test_the_units_of_a_bot_with_a_name_differ_from_the_others_by_the_name_alone(name: str) -> None:
    """Every other line is the same; comments and descriptions aside."""
    if "@" in name:
        return
    plain, named = ((DEPLOY / one).read_text() for one in (name, name.replace(".", "@.")))
    lines = [re.sub(r"\bcauserie-%i\b", "causerie", line) for line in _said(named)]
    assert lines == _said(plain)


def _said(text: str) -> list[str]:
    return [line for line in text.splitlines() if line and not line.startswith(("#", "Description="))]


@pytest.mark.parametrize("name", ["", "two"])
def test_the_commands_and_the_units_agree_on_every_path(name: str) -> None:
    """Where secrets, settings, data and the program stand."""
    bot = Bot(name)
    unit, backup = (DEPLOY / re.sub("@.*[.]", "@.", one) for one in (bot.unit, bot.backup))
    text = unit.read_text().replace("%i", name)
    assert f"LoadCredential=DISCORD_TOKEN:{bot.settings}/DISCORD_TOKEN" in text
    assert f"EnvironmentFile=-{bot.settings}/environment" in text
    assert f"StateDirectory={bot.data.name}\n" in text
    assert bot.data.parent == Path("/var/lib/private")
    assert all(f"ExecStart={FOLDER}/current/bin/causerie " in one.read_text() for one in (unit, backup))
    assert _values("User", backup) == _values("User", unit)
    assert (DEPLOY / re.sub("@.*[.]", "@.", bot.timer)).exists()


@pytest.mark.parametrize("name", UNITS)
def test_systemd_understands_every_line_and_finds_the_unit_well_closed(name: str) -> None:
    """That the command is not there on this machine is all that it may say; of 10 it gives at most 1.2, which is "OK"."""
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd-analyze is missing: install Debian's package systemd")
    ended = subprocess.run([program, "verify", DEPLOY / name], capture_output=True, text=True, check=False, timeout=60)
    said = [line for line in ended.stderr.splitlines() if "is not executable" not in line]
    assert said == []
    if name.endswith(".timer"):
        return
    security: list[str] = [program, "security", "--offline=true", f"--threshold={SECURITY_MAX}", str(DEPLOY / name)]
    closed = subprocess.run(security, capture_output=True, text=True, check=False, timeout=60)
    assert closed.returncode == 0, closed.stdout
