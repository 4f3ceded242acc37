"""One process of the bot in a world: the real actors on real rows, between a small Discord and a small model.

It lives until it is killed, stops, or ends itself; the rows and Discord stay. `bot.py` puts the same parts together.
"""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final, cast

import anyio
import hikari

from actors.courier.actor import Courier
from actors.courier.global_limit import GlobalLimit
from actors.intake.actor import Intake
from actors.mailbox import Mailbox
from actors.panel.actor import PanelActor
from actors.recorder import Recorder
from bot import DRAIN_S
from discord_api.translation import MessageTranslator
from messages.ids import MessageId, UserId
from messages.intake import ChannelsListed, Connected, IntakeMessage, MessagePosted, ReadsForgotten
from messages.responder import ResponderMessage
from messages.supervisor import ShutDown
from messages.verbs.recovery import Recover
from messages.verbs.verb import Verb
from models.access.client import ModelClient
from models.catalogue import Catalogue
from models.catalogue import Model as Listed
from storage.permissions import Permissions
from storage.sqlite import SqliteStore
from storage.store import StorageError
from supervisor import Supervisor
from tests.world.clock import Clock
from tests.world.discord import GUILD, Discord, Message
from tests.world.model import Chat, Model
from tests.world.rest import Rest

CATALOGUE: Final = Catalogue([Listed(name="test-model", default=True), Listed(name="other-model")])
COMMIT_S: Final = 0.01
GRACE_S: Final = 5.0
EVENT_S: Final = 0.02


class Disk:
    """The rows, and whether there is room for more."""

    def __init__(self, rows: SqliteStore, saw: Callable[[Verb[Any], Any], None]) -> None:
        self.rows = rows
        self.is_full = False
        self.saw = saw
        """Told of every verb that was committed, and its answer."""


class InlineRecorder(Recorder):
    """Commits without a thread, for virtual time stands still only where nothing else runs."""

    def __init__(self, disk: Disk, process: "Process") -> None:
        super().__init__(disk.rows)
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
        self.responder: Mailbox[ResponderMessage] = Mailbox()
        self.killed_at: tuple[str, int] | None = None
        """At which boundary it will be killed, and how often it is reached before."""
        self._clock = clock
        self._discord = discord
        self._model = model
        self._disk = disk
        self._broken = broken
        self._supervisor: Supervisor | None = None
        self._panel: PanelActor | None = None
        self._gateway: Mailbox[IntakeMessage] | None = None
        self._intake: Intake | None = None
        self._task = clock.start(self._run())

    # How it ends

    def still_alive(self) -> None:
        if not self.is_alive:
            raise asyncio.CancelledError

    def boundary(self, name: str) -> None:
        """Something has happened that cannot be taken back: here it is killed, if that was asked for."""
        if self.killed_at is None or self.killed_at[0] != name:
            return
        left = self.killed_at[1] - 1
        self.killed_at = (name, left)
        if left <= 0:
            self.kill()

    def kill(self) -> None:
        """It does nothing more, and cleans up nothing."""
        self.is_alive = False
        self._clock.halt()

    def stop(self) -> None:
        """Ask it to stop well."""
        self.is_stopping = True
        if self._supervisor is not None:
            self._supervisor.mailbox.post(ShutDown(now=False))

    # What it hears

    def hear(self, event: IntakeMessage) -> bool:
        """Post an event, if there is anybody."""
        if self._gateway is None or not self.is_alive:
            return False
        self._gateway.post(event)
        return True

    def press(self, message: Any) -> bool:
        """Somebody uses a command or a button; false where nobody is there."""
        if self._panel is None or not self.is_linked or not self.is_alive:
            return False
        self._panel.mailbox.post(message, conflation_key=message.interaction.interaction_id)
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
            recorder = InlineRecorder(self._disk, self)
            tasks.start_soon(recorder.run)
            await recorder.execute(Recover(now_s=self._clock.told_s()))
            streams = ModelClient(
                {"chat": Chat(self._model, self, self._clock)},
                CATALOGUE,
                concurrent=32,
                recorder=recorder,
                share=lambda: 0.5,
            )
            gateway: Mailbox[IntakeMessage] = Mailbox()
            courier = Courier(
                cast("hikari.api.RESTClient", Rest(self._discord, self, self._broken)),
                bot_id=999,
                recorder=recorder,
                intake=gateway,
                translator=cast("MessageTranslator", Translator()),
                global_limit=GlobalLimit(),
            )
            supervisor = self._supervisor = Supervisor(
                recorder=recorder, courier=courier.mailbox, answers=streams, stream_grace_s=GRACE_S
            )
            if self.is_stopping:
                supervisor.mailbox.post(ShutDown(now=False))
            intake = self._intake = Intake(
                gateway,
                recorder=recorder,
                courier=courier.mailbox,
                supervisor=supervisor.mailbox,
                missed_age_s=900.0,
            )
            panel = self._panel = PanelActor(
                recorder=recorder,
                responder=self.responder,
                courier=courier.mailbox,
                supervisor=supervisor.mailbox,
                catalogue=CATALOGUE,
                permissions=Permissions(),
                clock=self._clock.told_s,
            )
            self._gateway = gateway
            self.connect()

            def courier_restarted() -> None:
                supervisor.courier_restarted()
                gateway.post(ReadsForgotten())

            tasks.start_soon(partial(supervisor.keep, "courier", courier.run, restarted=courier_restarted))
            for name, actor in (("intake", intake), ("panel", panel)):
                tasks.start_soon(supervisor.keep, name, actor.run)
            await supervisor.run()
            await intake.drain()
            with anyio.move_on_after(DRAIN_S):
                await panel.drain()
                await courier.drain()
            await recorder.drain()
            tasks.cancel_scope.cancel()


class Translator:
    """Says what the courier read in the small Discord."""

    def posted(self, message: Message) -> MessagePosted:
        return posted_of(message, missed=True)


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
        channel_is_public=place.public,
        roles=None if missed else (),
    )
