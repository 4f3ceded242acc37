"""Twenty people, each with a session: in channels that they share, in threads, in restricted channels, in direct messages."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from sandbox.discord import Bucket, Limits, Message, Person
from sandbox.discord.limits import BUCKETS
from sandbox.discord.things import VOICE_MESSAGE, Channel
from tests.rig.discord import DiscordRig
from tests.rig.kill import RequestCounter
from tests.rig.model import ModelSandbox
from tests.soak import enclosures, words
from tests.soak.bot import Bot, opened
from tests.soak.ledger import Asked, Ledger, Neighbour

DONE: Final = "👌"
WRITING: Final = "✍🏻"
BEGUN_S: Final = 60.0
DRAWS_EVERY: Final = 6
"""One person in so many has a session that draws."""
PAINTER: Final = "gpt-image-2"

LIMITS: Final = Limits(
    buckets={
        **BUCKETS,
        "POST /channels/{channel}/messages": Bucket(5, 2.0),
        "PATCH /channels/{channel}/messages/{message}": Bucket(5, 2.0),
    }
)
"""Discord's, but that 5 messages and edits of a channel are allowed in 2 s instead of in 5: a kill comes every two seconds."""

CHUNK_CHARS: Final = 60
TOKENS_PER_S: Final = 100.0
"""An answer of four messages takes 1.2 s, so a kill meets it in its middle, but seldom three times."""


class Town:
    """Discord, the model, the bot, the people and the ledger of what they did."""

    def __init__(
        self, discord: DiscordRig, model: ModelSandbox, counter: RequestCounter, bot: Bot, worker: int
    ) -> None:
        self.discord = discord
        self.model = model
        self.counter = counter
        self.bot = bot
        self.worker = worker
        self.ledger = Ledger()
        self.to_wall_s = time.time() - asyncio.get_running_loop().time()
        """The difference between seconds since 1970 and the event loop's clock, by which the model's requests are timed."""
        self.rooms: list[Channel] = []
        self.script = model.script(answer=words.reply, chunk=CHUNK_CHARS, tokens_per_s=TOKENS_PER_S)

    async def begin(self, sessions: int) -> None:
        """Start the bot, and have each person begin a session and go on with it."""
        self.rooms = [self.discord.add_channel(f"room-{number}") for number in range(max(1, sessions // 5))]
        self.bot.fork()
        await self.bot.ready()
        await self.discord.until(lambda: self.discord.commands, BEGUN_S)
        people = [self.discord.add_person(f"Person {number}") for number in range(sessions)]
        async with asyncio.TaskGroup() as beginning:
            for number, person in enumerate(people):
                made = Neighbour(person, *self._home(number, person), draws=number % DRAWS_EVERY == DRAWS_EVERY - 1)
                beginning.create_task(self._begin(made))

    def _home(self, number: int, person: Person) -> tuple[Channel, int, bool]:
        """Where a person's session begins, no session yet, and whether it is private there."""
        room = self.rooms[number // 5 % len(self.rooms)]
        match number % 5:
            case 0 | 1:
                return room, 0, False
            case 2:
                return self.discord.add_thread(room, f"thread-{number}"), 0, False
            case 3:
                return person.direct_messages, 0, True
            case _:
                return self.discord.add_channel(f"staff-{number}", restricted=True, people=[person]), 0, True

    async def _begin(self, neighbour: Neighbour) -> None:
        person, home = neighbour.person, neighbour.home
        panel = await (await person.command(home, "user")).answered(BEGUN_S)
        panel = await self._press(person, panel, "new")
        if neighbour.draws and panel is not None:
            menu = next(part for part in panel.controls() if "Model" in str(part.get("placeholder")))
            panel = await (await person.choose(panel, menu["custom_id"], PAINTER)).answered(BEGUN_S)
        asked = await self.ask(neighbour, neighbour, home, parts=1)
        await self.discord.until(lambda: DONE in asked.message.reactions, BEGUN_S)
        ((neighbour.session,),) = self.bot.rows("SELECT session FROM turn WHERE cause = ?", asked.message.id)
        await self._press(person, panel, "activate")
        self.ledger.neighbours.append(neighbour)

    async def _press(self, person: Person, panel: Message | None, button: str) -> Message | None:
        if panel is None:
            raise RuntimeError("there is no panel")
        return await (await person.press(panel, button)).answered(BEGUN_S)

    async def ask(
        self,
        by: Neighbour,
        of: Neighbour,
        channel: Channel,
        parts: int,
        *,
        reply_to: Message | None = None,
        enclosed: tuple[str, ...] = (),
        is_spoken: bool = False,
    ) -> Asked:
        """Have somebody ask something new, in writing with these files, or in a voice message."""
        word = words.canary(self.worker, len(self.ledger.asked) + 1)
        text = words.question(word, 1, parts)
        if is_spoken:
            said = enclosures.voice(self.discord, text)
            message = await by.person.say(channel, attachments=[said], flags=VOICE_MESSAGE, reply_to=reply_to)
        else:
            files = [enclosures.FILES[what](self.discord) for what in enclosed]
            message = await by.person.say(channel, text, attachments=files, reply_to=reply_to)
        kills = self.ledger.figures.kills
        asked = Asked(word, parts, by, of, message, time.time(), kills, is_spoken=is_spoken, enclosed=enclosed)
        self.ledger.ask(asked)
        return asked

    def reactions(self, message: Message) -> set[str]:
        """The bot's reactions on a message."""
        me = self.discord.world.bot.id
        return {emoji for emoji, people in message.reactions.items() if me in people}

    def is_answer(self, message: Message) -> bool:
        """Whether it is one of the bot's messages that everybody in its channel sees."""
        return message.author is self.discord.world.bot and not message.ephemeral


@asynccontextmanager
async def town(folder: Path, worker: int) -> AsyncIterator[Town]:
    """A town whose bot has not been started."""
    counter = RequestCounter()
    async with (
        DiscordRig(LIMITS, counter=counter) as discord,
        ModelSandbox(counter) as model,
        opened(discord, model, folder) as bot,
    ):
        yield Town(discord, model, counter, bot, worker)
