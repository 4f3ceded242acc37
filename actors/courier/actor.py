"""The courier: the one actor that writes messages to Discord. Interactions are answered by the responder.

It tells its core what it hears, does what the core says, and sends the requests that the core chooses. A request under way
is never cancelled, because a cancelled request would leave hikari's client stuck; the HTTP client gives up one that hangs
after 8 seconds.
"""

import time
from typing import Final, assert_never

import anyio
import anyio.lowlevel
import structlog
from anyio.abc import TaskGroup
from hikari.api import RESTClient

from actors.courier.channel_reader import ChannelReader
from actors.courier.core import NO_GUIDE, CourierCore
from actors.courier.effects import (
    CoreMessage,
    Delivered,
    Effect,
    Enqueue,
    Lacks,
    LoadNotes,
    LoadOutcomes,
    LoadParts,
    LoadSpeech,
    NotesLoaded,
    NoteTold,
    OutcomesLoaded,
    Overflowed,
    PartsLoaded,
    PostToIntake,
    PublishFigures,
    RequestEnded,
    SpeechLoaded,
    Started,
    Tick,
    Undelivered,
)
from actors.courier.global_limit import GlobalLimit
from actors.courier.requests import EditPart, PostPart, Sendable
from actors.courier.route_limits import RouteLimits
from actors.courier.sender import Sender
from actors.figures import FiguresCollector
from actors.mailbox import Mailbox
from actors.recorder import Recorder
from current import Current
from discord_api.results import outcome_of
from discord_api.translation import MessageTranslator
from files.folder import Folder
from messages.courier import CourierMessage, DraftShown, SpeechWithdrawn
from messages.figures import CourierFigures
from messages.ids import TurnId
from messages.intake import IntakeMessage
from messages.observation import UNOBSERVED, Observer, Requested
from messages.speech import AnswerStands, SpeakerMessage
from messages.turn import OutcomePending
from messages.verbs.channels import RecordLack
from messages.verbs.notes import KeepUndelivered, PendingNotes, RecordNoteTold
from messages.verbs.replies import KnownParts, PendingOutcomes, RecordDelivered
from messages.verbs.speech import MadeSpeech
from models.catalogue import Catalogue

log = structlog.get_logger()

HEARD_AT_ONCE: Final = 100
"""After so many messages the rest of the process has its turn."""


