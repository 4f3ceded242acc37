"""Root leaves data that belong to another user to that user.

Who owns a folder decides what its names lead to: a bot that was taken over could put links there that lead root to `/etc/shadow`. So
nothing of root's ever works in such a folder. On the data of a service a command goes on as the service's own user, and elsewhere it
says how to run it as the user of the data.
"""

import contextlib
import json
import os
import pwd
import secrets
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from commands.program_versions import Versions
from commands.services import SYSTEMD, Bot, bot_of_data, state, systemctl
from settings.environment import SECRETS
from settings.errors import ConfigurationError, UnreachableError, one_line, quoted

WITHIN_S: Final = 3_600.0
"""How long a piece of work on a service's data may take; a database of many gigabytes is copied meanwhile."""

_ROOT: Final = 0
_NO_NETWORK: Final = ("PrivateNetwork=yes",)


def done_by_owner(data: Path, arguments: Sequence[str]) -> int | None:
    """As root on the data of a service, run the command as the service's user and return its exit status; None where this process may go on.

    :param arguments: those with which the command was called
    :raises ConfigurationError: this is root, and the data belong to somebody else who is no service's user
    """
    owner = _other_owner(data) if os.geteuid() == _ROOT else None
    if owner is None:
        return None
    bot = bot_of_data(data)
    program = Versions().folder / "current" / "bin" / "causerie"
    if bot is not None and SYSTEMD.is_dir() and program.exists():
        ended = _run_as_user_of(bot, [str(program), *arguments], _settings_of(bot))
        sys.stdout.write(ended.stdout)
        sys.stderr.write(ended.stderr)
        return ended.returncode
    raise ConfigurationError(
        f"{_belongs(data, owner)}, and root does not work there: links of that user's could lead anywhere. Run this as that user: sudo -u"
        f" {shlex.quote(_name(owner))} `causerie {shlex.join(arguments)}`"
    )


def refuse_bot_of_root(data: Path, command: str) -> None:
    """Refuse to run the bot as root on the data of another user, who could not open what root makes there.

    :param command: with which the bot is started
    :raises ConfigurationError: this is root, and the data belong to somebody else
    """
    owner = _other_owner(data) if os.geteuid() == _ROOT else None
    if owner is None:
        return
    bot = bot_of_data(data)
    if bot is not None:
        raise ConfigurationError(
            f"CAUSERIE_DATA is {quoted(str(data.absolute()))}, where {bot.unit} has its data. Start that: systemctl start {bot.unit}"
        )
    raise ConfigurationError(
        f"{_belongs(data, owner)}, who could not open what root would make there. Start the bot as that user, in a container by --user {owner},"
        f" elsewhere by: sudo -u {shlex.quote(_name(owner))} `causerie {command}`"
    )


def _belongs(data: Path, owner: int) -> str:
    return f"CAUSERIE_DATA is {quoted(str(data.absolute()))}, which belongs to the user {quoted(_name(owner))}"


def _name(user: int) -> str:
    """Return a user's name as `sudo -u` takes it."""
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return f"#{user}"


def done_by(bot: Bot, version: Path, module: str, *arguments: str) -> Any:
    """Have a module of a version of the program do something to a bot's data as the bot's own user, and return what it says in JSON.

    :param version: the version's folder
    :raises UnreachableError: it could not be done
    """
    ended = _run_as_user_of(bot, [str(version / "bin" / "python"), "-I", "-m", module, *arguments], _NO_NETWORK)
    if ended.returncode or not ended.stdout:
        said = ended.stderr.strip().splitlines()[-1:] or [f"status {ended.returncode}"]
        raise UnreachableError(f"This could not be done to the data of {bot.unit}: {one_line(said[0])}")
    return json.loads(ended.stdout)


def _other_owner(data: Path) -> int | None:
    """Return who else than root decides what is in a folder, or where its name leads; None where that is nobody."""
    for look, path in ((os.lstat, data), (os.stat, data), (os.lstat, data / "causerie.db")):
        try:
            owner = look(path).st_uid
        except OSError:
            continue
        if owner != _ROOT:
            return owner
    return None


def _run_as_user_of(bot: Bot, command: Sequence[str], settings: Sequence[str]) -> "subprocess.CompletedProcess[str]":
    """Run a program as the user of a service, with the service's data and nothing else to write to, and wait for its end.

    systemd runs it as a unit that is gone afterwards. (`systemd-run` would need D-Bus to wait for it.)

    :param settings: further lines of the unit
    """
    unit = f"causerie-work-{secrets.token_hex(4)}.service"
    path = SYSTEMD / unit
    with tempfile.TemporaryDirectory(prefix="causerie-", dir="/run") as folder:
        said, complained = Path(folder, "out"), Path(folder, "err")
        lines = (
            "[Service]",
            "Type=oneshot",
            f"ExecStart={' '.join(map(_quoted_for_systemd, command))}",
            "DynamicUser=yes",
            f"User={bot.user}",
            f"StateDirectory={bot.user}",
            "StateDirectoryMode=0700",
            f"WorkingDirectory=/var/lib/{bot.user}",
            "UMask=0077",
            "LimitCORE=0",
            f"StandardOutput=file:{said}",
            f"StandardError=file:{complained}",
            *settings,
        )
        try:
            path.write_text("\n".join(lines) + "\n", encoding="utf-8")
            systemctl("daemon-reload")
            status = 0
            try:
                systemctl("start", unit, within_s=WITHIN_S)
            except UnreachableError:
                status = int(state(unit, "ExecMainStatus") or 0) or 1
            out, err = (one.read_text(encoding="utf-8") if one.exists() else "" for one in (said, complained))
        finally:
            for last in (("stop", unit), ("reset-failed", unit)):
                with contextlib.suppress(UnreachableError):  # it is neither running nor failed
                    systemctl(*last)
            path.unlink(missing_ok=True)
            systemctl("daemon-reload")
    return subprocess.CompletedProcess(command, status, out, err)


def _quoted_for_systemd(text: str) -> str:
    """Return an argument as a unit has it (systemd.service(5), Command Lines)."""
    for one, other in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("%", "%%"), ("$", "$$")):
        text = text.replace(one, other)
    return f'"{text}"'


def _settings_of(bot: Bot) -> list[str]:
    """Return what gives a program the settings and the secrets of a service, as its unit does."""
    return [
        f"ConfigurationDirectory={bot.user}",
        f"EnvironmentFile=-{bot.settings}/environment",
        *(f"LoadCredential={name}:{bot.settings}/{name}" for name in SECRETS),
        *(rf"SetCredential={name}:\x20" for name in SECRETS),
    ]
