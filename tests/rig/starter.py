"""Starts bots quickly: real processes, forked from one that has loaded the bot's code already."""

import json
import os
import select
import signal
import subprocess
import sys
import weakref
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import anyio

FORKS: Final = hasattr(os, "pidfd_open")
"""Whether this can be used: on Linux alone."""

CHECKOUT: Final = Path(__file__).parents[2]


class Starter:
    """One fork server (`tests/rig/fork_server.py`) and what it has started.

    Each call waits for an answer that comes within milliseconds, so it may be called in an event loop; it belongs to none.
    """

    def __init__(self, checkout: Path = CHECKOUT) -> None:
        """Begin to load the code of the bot in this checkout."""
        self._server = subprocess.Popen(
            [sys.executable, "-m", "tests.rig.fork_server"],
            cwd=checkout,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def start(
        self,
        environment: Mapping[str, str],
        log: Path,
        *arguments: str,
        module: str = "cli",
        is_service: bool = False,
        ahead_s: float = 0.0,
    ) -> "ForkedBot":
        """Start `causerie run`, or another command, with this environment and no other; what it writes is appended to `log`, which is made at once.

        :param module: what runs, as `python -m` would; what it changes in the bot's code, it changes after that is loaded
        :param is_service: it has no terminal, as a service of systemd's
        :param ahead_s: so far its clock is ahead of the machine's, in seconds
        """
        log.touch(mode=0o600)
        asked = {
            "environment": dict(environment),
            "log": str(log),
            "arguments": [*arguments] or ["run"],
            "module": module,
        }
        return ForkedBot(self, self._asked({**asked, "is_service": is_service, "ahead_s": ahead_s}))

    def exit_status(self, pid: int) -> int:
        """Wait for the end of a bot; its exit status, the number of the signal below zero when one killed it."""
        return self._asked({"wait": pid})

    def close(self) -> None:
        """End the fork server, and with it what it started."""
        self._server.communicate()

    def _asked(self, request: dict[str, Any]) -> int:
        if self._server.stdin is None or self._server.stdout is None:
            raise RuntimeError("a fork server without pipes")
        self._server.stdin.write(json.dumps(request) + "\n")
        self._server.stdin.flush()
        answer = self._server.stdout.readline()
        if not answer:
            raise RuntimeError("the fork server has ended; what it said stands in the test's output")
        return int(answer)


class ForkedBot:
    """A bot that a fork server started, as `anyio.abc.Process` shows a process."""

    def __init__(self, starter: Starter, pid: int) -> None:
        self.pid = pid
        self._starter = starter
        self._status: int | None = None
        self._handle = os.pidfd_open(pid)  # readable as soon as the process has ended
        # Not closed earlier: somebody may be waiting for it.
        weakref.finalize(self, os.close, self._handle)

    @property
    def returncode(self) -> int | None:
        """Its exit status; None while it lives."""
        if self._status is None and select.select([self._handle], [], [], 0)[0]:
            self._status = self._starter.exit_status(self.pid)
        return self._status

    async def wait(self) -> int:
        """Wait for its end; returns its exit status."""
        while self._status is None:
            if self.returncode is None:
                await anyio.wait_readable(self._handle)
        return self._status

    def send_signal(self, number: signal.Signals) -> None:
        """Send a signal, unless it has ended."""
        # Until it has been waited for, its process id belongs to nobody else.
        if self.returncode is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Stop the process (SIGTERM)."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """Kill the process (SIGKILL)."""
        self.send_signal(signal.SIGKILL)


@cache
def shared_starter() -> Starter:
    """The starter of this process, for all its tests."""
    return Starter()


def close_shared_starter() -> None:
    """End it, if there was one; before coverage's data are combined, because it measures too."""
    if shared_starter.cache_info().currsize:
        shared_starter().close()
