"""The intake: has every message accepted by storage, in order, and wakes whoever it concerns.

It takes what waits in the gateway's mailbox, has all of it accepted in one transaction, and only then tells anybody.
"""

import time
from collections import Counter
from typing import Final, assert_never

import anyio
import structlog

from actors.gaps import ChannelEvent, Gaps
from actors.mailbox import Mailbox
from actors.recorder import Pending, Recorder
from messages.courier import CourierMessage, ReadChannel
from messages.gateway import (
    ChannelRead,
    ChannelsListed,
    Connected,
    GatewayMessage,
    MessageDeleted,
    MessageEdited,
    MessagePosted,
    QuestionsRead,
)
from messages.ids import ChannelId, MessageId, TurnId, UserId
from messages.recorder import (
    Accepted,
    AcceptMessage,
    EditQuestion,
    KnownChannels,
    NotOurs,
    Refused,
    SaveWatermarks,
    SeeChannels,
    StopIt,
    WithdrawQuestion,
)
from messages.session import StopRequested
from messages.supervisor import SessionHasWork, SessionReread, StopTurnOf, SupervisorMessage
from messages.turn import OutcomeOwed, Place

log = structlog.get_logger()

LISTING_S: Final = 10.0
"""A server that Discord has not listed by then is down; direct messages do not wait for it any longer."""

WATERMARKS_S: Final = 30.0
"""How often the last messages that were not for us are saved. Reading one of them twice is harmless."""


