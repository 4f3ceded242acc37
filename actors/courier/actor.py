"""The courier: the one actor that writes messages to Discord; interactions are answered by `callbacks.py`.

It asks its core for the next request, sends it, and tells the core what became of it. Cancellation never reaches hikari: a
cancelled request would wedge its bucket for good. A request that hangs is given up by the HTTP client after 8 seconds.
"""

import time
from typing import assert_never

import aiohttp
import anyio
import hikari
import structlog
from anyio.abc import TaskGroup
from hikari.api import ComponentBuilder, RESTClient

from actors.courier import nonces
from actors.courier.answer_view import PartWanted
from actors.courier.channel_reader import ChannelReader
from actors.courier.core import CourierCore
from actors.courier.global_limit import GlobalLimit
from actors.courier.requests import (
    DeletePart,
    EditPart,
    PostPart,
    React,
    ReadQuestion,
    Search,
    Sendable,
    TellPrivately,
    Unreact,
)
from actors.courier.route_limits import RouteLimits
from actors.mailbox import Mailbox
from actors.recorder import Recorder
from discord_api.components import NO_PINGS, row_of
from discord_api.errors import event_of, result_of
from discord_api.rest import one_request
from discord_api.results import Done, Impossible, Posted, RateLimitHeaders, Result
from discord_api.translation import MessageTranslator
from messages.courier import (
    CourierMessage,
    DraftShown,
    ReadChannel,
    ReadQuestions,
    TurnBegan,
    TurnPausedShown,
)
from messages.ids import MessageId, TurnId
from messages.intake import ChannelRead, IntakeMessage, QuestionsRead
from messages.turn import OutcomePending
from messages.verbs.notes import KeepNote, KeepUndelivered, PendingNotes, RecordNoteTold
from messages.verbs.replies import KnownParts, PendingOutcomes, RecordDelivered
from texts.answers import FOR_ADMINS

log = structlog.get_logger()


