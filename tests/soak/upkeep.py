"""What an operator does while people chat: backups beside the running bot, other settings, another build, a restore."""

import asyncio
import json
import time
from pathlib import Path
from typing import Any, Final

from tests.soak import rows
from tests.soak.bot import Bot
from tests.soak.configuration import BACKUPS_KEPT
from tests.soak.leftovers import files_left, rows_left
from tests.soak.town import Town

LEFT_S: Final = 60.0
"""What is temporary is gone by then: the longest is the pass that tidies the database up."""

STILL_S: Final = 3.0
"""A bot that has sent nothing for so long has looked for what it missed."""


class Upkeep:
    """Does it, and judges what comes of it."""

    def __init__(self, town: Town) -> None:
        self._town = town
        self._ledger = town.ledger
        self._backup: asyncio.Task[None] | None = None

    def begin_backup(self) -> None:
        """Begin a backup, unless one is under way; kills and questions go on meanwhile."""
        if self._backup is None or self._backup.done():
            self._backup = asyncio.create_task(self._back_up())

    async def backed_up(self) -> None:
        """Wait until the backup is made that was begun."""
        if self._backup is not None:
            await self._backup

    async def _back_up(self) -> None:
        status, said = await self._town.bot.command("backup")
        if status:
            self._ledger.break_("other", f"`causerie backup` ended with {status}: {said}")
            return
        figures = self._ledger.figures
        figures.backups += 1
        kept = self.backups()
        if len(kept) != min(figures.backups, BACKUPS_KEPT):
            self._ledger.break_("other", f"{len(kept)} backups are kept after {figures.backups}")
        if unfinished := files_left(path.name for path in self._town.bot.backups.iterdir()):
            self._ledger.break_("other", f"in the folder of backups is left: {unfinished}")

    def backups(self) -> list[Path]:
        """Return the backups that there are, the newest last."""
        found = self._town.bot.backups.glob("backup-*")
        return sorted(found, key=lambda path: float(json.loads((path / "backup.json").read_text())["made_s"]))

    def want_reload(self) -> None:
        """Have the running bot read other settings; a kill may come before it has."""
        if self._town.bot.runs:
            self._town.bot.reload()
            self._ledger.figures.reloads += 1

    async def reload(self) -> None:
        """Have the running bot read other settings, and check that they are in force."""
        self.want_reload()
        try:
            said = await self._town.bot.reloaded()
        except TimeoutError:
            said = "nothing"
        if said != "READY=1\nSTATUS=Connected to Discord.":
            self._ledger.break_("other", f"after a reload the bot said: {said}")

    async def judge_leftovers(self) -> None:
        """Check that nothing temporary stays."""
        until_s = time.monotonic() + LEFT_S
        while (left := self._left()) and time.monotonic() < until_s:
            await asyncio.sleep(0.1)
        if left:
            self._ledger.break_("other", f"left over: {left}")

    def _left(self) -> dict[str, Any]:
        bot = self._town.bot
        files = files_left(path.name for path in bot.data.iterdir())
        return {**rows_left(bot.rows, now_s=time.time()), **({"files": files} if files else {})}

    async def restore_elsewhere(self) -> None:
        """Put the newest backup into a fresh folder, and have a bot go on from it, which knows nothing of the time since."""
        town = self._town
        bot = Bot(town.discord, town.model, town.bot.folder / "restored", town.calendar)
        bot.open()
        try:
            await self._restore(bot, self.backups()[-1])
            if bot.runs and await bot.stop() != 0:
                self._ledger.break_("other", "a bot with restored data did not stop well")
        finally:
            await asyncio.shield(bot.close())

    async def restore_here(self) -> None:
        """Put the oldest backup in the place of the data of the bot, which was stopped, and have the bot go on from it."""
        await self._restore(self._town.bot, self.backups()[0])

    async def _restore(self, bot: Bot, backup: Path) -> None:
        """Restore a backup and start its bot, which must write to nobody: everybody was answered."""
        status, said = await bot.command("restore", str(backup))
        if status:
            self._ledger.break_("other", f"`causerie restore` ended with {status}: {said}")
            return
        before, asked = self._answers(), len(self._town.model.requests)
        bot.fork()
        await bot.ready()
        await self._is_still(bot)
        again, asks = self._answers() - before, [request.text[:80] for request in self._town.model.requests[asked:]]
        if again or asks:
            self._ledger.break_("duplicated", f"a bot with {backup.name} wrote {again} and asked {asks}")
        self._ledger.figures.restored += 1

    def _answers(self) -> set[tuple[int, str]]:
        """The messages of the bot's that people see, by id, with their texts."""
        return {
            (message.id, message.content)
            for channel in self._town.discord.world.channels.values()
            for message in channel.messages.values()
            if self._town.is_answer(message)
        }

    async def _is_still(self, bot: Bot) -> None:
        """Wait until nothing is to be done, and nothing has been sent for a while."""
        until_s = time.monotonic() + LEFT_S
        sent, since_s = len(self._town.discord.requests), time.monotonic()
        while time.monotonic() < until_s:
            if len(self._town.discord.requests) != sent or rows.unfinished(bot):
                sent, since_s = len(self._town.discord.requests), time.monotonic()
            if time.monotonic() > since_s + STILL_S:
                return
            await asyncio.sleep(0.1)
        self._ledger.break_("other", f"a bot with restored data does not finish: {rows.unfinished(bot)}")
