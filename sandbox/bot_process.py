"""Runs the bot in a process of its own, with the documented environment variables only, and starts it again when it dies."""

import asyncio
import ctypes
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from sandbox.bot_log import BotLog

CHECKOUT: Final = Path(__file__).parents[1]

KEPT: Final = ("PATH", "HOME", "LANG")
"""Variables that every process needs; all others are those that the bot's documentation names."""

EXIT_MISCONFIGURED: Final = 78
"""The exit status with which the bot says that its settings are wrong: starting it again would not help."""

STOP_S: Final = 25.0
"""How long a stop may take: the grace time of streaming answers, then what Discord must still be shown. After that it is killed."""

PAUSES_S: Final = (1.0, 2.0, 5.0, 15.0)
"""The pauses before the next starts; the last is repeated. After a start that became ready the first one counts again."""

_PR_SET_PDEATHSIG: Final = 1


class BotProcess:
    """Keeps a bot running: `await bot.keep()` lasts until it is cancelled or the bot says that its settings are wrong."""

    def __init__(
        self,
        environment: Mapping[str, str],
        *,
        ready: Callable[[], Awaitable[object]],
        tell: Callable[..., None],
    ) -> None:
        """Prepare; `ready` waits until the bot is connected, `tell` gets the key of the notice for people, "" when there is none, and its values."""
        self.pid = 0
        self.starts = 0
        self._environment = {name: os.environ[name] for name in KEPT if name in os.environ} | dict(environment)
        self._ready = ready
        self._tell = tell
        self._process: asyncio.subprocess.Process | None = None
        self._log: BotLog | None = None

    @property
    def metrics_url(self) -> str:
        """Where the present process shows its metrics; empty until it has said so, and where its settings want none."""
        return "" if self._log is None else self._log.metrics_url

    async def keep(self) -> int:
        """Start the bot whenever it is not running; return the exit status of one whose settings are wrong."""
        fruitless = 0
        try:
            while True:
                process = await self._start()
                became_ready = asyncio.create_task(self._announce_ready())
                status = await process.wait()
                fruitless = 0 if became_ready.done() else fruitless + 1
                became_ready.cancel()
                await asyncio.gather(became_ready, return_exceptions=True)
                if status == EXIT_MISCONFIGURED:
                    return status
                self._tell("killed", signal=-status) if status < 0 else self._tell("stopped", status=status)
                await asyncio.sleep(PAUSES_S[min(fruitless, len(PAUSES_S) - 1)])
        finally:
            await self._stop()

    async def _start(self) -> asyncio.subprocess.Process:
        # Its words go on to our stderr: our stdout carries the page's address and nothing else.
        self._log = log = BotLog(sys.stderr.fileno())
        try:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "cli",
                "run",
                cwd=CHECKOUT,
                env=self._environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log.descriptor,
                stderr=log.descriptor,
                preexec_fn=_end_with_parent if sys.platform == "linux" else None,
            )
        finally:
            log.started()
        self.pid = self._process.pid
        self.starts += 1
        return self._process

    async def _announce_ready(self) -> None:
        await self._ready()
        self._tell("")

    async def _stop(self) -> None:
        process = self._process
        if process is None or process.returncode is not None:
            return
        with suppress(ProcessLookupError):
            process.terminate()
        try:
            async with asyncio.timeout(STOP_S):
                await process.wait()
        except TimeoutError:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()


def _end_with_parent() -> None:
    """Have the kernel end this process when its starter is gone: a bot without its sandbox would try to connect for ever."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
