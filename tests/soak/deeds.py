"""What people do at random: they ask, edit or delete questions, press buttons, open panels."""

import random
import time
from collections.abc import Awaitable, Callable
from typing import Final

from sandbox.discord import Interaction, Message, NoSuchCommandError, NotPossibleError
from sandbox.discord.things import Channel
from tests.soak import words
from tests.soak.enclosures import FILES
from tests.soak.ledger import Asked, Deed, Neighbour
from tests.soak.town import Town
from tests.soak.words import Wish

WAITING_MAX: Final = 4
"""A person's questions that the bot may not have seen yet: of those missed while away, the newest five are answered."""

LOOKED_AT: Final = 25
"""How many of a channel's last messages people see."""

SPOKEN: Final = 0.12
"""The share of questions that are voice messages."""

FILES_A_QUESTION: Final = (0, 0, 0, 0, 1, 1, 2, 3)

MANNERS: Final = (*("",) * 7, words.SLAYS, words.BLUNTLY, words.BLUNTLY)
"""One question in ten is flagged by the moderation, and two in ten have an answer that is."""

PROGRAMS: Final = 0.5
"""The share of programs among what a model for code is asked."""

PARTS: Final = (1, 1, 1, 2, 2, 3, 4)


class Deeds:
    """Acts for all people."""

    def __init__(self, town: Town, rng: random.Random) -> None:
        self._town = town
        self._rng = rng
        self._ledger = town.ledger
        self._panels: list[tuple[Neighbour, Interaction]] = []

    async def ask(self) -> None:
        """Somebody asks in their own session, where it began or elsewhere; sometimes in another's, by a reply."""
        by = self._rng.choice(self._ledger.neighbours)
        parts, manner = self._rng.choice(PARTS), self._rng.choice(MANNERS)
        chance = self._rng.random()
        if self._unseen_by(by) >= WAITING_MAX:
            return
        is_spoken, enclosed = self._form()
        if chance < 0.12 and (answer := self._others_answer(by)) is not None:
            of = self._owner_of(answer)
            wish = self._wish(of, parts, manner)
            await self._town.ask(by, of, answer.channel, wish, reply_to=answer, enclosed=enclosed, is_spoken=is_spoken)
            return
        elsewhere = chance > 0.9
        channel = self._rng.choice(self._town.rooms) if elsewhere else by.home
        wish = self._wish(by, parts, manner)
        await self._town.ask(by, by, channel, wish, enclosed=enclosed, is_spoken=is_spoken)

    def _wish(self, of: Neighbour, parts: int, manner: str) -> Wish:
        """What is asked in a session of this neighbour's: those that have models for code are asked for programs, too."""
        is_program = of.kind == "code" and self._rng.random() < PROGRAMS
        return Wish(self._town.new_word(), 1, words.PROGRAM if is_program else parts, manner)

    def _form(self) -> tuple[bool, tuple[str, ...]]:
        """Whether a question is a voice message, and which files are attached to it if it is written."""
        if self._rng.random() < SPOKEN:
            return True, ()
        return False, tuple(self._rng.sample(list(FILES), self._rng.choice(FILES_A_QUESTION)))

    def _unseen_by(self, by: Neighbour) -> int:
        return sum(asked.by is by and not asked.accepted for asked in self._ledger.open.values())

    def _others_answer(self, by: Neighbour) -> Message | None:
        """Return an answer in somebody else's public session whose turn has been judged already."""
        room = self._rng.choice(self._town.rooms)
        found = [
            message
            for message in self._last(room)
            if self._town.is_answer(message)
            and (asked := self._ledger.root_of(message)) is not None
            and asked.word not in self._ledger.open
            and not asked.deleted
            and asked.of is not by
            and not asked.of.private
            and asked.of.home.guild is room.guild  # nobody else goes on with it in another server
        ]
        return self._rng.choice(found) if found else None

    def _owner_of(self, answer: Message) -> Neighbour:
        asked = self._ledger.root_of(answer)
        if asked is None:
            raise LookupError(answer.id)
        return asked.of

    def _last(self, channel: Channel) -> list[Message]:
        return list(channel.messages.values())[-LOOKED_AT:]

    async def think_better(self) -> None:
        """Somebody changes or deletes a question that has no whole answer yet, as far as they know."""
        asked = self._some_open()
        if asked is None:
            return
        if self._rng.random() < 0.3 or asked.is_spoken:  # a voice message cannot be edited
            asked.deleted = True
            await asked.by.person.delete(asked.message)
            return
        before = asked.wishes[-1]
        wish = Wish(before.word, before.edition + 1, before.parts, self._rng.choice((before.manner, "")))
        asked.wishes.append(wish)
        await asked.by.person.edit(asked.message, words.question(wish))

    def _some_open(self) -> Asked | None:
        found = [asked for asked in self._ledger.open.values() if not asked.deleted]
        return self._rng.choice(found[-10:]) if found else None

    async def press(self) -> None:
        """Somebody presses *Stop*, *Retry*, *Continue* or *Ask again* where it stands."""
        found = [
            (message, control["label"], asked)
            for channel in self._town.discord.world.channels.values()
            for message in self._last(channel)
            if self._town.is_answer(message)
            for control in message.controls()
            if control.get("label") in {"Stop", "Retry", "Continue", "Ask again"}
            and not control.get("disabled")
            and (asked := self._ledger.root_of(message)) is not None
            and asked.word in self._ledger.asked  # a visitor's are nobody else's
        ]
        if not found:
            return
        message, label, asked = self._rng.choice(found)
        presser = self._rng.choice([asked.by, asked.of])
        if not self._town.bot.runs:
            return
        asked.pressed[label] += 1
        self._ledger.open[asked.word] = asked
        await self._did(f"{label} on {asked.word}", presser.person.press(message, label))

    async def look(self) -> None:
        """Somebody opens a panel, or presses in one that they opened before."""
        by = self._rng.choice(self._ledger.neighbours)
        match self._rng.randrange(5):
            case 0:
                await self._open(by, "user", by.person.command(by.home, "user"))
            case 1:
                await self._open(by, "session", by.person.command(by.home, "session"))
            case 2:
                await self._did("autocomplete", by.person.autocomplete(by.home, "session", "session", session="Tell"))
            case 3:
                answers = [message for message in self._last(by.home) if self._town.is_answer(message)]
                if answers:
                    shown = by.person.message_command(self._rng.choice(answers), "Show session")
                    await self._did("Show session", shown)
            case _:
                await self._press_in_a_panel()

    async def _open(self, by: Neighbour, name: str, begun: Awaitable[Interaction]) -> None:
        interaction = await self._did(f"/{name}", begun)
        if interaction is not None:
            self._panels = [*self._panels[-20:], (by, interaction)]

    async def _press_in_a_panel(self) -> None:
        by, opened = self._rng.choice(self._panels) if self._panels else (None, None)
        if by is None or opened is None or (panel := opened.response) is None:
            return
        harmless = ["Export", "Show public", "Attach", "Refresh"]
        for button in self._rng.sample(harmless, len(harmless)):
            found = [part for part in panel.controls() if button in str(part.get("label", "")) and part["type"] == 2]
            if found and "Attach" not in button:
                await self._did(button, by.person.press(panel, found[0]["custom_id"]))
                return

    async def _did(self, what: str, done: Awaitable[Interaction]) -> Interaction | None:
        try:
            interaction = await done
        except (NotPossibleError, NoSuchCommandError):
            return None  # what was seen a moment ago is gone; people know that
        self._ledger.deeds.append(Deed(interaction, time.time(), what))
        self._ledger.figures.interactions += 1
        return interaction

    async def some(self, *, while_gone: bool = False) -> None:
        """A few deeds at random; while the bot is gone, people cannot press."""
        kinds: list[tuple[int, Callable[[], Awaitable[None]]]] = [(6, self.ask), (2, self.think_better)]
        if not while_gone:
            kinds += [(2, self.press), (1, self.look)]
        weights = [weight for weight, _ in kinds]
        for _, deed in self._rng.choices(kinds, weights, k=self._rng.randint(1, 5)):
            await deed()
