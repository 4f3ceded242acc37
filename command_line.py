"""What can be typed after `causerie`: the arguments of each command, and the end of every `--help`."""

import argparse
from collections.abc import Callable, Mapping
from typing import Final

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


def parser_of(commands: Mapping[str, str], version: str) -> argparse.ArgumentParser:
    """Return what reads the arguments.

    :param commands: what each command does, in a line
    :param version: what `--version` says
    """
    layout = argparse.RawDescriptionHelpFormatter  # leaves the lines of READS as they are
    about = "A Discord bot for ChatGPT: a session belongs to a person."
    parser = argparse.ArgumentParser(prog="causerie", description=about, epilog=READS, formatter_class=layout)
    parser.add_argument("--version", action="version", version=version)
    below = parser.add_subparsers(dest="command", metavar="COMMAND")
    for name, what in commands.items():
        command = below.add_parser(name, help=what, description=what, epilog=READS, formatter_class=layout)
        if name in ARGUMENTS:
            ARGUMENTS[name](command)
    return parser


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


ARGUMENTS: Final[Mapping[str, Callable[[argparse.ArgumentParser], None]]] = {
    "sandbox": _sandbox_arguments,
    "init": _init_arguments,
    "backup": _backup_arguments,
    "restore": _restore_arguments,
    "export": _export_arguments,
    "stats": _stats_arguments,
    "forget": _forget_arguments,
    "settings": _settings_arguments,
    "install-service": _service_arguments,
    "upgrade": _upgrade_arguments,
    "uninstall-service": _service_arguments,
}
"""What each command takes, where it takes anything."""
