"""The bot as a process that is measured from outside: its time on the processor, its memory, its end."""

import asyncio
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

import psutil

CHECKOUT: Final = Path(__file__).parents[1]
END_S: Final = 40.0


class BotProcess:
    """`causerie run` with the contract's environment and nothing else."""

    def __init__(self, environment: dict[str, str], log: Path) -> None:
        self._environment = environment
        self._log = log
        self._process: asyncio.subprocess.Process | None = None
        self._seen: psutil.Process | None = None

    async def start(self) -> None:
        """Start it; it is not ready yet."""
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "cli",
                "run",
                cwd=CHECKOUT,
                env={name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ} | self._environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self._seen = psutil.Process(self._process.pid)

    async def stop(self) -> int:
        """SIGTERM; returns the exit status, that of a kill when it does not end."""
        process = self._process
        if process is None:
            return 0
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.send_signal(signal.SIGTERM)
            try:
                async with asyncio.timeout(END_S):
                    await process.wait()
            except TimeoutError:
                process.kill()
        return await process.wait()

    @property
    def cpu_s(self) -> float:
        """Seconds of processor time, of all its threads, since it started."""
        times = self._measured.cpu_times()
        return float(times.user + times.system)

    @property
    def resident_mb(self) -> float:
        """Memory that is its own and in use, in megabytes: what `ps` calls RSS."""
        return float(self._measured.memory_info().rss / 1e6)

    @property
    def _measured(self) -> psutil.Process:
        if self._seen is None:
            raise RuntimeError("the bot was not started")
        return self._seen