class Courier:
    """Sends what `CourierCore` decides, through hikari."""

    def __init__(
        self,
        rest: RESTClient,
        *,
        bot_id: int,
        recorder: Recorder,
        intake: Mailbox[IntakeMessage],
        translator: MessageTranslator,
        global_limit: GlobalLimit,
    ) -> None:
        self.mailbox: Mailbox[CourierMessage] = Mailbox()
        self._rest = rest
        self._recorder = recorder
        self._intake = intake
        self._reader = ChannelReader(rest, bot_id=bot_id, recorder=recorder, intake=intake, translator=translator)
        # Discord's limits are no state that could have crashed: they outlast the core.
        self._global_limit, self._route_limits = global_limit, RouteLimits()
        self._core = CourierCore(global_limit=self._global_limit, route_limits=self._route_limits)
        self._drained = anyio.Event()

    async def run(self) -> None:
        """Work until cancelled; requests under way are seen through.

        :raises Exception: whatever nobody expected; the supervisor rebuilds the courier from rows
        """
        self._core = CourierCore(global_limit=self._global_limit, route_limits=self._route_limits)
        await self._show_pending()
        await self._tell_privately()
        async with anyio.create_task_group() as tasks:
            while True:
                for message in self.mailbox.take_all():
                    self._hear(message, tasks)
                if self.mailbox.take_overflow():
                    await self._show_pending()
                wake_at_s = self._send_what_may_go(tasks)
                with anyio.move_on_after(None if wake_at_s is None else max(0.0, wake_at_s - anyio.current_time())):
                    await self.mailbox.wait()

    async def drain(self) -> None:
        """Return when no outcome is owed to Discord any more."""
        while self._core.outbox.pending or len(self.mailbox):
            self._drained = anyio.Event()
            await self._drained.wait()

    async def _show_pending(self) -> None:
        for outcome in await self._recorder.execute_retrying(PendingOutcomes()):
            self._core.outbox.end(outcome, anyio.current_time())

    async def _tell_privately(self) -> None:
        for owed in await self._recorder.execute_retrying(PendingNotes()):
            note = TellPrivately(
                note=owed.note, person=owed.person, text=FOR_ADMINS[owed.reason], nonce=nonces.of_note(owed.note)
            )
            self._core.tell(note)
        self.mailbox.notify()

    async def _adopt(self, turn: TurnId) -> None:
        """Have the parts that rows know of a reply: an earlier process posted them."""
        parts = await self._recorder.execute_retrying(KnownParts(turn=turn))
        self._core.outbox.adopt(turn, parts)
        self.mailbox.notify()

    def _hear(self, message: CourierMessage, tasks: TaskGroup) -> None:
        # What has to be asked of storage, which may be down, is asked beside: others are answered meanwhile.
        match message:
            case TurnBegan():
                self._core.outbox.begin(message)
                if message.resumed:
                    tasks.start_soon(self._adopt, message.turn)
            case DraftShown():
                self._core.outbox.grow(message, anyio.current_time())
            case OutcomePending():
                self._core.outbox.end(message, anyio.current_time())
                if message.reason in FOR_ADMINS:
                    tasks.start_soon(self._tell_privately)
            case TurnPausedShown():
                self._core.outbox.forget(message.turn)
            case ReadChannel():
                self._core.read_queue.read(message)
            case ReadQuestions():
                self._core.read_queue.reread(message, anyio.current_time())
            case _:
                assert_never(message)

    def _send_what_may_go(self, tasks: TaskGroup) -> float | None:
        while True:
            self._tell_what_is_over()
            request = self._core.next(anyio.current_time())
            if request is None or isinstance(request, float):
                return request
            tasks.start_soon(self._perform, request)

    def _tell_what_is_over(self) -> None:
        for complete in self._core.outbox.take_complete():
            turn, code = complete.turn, complete.code
            log.info("turn.delivered" if code is None else "turn.undelivered", turn=turn, code=code)
            if complete.is_stored:
                self._recorder.enqueue(
                    RecordDelivered(turn=turn)
                    if code is None
                    else KeepUndelivered(turn=turn, code=code, now_s=time.time())
                )
        for session in self._core.take_reread(anyio.current_time()):
            self._intake.post(QuestionsRead(session=session))
        self._drained.set()

    async def _perform(self, request: Sendable) -> None:
        with anyio.CancelScope(shield=True), one_request() as answered:
            answered.is_known = isinstance(request, PostPart | EditPart)
            result = await self._try(request)
            self._learn(request, result, answered.bucket)
        self.mailbox.notify()

    async def _try(self, request: Sendable) -> Result:
        try:
            return await self._send(request)
        except (hikari.HTTPError, aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            result = result_of(error)
            event, keys = event_of("discord", result, error)
            log.warning(event, request=type(request).__name__, **keys)
            return result

    async def _send(self, request: Sendable) -> Result:
        match request:
            case PostPart():
                message = await self._rest.create_message(
                    request.channel_id,
                    request.wanted.text,
                    components=_rows(request.wanted),
                    attachments=_files(request.wanted),
                    reply=request.reply_to,
                    reply_must_exist=False,
                    mentions_reply=False,
                    nonce=request.nonce,
                    # A link in an answer is a model's word: Discord shows where it leads, and nothing of what is there.
                    flags=hikari.MessageFlag.SUPPRESS_EMBEDS,
                    **NO_PINGS,
                )
                return Posted(MessageId(int(message.id)), message.content or "")
            case EditPart():
                await self._rest.edit_message(
                    request.channel_id,
                    request.message_id,
                    request.wanted.text,
                    components=_rows(request.wanted),
                    # Named files take the place of what the message had; without any, nothing is said about them.
                    attachments=_files(request.wanted),
                    mentions_reply=False,
                    **NO_PINGS,
                )
                return Done()
            case DeletePart():
                await self._rest.delete_message(request.channel_id, request.message_id)
                return Done()
            case React():
                await self._rest.add_reaction(request.channel_id, request.message_id, request.emoji)
                return Done()
            case Unreact():
                await self._rest.delete_my_reaction(request.channel_id, request.message_id, request.emoji)
                return Done()
            case Search():
                return await self._reader.search(request)
            case ReadChannel():
                return await self._reader.read(request)
            case ReadQuestion():
                return await self._reader.reread(request)
            case TellPrivately():
                direct = await self._rest.create_dm_channel(request.person)
                await self._rest.create_message(direct.id, request.text, nonce=request.nonce, **NO_PINGS)
                return Done()
            case _:
                assert_never(request)

    def _learn(self, request: Sendable, result: Result, told: RateLimitHeaders | None) -> None:
        """Tell the core, and have recorded what must survive a kill."""
        for verb in self._core.ended(request, result, anyio.current_time(), told):
            self._recorder.enqueue(verb)
        if isinstance(request, ReadChannel) and isinstance(result, Impossible):
            self._intake.post(
                ChannelRead(
                    channel_id=request.channel_id,
                    after=request.after,
                    messages=(),
                    last=request.after,
                    complete=True,
                )
            )
        if isinstance(request, TellPrivately) and isinstance(result, Done):
            self._recorder.enqueue(RecordNoteTold(note=request.note, now_s=time.time()))
        if isinstance(request, TellPrivately) and isinstance(result, Impossible):
            self._recorder.enqueue(KeepNote(note=request.note))


def _rows(wanted: PartWanted) -> list[ComponentBuilder]:
    return [row_of(wanted.buttons)] if wanted.buttons else []


def _files(wanted: PartWanted) -> list[hikari.Bytes] | hikari.UndefinedType:
    return [hikari.Bytes(file.content, file.name) for file in wanted.files] or hikari.UNDEFINED
