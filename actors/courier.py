"""The courier: the one actor that writes messages to Discord; interactions are answered by `callbacks.py`.

It asks its core for the next request, sends it, and tells the core what became of it. Cancellation never reaches hikari: a
cancelled request would wedge its bucket for good. A request that hangs is given up by the HTTP client after 8 seconds.
"""

from collections.abc import Callable
from http import HTTPStatus
from typing import Final, assert_never

import aiohttp
import anyio
import hikari
import structlog
from anyio.abc import TaskGroup
from hikari.api import ComponentBuilder, RESTClient

from actors.answer_view import PartWanted
from actors.components import NO_PINGS, row_of
from actors.courier_core import CourierCore
from actors.delivery import TOO_MANY_EDITS
from actors.mailbox import Mailbox
from actors.recorder import Recorder
from actors.requests import (
    DeletePart,
    Done,
    EditPart,
    Impossible,
    PostPart,
    React,
    Result,
    Search,
    Sendable,
    Unknown,
    Unreact,
)
from messages.courier import (
    CourierMessage,
    DraftShown,
    ReadChannel,
    ReadQuestions,
    TurnBegan,
    TurnPausedShown,
)
from messages.gateway import ChannelRead, GatewayMessage, MessagePosted, QuestionsRead
from messages.ids import MessageId
from messages.recorder import (
    KnownParts,
    OwedOutcomes,
    RecordDelivered,
    UnclaimedOf,
)
from messages.turn import OutcomeOwed

log = structlog.get_logger()

REQUEST_TIMEOUT_S: Final = 8.0
"""Longer than Discord takes when it is slow, short enough that a person still waits for the answer."""

PAGE: Final = 100
"""Messages that Discord returns at most (Get Channel Messages, limit)."""


