"""The real bot process between the small Discord and the scripted model, started and killed again and again."""

import asyncio
import os
import re
import shutil
import signal
import sqlite3
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from sandbox.discord import NeverHappenedError
from tests.rig.discord import DiscordRig
from tests.rig.kill import kill
from tests.rig.model import ModelSandbox
from tests.rig.starter import CHECKOUT, ForkedBot, Starter
from tests.soak.calendar import Calendar
from tests.soak.configuration import BACKUPS_KEPT, BUDGET, CONFIG, MODERATION, ONE_MODEL_MORE, RETENTION_DAYS, WATCHED
from tests.soak.systemd import Systemd

READY_S: Final = 60.0
END_S: Final = 40.0
RELOADED_S: Final = 30.0
COMMAND_S: Final = 150.0

FORK_SERVER: Final = ("tests/__init__.py", "tests/rig/__init__.py", "tests/rig/fork_server.py")
"""What is taken of the tests into another build."""

NOT_OF_A_BUILD: Final = shutil.ignore_patterns(
    ".*", "docs", "node_modules", "build", "dist", "__pycache__", "*.png", "tests"
)

Scope = tuple[str, int]
"""What a budget holds for, and its id; 0 for everybody."""


class BotEndedError(Exception):
    """The bot ended although nobody killed it."""


