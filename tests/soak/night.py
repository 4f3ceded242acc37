"""The night between two days: the bot is stopped, the clock goes on by a day, another build starts, and what is a day's work is done."""

import random
from typing import Final

from tests.soak.books import Books
from tests.soak.configuration import RETENTION_DAYS
from tests.soak.town import BEGUN_S, DONE, Town
from tests.soak.trouble import Trouble
from tests.soak.upkeep import Upkeep
from tests.soak.visitors import How, Visitors
from tests.soak.words import Wish

KILLED: Final = 0.5
"""How often the bot is killed while it forgets somebody."""

PRESSED: Final = 0.5
"""How often somebody presses *Forget me*; otherwise the operator has them forgotten."""


class Night:
    """Passes nights; when one begins, everything is finished and judged."""

    def __init__(self, town: Town, rng: random.Random, trouble: Trouble, books: Books, upkeep: Upkeep) -> None:
        self._town = town
        self._rng = rng
        self._trouble = trouble
        self._books = books
        self._upkeep = upkeep
        self.visitors = Visitors(town, rng, trouble)

    async def pass_(self) -> None:
        """Pass a night. At its end everybody who lives here has asked something that is to be judged."""
        await self._upkeep.backed_up()
        await self._trouble.stop()
        self._town.calendar.next_day()
        self._town.bot.upgrade()
        self._books.lift_budgets()
        await self._trouble.start()
        figures = self._town.ledger.figures
        figures.days += 1
        await self.visitors.are_removed(self.visitors.forget_unused(figures.days - RETENTION_DAYS + 1))
        self.visitors.gone.append(await self.visitors.come())
        await self.come_and_be_forgotten()
        await self._upkeep.reload()
        self._upkeep.begin_backup()
        await self.everybody_asks()

    async def come_and_be_forgotten(self, *, kills: bool = True) -> None:
        """Somebody asks and is forgotten, perhaps amid a kill; what was booked for them is in the sums alone."""
        visitor = await self.visitors.come()
        how: How = "Forget me" if self._rng.random() < PRESSED else "causerie forget"
        await self.visitors.forget(visitor, how, is_killed=kills and self._rng.random() < KILLED)
        self._town.model.requests.clear()
        self._town.discord.requests.clear()
        self._books.pass_over()
        await self._upkeep.judge_leftovers()

    async def everybody_asks(self) -> None:
        """Have each person use their session, so that none is removed for being unused."""
        town = self._town
        asked = [
            await town.ask(neighbour, neighbour, neighbour.home, Wish(town.new_word(), 1, 1))
            for neighbour in town.ledger.neighbours
        ]
        await town.discord.until(lambda: all(DONE in one.message.reactions for one in asked), BEGUN_S)
