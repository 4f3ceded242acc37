"""The bot as a process that is measured from outside: its time on the processor, its memory, its end."""

import asyncio
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

CHECKOUT: Final = Path(__file__).parents[2]
END_S: Final = 40.0

PYTHON: Final = os.environ.get("BENCH_PYTHON", sys.executable)
"""What runs the bot. `make bench` names an environment with what operators install and nothing else: libraries load what the tools for
development bring, such as rich, where it is there, which is 3.5 MB."""


class BotProcess:
    """`causerie run` with the contract's environment and nothing else."""

    def __init__(self, environment: dict[str, str], log: Path) -> None:
        self._environment = environment
        self._log = log
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start it; it is not ready yet."""
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                PYTHON,
                "-m",
                "cli",
                "run",
                cwd=CHECKOUT,
                env={name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ} | self._environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

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
        """Seconds of processor time of all its threads, as the scheduler counts them, to the nanosecond.

        What `ps` shows is sampled a hundred times a second, which counts a process that wakes by timers much too high
        (Linux: Documentation, sched-stats).
        """
        threads = (self._proc / "task").glob("*/schedstat")
        return sum(int(thread.read_text().split()[0]) for thread in threads) / 1e9

    @property
    def resident_mb(self) -> float:
        """Memory that it has in use, in megabytes: what `ps` calls RSS."""
        pages = int((self._proc / "statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6

    @property
    def _proc(self) -> Path:
        if self._process is None:
            raise RuntimeError("the bot was not started")
        return Path("/proc", str(self._process.pid))
