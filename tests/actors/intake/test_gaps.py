"""Which channels may have missed something, and what waits until they have been read again."""

from actors.intake.gaps import HELD_MAX, Gaps
from messages.ids import ChannelId, GuildId, MessageId
from messages.intake import MessageDeleted

SERVER, BUSY = GuildId(1), ChannelId(2)


def _fill(gaps: Gaps) -> None:
    for number in range(HELD_MAX + 1):
        assert gaps.hold(MessageDeleted(message_id=MessageId(100 + number), channel_id=BUSY))


def test_a_channel_whose_held_events_overflowed_before_it_was_listed_is_read() -> None:
    """From before the first of it: nothing else would say that it has a gap, and it would be held for ever."""
    gaps = Gaps()
    gaps.connected((SERVER,))
    _fill(gaps)
    assert gaps.take_overflowed() == {BUSY: 99}
    assert not gaps.take_overflowed()
    assert not gaps.listed(SERVER, (BUSY,))
    assert not gaps.hold(MessageDeleted(message_id=MessageId(5000), channel_id=BUSY))


def test_a_channel_whose_held_events_overflowed_while_it_was_read_is_read_once_more() -> None:
    gaps = Gaps()
    gaps.add(BUSY)
    _fill(gaps)
    assert not gaps.take_overflowed()
    assert gaps.take_must_reread(BUSY)
    assert not gaps.take_must_reread(BUSY)
    assert not gaps.close(BUSY)


def test_a_channel_that_overflows_twice_is_read_again_from_the_first_time_on() -> None:
    """More than twice as many events as are held, before Discord has listed the channel."""
    gaps = Gaps()
    gaps.connected((SERVER,))
    for number in range(1, 2 * HELD_MAX + 100):
        assert gaps.hold(MessageDeleted(message_id=MessageId(number), channel_id=BUSY))
    assert gaps.take_overflowed() == {BUSY: 0}
