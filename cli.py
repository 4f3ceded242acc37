"""The command line: `causerie run`, and the commands with which an operator prepares it (`commands/` has what those do).

It reads the arguments and the settings, starts what they say, and turns a wrong setting into one line and an exit status.
"""

import argparse
import contextlib
import os
import platform
import shlex
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from service.signals import end_on_signals
from service.standard_streams import OutputError, open_standard_streams, say, show
from service.version import version

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

READS: Final = """\
settings:
  The environment comes first, then the file .env in the current folder, or where the platform keeps it for an
  installed program. Under systemd, secrets are credentials.

  DISCORD_TOKEN      the bot's token, from Discord's developer portal
  OPENAI_API_KEY     the key for the models; a server of your own may not need one
  OPENAI_BASE_URL    the address of the models (default: https://api.openai.com/v1)
  CAUSERIE_DATA      the folder that holds causerie.db (default: data, or the platform's)
  CAUSERIE_CONFIG    a TOML file with models, limits and permissions; causerie.example.toml has every key
  DISCORD_REST_URL   Discord's address; only for tests

  HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, NO_PROXY, SSL_CERT_FILE and SSL_CERT_DIR mean what they mean everywhere.

exit status:
  0   stopped as told
  1   crashed; it may be started again, and goes on where it was. Of `check`, `doctor` and `health`: something is wrong
  2   wrong arguments
  69  something outside, such as the disk, does not work now; a later start may succeed
  78  a setting is wrong; one line names it and says what to do

docs/operators.md tells more: files, proxies, certificates, signals, the log."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return the exit status; `READS` has what each status means.

    :param arguments: without the program's name; those of the process when this is None
    """
    open_standard_streams()
    end_on_signals()
    parser = _parser()
    chosen = parser.parse_args(arguments)
    if chosen.command is None:
        parser.print_help(sys.stderr)
        return WRONG_ARGUMENTS

    # A signal that comes while this loads must find its handler.
    from settings.environment import environment  # noqa: PLC0415
    from settings.errors import ConfigurationError, UnreachableError, one_line  # noqa: PLC0415

    try:
        return COMMANDS[chosen.command].run(environment(_current_folder()), chosen)
    except ConfigurationError as wrong:
        say(f"causerie: {one_line(_as_called(str(wrong)))}")
        return os.EX_CONFIG
    except UnreachableError as trouble:
        say(f"causerie: {one_line(str(trouble))}")
        return os.EX_UNAVAILABLE
    except OutputError as trouble:
        say(f"causerie: {trouble}")
        return os.EX_UNAVAILABLE


def _current_folder() -> Path:
    try:
        return Path.cwd()
    except OSError as error:
        from settings.errors import ConfigurationError  # noqa: PLC0415

        raise ConfigurationError(
            f"The current folder, in which .env is looked for, cannot be used ({error.strerror}). Start in another one."
        ) from error


def _parser() -> argparse.ArgumentParser:
    layout = argparse.RawDescriptionHelpFormatter  # leaves the lines of READS as they are
    about = "A Discord bot for ChatGPT: a session belongs to a person."
    parser = argparse.ArgumentParser(prog="causerie", description=about, epilog=READS, formatter_class=layout)
    parser.add_argument("--version", action="version", version=_version())
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    for name, command in COMMANDS.items():
        command.add_arguments(
            commands.add_parser(name, help=command.what, description=command.what, epilog=READS, formatter_class=layout)
        )
    return parser


def _program() -> str:
    """Return how this program was called, for the commands that a text names: `.venv/bin/causerie`, for instance."""
    called = sys.argv[0]
    return shlex.quote(called) if Path(called).name == "causerie" else "causerie"


def _as_called(text: str) -> str:
    """Return a text whose commands, which it writes as `causerie init`, can be copied: a new checkout's program is not on the PATH."""
    return text.replace("`causerie ", f"`{_program()} ")


def _version() -> str:
    """Return what a report of a problem should say."""
    return f"causerie {version()} (Python {platform.python_version()}, {platform.system()} {platform.machine()})"


def _checked_settings(env: "Environment") -> "Settings":
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


def _run(env: "Environment", _chosen: argparse.Namespace) -> int:
    import open_data  # noqa: PLC0415 the sandbox does not need it

    settings = _checked_settings(env)
    store = open_data.open_data(settings)

    import bot  # noqa: PLC0415 loading it takes a second or two; a second process on the same data ends before that
    from settings.environment import environment  # noqa: PLC0415

    return bot.run(settings, store, partial(environment, Path.cwd(), env.process))


def _sandbox(env: "Environment", chosen: argparse.Namespace) -> int:
    from sandbox import town  # noqa: PLC0415 the bot does not need it

    return town.run(env.values, vars(chosen).get("port", 0))  # `start` has no --port


def _start(env: "Environment", chosen: argparse.Namespace) -> int:
    return (_run if env.values.get("DISCORD_TOKEN") else _sandbox)(env, chosen)


def _invite(env: "Environment", _chosen: argparse.Namespace) -> int:
    from commands.invite import invitation  # noqa: PLC0415

    show(invitation(env, _program()))
    return 0


def _init(_env: "Environment", chosen: argparse.Namespace) -> int:
    from commands.init import init  # noqa: PLC0415

    show(init(_current_folder(), os.environ, overwrite=chosen.overwrite, program=_program()))
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
    settings = _checked_settings(env)
    from commands.check import findings  # noqa: PLC0415 loading it takes a second

    return _shown(findings(settings))