class Courier:
    """Sends what `CourierCore` decides, through hikari."""

    def __init__(
        self,
        rest: RESTClient,
        *,
        bot_id: int,
        recorder: Recorder,
        posted: Callable[[hikari.Message], MessagePosted | None],
    ) -> None:
        self.mailbox: Mailbox[CourierMessage] = Mailbox()
        self._rest = rest
        self._bot_id = bot_id
        self._recorder = recorder
        self.gateway: Mailbox[GatewayMessage] = Mailbox()
        self._posted = posted
        self._core = CourierCore()
        self._settled = anyio.Event()

    async def run(self) -> None:
        """Work until cancelled; requests under way are seen through.

        :raises Exception: whatever nobody expected; the supervisor rebuilds the courier from rows
        """
        self._core = CourierCore()
        await self._show_owed()
        async with anyio.create_task_group() as tasks:
            while True:
                for message in self.mailbox.take_all():
                    await self._hear(message)
                if self.mailbox.take_overflow():
                    await self._show_owed()
                wake_at_s = self._send_what_may_go(tasks)
                with anyio.move_on_after(None if wake_at_s is None else max(0.0, wake_at_s - anyio.current_time())):
                    await self.mailbox.wait()

    async def settle(self) -> None:
        """Return when no outcome is owed to Discord any more."""
        while self._core.owed() or len(self.mailbox):
            self._settled = anyio.Event()
            await self._settled.wait()

    async def _show_owed(self) -> None:
        for outcome in await self._recorder.insist(OwedOutcomes()):
            self._core.end(outcome, anyio.current_time())

    async def _hear(self, message: CourierMessage) -> None:
        match message:
            case TurnBegan():
                self._core.begin(message)
                delivery = self._core.delivery(message.turn)
                if message.resumed and delivery is not None:
                    delivery.adopt(await self._recorder.insist(KnownParts(turn=message.turn)))
            case DraftShown():
                self._core.grow(message, anyio.current_time())
            case OutcomeOwed():
                self._core.end(message, anyio.current_time())
            case TurnPausedShown():
                self._core.forget(message.turn)
            case ReadChannel():
                self._core.read(message)
            case ReadQuestions(session=session):
                self.gateway.post(QuestionsRead(session=session))
            case _:
                assert_never(message)

    def _send_what_may_go(self, tasks: TaskGroup) -> float | None:
        while True:
            for turn in self._core.take_complete():
                if turn > 0:
                    self._recorder.send(RecordDelivered(turn=turn))
                log.info("turn.delivered", turn=turn)
            self._settled.set()
            request = self._core.next(anyio.current_time())
            if request is None or isinstance(request, float):
                return request
            tasks.start_soon(self._perform, request)

    async def _perform(self, request: Sendable) -> None:
        with anyio.CancelScope(shield=True):
            result = await self._try(request)
            self._learn(request, result)
        self.mailbox.nudge()

    async def _try(self, request: Sendable) -> Result:
        try:
            return await self._send(request)
        except hikari.RateLimitTooLongError as error:
            return Unknown(retry_after_s=error.retry_after, answered=True)
        except hikari.UnauthorizedError:
            raise
        except hikari.ClientHTTPResponseError as error:
            log.warning(
                "discord.refused", request=type(request).__name__, code=int(error.code), status=int(error.status)
            )
            return Impossible(int(error.code))
        except (hikari.HTTPError, aiohttp.ClientError, TimeoutError, OSError) as error:
            if _is_too_many_edits(error):
                log.warning("discord.refused", request=type(request).__name__, code=TOO_MANY_EDITS)
                return Impossible(TOO_MANY_EDITS)
            log.warning("discord.no_answer", request=type(request).__name__, error=type(error).__name__)
            return Unknown(answered=isinstance(error, hikari.HTTPResponseError))

    async def _send(self, request: Sendable) -> Done:
        channel = request.channel_id
        match request:
            case PostPart():
                message = await self._rest.create_message(
                    channel,
                    request.wanted.text,
                    components=_rows(request.wanted),
                    reply=request.reply_to,
                    reply_must_exist=False,
                    mentions_reply=False,
                    nonce=request.nonce,
                    **NO_PINGS,
                )
                return Done(message_id=MessageId(int(message.id)), text=message.content or "")
            case EditPart():
                await self._rest.edit_message(
                    channel,
                    request.message_id,
                    request.wanted.text,
                    components=_rows(request.wanted),
                    mentions_reply=False,
                    **NO_PINGS,
                )
                return Done()
            case DeletePart():
                await self._rest.delete_message(channel, request.message_id)
                return Done()
            case React():
                await self._rest.add_reaction(channel, request.message_id, request.emoji)
                return Done()
            case Unreact():
                await self._rest.delete_my_reaction(channel, request.message_id, request.emoji)
                return Done()
            case Search():
                return await self._search(request)
            case ReadChannel():
                await self._read(request)
                return Done()
            case _:
                assert_never(request)

    async def _search(self, request: Search) -> Done:
        page = await self._rest.fetch_messages(request.channel_id, after=request.after).limit(PAGE)
        ours = tuple(
            MessageId(int(message.id))
            for message in page
            if message.author.id == hikari.Snowflake(self._bot_id)
            and message.message_reference is not None
            and message.message_reference.id == hikari.Snowflake(request.reply_to)
        )
        found = await self._recorder.insist(UnclaimedOf(message_ids=ours))
        return Done(found=found, more_after=MessageId(int(page[-1].id)) if len(page) == PAGE else None)

    async def _read(self, request: ReadChannel) -> None:
        page = await self._rest.fetch_messages(request.channel_id, after=request.after).limit(PAGE)
        posted = tuple(message for message in map(self._posted, page) if message is not None)
        self.gateway.post(
            ChannelRead(
                channel_id=request.channel_id,
                messages=posted,
                last=MessageId(int(page[-1].id)) if page else request.after,
                complete=len(page) < PAGE,
            )
        )

    def _learn(self, request: Sendable, result: Result) -> None:
        """Tell the core, and have recorded what must survive a kill."""
        for verb in self._core.ended(request, result, anyio.current_time()):
            if verb.turn > 0:  # else it is about a refusal that storage could not commit
                self._recorder.send(verb)
        if isinstance(request, ReadChannel) and isinstance(result, Impossible):
            self.gateway.post(
                ChannelRead(channel_id=request.channel_id, messages=(), last=request.after, complete=True)
            )


def _rows(wanted: PartWanted) -> list[ComponentBuilder]:
    return [row_of(wanted.buttons)] if wanted.buttons else []


def _is_too_many_edits(error: Exception) -> bool:
    """Discord says this with the status of a rate limit, but no time after which it would be taken."""
    return (
        isinstance(error, hikari.HTTPResponseError)
        and error.status == HTTPStatus.TOO_MANY_REQUESTS
        and str(TOO_MANY_EDITS) in str(error.raw_body)
    )
