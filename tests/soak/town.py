"""Twenty people, each with a session: in channels that they share, in threads, in restricted channels, in direct messages."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, Final

from sandbox.discord import Bucket, Interaction, Limits, Message, Person
from sandbox.discord.interactions import InteractionFailedError
from sandbox.discord.limits import BUCKETS
from sandbox.discord.things import VOICE_MESSAGE, Channel, Guild
from tests.rig.api_documents import complaint_of_openai
from tests.rig.discord import DiscordRig
from tests.rig.kill import RequestCounter
from tests.rig.model import ModelRequest, ModelSandbox
from tests.rig.model.audio import SPEECH
from tests.rig.model.moderations import MODERATIONS
from tests.soak import enclosures, words
from tests.soak.bot import Bot, opened
from tests.soak.calendar import Calendar, calendar
from tests.soak.ledger import Asked, Gate, Gates, Kind, Ledger, Neighbour
from tests.soak.words import Wish

DONE: Final = "👌"
WRITING: Final = "✍🏻"
BEGUN_S: Final = 60.0
PRESSES_MAX: Final = 3
"""So often people press again before the first kill: all come at once, and a busy machine may not answer within Discord's 3 s."""
ROOMS_MIN: Final = 4

MODELS: Final[dict[Kind, str]] = {"image": "gpt-image-2", "code": "codex", "embedding": "text-embedding-3-small"}
KINDS: Final[dict[int, Kind]] = {
    1: "code",
    5: "image",
    6: "embedding",
    7: "code",
    10: "embedding",
    11: "image",
    15: "code",
    17: "image",
}
"""What sessions are not chats, by their person's number. A vector's answer quotes the session, so none of these is private."""

LISTENERS: Final = frozenset({2, 7, 12, 16, 18})
"""To these answers are read aloud."""

PATTERN_EVERY: Final = 20
"""After so many people, the kinds begin anew."""

