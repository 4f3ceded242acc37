"""Looking for missed messages takes a share of Discord's budget, and nobody who writes now waits for it."""

from typing import Final

from msgspec.structs import replace

from actors.intake.catch_up import CatchUp
from actors.intake.effects import Effect, Execute, TellCourier
from messages.courier import ReadChannel
from messages.ids import ChannelId, GuildId, MessageId
from messages.intake import ChannelRead, ChannelsListed, Connected, MessagePosted
from messages.verbs.channels import ChannelGap, KnownChannels, SeeChannel
from tests.actors.intake.test_catch_up import posted

SERVER: Final = GuildId(1)
READS_PER_S: Final = 16
REMEMBERED: Final = 5000
FIRST_CHANNEL: Final = 10_000


def direct(channel: ChannelId, message: int) -> MessagePosted:
    return replace(posted(message), channel_id=channel, guild_id=None)


class Scene:
    """A new gateway session, and remembered direct messages; the one with the highest id was spoken in last."""

    def __init__(self, remembered: int = REMEMBERED) -> None:
        self.now_s = 0.0
        self.catch_up = CatchUp(missed_age_s=1e9, reads_per_s=READS_PER_S)
        self.channels = [ChannelId(FIRST_CHANNEL + number) for number in range(remembered)]
        self.catch_up.hear(Connected(guilds=(SERVER,)), 0.0, 0.0)

    def gap(self, channel: ChannelId) -> ChannelGap:
        return ChannelGap(channel_id=channel, after=MessageId(channel))

    def list_server(self, *gaps: ChannelGap) -> None:
        self.catch_up.hear(ChannelsListed(guild_id=SERVER, last_messages=()), 0.0, 0.0)
        self.catch_up.answered([gaps])

    def look_up_the_rest(self) -> None:
        (execute,) = self.due()
        assert isinstance(execute, Execute)
        assert isinstance(execute.verbs[0], KnownChannels)
        self.catch_up.answered([[self.gap(channel) for channel in self.channels]])

    def due(self) -> list[Effect]:
        return self.catch_up.due(self.now_s)

    def requests(self) -> list[ChannelId]:
        messages = [effect.message for effect in self.due() if isinstance(effect, TellCourier)]
        return [message.channel_id for message in messages if isinstance(message, ReadChannel)]

    def requests_until(self, until_s: float) -> list[ChannelId]:
        """Everything that is requested; each page comes at once and is empty."""
        requested = []
        while self.now_s <= until_s:
            for channel in self.requests():
                requested.append(channel)
                self.come(channel)
            at_s = self.catch_up.tick_at_s(self.now_s)
            if at_s is None:
                break
            self.now_s = max(at_s, self.now_s + 1e-9)
        return requested

    def come(self, channel: ChannelId) -> None:
        after = MessageId(channel)
        page = ChannelRead(channel_id=channel, after=after, messages=(), last=after, complete=True)
        self.catch_up.hear(page, self.now_s, self.now_s)
        self.catch_up.take_missed(32)
        assert self.catch_up.missed_accepted() == (channel, after)


def test_thousands_of_remembered_direct_messages_are_read_at_a_share_of_the_budget_newest_first() -> None:
    scene = Scene()
    scene.list_server()
    scene.look_up_the_rest()
    requested = scene.requests_until(10.0)
    assert abs(len(requested) - 10 * READS_PER_S) <= 1
    assert requested == scene.channels[::-1][: len(requested)]
    everything = requested + scene.requests_until(1000.0)
    assert sorted(everything) == scene.channels
    assert scene.catch_up.is_over()


def test_what_is_known_to_have_missed_something_is_read_before_what_may_have() -> None:
    scene, certain = Scene(), ChannelId(5)
    scene.list_server(scene.gap(certain))
    scene.look_up_the_rest()
    assert scene.requests() == [certain]


def test_who_writes_directly_has_their_channel_read_next_whatever_the_pace() -> None:
    """And after it, the others are read at their pace as before."""
    scene = Scene()
    scene.list_server()
    scene.look_up_the_rest()
    oldest, newest = scene.channels[0], scene.channels[-1]
    assert scene.requests() == [newest]
    assert scene.requests() == []
    assert scene.catch_up.hold(direct(oldest, 99_999))
    assert scene.catch_up.tick_at_s(0.0) <= 0.0  # type: ignore[operator]
    assert scene.requests() == [oldest]
    scene.come(oldest)
    assert [event.message_id for event in scene.catch_up.take_released()] == [99_999]


def test_who_writes_directly_does_not_wait_until_all_servers_are_listed() -> None:
    """Their channel alone is looked up; a channel that is not remembered has missed nothing."""
    scene = Scene()
    known, unknown = scene.channels[0], ChannelId(7)
    for channel, gaps in ((known, [scene.gap(known)]), (unknown, [])):
        assert scene.catch_up.hold(direct(channel, 99_999))
        assert scene.due() == [Execute((SeeChannel(channel_id=channel),), is_retrying=True)]
        scene.catch_up.answered([gaps])
    assert [event.channel_id for event in scene.catch_up.take_released()] == [unknown]
    assert scene.requests() == [known]


def test_a_courier_that_is_held_up_is_not_handed_more_and_more_requests() -> None:
    """A page that does not come is requested again after a minute."""
    scene = Scene()
    scene.list_server()
    scene.look_up_the_rest()
    requested: list[ChannelId] = []
    while scene.now_s < 59.0:
        requested += scene.requests()
        scene.now_s += 0.1
    assert len(requested) == 32
