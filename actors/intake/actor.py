"""The intake: has every message accepted by storage, in order, and wakes whoever it concerns.

It takes what waits in the gateway's mailbox, has all of it accepted in one transaction, and only then tells anybody.
"""

import math
import time
from collections.abc import Iterable
from typing import Final

import anyio
import structlog

from actors.intake.accept import Accepting
from actors.intake.backlog import Backlog
from actors.intake.gaps import ChannelEvent, Gaps
from actors.mailbox import Mailbox
from actors.recorder import Recorder
from messages.courier import CourierMessage, ReadChannel
from messages.ids import ChannelId, MessageId
from messages.intake import (
    ChannelGone,
    ChannelRead,
    ChannelsListed,
    Connected,
    IntakeMessage,
    QuestionsRead,
    ReadsForgotten,
)
from messages.supervisor import QuestionsReread, SupervisorMessage
from messages.verbs.turns import (
    ChannelGap,
    ForgetChannel,
    KnownChannels,
    SaveWatermarks,
    SeeChannels,
)

log = structlog.get_logger()

LISTING_S: Final = 10.0
"""A server that Discord has not listed by then is down; direct messages do not wait for it any longer."""

READ_AGAIN_S: Final = 60.0
"""What was asked to be read and has not come by then is asked again."""

WATERMARKS_S: Final = 30.0
"""How often the last messages that were not for us are saved. Reading one of them twice is harmless."""