GATES: Final[dict[Gates, tuple[Gate, ...]]] = {"mixed": ("off", "block", "off", "warn"), "block": ("block",)}
"""What the moderation does in the servers of rooms, by turns; in direct messages it always blocks."""

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
        self,
        discord: DiscordRig,
        model: ModelSandbox,
        counter: RequestCounter,
        bot: Bot,
        calendar: Calendar,
        *,
        worker: int,
        gates: Gates,
    ) -> None:
        self.gates = gates
        self._gates = GATES[gates]
        self.discord = discord
        self.model = model
        self.counter = counter
        self.bot = bot
        self.calendar = calendar
        self.worker = worker
        self.ledger = Ledger()
        self.rooms: list[Channel] = []
        self._servers: dict[Gate, Guild] = {
            "off": discord.world.guild,
            "warn": discord.add_guild("warn"),
            "block": discord.add_guild("block"),
        }
        self._asked = 0
        self.script = model.script(answer=words.reply, chunk=CHUNK_CHARS, tokens_per_s=TOKENS_PER_S)

    @property
    def to_wall_s(self) -> float:
        """The difference between seconds since 1970, today, and the event loop's clock, by which the model's requests are timed."""
        return time.time() - asyncio.get_running_loop().time()

    async def begin(self, sessions: int) -> None:
        """Start the bot, and have each person begin a session and go on with it."""
        self.bot.set_gates(warn=[self._servers["warn"].id], block=[self._servers["block"].id])
        for number in range(max(ROOMS_MIN, sessions // 5)):
            guild = self._servers[self._gates[number % len(self._gates)]]
            self.rooms.append(self.discord.add_channel(f"room-{number}", guild=guild))
        self.bot.fork()
        await self.bot.ready()
        await self.discord.until(lambda: self.discord.commands, BEGUN_S)
        people = [self._add_person(number) for number in range(sessions)]
        async with asyncio.TaskGroup() as beginning:
            for number, person in enumerate(people):
                place, kind = number % PATTERN_EVERY, KINDS.get(number % PATTERN_EVERY, "chat")
                made = Neighbour(person, *self._home(number, person), kind=kind, listens=place in LISTENERS)
                beginning.create_task(self._begin(made))

    def _add_person(self, number: int) -> Person:
        person = self.discord.add_person(f"Person {number}")
        self.discord.join(person, self._servers["warn"])
        self.discord.join(person, self._servers["block"])
        return person

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
                staff = self.discord.add_channel(f"staff-{number}", guild=room.guild, restricted=True, people=[person])
                return staff, 0, True

    def gate_of(self, channel: Channel) -> Gate:
        """What the moderation does with what is asked in a channel."""
        return next((gate for gate, guild in self._servers.items() if guild is channel.guild), "block")

    def new_word(self) -> str:
        """A word that no question had before."""
        self._asked += 1
        return words.canary(self.worker, self._asked)

    async def _begin(self, neighbour: Neighbour) -> None:
        person, home = neighbour.person, neighbour.home
        panel = await self._again(lambda: person.command(home, "user"))
        panel = await self.press(person, panel, "new")
        if neighbour.kind != "chat" and panel is not None:
            menu = next(part for part in panel.controls() if "Model" in str(part.get("placeholder")))
            model = MODELS[neighbour.kind]
            panel = await self._again(partial(person.choose, panel, menu["custom_id"], model))
        if neighbour.listens:
            panel = await self.press(person, panel, "Voice")
        asked = await self.ask(neighbour, neighbour, home, Wish(self.new_word(), 1, 1))
        await self.discord.until(lambda: DONE in asked.message.reactions, BEGUN_S)
        ((neighbour.session,),) = self.bot.rows("SELECT session FROM turn WHERE cause = ?", asked.message.id)
        await self.press(person, panel, "activate")
        self.ledger.neighbours.append(neighbour)

    async def press(self, person: Person, panel: Message | None, button: str) -> Message | None:
        """Have somebody press a button, again where Discord waited for the bot in vain; returns the message that shows the response."""
        if panel is None:
            raise RuntimeError("there is no panel")
        return await self._again(lambda: person.press(panel, button))

    async def _again(self, begin: Callable[[], Awaitable[Interaction]]) -> Message | None:
        for _ in range(PRESSES_MAX - 1):
            with suppress(InteractionFailedError):
                return await (await begin()).answered(BEGUN_S)
        return await (await begin()).answered(BEGUN_S)

    async def ask(
        self,
        by: Neighbour,
        of: Neighbour,
        channel: Channel,
        wish: Wish,
        *,
        reply_to: Message | None = None,
        enclosed: tuple[str, ...] = (),
        is_spoken: bool = False,
    ) -> Asked:
        """Have somebody ask something new, in writing with these files, or in a voice message."""
        text = words.question(wish)
        if is_spoken:
            said = enclosures.voice(self.discord, text)
            message = await by.person.say(channel, attachments=[said], flags=VOICE_MESSAGE, reply_to=reply_to)
        else:
            files = [enclosures.FILES[what](self.discord) for what in enclosed]
            message = await by.person.say(channel, text, attachments=files, reply_to=reply_to)
        kills, gate = self.ledger.figures.kills, self.gate_of(channel)
        asked = Asked([wish], by, of, message, time.time(), kills, gate, is_spoken=is_spoken, enclosed=enclosed)
        self.ledger.ask(asked)
        return asked

    @property
    def asks(self) -> list[ModelRequest]:
        """The requests that ask for answers, or for what is said in a recording, since everything was judged last."""
        return [request for request in self.model.requests if request.path not in {MODERATIONS, SPEECH}]

    def reactions(self, message: Message) -> set[str]:
        """The bot's reactions on a message."""
        me = self.discord.world.bot.id
        return {emoji for emoji, people in message.reactions.items() if me in people}

    def is_answer(self, message: Message) -> bool:
        """Whether it is one of the bot's messages that everybody in its channel sees."""
        return message.author is self.discord.world.bot and not message.ephemeral


def _complaint(path: str, body: dict[str, Any]) -> str | None:
    """What OpenAI's own types say against a request."""
    return complaint_of_openai("POST", path.removeprefix("/v1"), body)


@asynccontextmanager
async def town(folder: Path, worker: int, gates: Gates = "mixed") -> AsyncIterator[Town]:
    """A town whose bot has not been started."""
    counter = RequestCounter()
    with calendar() as days:
        async with (
            DiscordRig(LIMITS, counter=counter) as discord,
            ModelSandbox(counter, check=_complaint) as model,
            opened(discord, model, folder, days) as bot,
        ):
            yield Town(discord, model, counter, bot, days, worker=worker, gates=gates)
