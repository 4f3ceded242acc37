"""What the intake decides. Pure: messages in, effects out; it knows no clock, no I/O, no randomness.

Messages are dealt with strictly in order. Where one needs storage, the core asks for one `Execute` and deals with nothing
else before it is answered:

    listening ──events, a page──▶ accepting ──StorageAnswered──▶ listening
    listening ──ChannelsListed──▶ comparing ──StorageAnswered──▶ listening
    listening ──all is listed───▶ sweeping ───StorageAnswered──▶ listening

Events of a channel with a gap are held by `Gaps` until the channel has been read; `Backlog` collects what is read;
`Reads` knows what the courier was asked for; `Acceptor` knows what storage was handed.
"""

import math
from collections.abc import Iterable, Sequence
from typing import Any, Final, assert_never

from msgspec import Struct

from actors.intake.accept import Acceptor
from actors.intake.backlog import Backlog
from actors.intake.effects import (
    Arrived,
    CoreMessage,
    Draining,
    Effect,
    Execute,
    ReadNotTaken,
    Record,
    Started,
    StorageAnswered,
    TellCourier,
    TellSupervisor,
    Tick,
)
from actors.intake.gaps import Gaps
from actors.intake.reads import Reads
from messages.ids import ChannelId
from messages.intake import (
    ChannelEvent,
    ChannelGone,
    ChannelRead,
    ChannelsListed,
    Connected,
    EventsDropped,
    IntakeMessage,
    QuestionsRead,
    ReadsForgotten,
)
from messages.supervisor import QuestionsReread
from messages.verbs.channels import ChannelGap, ForgetChannel, KnownChannels, SaveWatermarks, SeeChannels

LISTING_S: Final = 10.0
"""A server that Discord has not listed by then is down; direct messages do not wait for it any longer."""

WATERMARKS_S: Final = 30.0
"""How often the last messages that were not for us are saved. Reading one of them twice is harmless."""


class _Accepting(Struct, frozen=True):
    """Storage was handed events, or the kept pages of a channel, of which `page` is the last."""

    execute: Execute
    page: ChannelRead | None = None


class _Comparing(Struct, frozen=True):
    """Storage compares a server's last messages with the watermarks."""

    execute: Execute
    listed: ChannelsListed


class _Sweeping(Struct, frozen=True):
    """Storage looks up the channels that no server lists, direct messages above all."""

    execute: Execute