class Intake:
    """The gateway's mailbox and its one loop."""

    def __init__(
        self,
        mailbox: Mailbox[GatewayMessage],
        *,
        recorder: Recorder,
        courier: Mailbox[CourierMessage],
        supervisor: Mailbox[SupervisorMessage],
    ) -> None:
        self.mailbox = mailbox
        self._recorder = recorder
        self._courier = courier
        self._supervisor = supervisor
        self._gaps = Gaps()
        self._dropped: dict[ChannelId, MessageId] = {}
        self._to_read: dict[ChannelId, MessageId] = {}
        self._seen: dict[ChannelId, MessageId] = {}
        self._list_by_s: float | None = None
        self._save_at_s = 0.0

    def drop(self, event: ChannelEvent) -> None:
        """An event found no room: its channel will be read again from before it."""
        self._dropped.setdefault(event.channel_id, MessageId(event.message_id - 1))

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            with anyio.move_on_after(self._patience_s()):
                await self.mailbox.wait()
            self.mailbox.take_overflow()
            await self._hear_all(self.mailbox.take_all())
            self._read_dropped()
            if self._list_by_s is not None and (self._gaps.all_listed() or anyio.current_time() >= self._list_by_s):
                await self._sweep()
            self._ask_for_reading()
            if anyio.current_time() >= self._save_at_s:
                self.save_watermarks()

    def save_watermarks(self) -> None:
        """Have the last messages seen recorded, without waiting for it."""
        self._save_at_s = anyio.current_time() + WATERMARKS_S
        seen = tuple((channel, last) for channel, last in self._seen.items() if not self._gaps.has(channel))
        self._seen.clear()
        if seen:
            self._recorder.send(SaveWatermarks(seen=seen))

    def _patience_s(self) -> float | None:
        moments = [] if self._list_by_s is None else [self._list_by_s]
        if self._to_read:
            moments.append(anyio.current_time() + 1.0)
        if self._seen:
            moments.append(self._save_at_s)
        return max(0.0, min(moments) - anyio.current_time()) if moments else None

    async def _hear_all(self, messages: list[GatewayMessage]) -> None:
        live: list[ChannelEvent] = []
        for message in messages:
            match message:
                case MessagePosted() | MessageEdited() | MessageDeleted():
                    if not self._gaps.hold(message):
                        live.append(message)
                case Connected(guilds=guilds):
                    self._gaps.connected(guilds)
                    self._list_by_s = anyio.current_time() + LISTING_S
                case ChannelsListed():
                    live += await self._listed(message)
                case ChannelRead():
                    live += await self._read(message)
                case QuestionsRead(session=session):
                    await self._take_in(live, missed=False)
                    live = []
                    self._supervisor.post(SessionReread(session=session))
                case _:
                    assert_never(message)
        await self._take_in(live, missed=False)

    async def _listed(self, message: ChannelsListed) -> list[ChannelEvent]:
        gaps = await self._recorder.insist(SeeChannels(guild_id=message.guild_id, last_messages=message.last_messages))
        self._to_read.update((gap.channel_id, gap.after) for gap in gaps)
        channels = tuple(channel for channel, _ in message.last_messages)
        return self._gaps.listed(message.guild_id, channels, {gap.channel_id for gap in gaps})

    async def _sweep(self) -> None:
        """Direct messages are listed by nobody: every channel that is known otherwise is read again."""
        self._list_by_s = None
        gaps = await self._recorder.insist(KnownChannels(except_for=self._gaps.known_channels()))
        self._to_read.update((gap.channel_id, gap.after) for gap in gaps)
        await self._take_in(self._gaps.swept({gap.channel_id for gap in gaps}), missed=False)

    async def _read(self, page: ChannelRead) -> list[ChannelEvent]:
        await self._take_in(list(page.messages), missed=True)
        if not page.complete:
            self._to_read[page.channel_id] = page.last
            return []
        held = self._gaps.close(page.channel_id)
        self._see(page.channel_id, page.last)
        return held

    def _read_dropped(self) -> None:
        for channel, after in self._dropped.items():
            self._gaps.open(channel)
            self._to_read[channel] = min(after, self._to_read.get(channel, after))
        self._dropped.clear()

    def _ask_for_reading(self) -> None:
        for channel, after in list(self._to_read.items()):
            if self._courier.post(ReadChannel(channel_id=channel, after=after)):
                del self._to_read[channel]

    async def _take_in(self, events: list[ChannelEvent], *, missed: bool) -> None:
        """Send everything in order, so that it is committed together, then act on each answer."""
        newer: Counter[UserId] = Counter()
        verbs: list[AcceptMessage | EditQuestion | WithdrawQuestion] = []
        for event in reversed(events):
            by = newer[event.author_id] if isinstance(event, MessagePosted) else 0
            verbs.append(self._verb(event, missed=missed, newer=by))
            if isinstance(event, MessagePosted):
                newer[event.author_id] += 1
        sent = [(event, self._recorder.send(verb)) for event, verb in zip(events, reversed(verbs), strict=True)]
        for event, pending in sent:
            await self._act(event, pending)

    def _verb(
        self, event: ChannelEvent, *, missed: bool, newer: int
    ) -> AcceptMessage | EditQuestion | WithdrawQuestion:
        match event:
            case MessagePosted():
                newer_missed = newer if missed else 0
                return AcceptMessage(posted=event, now_s=time.time(), missed=missed, newer_missed=newer_missed)
            case MessageEdited():
                return EditQuestion(message_id=event.message_id, text=event.text)
            case MessageDeleted():
                return WithdrawQuestion(message_id=event.message_id)

    async def _act(self, event: ChannelEvent, pending: Pending) -> None:
        try:
            answer = await self._recorder.answer(pending)
        except Exception as error:  # noqa: BLE001 one message's trouble is not the next one's
            log.error("intake.not_accepted", message_id=event.message_id, error=type(error).__name__)
            if isinstance(event, MessagePosted):
                self._courier.post(_not_stored(event))
                self._see(event.channel_id, event.message_id)  # it has its outcome; it must not be found again
            return
        match answer:
            case Accepted(session=session):
                self._supervisor.post(SessionHasWork(session=session))
            case Refused(outcome=outcome):
                self._courier.post(outcome)
            case NotOurs():
                self._see(event.channel_id, event.message_id)
            case StopIt(session=session, turn=turn):
                stop = StopRequested(turn=turn, reason="question_deleted")
                self._supervisor.post(StopTurnOf(session=session, stop=stop))
            case OutcomeOwed():
                self._courier.post(answer)
            case _:
                pass

    def _see(self, channel: ChannelId, message: MessageId) -> None:
        self._seen[channel] = max(message, self._seen.get(channel, message))


def _not_stored(posted: MessagePosted) -> OutcomeOwed:
    """The refusal of a message that storage could not commit: the one thing that is visible without a commit."""
    return OutcomeOwed(
        turn=TurnId(-posted.message_id),
        session=None,
        place=Place(channel_id=posted.channel_id, reply_to=posted.message_id, question_id=posted.message_id),
        ending="refused",
        reason="storage",
        text="",
        parts=(),
        attempted=False,
        search=False,
    )
