"""One process of the bot in a world: the real actors on real rows, between a small Discord and a small model.

It lives until it is killed, stops, or ends itself; the rows and Discord stay. `bot.py` puts the same parts together.
"""

import asyncio
import datetime as dt
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Final, cast

import anyio
import hikari
from msgspec.structs import replace

from actors.figures import FiguresCollector
from actors.mailbox import Mailbox
from actors.recorder import Recorder
from assembly import Assembly, Outside, assemble
from discord_api.translation import MessageTranslator
from files.folder import Folder
from live import Live
from messages.enclosure import Enclosure
from messages.ids import ChannelId, MessageId, UserId
from messages.intake import ChannelsListed, Connected, IntakeMessage, MessageEdited, MessagePosted
from messages.reload import Reloader
from messages.responder import ResponderMessage
from messages.supervisor import ShutDown
from messages.turn import Place
from messages.verbs.recovery import Recover
from messages.verbs.verb import Verb
from models.catalogue import Catalogue
from models.model import Model as Listed
from models.voice import Voice
from settings.settings import Settings
from storage.limits import Limits
from storage.permissions import Permissions
from storage.sqlite import SqliteStore
from storage.store import StorageError
from telemetry.metrics import Metrics
from tests.rig.nobody_judges import NobodyJudges
from tests.world.clock import Clock
from tests.world.discord import GUILD, Discord, Message
from tests.world.model import Chat, Model
from tests.world.rest import Rest

CATALOGUE: Final = Catalogue([Listed(name="test-model", default=True), Listed(name="other-model")])
SETTINGS: Final = Settings(
    discord_token="",
    discord_rest_url="",
    openai_api_key="",
    openai_base_url="",
    data=Path(),
    catalogue=CATALOGUE,
    limits=Limits(default_model="test-model"),
    permissions=Permissions(),
    voice=Voice(catalogue=CATALOGUE),
    concurrent_streams=32,
    stream_grace_s=5.0,
    message_content=True,
    requests_per_s=48,
)
COMMIT_S: Final = 0.01
EVENT_S: Final = 0.02


class Disk:
    """The store, and whether the disk is full."""

    def __init__(self, rows: SqliteStore, saw: Callable[[Verb[Any], Any], None]) -> None:
        self.rows = rows
        self.is_full = False
        self.saw = saw
        """Told of every verb that was committed, and its answer."""


class InlineRecorder(Recorder):
    """A recorder that commits in the event loop: virtual time cannot wait for a thread."""

    def __init__(self, disk: Disk, process: "Process") -> None:
        super().__init__(disk.rows, process.metrics)
        self._disk = disk
        self._process = process

    async def _transact(self, verbs: Sequence[Verb[Any]]) -> list[Any]:
        await anyio.sleep(COMMIT_S)
        self._process.still_alive()
        self._process.boundary("before_commit")
        self._process.still_alive()
        if self._disk.is_full:
            raise StorageError("database or disk is full")
        answers = self._disk.rows.commit(verbs)
        for verb, answer in zip(verbs, answers, strict=True):
            self._disk.saw(verb, answer)
        self._process.boundary("committed")
        self._process.still_alive()
        return answers


class HeldResponder:
    """Keeps the answers to interactions for the world to look at."""

    def __init__(self) -> None:
        self.mailbox: Mailbox[ResponderMessage] = Mailbox()

    async def run(self) -> None:
        await anyio.sleep_forever()

    async def drain(self) -> None:
        pass

    def cancel_all(self) -> None:
        pass