class Intake:
    """The gateway's mailbox and its one loop."""

    def __init__(
        self,
        mailbox: Mailbox[IntakeMessage],
        *,
        recorder: Recorder,
        courier: Mailbox[CourierMessage],
        supervisor: Mailbox[SupervisorMessage],
        missed_age_s: float,
    ) -> None:
        self.mailbox = mailbox
        self._recorder = recorder
        self._courier = courier
        self._supervisor = supervisor
        self._accepting = Accepting(recorder=recorder, courier=courier, supervisor=supervisor)
        self._missed_age_s = missed_age_s
        self._inbox: list[IntakeMessage] = []
        self._gaps = Gaps()
        self._backlog = Backlog()
        self._dropped: dict[ChannelId, MessageId] = {}
        self._to_read: dict[ChannelId, MessageId] = {}
        self._asked: dict[ChannelId, tuple[MessageId, float]] = {}
        self._list_by_s: float | None = None
        self._save_at_s = 0.0

    def drop(self, event: ChannelEvent) -> None:
        """An event found no room: its channel will be read again from before it."""
        self._dropped.setdefault(event.channel_id, MessageId(event.message_id - 1))

    async def run(self) -> None:
        """Work until cancelled. What a crash interrupts is heard again: every message is accepted once."""
        while True:
            self._inbox += self.mailbox.take_all()
            self.mailbox.take_overflow()
            await self._hear_all()
            again_at_s = self._accepting.again_at_s
            if again_at_s is not None and anyio.current_time() >= again_at_s:
                await self._accepting.take_in((), missed=False)
            self._read_dropped()
            self._ask_again(anyio.current_time())
            if self._list_by_s is not None and (self._gaps.all_listed() or anyio.current_time() >= self._list_by_s):
                await self._sweep()
                continue
            self._ask_for_reading()
            if anyio.current_time() >= self._save_at_s:
                self.save_watermarks()
            with anyio.move_on_after(self._patience_s()):
                await self.mailbox.wait()

    def save_watermarks(self) -> None:
        """Have the last messages seen recorded, without waiting for it."""
        self._save_at_s = anyio.current_time() + WATERMARKS_S
        seen = tuple((channel, last) for channel, last in self._accepting.seen.items() if not self._gaps.has(channel))
        self._accepting.seen.clear()
        if seen:
            self._recorder.submit(SaveWatermarks(seen=seen))

    def _patience_s(self) -> float | None:
        moments = [asked_s + READ_AGAIN_S for _, asked_s in self._asked.values()]
        if self._list_by_s is not None:
            moments.append(self._list_by_s)
        if self._to_read:
            moments.append(anyio.current_time() + 1.0)
        if self._accepting.seen:
            moments.append(self._save_at_s)
        if self._accepting.again_at_s is not None:
            moments.append(self._accepting.again_at_s)
        return max(0.0, min(moments) - anyio.current_time()) if moments else None

    async def _hear_all(self) -> None:
        """Hear what waits; it is let go only when it has been dealt with."""
        while self._inbox:
            live = _live_part(self._inbox)
            if live:
                await self._accepting.take_in(
                    [(event, 0) for event in live if not self._gaps.hold(event)], missed=False
                )
                del self._inbox[: len(live)]
            else:
                released = await self._hear(self._inbox[0])
                self._inbox[:1] = released

    async def _hear(self, message: IntakeMessage) -> list[ChannelEvent]:
        """Deal with a message that is not about a single one; returns the events that need not be held any more."""
        match message:
            case Connected(guilds=guilds):
                self._gaps.connected(guilds)
                self._list_by_s = anyio.current_time() + LISTING_S
            case ChannelsListed():
                return await self._listed(message)
            case ChannelRead():
                return await self._read(message)
            case ChannelGone(channel_id=channel):
                return self._forget(channel)
            case QuestionsRead(session=session):
                self._supervisor.post(QuestionsReread(session=session))
            case ReadsForgotten():
                self._ask_again(math.inf)
            case _:
                raise TypeError(message)
        return []

    async def _listed(self, message: ChannelsListed) -> list[ChannelEvent]:
        gaps = await self._recorder.execute_retrying(
            SeeChannels(guild_id=message.guild_id, last_messages=message.last_messages)
        )
        self._open(gaps)
        channels = tuple(channel for channel, _ in message.last_messages)
        return self._gaps.listed(message.guild_id, channels, {gap.channel_id for gap in gaps})

    async def _sweep(self) -> None:
        """Direct messages are listed by nobody: every channel that is known otherwise is read again."""
        gaps = await self._recorder.execute_retrying(
            KnownChannels(except_for=self._gaps.known_channels(), guilds=self._gaps.known_guilds())
        )
        self._list_by_s = None
        self._open(gaps)
        self._inbox[:0] = self._gaps.swept({gap.channel_id for gap in gaps})

    def _open(self, gaps: Iterable[ChannelGap]) -> None:
        for gap in gaps:
            # A page that is on its way begins where the reading had come to, which begins anew.
            self._asked.pop(gap.channel_id, None)
            self._to_read[gap.channel_id] = self._backlog.open(gap.channel_id, gap.after)

    def _read_dropped(self) -> None:
        dropped, self._dropped = self._dropped, {}
        for channel, after in self._gaps.take_let_go().items():
            dropped[channel] = min(after, dropped.get(channel, after))
        for channel in dropped:
            self._gaps.open(channel)
        self._open(ChannelGap(channel_id=channel, after=after) for channel, after in dropped.items())

    async def _read(self, page: ChannelRead) -> list[ChannelEvent]:
        channel = page.channel_id
        asked = self._asked.get(channel)
        if asked is None or asked[0] != page.after:
            return []  # the channel has been, or is being, read from elsewhere
        go_on_after = self._backlog.add(page, time.time() - self._missed_age_s)
        if go_on_after is None:
            await self._accepting.take_in(self._backlog.kept(channel), missed=True)
            self._backlog.taken_in(channel, page.last)
            go_on_after = page.last
        del self._asked[channel]
        if not page.complete or self._gaps.was_widened(channel):
            self._to_read[channel] = go_on_after
            return []
        self._backlog.close(channel)
        self._accepting.see(channel, page.last)
        return self._gaps.close(channel)

    def _forget(self, channel: ChannelId) -> list[ChannelEvent]:
        """What was missed there is read by nobody any more."""
        for known in (self._accepting.seen, self._to_read, self._asked):
            known.pop(channel, None)
        self._backlog.close(channel)
        self._recorder.enqueue(ForgetChannel(channel_id=channel))
        return self._gaps.close(channel)

    def _ask_again(self, now_s: float) -> None:
        """Have channels read that were asked for so long ago that nobody remembers."""
        for channel, (after, asked_s) in list(self._asked.items()):
            if asked_s + READ_AGAIN_S <= now_s:
                del self._asked[channel]
                self._to_read.setdefault(channel, after)

    def _ask_for_reading(self) -> None:
        for channel, after in list(self._to_read.items()):
            if self._courier.post(ReadChannel(channel_id=channel, after=after)):
                del self._to_read[channel]
                self._asked[channel] = after, anyio.current_time()


def _live_part(messages: Iterable[IntakeMessage]) -> list[ChannelEvent]:
    """The events about single messages that come before anything else."""
    live: list[ChannelEvent] = []
    for message in messages:
        if not isinstance(message, ChannelEvent):
            break
        live.append(message)
    return live
