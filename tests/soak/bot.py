"""The real bot process between the small Discord and the scripted model, started and killed again and again."""

import asyncio
import os
import signal
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from sandbox.discord import NeverHappenedError
from tests.rig.discord import DiscordRig
from tests.rig.kill import kill
from tests.rig.model import ModelSandbox
from tests.rig.starter import Starter

READY_S: Final = 60.0
END_S: Final = 40.0

CONFIG: Final = """
[[models]]
name = "gpt-4o-mini"
api = "responses"
context_tokens = 8000
vision = true
price_in = 1.0
price_out = 2.0
default = true

[[models]]
name = "gpt-image-2"
kind = "image"
label = "Painter"
output_tokens = 2000
price_in = 5.0
price_out = 30.0

[[models]]
name = "codex"
kind = "code"
label = "Coder"
context_tokens = 8000
vision = true
price_in = 1.0
price_out = 2.0

[[models]]
name = "text-embedding-3-small"
kind = "embedding"
label = "Embedder"
price_in = 1.0
price_out = 2.0

[[models]]
name = "gpt-transcribe"
kind = "transcription"
price_minute = 0.0045

[[models]]
name = "tts-1"
kind = "speech"
price_characters = 15.0

[limits]
questions_per_minute = 100000
queue_cap = 1000
stream_grace_s = 1.0
"""
"""A context of 8,000 tokens: requests stay small, and the oldest turns are left out of long sessions."""

MODERATION: Final = """
[moderation]
direct_messages = "block"
warn = {warn}
block = {block}
"""

BUDGET: Final = """
[[budgets]]
scope = "{scope}"
period = "day"
tokens = {tokens}
"""


Scope = tuple[str, int]
"""What a budget holds for, and its id; 0 for everybody."""


class BotEndedError(Exception):
    """The bot ended although nobody killed it."""


class Bot:
    """One bot at a time, on one folder."""

    def __init__(self, discord: DiscordRig, model: ModelSandbox, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "bot.log"
        self.starts = 0
        self.pid: int | None = None
        self._data = folder / "data"
        self._discord = discord
        self._model = model
        self._config = folder / "causerie.toml"
        self._budgets = ""
        self._moderation = ""
        self._starter: Starter | None = None
        self._ending: asyncio.Task[int] | None = None

    def open(self) -> None:
        """Load the bot's code; no bot runs yet."""
        self._starter = Starter()

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
        return {path.name for path in (self._data / "files").iterdir()}

    async def close(self) -> None:
        """Kill whatever still runs."""
        if self._starter is None:
            return
        if self.runs and self.pid is not None:
            kill(self.pid)
        if self._ending is not None:
            await self._ending
        self._starter.close()

    def fork(self) -> int:
        """Start a bot; returns its process id at once."""
        if self._starter is None:
            raise RuntimeError("the starter is not open")
        self._forget_starts()
        self._config.write_text(CONFIG + self._moderation + self._budgets)
        bot = self._starter.start(
            {
                "PATH": os.environ.get("PATH", ""),
                "HOME": os.environ.get("HOME", "/"),
                "DISCORD_TOKEN": self._discord.token,
                "DISCORD_REST_URL": self._discord.rest_url,
                "OPENAI_API_KEY": self._model.key,
                "OPENAI_BASE_URL": self._model.base_url,
                "CAUSERIE_DATA": str(self._data),
                "CAUSERIE_CONFIG": str(self._config),
            },
            self.log,
        )
        self.pid = bot.pid
        self._ending = asyncio.create_task(bot.wait())
        self.starts += 1
        return self.pid

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
        connection = sqlite3.connect(f"file:{self._data / 'causerie.db'}?mode=ro", uri=True, timeout=10)
        try:
            return connection.execute(sql, values).fetchall()
        finally:
            connection.close()

    def _forget_starts(self) -> None:
        """Empty the table of gateway sessions: the bot is started more often here than Discord allows in a day."""
        if self.starts == 0:
            return
        connection = sqlite3.connect(self._data / "causerie.db", timeout=10, isolation_level=None)
        try:
            connection.execute("DELETE FROM identify")
        finally:
            connection.close()


@asynccontextmanager
async def opened(discord: DiscordRig, model: ModelSandbox, folder: Path) -> AsyncIterator[Bot]:
    """A bot that can be started; killed at the end."""
    bot = Bot(discord, model, folder)
    bot.open()
    try:
        yield bot
    finally:
        await asyncio.shield(bot.close())
