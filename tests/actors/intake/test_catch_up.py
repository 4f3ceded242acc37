"""Which channels may have missed something, and what waits until they have been read again."""

import math

from msgspec.structs import replace

from actors.intake.catch_up import CHANGES_MAX, HELD_MAX, CatchUp
from actors.intake.effects import Effect, Execute, Record, TellCourier
from messages.courier import ReadChannel
from messages.ids import ChannelId, GuildId, MessageId, UserId
from messages.intake import (
    ChannelEvent,
    ChannelRead,
    ChannelsListed,
    Connected,
    EventsDropped,
    IntakeMessage,
    MessageDeleted,
    MessageEdited,
    MessagePosted,
    ServerLeft,
)
from messages.verbs.channels import ChannelGap, ForgetServer, KnownChannels

SERVER, BUSY = GuildId(1), ChannelId(2)


def posted(message: int) -> MessagePosted:
    return MessagePosted(
        message_id=MessageId(message),
        channel_id=BUSY,
        guild_id=SERVER,
        author_id=UserId(3),
        author_name="Somebody",
        by_person=True,
        text="And?",
        mentions_bot=False,
        reply_to=None,
    )


def deleted(message: int) -> MessageDeleted:
    return MessageDeleted(message_id=MessageId(message), channel_id=BUSY)


class Scene:
    """What the core does with the part that catches up."""

    def __init__(self) -> None:
        self.catch_up = CatchUp(missed_age_s=1e9, reads_per_s=math.inf)

    def hear(self, message: IntakeMessage) -> list[Effect]:
        return self.catch_up.hear(message, 0.0, 0.0)

    def drop(self, after: int) -> None:
        self.hear(EventsDropped(channel_id=BUSY, after=MessageId(after)))

    def list_server(self, *gaps: ChannelGap) -> list[ChannelEvent]:
        self.hear(ChannelsListed(guild_id=SERVER, last_messages=((BUSY, MessageId(1)),)))
        self.catch_up.answered([gaps])
        return self.catch_up.take_released()

    def look_up(self, *gaps: ChannelGap) -> None:
        """Have the channels looked up that no server lists."""
        (execute,) = self.catch_up.due(0.0)
        assert isinstance(execute, Execute)
        self.catch_up.answered([gaps])

    def hold(self, *events: ChannelEvent) -> None:
        for event in events:
            assert self.catch_up.hold(event)

    def requests(self) -> list[int]:
        """Which messages the channel is to be read after; no channel is found that no server lists."""
        due = self.catch_up.due(0.0)
        if any(isinstance(effect, Execute) for effect in due):
            self.catch_up.answered([()])
            due = self.catch_up.due(0.0)
        return [
            effect.message.after
            for effect in due
            if isinstance(effect, TellCourier) and isinstance(effect.message, ReadChannel)
        ]

    def read(self, *messages: int, after: int) -> None:
        page = tuple(map(posted, messages))
        last = MessageId(max(messages, default=after))
        self.hear(ChannelRead(channel_id=BUSY, after=MessageId(after), messages=page, last=last, complete=True))

    def accept(self) -> tuple[list[int], tuple[ChannelId, MessageId] | None]:
        taken: list[int] = [message.message_id for message, _ in self.catch_up.take_missed(1000)]
        return taken, self.catch_up.missed_accepted()


def test_a_channel_whose_held_events_overflowed_before_it_was_listed_is_read() -> None:
    """From before the first of it: nothing else would say that it has a gap, and it would be held for ever."""
    scene = Scene()
    scene.hear(Connected(guilds=(SERVER,)))
    scene.hold(*(posted(100 + number) for number in range(HELD_MAX + 1)))
    assert not scene.list_server()
    assert scene.requests() == [99]


def test_a_channel_whose_held_events_overflowed_while_it_was_read_is_read_on() -> None:
    """What was dropped may be newer than the page that was under way then."""
    scene = Scene()
    scene.drop(after=4)
    assert scene.requests() == [4]
    scene.hold(*(posted(100 + number) for number in range(HELD_MAX + 1)))
    scene.read(5, 6, after=4)
    assert scene.accept() == ([5, 6], None)
    assert scene.requests() == [6]
    scene.read(100, after=6)
    assert scene.accept() == ([100], (BUSY, 100))
    assert scene.catch_up.is_over()