class IntakeCore:
    """Every event is accepted once, a channel's events in their order."""

    def __init__(self, *, missed_age_s: float) -> None:
        """`missed_age_s`: missed messages that are older are not answered, in seconds."""
        self._missed_age_s = missed_age_s
        self._inbox: list[IntakeMessage] = []
        self._released: list[ChannelEvent] = []
        """Events that need not be held any more; they go to the front of the inbox, once what released them is over."""
        self._waiting: _Accepting | _Comparing | _Sweeping | None = None
        self._acceptor = Acceptor()
        self._gaps = Gaps()
        self._backlog = Backlog()
        self._reads = Reads()
        self._list_by_s: float | None = None
        self._save_at_s = -math.inf
        self._now_s = self._time_s = 0.0

    def receive(self, message: CoreMessage, now_s: float, time_s: float) -> list[Effect]:
        """Say what is to be done about a message. `now_s` is monotonic, `time_s` counts from 1970; both are seconds.

        An `Execute` is always the last effect, and no other one follows before `StorageAnswered`.
        """
        self._now_s, self._time_s = now_s, time_s
        match message:
            case Started():
                if self._waiting is not None:
                    return [self._waiting.execute]  # every message is accepted once, however often storage is told
                return self._go_on()
            case Arrived(messages=messages):
                self._inbox += messages
                return self._go_on()
            case StorageAnswered(answers=answers):
                return [*self._answered(answers), *self._go_on()]
            case ReadNotTaken(read=read):
                self._reads.not_taken(read, now_s)
                return []
            case Tick():
                return self._go_on()
            case Draining():
                return self._save_watermarks()
            case _:
                assert_never(message)

    def tick_at_s(self) -> float | None:
        """When a `Tick` is wanted (monotonic seconds); None when only a message changes anything."""
        if self._waiting is not None:
            return None
        moments = [self._reads.tick_at_s(), self._acceptor.retry_at_s, self._list_by_s]
        if self._acceptor.seen:
            moments.append(self._save_at_s)
        return min((moment for moment in moments if moment is not None), default=None)

    def _go_on(self) -> list[Effect]:
        """Deal with what waits until storage is needed; when nothing waits, with what is due."""
        effects: list[Effect] = []
        while self._waiting is None and self._inbox:
            effects += self._next_in_inbox()
        if self._waiting is None:
            effects += self._due()
        return effects

    def _next_in_inbox(self) -> list[Effect]:
        """Deal with the next message, or with the events that come next. They leave the inbox once they are dealt with."""
        events = _leading_events(self._inbox)
        if events:
            effects = self._accept([(event, 0) for event in events if not self._gaps.hold(event)])
            self._open(
                [ChannelGap(channel_id=channel, after=after) for channel, after in self._gaps.take_overflowed().items()]
            )
        else:
            effects = self._hear(self._inbox[0])
        released, self._released = self._released, []
        self._inbox[: len(events) or 1] = released
        return effects

    def _due(self) -> list[Effect]:
        retry_at_s = self._acceptor.retry_at_s
        if retry_at_s is not None and self._now_s >= retry_at_s:
            return self._accept(())
        if self._list_by_s is not None and (self._gaps.all_listed() or self._now_s >= self._list_by_s):
            known = KnownChannels(except_for=self._gaps.known_channels(), guilds=self._gaps.known_guilds())
            return self._wait(_Sweeping(Execute((known,), is_retrying=True)))
        self._reads.retry(self._now_s)
        effects: list[Effect] = [TellCourier(read) for read in self._reads.take_requests(self._now_s)]
        if self._now_s >= self._save_at_s:
            effects += self._save_watermarks()
        return effects

    def _hear(self, message: IntakeMessage) -> list[Effect]:
        """Deal with a message that is not an event of a channel."""
        match message:
            case EventsDropped(channel_id=channel, after=after):
                self._open([ChannelGap(channel_id=channel, after=after)])
            case Connected(guilds=guilds):
                self._gaps.connected(guilds)
                self._list_by_s = self._now_s + LISTING_S
            case ChannelsListed():
                see = SeeChannels(guild_id=message.guild_id, last_messages=message.last_messages)
                return self._wait(_Comparing(Execute((see,), is_retrying=True), message))
            case ChannelRead():
                return self._read(message)
            case ChannelGone(channel_id=channel):
                return self._forget(channel)
            case QuestionsRead(session=session):
                return [TellSupervisor(QuestionsReread(session=session))]
            case ReadsForgotten():
                self._reads.retry(math.inf)
            case _:
                raise TypeError(message)
        return []

    def _wait(self, waiting: _Accepting | _Comparing | _Sweeping) -> list[Effect]:
        self._waiting = waiting
        return [waiting.execute]

    def _answered(self, answers: Sequence[Any]) -> list[Effect]:
        """Storage has answered. Events that need not be held any more come before whatever waits in the inbox."""
        waiting, self._waiting = self._waiting, None
        effects: list[Effect] = []
        match waiting:
            case _Accepting(page=page):
                effects = self._acceptor.end(answers, self._now_s)
                if page is not None:
                    self._page_accepted(page)
            case _Comparing(listed=listed):
                self._open(answers[0])
                channels = tuple(channel for channel, _ in listed.last_messages)
                self._released += self._gaps.listed(listed.guild_id, channels)
            case _Sweeping():
                self._list_by_s = None
                self._open(answers[0])
                self._released += self._gaps.swept()
            case None:
                raise ValueError("storage was not asked for anything")
        released, self._released = self._released, []
        self._inbox[:0] = released
        return effects

    def _accept(self, events: Sequence[tuple[ChannelEvent, int]], page: ChannelRead | None = None) -> list[Effect]:
        verbs = self._acceptor.begin(events, missed=page is not None, time_s=self._time_s)
        if verbs:
            return self._wait(_Accepting(Execute(verbs), page))
        if page is not None:
            self._page_accepted(page)
        return []

    def _open(self, gaps: Iterable[ChannelGap]) -> None:
        """These channels have a gap: they are read from where it begins, whatever had been read of them."""
        for gap in gaps:
            self._gaps.add(gap.channel_id)
            self._reads.want(gap.channel_id, self._backlog.begin(gap.channel_id, gap.after))

    def _read(self, page: ChannelRead) -> list[Effect]:
        """A page came: keep it and read on, or have everything accepted that is kept of the channel."""
        if not self._reads.is_requested(page.channel_id, page.after):
            return []  # the channel has been, or is being, read from elsewhere
        read_on_after = self._backlog.add(page, self._time_s - self._missed_age_s)
        if read_on_after is None:
            return self._accept(self._backlog.kept(page.channel_id), page)
        self._reads.want(page.channel_id, read_on_after)
        return []

    def _page_accepted(self, page: ChannelRead) -> None:
        """Everything up to this page is accepted: read on where there is more, otherwise close the gap."""
        channel = page.channel_id
        self._backlog.accepted(channel, page.last)
        if not page.complete or self._gaps.take_must_reread(channel):
            self._reads.want(channel, page.last)
            return
        self._reads.forget(channel)
        self._backlog.close(channel)
        self._acceptor.see(channel, page.last)
        self._released += self._gaps.close(channel)

    def _forget(self, channel: ChannelId) -> list[Effect]:
        """A channel is gone: nobody can read what was missed there any more."""
        self._acceptor.seen.pop(channel, None)
        self._reads.forget(channel)
        self._backlog.close(channel)
        self._released += self._gaps.close(channel)
        return [Record(ForgetChannel(channel_id=channel), is_durable=True)]

    def _save_watermarks(self) -> list[Effect]:
        self._save_at_s = self._now_s + WATERMARKS_S
        seen = tuple((channel, last) for channel, last in self._acceptor.seen.items() if not self._gaps.has(channel))
        self._acceptor.seen.clear()
        return [Record(SaveWatermarks(seen=seen), is_durable=False)] if seen else []


def _leading_events(messages: Iterable[IntakeMessage]) -> list[ChannelEvent]:
    """The events of channels that come before any other message."""
    events: list[ChannelEvent] = []
    for message in messages:
        if not isinstance(message, ChannelEvent):
            break
        events.append(message)
    return events
