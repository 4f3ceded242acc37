"""A small Discord, a scripted model, people whose settings are stored already, and the bot between them."""

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from messages.ids import ChannelId, GuildId, InteractionId, UserId
from messages.interaction import Interaction
from messages.presses import Status
from messages.verbs.users import SetUser
from sandbox.discord import Limits, Person
from sandbox.discord.things import Channel
from storage.limits import Limits as StorageLimits
from storage.sqlite import open_store
from tests.bench.process import BotProcess
from tests.rig.discord import DiscordRig
from tests.rig.model import ModelSandbox

MODEL: Final = "gpt-4o-mini"

CONFIG: Final = """\
[[models]]
name = "{model}"
api = "responses"
context_tokens = {context_tokens}
default = true

[limits]
questions_per_minute = 100000
queue_cap = 1000
max_token = 4000
concurrent_streams = {streams}
stream_grace_s = 0.0

[discord]
requests_per_s = {requests_per_s}
"""
"""The limits of each person are switched off, so that the bot itself is measured."""

READY_S: Final = 30.0


class Stage:
    """Everything that takes part."""

    def __init__(self, discord: DiscordRig, model: ModelSandbox, folder: Path, bot: BotProcess) -> None:
        self.discord = discord
        self.model = model
        self.folder = folder
        self.bot = bot
        self.data = folder / "data"
        self.people: list[Person] = []
        self.rooms: list[Channel] = []
        self.answers: dict[str, str] = {}
        """What the model says, by the last word of the question."""
        self.lags_s: list[float] = []
        """How long the bot took to answer each request for a heartbeat."""
        self.most_mb = 0.0
        self.ready_after_s = 0.0
        """From the process's start to READY."""

    def seat(self, people: int, status: Status = "new") -> None:
        """Add people who are answered, each with a channel of their own. Before the bot starts."""
        self.rooms += [self.discord.add_channel(f"room-{number}") for number in range(people)]
        self.people += [self.discord.add_person(f"Person {number}") for number in range(people)]
        store = open_store(self.data / "causerie.db", StorageLimits(default_model=MODEL, default_max_token=4000))
        for person, room in zip(self.people, self.rooms, strict=True):
            store.perform(SetUser(by=self._by(person, room), now_s=time.time(), status=status))
        store.close()

    def _by(self, person: Person, room: Channel) -> Interaction:
        return Interaction(
            interaction_id=InteractionId(self.discord.world.ids.next()),
            token="",
            user_id=UserId(person.id),
            user_name=person.name,
            channel_id=ChannelId(room.id),
            guild_id=GuildId(self.discord.world.guild.id),
        )

    async def start(self) -> None:
        """Start the bot and wait until it is connected and has registered its commands."""
        began_s = time.monotonic()
        await self.bot.start()
        await self.discord.ready(READY_S)
        self.ready_after_s = time.monotonic() - began_s
        await self.until(lambda: bool(self.discord.commands), READY_S)

    async def until(self, happened: Callable[[], bool], timeout_s: float, *, every_s: float = 0.1) -> bool:
        """Wait for something, looked at now and then, so that looking costs the bot nothing; whether it came in time."""
        deadline_s = time.monotonic() + timeout_s
        while not happened():
            if time.monotonic() > deadline_s:
                return False
            await asyncio.sleep(every_s)
        return True

    async def note_lags(self) -> None:
        """Ask for heartbeats until cancelled, and note how long each takes: the bot's event loop answers them at once when it comes to it."""
        gateway = self.discord.gateway
        while True:
            before, asked_s = len(gateway.heartbeats), time.monotonic()
            gateway.ask_heartbeat()
            while len(gateway.heartbeats) == before:
                await asyncio.sleep(0.001)
            self.lags_s.append(gateway.heartbeats[before] - asked_s)
            await asyncio.sleep(0.02)

    async def note_memory(self) -> None:
        """Keep the most memory that the bot's own process has until cancelled; what parses documents is a process of its own."""
        while True:
            self.most_mb = max(self.most_mb, self.bot.resident_mb)
            await asyncio.sleep(0.02)


@asynccontextmanager
async def stage(
    *,
    limits: Limits | None = None,
    streams: int = 2000,
    requests_per_s: int = 48,
    context_tokens: int = 8000,
) -> AsyncIterator[Stage]:
    """A stage whose bot has not been started; it is stopped at the end."""
    with tempfile.TemporaryDirectory(prefix="causerie-bench-") as name:
        folder = Path(name)
        config = folder / "causerie.toml"
        config.write_text(
            CONFIG.format(model=MODEL, streams=streams, requests_per_s=requests_per_s, context_tokens=context_tokens)
        )
        async with DiscordRig(limits) as discord, ModelSandbox() as model:
            environment = {
                "DISCORD_TOKEN": discord.token,
                "DISCORD_REST_URL": discord.rest_url,
                "OPENAI_API_KEY": model.key,
                "OPENAI_BASE_URL": model.base_url,
                "CAUSERIE_DATA": str(folder / "data"),
                "CAUSERIE_CONFIG": str(config),
            }
            bot = BotProcess(environment, folder / "bot.log")
            made = Stage(discord, model, folder, bot)
            try:
                yield made
            finally:
                await bot.stop()
