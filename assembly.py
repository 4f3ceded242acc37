"""Connects the actors: the one place where each gets the mailboxes of the others. `bot.py` and the tests' worlds use it."""

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

import anyio
from anyio.abc import TaskGroup
from hikari.api import RESTClient

from actors.courier.actor import Courier
from actors.courier.global_limit import GlobalLimit
from actors.eraser.actor import Eraser
from actors.figures import FiguresCollector
from actors.intake.actor import Intake
from actors.mailbox import Mailbox
from actors.panel.actor import PanelActor
from actors.recorder import Recorder
from actors.session.question_reader import EnclosureReader, QuestionReader
from actors.session.recording_reader import RecordingReader
from actors.speaker.actor import Speaker
from discord_api.channel_tree import ChannelTree
from discord_api.translation import MessageTranslator
from files.folder import Folder
from files.readers import DocumentFiles
from live import Live
from messages.figures import Figures
from messages.intake import IntakeMessage
from messages.observation import Observer
from messages.reload import Reloader
from messages.responder import ResponderMessage
from messages.speech import SpeakerMessage
from models.access.client import ModelClient
from models.access.gate import Gate, Judge
from models.access.gated_answers import GatedAnswers
from models.kind import Kind
from settings.settings import Settings
from supervisor import Supervisor

DRAIN_S: Final = 5.0
"""While stopping, what Discord does not show yet has this long; the rest is shown after the next start."""

READS_SHARE: Final = 1 / 3
"""The part of Discord's budget with which missed messages are looked for; answers that stream have the rest."""


class ResponderActor(Protocol):
    """What answers interactions. The tests' worlds put something else in its place."""

    mailbox: Mailbox[ResponderMessage]

    async def run(self) -> None:
        """Work until cancelled."""
        ...

    async def drain(self) -> None:
        """Return when every answer has been sent."""
        ...

    def cancel_all(self) -> None:
        """Give up the requests that are under way: the process ends."""
        ...


@dataclass(frozen=True, kw_only=True)
class Outside:
    """What the actors reach outside themselves: Discord, the models, storage, the clock and chance."""

    rest: RESTClient
    bot_id: int
    translator: MessageTranslator
    enclosures: EnclosureReader
    files: Folder
    responder: ResponderActor
    kinds: Mapping[str, Kind]
    judge: Judge
    """What the gates of servers ask."""
    recorder: Recorder
    figures: FiguresCollector
    """What the actors tell of themselves."""
    observer: Observer
    """Hears of drafts and of requests to Discord."""
    reloader: Reloader
    """Reads the settings again for an admin."""
    channel_tree: ChannelTree = field(default_factory=ChannelTree)
    """What servers, channels and roles are called."""
    clock: Callable[[], float] = time.time
    """Returns seconds since 1970 by Discord's clock, which makes the ids of messages and interactions."""
    discord_s: Callable[[], float | None]
    """Returns the same once Discord has said it, and None before: until then it is the machine's, which may be wrong by years."""
    share: Callable[[], float] = random.random
    """Returns a random number from 0 to 1, by which pauses are made longer, so that waiting turns do not all try again at once."""


