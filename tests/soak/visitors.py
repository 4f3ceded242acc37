"""People who come for a day: some want to be forgotten, some never come back; and the search for what is left of them."""

import asyncio
import random
import time
from dataclasses import dataclass
from typing import Final, Literal

from sandbox.discord import Person
from sandbox.discord.interactions import InteractionFailedError
from storage import forget_requests
from tests.soak import enclosures, words
from tests.soak.ledger import Asked, Neighbour
from tests.soak.leftovers import rows_left
from tests.soak.town import BEGUN_S, DONE, Town
from tests.soak.trouble import Trouble
from tests.soak.words import Wish

FORGOTTEN_S: Final = 60.0
"""So soon nothing may be left of who wants to be forgotten, kills not counted."""

PRESSES_MAX: Final = 3
LOOK_AGAIN_S: Final = 0.1

How = Literal["Forget me", "causerie forget"]


@dataclass(slots=True)
class Visitor:
    """Somebody who asked, and the words by which what is left of them is found."""

    person: Person
    words: list[str]
    session: int
    day: int
    """On which day of the run they asked."""


class Visitors:
    """Has people come and go; each has a session and a file in it."""

    def __init__(self, town: Town, rng: random.Random, trouble: Trouble) -> None:
        self._town = town
        self._rng = rng
        self._trouble = trouble
        self._channel = town.discord.add_channel("visitors")
        self._number = 0
        self.gone: list[Visitor] = []
        """Those who did not come back, and whose sessions are still there."""
        self._forgotten: list[Visitor] = []

    async def come(self) -> Visitor:
        """Somebody new asks; returns when everything is answered."""
        self._number += 1
        person = self._town.discord.add_person(f"Visitor {self._town.worker}v{self._number}v")
        neighbour = Neighbour(person, self._channel, 0, private=False)
        await self._use(person, "new")
        said = [await self._ask(neighbour)]
        await self._use(person, "activate")
        said.append(await self._ask(neighbour))
        ((session,),) = self._town.bot.rows("SELECT session FROM turn WHERE cause = ?", said[0].message.id)
        return Visitor(person, [*(one.word for one in said), person.name], session, self._town.ledger.figures.days)

    async def _use(self, person: Person, button: str) -> None:
        panel = await (await person.command(self._channel, "user")).answered(BEGUN_S)
        await self._town.press(person, panel, button)

    async def _ask(self, by: Neighbour) -> Asked:
        town = self._town
        wish = Wish(town.new_word(), 1, self._rng.choice((1, 2)))
        note = town.discord.attachment("notes.txt", f"{enclosures.NOTE} {wish.word}".encode())
        message = await by.person.say(self._channel, words.question(wish), attachments=[note])
        asked = Asked([wish], by, by, message, time.time(), town.ledger.figures.kills, "off")
        town.ledger.by_message[message.id] = asked
        town.ledger.visiting.add(wish.word)
        await town.discord.until(lambda: DONE in message.reactions, BEGUN_S)
        return asked

    async def forget(self, visitor: Visitor, how: How, *, is_killed: bool) -> None:
        """Have somebody forgotten, by several processes where one is killed meanwhile, and look for what is left of them."""
        wanted = asyncio.create_task(self._press(visitor) if how == "Forget me" else self._command(visitor))
        if is_killed:
            if how == "causerie forget":
                await self._is_asked(visitor, wanted)
            await asyncio.sleep(self._rng.uniform(0.0, 0.5))
            await self._town.bot.kill()
            self._trouble.note("while it forgot somebody")
            await self._trouble.start()
            self._town.ledger.figures.forgotten_amid_kills += 1
        await wanted
        if is_killed and how == "Forget me":
            await self._press(visitor)  # who has no answer presses again: to be forgotten twice is to be forgotten once
        until_s = time.monotonic() + FORGOTTEN_S
        while self._is_left(visitor) and time.monotonic() < until_s:
            await asyncio.sleep(LOOK_AGAIN_S)
        self._judge(visitor, f"{how}: ")
        self._town.ledger.visiting.difference_update(visitor.words)
        self._forgotten.append(visitor)
        self._town.ledger.figures.forgotten += 1

    async def _is_asked(self, visitor: Visitor, wanted: "asyncio.Task[None]") -> None:
        """Wait until the bot that runs is asked: a command that finds none does it by itself, and no bot can start meanwhile."""
        while forget_requests.state(self._town.bot.data, visitor.person.id) == "done" and not wanted.done():
            await asyncio.sleep(LOOK_AGAIN_S)

    async def _command(self, visitor: Visitor) -> None:
        status, said = await self._town.bot.command("forget", str(visitor.person.id))
        if status:
            self._town.ledger.break_("other", f"`causerie forget` ended with {status}: {said}")

    async def _press(self, visitor: Visitor) -> None:
        for _ in range(PRESSES_MAX):
            try:
                panel = await (await visitor.person.command(self._channel, "privacy")).answered(BEGUN_S)
                for _ in range(2):
                    if panel is None:
                        raise RuntimeError("there is no panel")
                    panel = await (await visitor.person.press(panel, "Forget me")).answered(BEGUN_S)
            except InteractionFailedError:
                continue  # the bot was killed meanwhile
            return

    def forget_unused(self, before_day: int) -> list[Visitor]:
        """Return who was last here before that day, and expect their sessions no more."""
        unused = [one for one in self.gone if one.day < before_day]
        self.gone = [one for one in self.gone if one.day >= before_day]
        return unused

    async def are_removed(self, unused: list[Visitor]) -> None:
        """Wait until the sessions of these are removed, and look for what is left of what was said in them."""
        until_s = time.monotonic() + FORGOTTEN_S
        for visitor in unused:
            visitor.words.remove(visitor.person.name)  # their settings stay
            while self._is_left(visitor) and time.monotonic() < until_s:
                await asyncio.sleep(LOOK_AGAIN_S)
            self._judge(visitor, f"unused since day {visitor.day}: ")
            self._town.ledger.visiting.difference_update(visitor.words)
            self._town.ledger.figures.unused_removed += 1

    async def are_forgotten_again(self) -> None:
        """Wait until a bot whose data are those of an older backup has forgotten everybody again."""
        until_s = time.monotonic() + FORGOTTEN_S
        for visitor in self._forgotten:
            while self._is_left(visitor) and time.monotonic() < until_s:
                await asyncio.sleep(LOOK_AGAIN_S)
            self._judge(visitor, "after an older backup was restored: ")

    def _is_left(self, visitor: Visitor) -> bool:
        return bool(rows_left(self._town.bot.rows, now_s=time.time()) or self.traces(visitor))

    def _judge(self, visitor: Visitor, how: str) -> None:
        if traces := self.traces(visitor):
            self._town.ledger.break_("other", f"{how}there is something left: {traces}")

    def traces(self, visitor: Visitor) -> dict[str, list[str]]:
        """Return which files of the bot's, its log included, have bytes of somebody's words."""
        bot = self._town.bot
        found = {}
        for path in (*(path for path in bot.data.rglob("*") if path.is_file()), bot.log):
            try:
                content = path.read_bytes()
            except FileNotFoundError:
                continue  # it was removed in this moment
            if there := [word for word in visitor.words if word.encode() in content]:
                found[str(path.relative_to(bot.folder))] = there
        return found
