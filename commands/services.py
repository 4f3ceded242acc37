"""The bots of this machine as services of systemd's: what their units, folders and files are called, and how systemd is asked.

The one bot of most machines is `causerie.service`. A further one has a name: `causerie@NAME.service`.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Final, NamedTuple

from settings.errors import ConfigurationError, UnreachableError, quoted

UNITS: Final = Path("/etc/systemd/system")

SYSTEMD: Final = Path("/run/systemd/system")
"""Is there where systemd runs (sd_booted(3))."""

STATES: Final = Path("/var/lib/private")
"""Where systemd keeps the data of dynamic users; `/var/lib` has a link to each."""

NAME_CHARS_MAX: Final = 20
"""With `causerie-` before it, a name must be one of a user, which has at most 31 characters."""

_NAME: Final = re.compile(rf"[a-z][a-z0-9-]{{0,{NAME_CHARS_MAX - 1}}}")


class Bot(NamedTuple):
    """A bot by its name; "" is the one that has none."""

    name: str = ""

    @property
    def unit(self) -> str:
        """The unit that runs it."""
        return f"causerie@{self.name}.service" if self.name else "causerie.service"

    @property
    def timer(self) -> str:
        """The unit that starts its backups."""
        return f"causerie-backup@{self.name}.timer" if self.name else "causerie-backup.timer"

    @property
    def backup(self) -> str:
        """The unit that makes a backup."""
        return self.timer.replace(".timer", ".service")

    @property
    def settings(self) -> Path:
        """The folder of its secrets and of its TOML file."""
        return Path(f"/etc/{self.user}")

    @property
    def data(self) -> Path:
        """The folder of its data."""
        return STATES / self.user

    @property
    def user(self) -> str:
        """The user as which it runs; its folders are called so, too."""
        return f"causerie-{self.name}" if self.name else "causerie"


def bot_named(name: str) -> Bot:
    """Return the bot with this name.

    :raises ConfigurationError: it cannot be one
    """
    if name and (not _NAME.fullmatch(name) or name == "backup"):
        raise ConfigurationError(
            f"{quoted(name)} cannot be a bot's name: it may have up to {NAME_CHARS_MAX} letters from a to z, digits and hyphens,"
            " begins with a letter, and is not 'backup'. Choose another one."
        )
    return Bot(name)


def bot_of_data(folder: Path) -> Bot | None:
    """Return the bot whose service has its data in this folder; None where that is no service's."""
    real = Path(os.path.realpath(folder))  # which follows no circle
    found = re.fullmatch(rf"causerie(?:-({_NAME.pattern}))?", real.name)
    return Bot(found[1] or "") if real.parent == STATES and found is not None else None


def installed_bots() -> list[Bot]:
    """Return the bots whose service is switched on, in the order of their names."""
    links = [path.name for path in UNITS.glob("multi-user.target.wants/causerie*.service")]
    found = [re.fullmatch(r"causerie(?:@(.+))?\.service", link) for link in links]
    return sorted(Bot(one[1] or "") for one in found if one is not None)


def unit_files() -> Iterator[tuple[str, str]]:
    """Yield each unit that belongs to this version, with its text."""
    for file in sorted(resources.files("deploy").iterdir(), key=lambda one: one.name):
        if file.name.endswith((".service", ".timer")):
            yield file.name, file.read_text(encoding="utf-8")


def example_settings() -> str:
    """Return the text of `causerie.example.toml`."""
    return resources.files("deploy").joinpath("causerie.example.toml").read_text(encoding="utf-8")


def refuse_unable(command: str, *, for_all: bool = False) -> None:
    """Refuse a machine without systemd, and a user who may not change it.

    :param command: what was asked for, as it is typed, without the program
    :param for_all: whether everybody may do it, because nothing is changed
    :raises ConfigurationError: it cannot be done here
    """
    if not SYSTEMD.is_dir() or shutil.which("systemctl") is None:
        raise ConfigurationError(
            "systemd does not run here, so there is nothing to install a service in. docs/operators.md tells of containers,"
            " and of running the bot by hand."
        )
    if os.geteuid() != 0 and not for_all:
        raise ConfigurationError(f"Only root may do this. Run `causerie {command}` with sudo.")


def systemctl(*arguments: str, within_s: float = 600) -> None:
    """Have systemd do something, and wait until it is done.

    :raises UnreachableError: it could not be done; the text is systemd's
    """
    try:
        ended = subprocess.run(  # noqa: S603 the arguments are ours
            ["systemctl", *arguments],  # noqa: S607 the one on the PATH, as everybody's
            capture_output=True,
            text=True,
            check=False,
            timeout=within_s,
        )
    except subprocess.TimeoutExpired as error:
        raise UnreachableError(f"systemctl {' '.join(arguments)} is not done after {within_s:.0f} seconds.") from error
    if ended.returncode:
        said = " ".join(ended.stderr.split()) or f"status {ended.returncode}"
        raise UnreachableError(f"systemctl {' '.join(arguments)} failed: {said}")


def state(unit: str, name: str = "ActiveState") -> str:
    """Return a property of a unit as systemd says it, such as "active"; "" where it cannot be asked."""
    ended = subprocess.run(  # noqa: S603 the arguments are ours
        ["systemctl", "show", "--value", f"--property={name}", unit],  # noqa: S607
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return ended.stdout.strip()
