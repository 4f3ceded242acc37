"""What each command beside the bot calls, such as `causerie backup`. The file that does it is loaded only when its command is used."""

import argparse
import contextlib
import os
import shlex
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from service.standard_streams import say, show

if TYPE_CHECKING:
    from commands.finding import Finding
    from settings.environment import Environment
    from settings.settings import Settings
    from settings.upkeep import Upkeep

NOT_WELL: Final = 1
"""The exit status of `causerie check`, `causerie doctor` and `causerie health` that have found something wrong."""

NICENESS: Final = 10
"""By how much the process of a backup steps back behind that of the bot."""

WRONG_ARGUMENTS: Final = 2
"""The exit status that argparse gives, too."""


class Command(NamedTuple):
    """What a command does in a line, and the function that does it and returns the exit status; `command_line.py` has what it takes."""

    what: str
    run: "Callable[[Environment, argparse.Namespace], int]"
    uses_data: bool = False
    """Whether it works in the folder of the data, beside the bot."""


def program() -> str:
    """Return how this program was called, for the commands that a text names: `.venv/bin/causerie`, for instance."""
    called = sys.argv[0]
    return shlex.quote(called) if Path(called).name == "causerie" else "causerie"


def as_called(text: str) -> str:
    """Return a text whose commands, which it writes as `causerie init`, can be copied: a new checkout's program is not on the PATH."""
    return text.replace("`causerie ", f"`{program()} ")


def current_folder() -> Path:
    """Return the current folder.

    :raises ConfigurationError: somebody has removed it
    """
    try:
        return Path.cwd()
    except OSError as error:
        from settings.errors import ConfigurationError  # noqa: PLC0415

        raise ConfigurationError(
            f"The current folder, in which .env is looked for, cannot be used ({error.strerror}). Start in another one."
        ) from error


def checked_settings(env: "Environment") -> "Settings":
    """Return the settings, and have OpenSSL trust what they name."""
    from network.tls import use_authorities  # noqa: PLC0415
    from settings.errors import ConfigurationError  # noqa: PLC0415
    from settings.settings import read  # noqa: PLC0415

    settings = read(env.values, env.warnings)
    try:
        use_authorities(settings.certificates)
    except ValueError as error:
        raise ConfigurationError(f"{error}. Change it or remove it, and start again.") from error
    return settings


def _invite(env: "Environment", _chosen: argparse.Namespace) -> int:
    from commands.invite import invitation  # noqa: PLC0415

    show(invitation(env, program()))
    return 0


def _init(_env: "Environment", chosen: argparse.Namespace) -> int:
    from commands.init import init  # noqa: PLC0415

    show(init(current_folder(), os.environ, overwrite=chosen.overwrite, program=program()))
    return 0


def _settings(env: "Environment", chosen: argparse.Namespace) -> int:
    if chosen.example:
        from commands.services import example_settings  # noqa: PLC0415

        show(example_settings().rstrip())
        return 0
    from commands.settings import listing  # noqa: PLC0415
    from settings.settings import read  # noqa: PLC0415

    show(listing(env))
    for warning in read(env.values, env.warnings).warnings:
        show(f"\nLook at this: {warning}")
    return 0


def _check(env: "Environment", _chosen: argparse.Namespace) -> int:
    settings = checked_settings(env)
    from commands.check import findings  # noqa: PLC0415 loading it takes a second

    status = _shown(findings(settings))
    if status == 0:
        show(as_called("`causerie run` starts the bot, unless it runs already."))
    return status


def _shown(findings: "Iterable[Finding]") -> int:
    """Show what a command finds, a line each, as soon as it is found, and return the exit status."""
    from commands.finding import summary  # noqa: PLC0415

    found: list[Finding] = []
    for finding in findings:
        found.append(finding)
        show(as_called(finding.line))
    show(f"\n{summary(found)}")
    return NOT_WELL if any(finding.state == "wrong" for finding in found) else 0


def _backup(env: "Environment", chosen: argparse.Namespace) -> int:
    from commands.backup import back_up  # noqa: PLC0415

    with contextlib.suppress(OSError):  # a unit of systemd may not let it
        os.nice(NICENESS)
    show(as_called(back_up(_upkeep(env, chosen))))
    return 0


