"""The command line: `causerie run`, `causerie sandbox` and `causerie start`.

It reads the arguments and the settings, starts what was asked for, and turns a wrong setting into one line and an exit status.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from settings.environment import Environment, environment
from settings.errors import ConfigurationError, UnreachableError, one_line


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return the exit status.

    0: stopped as asked. 2: wrong arguments. 69: something outside, such as the disk, does not work now. 78: a setting is wrong.
    The statuses above 2 are those of sysexits.h.

    :param arguments: without the program's name; those of the process when this is None
    """
    parser = argparse.ArgumentParser(
        prog="causerie", description="A Discord bot for ChatGPT: a session belongs to a person."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser("run", help="join Discord (DISCORD_TOKEN) and answer, until stopped")
    commands.add_parser("sandbox", help="a small Discord and a small model on this machine, with the bot in it")
    commands.add_parser("start", help="`run` when there is a DISCORD_TOKEN, else `sandbox`")
    chosen = parser.parse_args(arguments).command
    try:
        env = environment(Path.cwd())
        if chosen == "start":
            chosen = "run" if env.values.get("DISCORD_TOKEN") else "sandbox"
        return _run(env) if chosen == "run" else _sandbox(env)
    except ConfigurationError as wrong:
        sys.stderr.write(f"causerie: {one_line(str(wrong))}\n")
        return os.EX_CONFIG
    except UnreachableError as trouble:
        sys.stderr.write(f"causerie: {one_line(str(trouble))}\n")
        return os.EX_UNAVAILABLE


def _run(env: Environment) -> int:
    import open_data  # noqa: PLC0415 the sandbox does not need it
    from settings.settings import read  # noqa: PLC0415

    settings = read(env.values, env.warnings)
    store = open_data.open_data(settings)

    import bot  # noqa: PLC0415 loading it takes a second or two; a second process on the same data ends before that

    return bot.run(settings, store)


def _sandbox(env: Environment) -> int:
    from sandbox import town  # noqa: PLC0415 the bot does not need it

    return town.run(env.values)


if __name__ == "__main__":
    sys.exit(main())