class Bot:
    """One bot at a time, on one folder."""

    def __init__(self, discord: DiscordRig, model: ModelSandbox, folder: Path, calendar: Calendar) -> None:
        self.folder = folder
        self.log = folder / "bot.log"
        self.starts = 0
        self.pid: int | None = None
        self.data = folder / "data"
        self.backups = folder / "backups"
        self.is_watched = False
        """Whether it shows metrics from the next start on."""
        self._calendar = calendar
        self._reloads = 0
        self._systemd = Systemd(folder / "notify")
        self._builds: list[Starter] = []
        self._discord = discord
        self._model = model
        self._config = folder / "causerie.toml"
        self._budgets = ""
        self._moderation = ""
        self._ending: asyncio.Task[int] | None = None

    def open(self) -> None:
        """Load the bot's code; no bot runs yet."""
        self.folder.mkdir(exist_ok=True)
        self._systemd.open()
        self._builds = [Starter()]

    def upgrade(self) -> None:
        """Have another build of the same version run from the next start on: this checkout and a copy of it take turns."""
        if len(self._builds) == 1:
            copy = self.folder / "build"
            shutil.copytree(CHECKOUT, copy, ignore=NOT_OF_A_BUILD)
            (copy / "tests" / "rig").mkdir(parents=True)
            for name in FORK_SERVER:
                shutil.copy(CHECKOUT / name, copy / name)
            self._builds.append(Starter(copy))
        self._builds.reverse()

    def set_budgets(self, bounds: dict[Scope, int]) -> None:
        """Give these scopes so many tokens a day from the next start on; all others have no bound."""
        tables = []
        for (scope, id_), tokens in bounds.items():
            tables.append(BUDGET.format(scope=scope, tokens=tokens) + (f"id = {id_}\n" if id_ else ""))
        self._budgets = "".join(tables)

    def set_gates(self, *, warn: list[int], block: list[int]) -> None:
        """Have these servers' moderation warn or block from the next start on."""
        self._moderation = MODERATION.format(warn=warn, block=block)

    @property
    def files(self) -> set[str]:
        """The names of the files that it keeps on disk."""
        return {path.name for path in (self.data / "files").iterdir()}

    async def close(self) -> None:
        """Kill whatever still runs."""
        if not self._builds:
            return
        if self.runs and self.pid is not None:
            kill(self.pid)
        if self._ending is not None:
            await self._ending
        for build in self._builds:
            build.close()
        self._systemd.close()

    def fork(self) -> int:
        """Start a bot; returns its process id at once."""
        self._forget_starts()
        self._write_config()
        bot = self._start(self.log, NOTIFY_SOCKET=str(self._systemd.path))
        self.pid = bot.pid
        self._ending = asyncio.create_task(bot.wait())
        self.starts += 1
        return self.pid

    def _start(self, log: Path, *arguments: str, **variables: str) -> ForkedBot:
        environment = {
            "PATH": os.environ.get("PATH", ""),
            "HOME": os.environ.get("HOME", "/"),
            "DISCORD_TOKEN": self._discord.token,
            "DISCORD_REST_URL": self._discord.rest_url,
            "OPENAI_API_KEY": self._model.key,
            "OPENAI_BASE_URL": self._model.base_url,
            "CAUSERIE_DATA": str(self.data),
            "CAUSERIE_CONFIG": str(self._config),
            **variables,
        }
        return self._builds[0].start(environment, log, *arguments, is_service=True, ahead_s=self._calendar.ahead_s)

    def _write_config(self) -> None:
        """Put the settings in the place of those before, all at once: a reload may be reading."""
        config = CONFIG.format(
            queue_cap=1000 - self._reloads % 100,
            retention_days=RETENTION_DAYS,
            backups_kept=BACKUPS_KEPT,
            backups=self.backups,
        )
        more = ONE_MODEL_MORE if self._reloads % 2 else ""
        new = self._config.with_suffix(".new")
        new.write_text(more + config + (WATCHED if self.is_watched else "") + self._moderation + self._budgets)
        new.replace(self._config)

    async def command(self, *arguments: str) -> tuple[int, str]:
        """Run another command with the bot's settings; its exit status, and what it said."""
        if not self._config.exists():
            self._write_config()
        log = self.folder / f"{arguments[0]}.log"
        before = log.stat().st_size if log.exists() else 0
        async with asyncio.timeout(COMMAND_S):
            status = await self._start(log, *arguments).wait()
        return status, log.read_bytes()[before:].decode(errors="replace")

    def reload(self) -> None:
        """Change a limit and the list of models, and have the running bot read its settings again."""
        if self.pid is None:
            raise RuntimeError("no bot was started")
        self._reloads += 1
        self._write_config()
        self._systemd.told.clear()
        os.kill(self.pid, signal.SIGHUP)

    async def reloaded(self) -> str:
        """Wait until the bot tells systemd that a reload is over; what it said.

        :raises TimeoutError: it said nothing
        """
        return await self._systemd.reloaded(RELOADED_S)

    async def metrics(self) -> dict[str, float]:
        """Return the metrics without labels; it must be watched."""
        address = re.findall(r"http://127\.0\.0\.1:\d+/metrics", self.log.read_text(errors="replace"))[-1]
        shown = await asyncio.to_thread(lambda: urllib.request.urlopen(address, timeout=20).read())  # noqa: S310 our own
        return {name: float(value) for name, value in re.findall(r"^(\w+) (\S+)$", shown.decode(), re.MULTILINE)}

    async def ready(self) -> bool:
        """Wait until Discord has said READY to it; False when it was killed before.

        :raises BotEndedError: when it ended by itself
        """
        waiting = asyncio.create_task(self._discord.ready(READY_S))
        try:
            await asyncio.wait({waiting, self._end()}, return_when=asyncio.FIRST_COMPLETED)
            if self.runs:
                waiting.result()
                return True
        except NeverHappenedError as error:
            raise BotEndedError("the bot did not connect within a minute") from error
        finally:
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)
        status = await self._end()
        if status != -signal.SIGKILL:
            raise BotEndedError(f"the bot ended with {status} before it was ready")
        return False

    @property
    def runs(self) -> bool:
        """Whether the bot is running."""
        return self._ending is not None and not self._ending.done()

    async def ended(self, within_s: float = END_S) -> int | None:
        """Wait for its end; its exit status, or None when it still lives after so many seconds."""
        await asyncio.wait({self._end()}, timeout=within_s)
        return None if self.runs else await self._end()

    def _end(self) -> asyncio.Task[int]:
        if self._ending is None:
            raise RuntimeError("no bot was started")
        return self._ending

    async def kill(self) -> int | None:
        """Kill the process (SIGKILL) and return its exit status."""
        return await self._end_by(signal.SIGKILL)

    async def stop(self) -> int | None:
        """Stop the process (SIGTERM) and return its exit status."""
        return await self._end_by(signal.SIGTERM)

    async def _end_by(self, number: signal.Signals) -> int | None:
        if self.runs and self.pid is not None:
            os.kill(self.pid, number)
        return await self.ended()

    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """Read the database beside the bot."""
        connection = sqlite3.connect(f"file:{self.data / 'causerie.db'}?mode=ro", uri=True, timeout=10)
        try:
            return connection.execute(sql, values).fetchall()
        finally:
            connection.close()

    def _forget_starts(self) -> None:
        """Empty the table of gateway sessions: the bot is started more often here than Discord allows in a day."""
        if self.starts == 0:
            return
        connection = sqlite3.connect(self.data / "causerie.db", timeout=10, isolation_level=None)
        try:
            connection.execute("DELETE FROM identify")
        finally:
            connection.close()


@asynccontextmanager
async def opened(discord: DiscordRig, model: ModelSandbox, folder: Path, calendar: Calendar) -> AsyncIterator[Bot]:
    """A bot that can be started; killed at the end."""
    bot = Bot(discord, model, folder, calendar)
    bot.open()
    try:
        yield bot
    finally:
        await asyncio.shield(bot.close())
