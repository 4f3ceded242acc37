"""A process that nobody kills: it answers thousands of questions of all kinds, while what it takes is measured from outside."""

import asyncio
import os
import random
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from tests.soak import rows
from tests.soak.deeds import Deeds
from tests.soak.life import Life, Sample
from tests.soak.night import Night
from tests.soak.town import Town
from tests.soak.upkeep import Upkeep

BATCH: Final = 50
"""Questions between two samples, each of which is taken when all of them are over."""

AT_ONCE: Final = 20
"""So many turns are under way at once."""

LOOK_AGAIN_S: Final = 0.05

SETTLED_S: Final = 60.0
"""Idle connections and threads have ended by then."""

RELOAD_EVERY: Final = 3
FORGET_EVERY: Final = 4
BACKUP_EVERY: Final = 5
"""Batches after which these happen."""


class LongLife:
    """One process from its start on."""

    def __init__(
        self,
        town: Town,
        rng: random.Random,
        deeds: Deeds,
        upkeep: Upkeep,
        night: Night,
        *,
        quiet: Callable[[], Awaitable[None]],
    ) -> None:
        """`quiet` waits until every turn is finished, and judges everything."""
        self._town = town
        self._rng = rng
        self._deeds = deeds
        self._upkeep = upkeep
        self._night = night
        self._quiet = quiet
        self._life = Life()
        self._began_s = 0.0

    async def live(self, questions: int, see_accepted: Callable[[], None]) -> None:
        """Have a new process answer so many questions, and judge what it took."""
        town, figures = self._town, self._town.ledger.figures
        await town.bot.stop()
        town.bot.is_watched = True
        town.ledger.stopped_s.append(time.time())
        town.ledger.disturbed.append((time.time() - 1, time.time() + 1))
        town.bot.fork()
        await town.bot.ready()
        town.ledger.disturbed.append((time.time() - 1, time.time() + 1))
        self._began_s, before = time.monotonic(), figures.questions
        await self._sample(0)
        number = 0
        while figures.questions < before + questions:
            number += 1
            until = figures.questions + BATCH
            while figures.questions < until:
                await self._deeds.some()
                await asyncio.sleep(LOOK_AGAIN_S)
                while len(rows.unfinished(town.bot)) >= AT_ONCE:
                    await asyncio.sleep(LOOK_AGAIN_S)
                see_accepted()
            await self._quiet()
            await self._upkeep_of(number)
            await self._sample(figures.questions - before)
        await self._upkeep.judge_leftovers()
        settled_s = time.monotonic() + SETTLED_S
        while not self._life.is_settled() and time.monotonic() < settled_s:
            await asyncio.sleep(1.0)
            self._life.samples.pop()
            await self._sample(figures.questions - before)
        figures.lives.append(self._life)
        for wrong in self._life.wrong():
            town.ledger.break_("other", wrong)

    async def _upkeep_of(self, number: int) -> None:
        if number % RELOAD_EVERY == 0:
            await self._upkeep.reload()
        if number % BACKUP_EVERY == 0:
            self._upkeep.begin_backup()
        if number % FORGET_EVERY == 0:
            await self._night.come_and_be_forgotten(kills=False)

    async def _sample(self, questions: int) -> None:
        process = Path("/proc", str(self._town.bot.pid))
        tasks = (await self._town.bot.metrics())["causerie_asyncio_tasks"]
        pages = int((process / "statm").read_text().split()[1])
        self._life.samples.append(
            Sample(
                questions=questions,
                hours=(time.monotonic() - self._began_s) / 3600,
                resident_mb=pages * os.sysconf("SC_PAGE_SIZE") / 1e6,
                descriptors=len(list((process / "fd").iterdir())),
                threads=len(list((process / "task").iterdir())),
                tasks=int(tasks),
            )
        )