def test_a_channel_that_overflows_twice_is_read_again_from_the_first_time_on() -> None:
    """More than twice as many events as are held, before Discord has listed the channel."""
    scene = Scene()
    scene.hear(Connected(guilds=(SERVER,)))
    scene.hold(*(posted(number) for number in range(1, 2 * HELD_MAX + 100)))
    scene.list_server()
    assert scene.requests() == [0]


def test_edits_and_deletions_outlive_an_overflow() -> None:
    """Reading the channel finds new messages again, but does not say what was deleted; of an edit the newest counts."""
    scene = Scene()
    scene.drop(after=4)
    scene.requests()
    edits = [
        MessageEdited(message_id=MessageId(3), channel_id=BUSY, text=text, edited_s=1.0) for text in ("Or?", "And?")
    ]
    scene.hold(deleted(2), *edits, *(posted(100 + number) for number in range(HELD_MAX - 2)))
    scene.read(5, after=4)
    scene.accept()
    scene.requests()
    scene.read(after=5)
    scene.accept()
    assert scene.catch_up.take_released() == [deleted(2), edits[1]]


def test_what_outlives_an_overflow_is_bounded() -> None:
    scene = Scene()
    scene.drop(after=4)
    scene.hold(*(deleted(number) for number in range(10 * HELD_MAX)))
    scene.requests()
    scene.read(after=4)
    scene.accept()
    scene.requests()
    scene.read(after=4)
    scene.accept()
    assert CHANGES_MAX <= len(scene.catch_up.take_released()) <= HELD_MAX


def test_what_came_live_while_its_channel_was_being_read_was_not_missed() -> None:
    """It is accepted in its place, as its event said it, and does not count among its author's missed messages."""
    scene = Scene()
    scene.drop(after=4)
    scene.requests()
    live = replace(posted(6), text="Live")
    scene.hold(live)
    scene.read(5, 6, 7, after=4)
    assert scene.catch_up.take_missed(1000) == [(posted(5), 1), (live, None), (posted(7), 0)]


def test_channels_whose_missed_messages_are_accepted_take_turns() -> None:
    """Somebody whose channel missed one message does not wait for a channel that missed thousands."""
    scene, quiet = Scene(), ChannelId(7)
    scene.drop(after=0)
    scene.hear(EventsDropped(channel_id=quiet, after=MessageId(0)))
    scene.requests()
    scene.read(1, 2, 3, 4, after=0)
    page = (replace(posted(5), channel_id=quiet),)
    scene.hear(ChannelRead(channel_id=quiet, after=MessageId(0), messages=page, last=MessageId(5), complete=True))
    taken = []
    while scene.catch_up.has_missed():
        taken += [message.message_id for message, _ in scene.catch_up.take_missed(2)]
        scene.catch_up.missed_accepted()
    assert taken == [1, 2, 5, 3, 4]


def test_a_channel_that_is_being_read_when_a_new_gateway_session_begins_is_read_on() -> None:
    """The page that is under way may be older than what nobody heard of. What was read stays."""
    scene = Scene()
    scene.drop(after=4)
    assert scene.requests() == [4]
    scene.hear(Connected(guilds=()))
    scene.look_up(ChannelGap(channel_id=BUSY, after=MessageId(4)))
    scene.read(5, 6, after=4)
    assert scene.accept() == ([5, 6], None)
    assert scene.requests() == [6]


def test_a_channel_that_is_read_from_too_late_on_is_read_again_from_its_watermark() -> None:
    """A message found no room before anybody knew that more had been missed before it."""
    scene = Scene()
    scene.drop(after=8)
    assert scene.requests() == [8]
    scene.hear(Connected(guilds=()))
    scene.look_up(ChannelGap(channel_id=BUSY, after=MessageId(4)))
    assert scene.requests() == [4]


def test_a_server_that_the_bot_leaves_while_it_catches_up_is_left_out() -> None:
    scene = Scene()
    scene.hear(Connected(guilds=(SERVER,)))
    assert scene.hear(ServerLeft(guild_id=SERVER)) == [Record(ForgetServer(guild_id=SERVER), is_durable=True)]
    assert scene.catch_up.due(0.0) == [Execute((KnownChannels(except_for=(), guilds=()),), is_retrying=True)]
