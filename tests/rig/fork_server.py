"""A process that has loaded the bot's code and forks bots from itself, which saves each of them a second of loading.

`python -m tests.rig.fork_server` reads one JSON object a line and answers each with a number on a line. `{"environment": …,
"log": …, "arguments": ["run"], "module": "cli", "is_service": false, "ahead_s": 0}` forks a `python -m cli run` with exactly that environment
and answers with its process id; `{"wait": pid}` waits for its end and answers with its exit status, negative for a signal. A service has no terminal, and the
clock of a process may be so many seconds ahead of the machine's. It ends with its input, and its bots end with it.
`tests/rig/starter.py` speaks to it.
"""

import ctypes
import importlib
import json
import os
import runpy
import signal
import sys
import time
from collections.abc import Mapping
from typing import Any, Final

import cli

LOADED: Final = ("open_data", "bot", "openai.resources.responses", "openai.resources.chat.completions")
"""What a bot imports when it starts and when it first asks a model; the longest part of a start."""

_PR_SET_PDEATHSIG: Final = 1


def main() -> int:
    """Serve until the input ends; returns the exit status, in a forked bot that of the bot."""
    for name in LOADED:
        importlib.import_module(name)
    while line := sys.stdin.readline():
        request = json.loads(line)
        if "wait" in request:
            _answer(os.waitstatus_to_exitcode(os.waitpid(request["wait"], 0)[1]))
            continue
        bot = os.fork()
        if bot == 0:
            return _be_a_bot(request)
        _answer(bot)
    return 0


def _answer(number: int) -> None:
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()


def _be_a_bot(request: Mapping[str, Any]) -> int:
    """Run a module, `causerie` or one that bends it, as a new process would: with its own environment, output and end, and nothing of the fork server's."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    os.environ.clear()
    os.environ.update(request["environment"])
    log = os.open(request["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(log, 1)
    os.dup2(log, 2)
    if request["is_service"]:
        os.setsid()
    if request["ahead_s"]:
        _set_clock_ahead(request["ahead_s"])
    if request["module"] == "cli":
        return cli.main(request["arguments"])
    sys.argv[1:] = request["arguments"]
    runpy.run_module(request["module"], run_name="__main__", alter_sys=True)
    return 0


def _set_clock_ahead(seconds: float) -> None:
    """Have this process see a later time of day, as a machine whose clock is set so does; the monotonic clock is nobody's to set."""
    by_machine = time.time
    time.time = lambda: by_machine() + seconds


if __name__ == "__main__":
    sys.exit(main())