class Process:
    """The bot, from its start to its end."""

    def __init__(
        self, number: int, *, clock: Clock, discord: Discord, model: Model, disk: Disk, broken: Callable[[str], None]
    ) -> None:
        self.number = number
        self.is_alive = True
        self.is_stopping = False
        self.is_linked = False
        self.failure: BaseException | None = None
        self.responder = HeldResponder()
        self.killed_at: tuple[str, int] | None = None
        """At which boundary it will be killed, and how often it is reached before."""
        self._clock = clock
        self._discord = discord
        self._model = model
        self._disk = disk
        self._broken = broken
        self.actors: Assembly | None = None
        self.settings = Live(SETTINGS)
        self._task = clock.start(self._run())

    def _discord_s(self) -> float | None:
        return self._clock.time_s() if self._discord.tells_time else None

    # How it ends

    def still_alive(self) -> None:
        if not self.is_alive:
            raise asyncio.CancelledError

    def boundary(self, name: str) -> None:
        """Mark a point after an effect that cannot be undone; the process is killed here if a test asked for it."""
        if self.killed_at is None or self.killed_at[0] != name:
            return
        left = self.killed_at[1] - 1
        self.killed_at = (name, left)
        if left <= 0:
            self.kill()

    def kill(self) -> None:
        """End at once, without any cleanup."""
        self.is_alive = False
        self._clock.halt()

    def stop(self) -> None:
        """Ask it to stop well."""
        self.is_stopping = True
        if self.actors is not None:
            self.actors.supervisor.mailbox.post(ShutDown(now=False))

    def reload(self, *, concurrent_streams: int, requests_per_s: int) -> None:
        """Put other settings in force, with models that are listed anew, as `reloader.py` does."""
        before = self.settings.value
        catalogue = Catalogue(before.catalogue.listed)
        catalogue.inherit(before.catalogue.learnt, dt.date(2026, 1, 1))
        after = replace(
            before, catalogue=catalogue, concurrent_streams=concurrent_streams, requests_per_s=requests_per_s
        )
        self.settings.replace(after)

    def retain(self, days: int) -> None:
        """Have the operator say for how many days unused sessions are kept; 0 for always."""
        self.settings.replace(replace(self.settings.value, retention_days=days))

    # What it hears

    def hear(self, event: IntakeMessage) -> bool:
        """Post an event, if the process lives."""
        if self.actors is None or not self.is_alive:
            return False
        self.actors.intake.mailbox.post(event)
        return True

    def press(self, message: Any) -> bool:
        """Somebody uses a command or a button; false where nobody is there."""
        if self.actors is None or not self.is_linked or not self.is_alive:
            return False
        self.actors.panel.mailbox.post(message, conflation_key=message.interaction.interaction_id)
        return True

    def connect(self) -> None:
        """Discord's gateway opens a session, and lists what there is."""
        self.is_linked = True
        self.hear(Connected(guilds=(GUILD,)))
        listed = tuple(
            (place.id, MessageId(place.last_message))
            for place in self._discord.channels.values()
            if place.guild is not None and place.refusal is None
        )
        self._clock.soon(partial(self.hear, ChannelsListed(guild_id=GUILD, last_messages=listed)), EVENT_S)

    # What it is made of

    async def _run(self) -> None:
        try:
            await self._live()
        except Exception as error:  # noqa: BLE001 its end is what it is about
            self.failure = error
        if self.is_alive:
            self.kill()

    async def _live(self) -> None:
        async with anyio.create_task_group() as tasks:
            # Whatever happens, an observer raises nothing.
            self.metrics = Metrics("of a world", clock=self._clock.told_s)
            recorder = InlineRecorder(self._disk, self)
            actors = self.actors = assemble(
                self.settings,
                Outside(
                    rest=cast("hikari.api.RESTClient", Rest(self._discord, self, self._broken)),
                    bot_id=999,
                    translator=cast("MessageTranslator", Translator()),
                    enclosures=NoEnclosures(),
                    files=Folder(Path("no files")),
                    responder=self.responder,
                    kinds={"chat": Chat(self._model, self, self._clock)},
                    judge=NobodyJudges(),
                    recorder=recorder,
                    figures=FiguresCollector(),
                    observer=self.metrics,
                    reloader=cast("Reloader", None),
                    clock=self._clock.told_s,
                    discord_s=self._discord_s,
                    share=lambda: 0.5,
                ),
            )
            tasks.start_soon(actors.supervisor.keep, "recorder", recorder.run)
            await recorder.execute(Recover(now_s=self._clock.told_s()))
            if self.is_stopping:
                actors.supervisor.mailbox.post(ShutDown(now=False))
            self.connect()
            actors.start(tasks)
            await actors.work(anyio.CancelScope())
            tasks.cancel_scope.cancel()


class NoEnclosures:
    """In this world nothing that a message encloses has to be read."""

    async def read(self, enclosed: Enclosure, channel: ChannelId, origin: MessageId) -> tuple[Enclosure, ...]:
        raise NotImplementedError(enclosed, channel, origin)

    async def fetch(self, file: Enclosure, place: Place) -> Enclosure | None:
        raise NotImplementedError(file, place)


class Translator:
    """Says what the courier read in the small Discord."""

    def posted(self, message: Message) -> MessagePosted:
        return posted_of(message, missed=True)

    def edited(self, message: Message) -> MessageEdited | None:
        if message.edited_timestamp is None:
            return None
        return edited_of(message, message.edited_timestamp)


def edited_of(message: Message, edited: datetime) -> MessageEdited:
    """What the gateway says of a message that was edited."""
    return MessageEdited(
        message_id=message.id, channel_id=message.channel.id, text=message.content, edited_s=edited.timestamp()
    )


def posted_of(message: Message, *, missed: bool = False) -> MessagePosted:
    """What the gateway says of a message; one that was read says no roles."""
    place = message.channel
    return MessagePosted(
        message_id=message.id,
        channel_id=place.id,
        guild_id=place.guild,
        author_id=UserId(message.author.id),
        author_name=f"Person {message.author.id}",
        by_person=not message.by_bot,
        text=message.content,
        mentions_bot=False,
        reply_to=None if message.reply_to is None else MessageId(message.reply_to),
        edited_s=None if message.edited_timestamp is None else message.edited_timestamp.timestamp(),
        channel_is_public=place.public,
        roles=None if missed else (),
    )