def _restore(env: "Environment", chosen: argparse.Namespace) -> int:
    from commands.restore import list_backups, restore  # noqa: PLC0415

    upkeep = _upkeep(env, chosen)
    show(
        as_called(
            restore(upkeep, chosen.backup, any_bot=chosen.any_bot) if chosen.backup else list_backups(upkeep),
        )
    )
    return 0


def _stats(env: "Environment", chosen: argparse.Namespace) -> int:
    from commands.stats import as_json, as_text, report  # noqa: PLC0415

    found = report(_upkeep(env, chosen))
    show(as_json(found) if chosen.json else as_text(found))
    return 0


def _doctor(env: "Environment", chosen: argparse.Namespace) -> int:
    from commands.doctor import findings  # noqa: PLC0415

    return _shown(findings(_upkeep(env, chosen)))


def _forget(env: "Environment", chosen: argparse.Namespace) -> int:
    from commands.forget import forget, person_id  # noqa: PLC0415

    try:
        person = person_id(chosen.user)
    except ValueError as wrong:
        say(f"causerie: {wrong}")
        return WRONG_ARGUMENTS
    show(as_called(forget(_upkeep(env, chosen), person)))
    return 0


def _export(env: "Environment", chosen: argparse.Namespace) -> int:
    from commands.export import export  # noqa: PLC0415

    show(as_called(export(_upkeep(env, argparse.Namespace()), chosen.user, chosen.to)))
    return 0


def _upkeep(env: "Environment", chosen: argparse.Namespace) -> "Upkeep":
    from settings.upkeep import read_upkeep  # noqa: PLC0415

    return read_upkeep(env.values, backups=getattr(chosen, "to", ""), keep=getattr(chosen, "keep", 0))


def _install_service(env: "Environment", chosen: argparse.Namespace) -> int:
    from commands.install_service import install_service  # noqa: PLC0415

    install_service(env, chosen.name, show, dry_run=chosen.dry_run, program=program())
    return 0


def _upgrade(_env: "Environment", chosen: argparse.Namespace) -> int:
    from commands.upgrade import upgrade  # noqa: PLC0415

    upgrade(show, back=chosen.back, dry_run=chosen.dry_run)
    return 0


def _uninstall_service(_env: "Environment", chosen: argparse.Namespace) -> int:
    from commands.uninstall_service import uninstall_service  # noqa: PLC0415

    uninstall_service(chosen.name, show, dry_run=chosen.dry_run)
    return 0


def _health(env: "Environment", _chosen: argparse.Namespace) -> int:
    from service.alive import trouble  # noqa: PLC0415

    said = trouble(env.values)
    show(said or "The bot is ready and alive.")
    return NOT_WELL if said else 0


BESIDE_THE_BOT: Final[Mapping[str, Command]] = {
    "init": Command("ask for the token and the key, and write them into .env", _init),
    "invite": Command("print the link that adds the bot to a server, with what it asks for", _invite),
    "check": Command(
        "ask Discord, the models' server and the disk whether all is well, and say what to do where it is not",
        _check,
        uses_data=True,
    ),
    "backup": Command("copy the data into a folder of its own, also while the bot runs", _backup, uses_data=True),
    "restore": Command(
        "put a backup in the place of the data of a stopped bot, or list the backups",
        _restore,
        uses_data=True,
    ),
    "export": Command("write everything that is stored of a person into a folder", _export, uses_data=True),
    "stats": Command(
        "say how many people, sessions and turns there are, and what they used",
        _stats,
        uses_data=True,
    ),
    "doctor": Command(
        "look whether the data are sound, and say what to do where they are not", _doctor, uses_data=True
    ),
    "forget": Command(
        "erase everything of a person, by the running bot, or here where none runs",
        _forget,
        uses_data=True,
    ),
    "settings": Command("list every setting with its value, where that stands, and its default", _settings),
    "health": Command("say whether the bot that runs in this container is ready and alive", _health),
    "install-service": Command(
        "have systemd run this version as a service, with the settings found here", _install_service
    ),
    "upgrade": Command("have the services run this version, or the one before", _upgrade),
    "uninstall-service": Command("take the service away; data and settings are kept", _uninstall_service),
}
"""The commands by their names. `cli.py` has those that start the bot or the sandbox."""
