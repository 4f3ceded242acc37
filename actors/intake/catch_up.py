"""What an absence leaves to do: channels that may have missed messages are read; their live events wait meanwhile. Pure.

A channel's missed messages are accepted before its live ones: while a channel has a gap, its live events are held here.
A message that is held, and found by reading as well, was not missed: the limits for missed messages do not concern it.
After a new gateway session was opened, every channel may have a gap until Discord has listed it:

    Connected ──each server──▶ ChannelsListed: compared with the watermarks ──all, or too late──▶ the rest looked up ──▶ over

Where storage is needed, an effect is an `Execute`, and `answered` hears its answers.
"""

from collections.abc import Sequence
from typing import Any, Final

from actors.intake.backlog import Backlog, Missed
from actors.intake.effects import Effect, Execute, Record, TellCourier
from messages.ids import ChannelId, GuildId, MessageId
from messages.intake import (
    ChannelEvent,
    ChannelGone,
    ChannelRead,
    ChannelsListed,
    Connected,
    EventsDropped,
    IntakeMessage,
    MessagePosted,
    ReadsForgotten,
    ServerLeft,
)
from messages.verbs.channels import (
    ChannelGap,
    ForgetChannel,
    ForgetServer,
    KnownChannels,
    SeeChannel,
    SeeChannels,
)

LISTING_S: Final = 10.0
"""A server that Discord has not listed by then is down; direct messages do not wait for it any longer."""

HELD_MAX: Final = 1000
"""Events of one channel that are held while it is read. When more come, the new messages among them are dropped, for
reading the channel finds them again."""

CHANGES_MAX: Final = 500
"""Edits and deletions that are still held then, the newest of each message. Discord tells of each only once."""