class Courier:
    """The shell around `CourierCore`."""

    def __init__(
        self,
        rest: RESTClient,
        *,
        bot_id: int,
        recorder: Recorder,
        intake: Mailbox[IntakeMessage],
        speaker: Mailbox[SpeakerMessage],
        translator: MessageTranslator,
        global_limit: GlobalLimit,
        files: Folder,
        figures: FiguresCollector,
        catalogue: Current[Catalogue],
        guide_url: Current[str] = NO_GUIDE,
        observer: Observer = UNOBSERVED,
    ) -> None:
        """Be ready to work; `files` is where those files of answers lie that are on disk, `guide_url` what the hint links to.

        `observer` hears of drafts and of requests to Discord.
        """
        self._observer = observer
        self._catalogue = catalogue
        self._guide_url = guide_url
        self.mailbox: Mailbox[CourierMessage] = Mailbox()
        self._figures = figures
        figures.ask(CourierFigures, self.mailbox)
        self._recorder = recorder
        self._intake = intake
        self._speaker = speaker
        self._sender = Sender(
            rest, ChannelReader(rest, bot_id=bot_id, recorder=recorder, intake=intake, translator=translator), files
        )
        # Discord's limits are no state that could have crashed: they outlive the core.
        self._global_limit, self._route_limits = global_limit, RouteLimits()
        self._core = self._new_core()
        self._drained = anyio.Event()

    def _new_core(self) -> CourierCore:
        return CourierCore(
            global_limit=self._global_limit,
            route_limits=self._route_limits,
            carries_on=self._carries_on,
            guide_url=self._guide_url,
        )

    def _carries_on(self, model: str) -> bool:
        return self._catalogue.value.carries_on(model)

    async def run(self) -> None:
        """Work until cancelled; requests under way are seen through.

        :raises Exception: whatever nobody expected; the supervisor starts the courier again, from rows
        """
        self._core = self._new_core()
        async with anyio.create_task_group() as tasks:
            await self._hear(Started(), tasks)
            while True:
                for number, message in enumerate(self.mailbox.take_all(), start=1):
                    await self._hear(message, tasks)
                    if number % HEARD_AT_ONCE == 0:
                        await anyio.lowlevel.checkpoint()
                if self.mailbox.take_overflow():
                    await self._hear(Overflowed(), tasks)
                wake_at_s = await self._send_what_may_go(tasks)
                await self.mailbox.wait(wake_at_s)

    async def drain(self) -> None:
        """Return when Discord shows every outcome, or never will."""
        while self._core.is_pending or len(self.mailbox):
            self._drained = anyio.Event()
            await self._drained.wait()

    async def _hear(self, message: CoreMessage, tasks: TaskGroup) -> None:
        if isinstance(message, DraftShown) and (message.answer.text or message.answer.files):
            self._observer.wrote(message.turn)
        if isinstance(message, SpeechWithdrawn):
            self._sender.give_up(message.speech.turn)
        elif isinstance(message, OutcomePending) and message.reason == "forgotten":
            self._sender.give_up(message.turn)
        for effect in self._core.receive(message, anyio.current_time()):
            await self._do(effect, tasks)

    async def _do(self, effect: Effect, tasks: TaskGroup) -> None:
        match effect:
            case Enqueue(verb=verb):
                self._recorder.enqueue(verb)
            case LoadOutcomes():
                tasks.start_soon(self._load_outcomes, effect, tasks)
            case LoadParts(turn=turn):
                tasks.start_soon(self._load_parts, turn, tasks)
            case LoadNotes():
                tasks.start_soon(self._load_notes, tasks)
            case LoadSpeech():
                tasks.start_soon(self._load_speech, effect, tasks)
            case PostToIntake(message=message):
                self._intake.post(message)
            case Delivered(turn=turn, is_stored=is_stored):
                log.info("turn.delivered", turn=turn, code=None)
                if is_stored:
                    self._recorder.enqueue(RecordDelivered(turn=turn))
                    self._speaker.post(AnswerStands(), conflation_key=("stands",))
            case Undelivered(turn=turn, code=code, is_stored=is_stored):
                log.info("turn.undelivered", turn=turn, code=code)
                if is_stored:
                    self._recorder.enqueue(KeepUndelivered(turn=turn, code=code, now_s=time.time()))
            case Lacks(channel_id=channel, lacks=lacks):
                self._recorder.enqueue(RecordLack(channel_id=channel, lacks=lacks, now_s=time.time()))
            case PublishFigures(figures=figures):
                self._figures.publish(figures)
            case NoteTold(note=note):
                self._recorder.enqueue(RecordNoteTold(note=note, now_s=time.time()))
            case _:
                assert_never(effect)

    async def _load_outcomes(self, request: LoadOutcomes, tasks: TaskGroup) -> None:
        """Load beside everything else, because storage may be down."""
        verb = PendingOutcomes(after=request.after, limit=request.limit, session=request.session)
        await self._hear(OutcomesLoaded(request, await self._recorder.execute_retrying(verb)), tasks)
        self.mailbox.notify()

    async def _load_parts(self, turn: TurnId, tasks: TaskGroup) -> None:
        """Load beside everything else, because storage may be down."""
        known = await self._recorder.execute_retrying(KnownParts(turn=turn))
        await self._hear(PartsLoaded(turn, known.parts, below=known.below), tasks)
        self.mailbox.notify()

    async def _load_notes(self, tasks: TaskGroup) -> None:
        await self._hear(NotesLoaded(await self._recorder.execute_retrying(PendingNotes())), tasks)
        self.mailbox.notify()

    async def _load_speech(self, request: LoadSpeech, tasks: TaskGroup) -> None:
        verb = MadeSpeech(turn=request.turn)
        await self._hear(SpeechLoaded(request, await self._recorder.execute_retrying(verb)), tasks)
        self.mailbox.notify()

    async def _send_what_may_go(self, tasks: TaskGroup) -> float | None:
        """Start what may be sent now; returns the moment to look again."""
        while True:
            await self._hear(Tick(), tasks)
            self._drained.set()
            request = self._core.next(anyio.current_time())
            if request is None or isinstance(request, float):
                return request
            tasks.start_soon(self._send, request, tasks)

    async def _send(self, request: Sendable, tasks: TaskGroup) -> None:
        with anyio.CancelScope(shield=True):
            began_s = anyio.current_time()
            result, headers = await self._sender.send(request)
            self._observer.requested(
                Requested(
                    request=type(request).__name__,
                    outcome=outcome_of(result),
                    began_s=began_s,
                    ended_s=anyio.current_time(),
                    turn=request.turn if isinstance(request, PostPart | EditPart) else None,
                )
            )
            await self._hear(RequestEnded(request, result, headers), tasks)
        self.mailbox.notify()
