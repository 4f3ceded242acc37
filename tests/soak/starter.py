"""A process that holds the bot's code and forks a bot whenever it is told to: a start costs 0.2 s instead of 2.

`python -m tests.soak.starter LOG`, with the contract's environment. It reads a line for each start, and writes the bot's process
id and, when the bot has ended, its exit status. What it forks is `causerie run` and nothing else.
"""

import ctypes
import importlib
import os
import signal
import sys
import traceback
from pathlib import Path
from typing import Final

import cli

LOADED: Final = ("bot", "openai.resources.responses", "openai.resources.chat.completions")
"""What a bot imports when it starts and when it first asks a model; the longest part of a start."""

_PR_SET_PDEATHSIG: Final = 1


def main() -> int:
    """Fork a bot for each line that comes, one at a time, until the input ends."""
    _end_with_parent()
    for name in LOADED:
        importlib.import_module(name)
    log = Path(sys.argv[1])
    while sys.stdin.readline():
        bot = os.fork()
        if bot == 0:
            _be_the_bot(log)
        _say(bot)
        _say(os.waitstatus_to_exitcode(os.waitpid(bot, 0)[1]))
    return 0


def _say(number: int) -> None:
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()


def _be_the_bot(log: Path) -> None:
    """Run `causerie run` and end."""
    _end_with_parent()
    written = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(written, 1)
    os.dup2(written, 2)
    status = 1
    try:
        status = cli.main(["run"])
    except BaseException:  # noqa: BLE001 what would have ended the process ends it, and stands in the log
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(status)


def _end_with_parent() -> None:
    """Have the kernel end this process when the one that started it is gone."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main())
