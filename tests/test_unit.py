"""The unit for systemd: it fits the bot's contract, systemd understands it, and it leaves the bot nothing that it does not need."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import settings.environment
from actors.connection.actor import CLOSE_S
from assembly import DRAIN_S
from settings.toml_file import LimitsTable

UNIT = Path(__file__).parents[1] / "deploy" / "causerie.service"


def _values(key: str) -> list[str]:
    return re.findall(rf"^{key}=(.*)$", UNIT.read_text(), flags=re.MULTILINE)


def test_the_unit_fits_what_the_bot_does() -> None:
    """Wrong settings are not tried again, a stop has the time that it takes, secrets are credentials, the data is the bot's alone."""
    assert _values("RestartPreventExitStatus") == [str(os.EX_CONFIG)]
    assert float(_values("TimeoutStopSec")[0]) > LimitsTable().stream_grace_s + DRAIN_S + CLOSE_S
    assert [value.partition(":")[0] for value in _values("LoadCredential")] == list(settings.environment.SECRETS)
    assert (_values("Type"), _values("StateDirectoryMode"), _values("UMask")) == (["notify"], ["0700"], ["0077"])
    for example in re.findall(r"^#Environment=(\w+)=", UNIT.read_text(), flags=re.MULTILINE):
        assert example in (*settings.environment.NAMES, *settings.environment.PROXIES)


def test_what_reads_documents_may_lower_its_priority() -> None:
    """The group of calls that change resources is refused, and this one call allowed again behind that."""
    assert _values("SystemCallFilter")[-2:] == ["~@privileged @resources", "setpriority"]


def test_systemd_understands_every_line_and_finds_the_unit_well_closed() -> None:
    """Where systemd is: that the command is not there on this machine is all that it may say; 2.0 of 10 is "OK"."""
    program = shutil.which("systemd-analyze")
    if program is None:
        return
    ended = subprocess.run([program, "verify", UNIT], capture_output=True, text=True, check=False, timeout=60)
    said = [line for line in ended.stderr.splitlines() if "is not executable" not in line]
    assert said == []
    security: list[str] = [program, "security", "--offline=true", "--threshold=20", str(UNIT)]
    closed = subprocess.run(security, capture_output=True, text=True, check=False, timeout=60)
    assert closed.returncode == 0, closed.stdout
