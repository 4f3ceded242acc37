"""One systemd for all tests of this folder, with the units of `deploy/` and the bot of this checkout; a town for each test."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import anyio
import pytest

from tests.rig.town import START_S, Town
from tests.rig.town import town as a_town
from tests.systemd.machine import CHECKOUT, PYTHON, Machine, machine, why_not

PROGRAM = f"""#!/bin/sh
export PYTHONPATH=/opt/source:/opt/libraries PYTHONDONTWRITEBYTECODE=1
exec {PYTHON} -m "${{MODULE:-cli}}" "$@"
"""


@pytest.fixture(scope="session")
def systemd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """A machine that has booted, one for each worker; the units are there and nothing is started."""
    reason = why_not()
    if reason:
        pytest.skip(reason)
    with machine(tmp_path_factory.mktemp("systemd")) as booted:
        booted.write("/usr/local/lib/causerie/current/bin/causerie", PROGRAM, "0755")
        for unit in (CHECKOUT / "deploy").glob("causerie*.*"):
            booted.write(f"/etc/systemd/system/{unit.name}", unit.read_text())
        yield booted


class Service:
    """`causerie.service` in a machine, for a town. Its methods wait in a thread: the town's servers go on."""

    unit = "causerie.service"

    def __init__(self, systemd: Machine, town: Town) -> None:
        self.systemd = systemd
        self.town = town

    def configure(self, service: str = "", *, token: bool = True, key: bool = True) -> None:
        """Put secrets and settings where an operator puts them, and the town's addresses into a drop-in.

        :param service: further lines of `[Service]`
        """
        if token:
            self.systemd.write("/etc/causerie/DISCORD_TOKEN", f"{self.town.discord.token}\n", "0600")
        if key:
            self.systemd.write("/etc/causerie/OPENAI_API_KEY", f"{self.town.model.key}\n", "0600")
        self.systemd.write("/etc/causerie/causerie.toml", self.town.config.read_text())
        addresses = f"Environment=DISCORD_REST_URL={self.town.discord.rest_url}\nEnvironment=OPENAI_BASE_URL={self.town.model.base_url}\n"
        self.systemd.write(
            f"/etc/systemd/system/{self.unit}.d/test.conf", f"[Service]\n{addresses}RestartSec=100ms\n{service}\n"
        )
        self.systemd.systemctl("daemon-reload")

    async def systemctl(self, *arguments: str, check: bool = True) -> str:
        """Run `systemctl`, and return what it prints."""
        return await anyio.to_thread.run_sync(lambda: self.systemd.systemctl(*arguments, check=check))

    async def start(self) -> None:
        """Start it and wait until it is ready, and Discord knows its commands."""
        await self.systemctl("start", self.unit)
        await self.town.until(lambda: self.town.discord.commands, START_S)

    def state(self, name: str = "ActiveState") -> str:
        """Return one of its properties."""
        return self.systemd.property(self.unit, name)

    async def until(self, name: str, value: str) -> None:
        """Wait until one of its properties has a value."""
        await anyio.to_thread.run_sync(self.systemd.until, self.unit, name, value, START_S)


@pytest.fixture
async def service(systemd: Machine, tmp_path: Path) -> AsyncIterator[Service]:
    """A service without data and settings, and a town for it, in which nobody has spoken."""
    systemd.run("sh", "-c", "rm -rf /var/lib/private/causerie* /var/lib/causerie* /etc/causerie*")
    async with a_town(tmp_path) as town:
        town.log.touch()
        made = Service(systemd, town)
        try:
            yield made
        finally:
            with anyio.CancelScope(shield=True):
                await made.systemctl("stop", made.unit, check=False)
            town.log.write_text(systemd.log(made.unit))  # the town looks for secrets in it
            systemd.systemctl("reset-failed", made.unit, check=False)
            systemd.run("rm", "-rf", f"/etc/systemd/system/{made.unit}.d")