class Assembly:
    """The actors, wired and not started."""

    def __init__(self, settings: Live[Settings], outside: Outside) -> None:
        """Wire the actors; nothing runs yet and nothing is written. What they need of the settings they read as it is in force."""
        self._settings = settings
        catalogue = settings.part(lambda in_force: in_force.catalogue)
        voice = settings.part(lambda in_force: in_force.voice)
        retention_days = settings.part(lambda in_force: in_force.retention_days)
        guide_url = settings.part(lambda in_force: in_force.guide_url)
        self._global_limit = GlobalLimit(settings.value.requests_per_s)
        self.recorder = outside.recorder
        self._figures = outside.figures
        self.responder = outside.responder
        intake_mailbox: Mailbox[IntakeMessage] = Mailbox()
        speaker_mailbox: Mailbox[SpeakerMessage] = Mailbox()
        self.courier = Courier(
            outside.rest,
            bot_id=outside.bot_id,
            recorder=self.recorder,
            intake=intake_mailbox,
            speaker=speaker_mailbox,
            translator=outside.translator,
            global_limit=self._global_limit,
            files=outside.files,
            figures=outside.figures,
            observer=outside.observer,
            catalogue=catalogue,
            guide_url=guide_url,
        )
        gate = Gate(
            outside.judge, settings.part(lambda in_force: in_force.gate_rules), self.recorder, clock=outside.clock
        )
        self._models = models = ModelClient(
            outside.kinds,
            catalogue,
            concurrent=settings.part(lambda in_force: in_force.concurrent_streams),
            recorder=self.recorder,
            gate=gate,
            files=outside.files,
            share=outside.share,
            clock=outside.clock,
        )
        self.speaker = Speaker(
            speaker_mailbox,
            recorder=self.recorder,
            courier=self.courier.mailbox,
            answers=models,
            voice=voice,
        )
        self.supervisor = Supervisor(
            recorder=self.recorder,
            courier=self.courier.mailbox,
            intake=intake_mailbox,
            questions=QuestionReader(
                outside.enclosures,
                self.recorder,
                outside.files,
                readers=(RecordingReader(models, voice), DocumentFiles()),
                files_max=settings.part(lambda in_force: in_force.files_per_question),
            ),
            answers=GatedAnswers(models, gate, files=outside.files, share=outside.share),
            figures=outside.figures,
            stream_grace_s=settings.part(lambda in_force: in_force.stream_grace_s),
            clock=outside.clock,
        )
        self.intake = Intake(
            intake_mailbox,
            recorder=self.recorder,
            courier=self.courier.mailbox,
            supervisor=self.supervisor.mailbox,
            missed_age_s=settings.part(lambda in_force: in_force.limits.missed_age_s),
            reads_per_s=settings.part(lambda in_force: in_force.requests_per_s * READS_SHARE),
            clock=outside.clock,
        )
        self.eraser = Eraser(
            recorder=self.recorder,
            courier=self.courier.mailbox,
            supervisor=self.supervisor.mailbox,
            data=settings.value.data,
            retention_days=retention_days,
            clock=outside.clock,
            discord_s=outside.discord_s,
        )
        self.panel = PanelActor(
            recorder=self.recorder,
            responder=self.responder.mailbox,
            courier=self.courier.mailbox,
            supervisor=self.supervisor.mailbox,
            figures=outside.figures,
            models=models,
            reloader=outside.reloader,
            channel_tree=outside.channel_tree,
            catalogue=catalogue,
            permissions=settings.part(lambda in_force: in_force.permissions),
            guide_url=guide_url,
            eraser=self.eraser.mailbox,
            files=outside.files,
            retention_days=retention_days,
            clock=outside.clock,
        )

    async def figures(self) -> Figures:
        """Return what the actors say of themselves now."""
        return await self._figures.collect(self._models)

    def start(self, tasks: TaskGroup) -> None:
        """Start every actor that must always be there; sessions start when they have work."""
        tasks.start_soon(self._follow_settings)
        tasks.start_soon(self.supervisor.keep, "courier", self.courier.run)
        tasks.start_soon(self.supervisor.keep, "responder", self.responder.run)
        tasks.start_soon(self.supervisor.keep, "intake", self.intake.run)
        tasks.start_soon(self.supervisor.keep, "panel", self.panel.run)
        tasks.start_soon(self.supervisor.keep, "speaker", self.speaker.run)
        tasks.start_soon(self.supervisor.keep, "eraser", self.eraser.run)

    async def _follow_settings(self) -> None:
        """Tell those of other settings who do not read them at each decision."""
        while True:
            settings = self._settings.value
            self._global_limit.allow(settings.requests_per_s)
            self._models.let_in()
            await self._settings.changed(settings)

    async def work(self, draining: anyio.CancelScope) -> None:
        """Work until the supervisor was told to stop; then record and show what is left, for `DRAIN_S` at most.

        Cancelling `draining` ends that sooner. What Discord does not show by then is shown after the next start.
        """
        await self.supervisor.run()
        await self.intake.drain()
        with draining, anyio.move_on_after(DRAIN_S):
            await self.panel.drain()
            async with anyio.create_task_group() as sending:
                sending.start_soon(self.responder.drain)
                sending.start_soon(self.courier.drain)
        self.responder.cancel_all()
        await self.recorder.drain()


def assemble(settings: Live[Settings], outside: Outside) -> Assembly:
    """Wire the actors to each other and to what is outside; nothing runs yet."""
    return Assembly(settings, outside)