def _shown(findings: "Iterable[Finding]") -> int:
    """Show what a command finds, a line each, as soon as it is found, and return the exit status."""
    from commands.finding import summary  # noqa: PLC0415

    found: list[Finding] = []
    for finding in findings:
        found.append(finding)
        show(_as_called(finding.line))
    show(f"\n{summary(found)}")
    return NOT_WELL if any(finding.state == "wrong" for finding in found) else 0


def _backup(env: "Environment", chosen: argparse.Namespace) -> int:
    from commands.backup import back_up  # noqa: PLC0415

    with contextlib.suppress(OSError):  # a unit of systemd may not let it
        os.nice(NICENESS)
    show(_as_called(back_up(_upkeep(env, chosen))))
    return 0


def _restore(env: "Environment", chosen: argparse.Namespace) -> int:
    from commands.restore import list_backups, restore  # noqa: PLC0415

    upkeep = _upkeep(env, chosen)
    show(
        _as_called(
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
    show(_as_called(forget(_upkeep(env, chosen), person)))
    return 0


def _export(env: "Environment", chosen: argparse.Namespace) -> int:
    from commands.export import export  # noqa: PLC0415

    show(_as_called(export(_upkeep(env, argparse.Namespace()), chosen.user, chosen.to)))
    return 0


def _upkeep(env: "Environment", chosen: argparse.Namespace) -> "Upkeep":
    from settings.upkeep import read_upkeep  # noqa: PLC0415

    return read_upkeep(env.values, backups=getattr(chosen, "to", ""), keep=getattr(chosen, "keep", 0))


def _install_service(env: "Environment", chosen: argparse.Namespace) -> int:
    from commands.install_service import install_service  # noqa: PLC0415

    install_service(env, chosen.name, show, dry_run=chosen.dry_run, program=_program())
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


def _no_arguments(_parser: argparse.ArgumentParser) -> None:
    """The command takes none."""


def _sandbox_arguments(parser: argparse.ArgumentParser) -> None:
    what = "the page's port on 127.0.0.1, the same at each start (default: one that is free)"
    parser.add_argument("--port", type=_port, default=0, metavar="PORT", help=what)


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 1 << 16):
        raise argparse.ArgumentTypeError(f"{text!r} is no port; name one from 1 to 65535")
    return int(text)


def _init_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--overwrite", action="store_true", help="also replace a token and a key that stand in .env already"
    )


def _backup_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--to", metavar="FOLDER", default="", help="the folder of backups, in place of backups.folder")
    parser.add_argument(
        "--keep", metavar="N", type=int, default=0, help="how many are kept there, in place of backups.keep"
    )


def _restore_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "backup", nargs="?", default="", help="the backup's folder or name; without one, all are listed"
    )
    parser.add_argument("--any-bot", action="store_true", help="also restore what is a backup of another bot")


def _export_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("user", metavar="USER", help="Discord's id of the person, or the name if only one has it")
    parser.add_argument("--to", metavar="FOLDER", default="", help="where the folder is made; without it, here")


def _stats_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="for other programs")


def _settings_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--example", action="store_true", help="print a TOML file with every setting instead")


def _dry_run_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--dry-run", action="store_true", help="only print what it would do")


def _service_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "name", nargs="?", default="", metavar="NAME", help="which of several bots: causerie@NAME.service"
    )
    _dry_run_argument(parser)


def _upgrade_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--back", action="store_true", help="go back to the version that the services ran before")
    _dry_run_argument(parser)


def _forget_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("user", metavar="USER", help="the person's id in Discord")


class Command(NamedTuple):
    """What a command does in a line, the function that does it and returns the exit status, and what it takes."""

    what: str
    run: "Callable[[Environment, argparse.Namespace], int]"
    add_arguments: "Callable[[argparse.ArgumentParser], None]" = _no_arguments


COMMANDS: Final[Mapping[str, Command]] = {
    "run": Command("join Discord (DISCORD_TOKEN) and answer, until stopped", _run),
    "sandbox": Command(
        "a small Discord and a small model on this machine, with the bot in it", _sandbox, _sandbox_arguments
    ),
    "start": Command("`run` when there is a DISCORD_TOKEN, else `sandbox`", _start),
    "init": Command("ask for the token and the key, and write them into .env", _init, _init_arguments),
    "invite": Command("print the link that adds the bot to a server, with what it asks for", _invite),
    "check": Command(
        "ask Discord, the models' server and the disk whether all is well, and say what to do where it is not", _check
    ),
    "backup": Command("copy the data into a folder of its own, also while the bot runs", _backup, _backup_arguments),
    "restore": Command(
        "put a backup in the place of the data of a stopped bot, or list the backups", _restore, _restore_arguments
    ),
    "export": Command("write everything that is stored of a person into a folder", _export, _export_arguments),
    "stats": Command("say how many people, sessions and turns there are, and what they used", _stats, _stats_arguments),
    "doctor": Command("look whether the data are sound, and say what to do where they are not", _doctor),
    "forget": Command(
        "erase everything of a person, by the running bot, or here where none runs", _forget, _forget_arguments
    ),
    "settings": Command(
        "list every setting with its value, where that stands, and its default", _settings, _settings_arguments
    ),
    "health": Command("say whether the bot that runs in this container is ready and alive", _health),
    "install-service": Command(
        "have systemd run this version as a service, with the settings found here", _install_service, _service_arguments
    ),
    "upgrade": Command("have the services run this version, or the one before", _upgrade, _upgrade_arguments),
    "uninstall-service": Command(
        "take the service away; data and settings are kept", _uninstall_service, _service_arguments
    ),
}
"""The commands by their names."""


if __name__ == "__main__":
    sys.exit(main())
