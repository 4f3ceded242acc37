"""The command line: `causerie run`, and the commands with which an operator prepares it (`commands/dispatch.py` has those).

It reads the arguments and the settings, starts what they say, and turns a wrong setting into one line and an exit status.
"""

import argparse
import os
import platform
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from command_line import parser_of
from commands.dispatch import BESIDE_THE_BOT, WRONG_ARGUMENTS, Command, as_called, checked_settings, current_folder
from service.signals import end_on_signals
from service.standard_streams import OutputError, open_standard_streams, say
from service.version import version

if TYPE_CHECKING:
    from settings.environment import Environment


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return the exit status; `READS` in `command_line.py` has what each status means.

    :param arguments: without the program's name; those of the process when this is None
    """
    open_standard_streams()
    end_on_signals()
    parser = parser_of({name: command.what for name, command in COMMANDS.items()}, _version())
    chosen = parser.parse_args(arguments)
    if chosen.command is None:
        parser.print_help(sys.stderr)
        return WRONG_ARGUMENTS

    # A signal that comes while this loads must find its handler.
    from settings.environment import environment  # noqa: PLC0415
    from settings.errors import ConfigurationError, UnreachableError, one_line  # noqa: PLC0415

    try:
        env, command = environment(current_folder()), COMMANDS[chosen.command]
        if command.uses_data and os.geteuid() == 0:
            from commands.data_owner import done_by_owner  # noqa: PLC0415
            from settings.values import data_folder  # noqa: PLC0415

            status = done_by_owner(data_folder(env.values), sys.argv[1:] if arguments is None else arguments)
            if status is not None:
                return status
        return command.run(env, chosen)
    except ConfigurationError as wrong:
        say(f"causerie: {one_line(as_called(str(wrong)))}")
        return os.EX_CONFIG
    except UnreachableError as trouble:
        say(f"causerie: {one_line(str(trouble))}")
        return os.EX_UNAVAILABLE
    except OutputError as trouble:
        say(f"causerie: {trouble}")
        return os.EX_UNAVAILABLE


def _version() -> str:
    """Return what a report of a problem should say."""
    return f"causerie {version()} (Python {platform.python_version()}, {platform.system()} {platform.machine()})"


def _run(env: "Environment", chosen: argparse.Namespace) -> int:
    import open_data  # noqa: PLC0415 the sandbox does not need it

    settings = checked_settings(env)
    if os.geteuid() == 0:
        from commands.data_owner import refuse_bot_of_root  # noqa: PLC0415

        refuse_bot_of_root(settings.data, chosen.command)
    store = open_data.open_data(settings)

    import bot  # noqa: PLC0415 loading it takes a second or two; a second process on the same data ends before that
    from settings.environment import environment  # noqa: PLC0415

    return bot.run(settings, store, partial(environment, Path.cwd(), env.process))


def _sandbox(env: "Environment", chosen: argparse.Namespace) -> int:
    from sandbox import town  # noqa: PLC0415 the bot does not need it

    return town.run(env.values, vars(chosen).get("port", 0))  # `start` has no --port


def _start(env: "Environment", chosen: argparse.Namespace) -> int:
    return (_run if env.values.get("DISCORD_TOKEN") else _sandbox)(env, chosen)


COMMANDS: Final[Mapping[str, Command]] = {
    "run": Command("join Discord (DISCORD_TOKEN) and answer, until stopped", _run),
    "sandbox": Command("a small Discord and a small model on this machine, with the bot in it", _sandbox),
    "start": Command("`run` when there is a DISCORD_TOKEN, else `sandbox`", _start),
    **BESIDE_THE_BOT,
}
"""The commands by their names."""


if __name__ == "__main__":
    sys.exit(main())