class CatchUp:
    """The channels with a gap, and the events that are held for them."""

    def __init__(self, *, missed_age_s: float, reads_per_s: float) -> None:
        """`missed_age_s`: missed messages that are older are not answered. `reads_per_s`: see `Backlog`."""
        self._missed_age_s = missed_age_s
        self.gaps: set[ChannelId] = set()
        self.backlog = Backlog(reads_per_s=reads_per_s)
        self._accepting: ChannelId | None = None
        """The channel whose missed messages storage was handed last."""
        self._must_read_on: set[ChannelId] = set()
        self._held: dict[ChannelId, list[ChannelEvent]] = {}
        self._released: list[ChannelEvent] = []
        self._comparing: ChannelsListed | ChannelId | None = None
        """What storage compares with the watermarks; None while it looks up the rest."""
        self._waited_for: dict[ChannelId, None] = {}
        """Direct messages in which somebody writes before it is known whether something was missed there."""
        self._listed: set[ChannelId] = set()
        self._guilds: set[GuildId] = set()
        self._unlisted_guilds: set[GuildId] = set()
        self._list_by_s: float | None = None

    def is_over(self) -> bool:
        """Whether nothing is left to do: no channel has, or may have, a gap."""
        return self._list_by_s is None and not self.gaps

    def hear(self, message: IntakeMessage, now_s: float, time_s: float) -> list[Effect]:
        """Say what is to be done about a message that is not an event of a channel."""
        match message:
            case EventsDropped(channel_id=channel, after=after):
                self._open([ChannelGap(channel_id=channel, after=after)])
            case Connected(guilds=guilds):
                self._list_by_s = now_s + LISTING_S
                self._guilds, self._unlisted_guilds = set(guilds), set(guilds)
                self._listed.clear()
            case ChannelsListed():
                self._comparing = message
                see = SeeChannels(
                    guild_id=message.guild_id,
                    last_messages=message.last_messages,
                    begun=message.begun,
                    locale=message.locale,
                )
                return [Execute((see,), is_retrying=True)]
            case ChannelRead():
                held = self._held.get(message.channel_id, ())
                live = {event.message_id: event for event in held if isinstance(event, MessagePosted)}
                self.backlog.add(message, time_s - self._missed_age_s, live)
            case ServerLeft(guild_id=guild):
                self._guilds.discard(guild)
                self._unlisted_guilds.discard(guild)
                return [Record(ForgetServer(guild_id=guild), is_durable=True)]
            case ChannelGone(channel_id=channel):
                self._close(channel)
                return [Record(ForgetChannel(channel_id=channel), is_durable=True)]
            case ReadsForgotten():
                self.backlog.request_again()
        return []

    def tick_at_s(self, now_s: float) -> float | None:
        """When there is something to do (monotonic seconds); None when only a message changes anything."""
        if self.has_missed() or self._is_listed(now_s) or self._waited_for:
            return now_s
        moments = [moment for moment in (self.backlog.tick_at_s(), self._list_by_s) if moment is not None]
        return min(moments, default=None)

    def due(self, now_s: float) -> list[Effect]:
        """Say what is to be done now that no message waits."""
        if self._waited_for:
            self._comparing = channel = next(iter(self._waited_for))
            return [Execute((SeeChannel(channel_id=channel),), is_retrying=True)]
        if self._is_listed(now_s):
            known = KnownChannels(except_for=tuple(sorted(self._listed)), guilds=tuple(sorted(self._guilds)))
            return [Execute((known,), is_retrying=True)]
        return [TellCourier(read) for read in self.backlog.take_requests(now_s)]

    def _is_listed(self, now_s: float) -> bool:
        """Whether every server of a new gateway session is listed, or too late, so that direct messages are next."""
        return self._list_by_s is not None and (not self._unlisted_guilds or now_s >= self._list_by_s)

    def answered(self, answers: Sequence[Any]) -> None:
        """Storage has said which channels have a gap: of a server that was listed, of one channel, or of all the rest.

        In the end only channels with a gap hold their events.
        """
        compared, self._comparing = self._comparing, None
        self._open(answers[0], is_guess=not isinstance(compared, ChannelsListed))
        if compared is None:
            self._list_by_s = None
            channels = list(self._held)
        elif isinstance(compared, ChannelsListed):
            self._unlisted_guilds.discard(compared.guild_id)
            self._guilds.add(compared.guild_id)
            channels = [channel for channel, _ in compared.last_messages]
        else:
            del self._waited_for[compared]
            channels = [compared]
        self._listed.update(channels)
        self._release([channel for channel in channels if channel not in self.gaps])

    # Channels with a gap.

    def has_missed(self) -> bool:
        """Whether missed messages are to be accepted."""
        return bool(self.backlog.complete)

    def take_missed(self, size: int) -> Missed:
        """Return the next messages of a gap that are to be accepted, at most so many."""
        self._accepting, piece = self.backlog.take_piece(size)
        return piece

    def missed_accepted(self) -> tuple[ChannelId, MessageId] | None:
        """What was taken is accepted. Return the channel whose gap is closed with it, if one is, and its last message."""
        channel, self._accepting = self._accepting, None
        page = None if channel is None else self.backlog.end_of_accepted(channel)
        if channel is None or page is None:
            return None
        if not page.complete or channel in self._must_read_on:
            self._must_read_on.discard(channel)
            self.backlog.read_on(channel, page.last)
            return None
        self._close(channel)
        return channel, page.last

    def _open(self, gaps: Sequence[ChannelGap], *, is_guess: bool = False) -> None:
        """These channels have a gap, or may have one: they are read from where it begins, whatever had been read of them."""
        for gap in gaps:
            if is_guess and self.backlog.covers(gap.channel_id, gap.after):
                self._must_read_on.add(gap.channel_id)
                continue
            self.gaps.add(gap.channel_id)
            self.backlog.begin(gap.channel_id, gap.after, is_guess=is_guess)
            if gap.channel_id in self._held:
                self.backlog.hurry(gap.channel_id)

    def _close(self, channel: ChannelId) -> None:
        self.backlog.forget(channel)
        self.gaps.discard(channel)
        self._must_read_on.discard(channel)
        self._release([channel])

    # Live events.

    def hold(self, event: ChannelEvent) -> bool:
        """Keep a live event for later if its channel may have missed something before it; return whether it was kept."""
        channel = event.channel_id
        if channel not in self.gaps and (self._list_by_s is None or channel in self._listed):
            return False
        if isinstance(event, MessagePosted):
            self._somebody_waits(event)
        held = self._held.setdefault(channel, [])
        held.append(event)
        if len(held) > HELD_MAX:
            self._drop_posted(channel, held)
        return True

    def _somebody_waits(self, posted: MessagePosted) -> None:
        """Nobody who writes now is held longer than reading their own channel takes."""
        if posted.channel_id in self.gaps:
            self.backlog.hurry(posted.channel_id)
        elif posted.guild_id is None:
            self._waited_for[posted.channel_id] = None

    def _drop_posted(self, channel: ChannelId, held: list[ChannelEvent]) -> None:
        """Drop the new messages that are held for a channel, and have them read instead."""
        posted = [event.message_id for event in held if isinstance(event, MessagePosted)]
        if channel in self.gaps:
            self._must_read_on.add(channel)
        elif posted:
            self._open([ChannelGap(channel_id=channel, after=MessageId(min(posted) - 1))])
        changes = {event.message_id: event for event in held if not isinstance(event, MessagePosted)}
        held[:] = list(changes.values())[-CHANGES_MAX:]

    def take_released(self) -> list[ChannelEvent]:
        """Return the events that need not be held any more, in order."""
        released, self._released = self._released, []
        return released

    def _release(self, channels: Sequence[ChannelId]) -> None:
        for channel in channels:
            self._released += self._held.pop(channel, ())
