"""One worker process: a town, a share of the kills, and a random generator of its own."""

import asyncio
import random
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from tests.soak import rows
from tests.soak.books import Books
from tests.soak.bot import BotEndedError
from tests.soak.deeds import Deeds
from tests.soak.folder import Folder
from tests.soak.ledger import Figures, Gates, Ledger, Violation
from tests.soak.long_life import LongLife
from tests.soak.moderation import Moderation
from tests.soak.night import Night
from tests.soak.privacy import Privacy
from tests.soak.prompts import Prompts
from tests.soak.replies import Replies
from tests.soak.town import Town, town
from tests.soak.trouble import Trouble
from tests.soak.upkeep import Upkeep

QUIET_EVERY: Final = 10
"""Kills after which faults stop and everything is looked at."""

BUDGETS_ANEW: Final = 0.25
"""How likely budgets have other bounds from a start on."""

QUIET_S: Final = 60.0
"""How soon everything must be finished once faults have stopped."""

TOLD_EVERY: Final = 50

BACKUP_EVERY: Final = 25
"""Kills after which a backup is begun."""

RELOADED: Final = 0.1
"""How likely the settings are read again before a kill."""

LOOK_AGAIN_S: Final = 0.1


class Worker:
    """Kills, faults and people, until the kills are used up."""

    def __init__(self, town: Town, rng: random.Random) -> None:
        self._town = town
        self._rng = rng
        self._ledger = town.ledger
        self._deeds = Deeds(town, rng)
        self._trouble = Trouble(town, rng)
        self._books = Books(town)
        self._judges = (Moderation(town), self._books, Prompts(town), Replies(town), Privacy(town), Folder(town))
        self._upkeep = Upkeep(town)
        self._night = Night(town, rng, self._trouble, self._books, self._upkeep)
        self._told = 0
        self._backed_up = 0

    async def work(self, kills: int, *, days: int, questions: int) -> None:
        """Go on until so many kills are done in so many days, then have one process answer so many questions.

        It looks at everything every ten kills and every night, and at the end at what bots with restored backups do.
        """
        figures = self._ledger.figures
        while figures.kills < kills or figures.days < days:
            before = figures.kills
            while figures.kills < min(before + QUIET_EVERY, kills):
                await self._round()
            await self._quiet()
            if figures.days < days and figures.days * kills <= days * figures.kills:
                await self._night.pass_()
                await self._quiet()
            self._tell(kills)
        if questions:
            self._books.lift_budgets()
            life = LongLife(self._town, self._rng, self._deeds, self._upkeep, self._night, quiet=self._quiet)
            await life.live(questions, self._see_accepted)
            self._tell(kills)
        await self._upkeep.backed_up()
        if figures.backups:
            await self._trouble.stop()
            await self._upkeep.restore_elsewhere()
            await self._upkeep.restore_here()
            await self._night.visitors.are_forgotten_again()
            self._tell(kills)

    async def _round(self) -> None:
        for _ in range(self._rng.choice((0, 0, 1, 1, 2))):
            self._trouble.some()
        if self._rng.random() < RELOADED:
            self._upkeep.want_reload()
        if self._ledger.figures.kills >= self._backed_up + BACKUP_EVERY:
            self._backed_up = self._ledger.figures.kills
            self._upkeep.begin_backup()
        if self._rng.random() < 0.04:
            await self._deeds.some()
            await self._trouble.stop()
        else:
            killing = asyncio.create_task(self._trouble.kill())
            for _ in range(self._rng.randint(1, 3)):
                await self._deeds.some()
                await asyncio.wait({killing}, timeout=self._rng.uniform(0.0, 0.4))
                if killing.done():
                    break
            await killing
        if self._rng.random() < 0.4:
            await self._deeds.some(while_gone=True)
        if self._rng.random() < BUDGETS_ANEW and not self._town.bot.runs:
            self._books.set_budgets(self._rng)
        await self._start()
        self._see_accepted()

    async def _start(self) -> None:
        try:
            await self._trouble.start()
        except BotEndedError as error:
            log = self._town.bot.log.read_text(errors="replace")[-3000:]
            self._ledger.break_("other", f"{error}\n{log}")
            await self._town.bot.kill()
            await self._trouble.start()

    def _see_accepted(self) -> None:
        open_ = self._ledger.open.values()
        known = rows.accepted(self._town.bot, [asked.message.id for asked in open_ if not asked.accepted])
        for asked in open_:
            asked.accepted = asked.accepted or asked.message.id in known or asked.deleted

    async def _quiet(self) -> None:
        """Stop all faults, wait until every turn is finished, then judge everything."""
        self._trouble.end()
        if not self._town.bot.runs:
            status = await self._town.bot.ended()
            log = self._town.bot.log.read_text(errors="replace")[-3000:]
            self._ledger.break_("other", f"the bot ended with {status}\n{log}")
            await self._start()
        until_s = time.monotonic() + QUIET_S
        while not self._is_over() and time.monotonic() < until_s:
            await asyncio.sleep(LOOK_AGAIN_S)
        for judge in self._judges:
            judge.judge()
        self._town.model.requests.clear()

    def _is_over(self) -> bool:
        open_ = [asked for asked in self._ledger.open.values() if not asked.deleted]
        if any(request.open_now for request in self._town.model.requests) or rows.unfinished(self._town.bot):
            return False
        if self._town.bot.files != rows.kept_files(self._town.bot):
            return False
        known = rows.accepted(self._town.bot, [asked.message.id for asked in open_])
        return len(known) == len(open_) and all(deed.interaction.state != "waiting" for deed in self._ledger.deeds)

    def _tell(self, kills: int) -> None:
        figures, wrong = self._ledger.figures, self._ledger.violations
        for violation in wrong[self._told :]:
            sys.stderr.write(
                f"\n{violation.kind} at kill {violation.kill}, folder {self._town.bot.folder}: {violation.text}\n"
            )
        self._told = len(wrong)
        if figures.kills % TOLD_EVERY < QUIET_EVERY or figures.kills >= kills:
            sys.stderr.write(
                f"worker {self._town.worker}: {figures.kills} kills, {figures.questions} questions,"
                f" {figures.answered} answered, {len(wrong)} violations\n"
            )


async def run(
    folder: Path,
    *,
    seed: int,
    worker: int,
    kills: int,
    sessions: int,
    gates: Gates = "mixed",
    days: int = 0,
    questions: int = 0,
) -> Ledger:
    """Run a worker's share in this folder, and return what was seen.

    :param days: how many days pass meanwhile
    :param questions: how many one process answers in the end, whose memory is measured
    """
    began_s = time.monotonic()
    async with town(folder, worker, gates) as made:
        await made.begin(sessions)
        made.ledger.disturbed.append((time.time() - 1, time.time()))
        await Worker(made, random.Random(f"{seed}/{worker}")).work(kills, days=days, questions=questions)
        made.ledger.figures.lasted_s = time.monotonic() - began_s
        return made.ledger


def share(
    seed: int, number: int, kills: int, sessions: int, gates: Gates, days: int, questions: int
) -> tuple[Figures, list[Violation]]:
    """A worker's share in a process of its own, and a folder that stays, to look into."""
    folder = Path(tempfile.mkdtemp(prefix=f"soak-{seed}-{number}-"))
    ledger = asyncio.run(
        run(
            folder,
            seed=seed,
            worker=number,
            kills=kills,
            sessions=sessions,
            gates=gates,
            days=days,
            questions=questions,
        )
    )
    return ledger.figures, ledger.violations
