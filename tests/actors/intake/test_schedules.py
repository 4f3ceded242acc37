"""What must always hold of the intake, in hundreds of seeded orders of events, pages, failures, overflows and restarts."""

import random
from collections.abc import Iterable
from typing import Any, Final

import pytest

from actors.intake import catch_up, core
from actors.intake.core import PIECE, IntakeCore
from actors.intake.effects import (
    Arrived,
    CoreMessage,
    Draining,
    Effect,
    Execute,
    ReadNotTaken,
    Record,
    ReportNotAccepted,
    Started,
    StorageAnswered,
    TellCourier,
    TellSupervisor,
    Tick,
)
from actors.mailbox import Mailbox
from current import Fixed
from messages.courier import ReadChannel
from messages.ids import ChannelId, GuildId, MessageId, SessionId, TurnId, UserId
from messages.intake import (
    ChannelGone,
    ChannelRead,
    ChannelsListed,
    Connected,
    EventsDropped,
    IntakeMessage,
    MessageDeleted,
    MessageEdited,
    MessagePosted,
    QuestionsRead,
    ReadsForgotten,
)
from messages.supervisor import QuestionsReread, SessionHasWork
from messages.turn import OutcomePending
from messages.verbs.acceptance import Accepted, AcceptMessage, NotOurs
from messages.verbs.cancellations import EditQuestion, WithdrawQuestion
from messages.verbs.channels import ChannelGap, ForgetChannel, KnownChannels, SaveWatermarks, SeeChannel, SeeChannels
from storage.store import StorageError

SEEDS: Final = 300
SERVER: Final = GuildId(1)
LISTED: Final = (ChannelId(10), ChannelId(11), ChannelId(12))
DIRECT: Final = ChannelId(20)
CHANNELS: Final = (*LISTED, DIRECT)
PAGE: Final = 5


def posted(channel: ChannelId, message: MessageId) -> MessagePosted:
    return MessagePosted(
        message_id=message,
        channel_id=channel,
        guild_id=None if channel == DIRECT else SERVER,
        author_id=UserId(message % 3 + 1),
        author_name="Somebody",
        by_person=True,
        text="And?",
        mentions_bot=False,
        reply_to=None,
    )


class FragileCore(IntakeCore):
    """A step fails when it is told to, as one with a bug does."""

    fails = False

    def _next(self) -> list[Effect]:
        if self.fails and self._inbox:
            self.fails = False
            raise ZeroDivisionError
        return super()._next()


class World:
    """A Discord with four channels, rows, a courier and a core; everything takes its time, and much goes wrong."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.now_s = 0.0
        self.core = FragileCore(missed_age_s=Fixed(1e9), reads_per_s=Fixed(1000.0))
        self.mailbox: Mailbox[IntakeMessage] = Mailbox(capacity=6)
        self.last = 1000
        self.written: dict[ChannelId, list[MessageId]] = {channel: [] for channel in CHANNELS}
        self.deleted: set[MessageId] = set()
        self.is_linked = True
        self.storage_is_down = False
        self.execute: Execute | None = None
        self.accepted: list[MessageId] = []
        """In the order in which storage committed them, each once; a repeated one changes nothing."""
        self.refused: list[MessageId] = []
        self.withdrawn: set[MessageId] = set()
        self.watermark: dict[ChannelId, MessageId] = dict.fromkeys(CHANNELS, MessageId(1000))
        self.reads: list[ReadChannel] = []
        self.woken: set[MessageId] = set()
        self.receive(Started())
        self.link()

    # Discord

    def link(self) -> None:
        """A new gateway session: what was written before is told by no event."""
        self.is_linked = True
        self.mailbox.post_always(Connected(guilds=(SERVER,)))
        last = tuple((channel, MessageId(max((0, *self.written[channel])))) for channel in LISTED)
        self.mailbox.post_always(ChannelsListed(guild_id=SERVER, last_messages=last))

    def write(self) -> None:
        self.last += 1
        channel, message = self.random.choice(CHANNELS), MessageId(self.last)
        self.written[channel].append(message)
        self.tell(posted(channel, message))

    def delete(self) -> None:
        """An event that comes once: nothing read later says that there was this message."""
        channel = self.random.choice(CHANNELS)
        messages = [message for message in self.accepted if message in self.written[channel]]
        if messages and self.is_linked:
            deleted = MessageDeleted(message_id=self.random.choice(messages), channel_id=channel)
            assert self.mailbox.post(deleted, uses_reserve=True)
            self.deleted.add(deleted.message_id)

    def tell(self, event: MessagePosted) -> None:
        if self.is_linked and not self.mailbox.post(event):
            self.drop(event)

    def drop(self, event: MessagePosted) -> None:
        channel = event.channel_id
        dropped = EventsDropped(channel_id=channel, after=MessageId(event.message_id - 1))
        self.mailbox.post_always(dropped, conflation_key=("dropped", channel))

    # The courier

    def read(self) -> None:
        """A page is read; it may find no room, or nobody may have been asked for it any more."""
        if not self.reads:
            return
        request = self.reads.pop(self.random.randrange(len(self.reads)))
        newer = [message for message in self.written[request.channel_id] if message > request.after]
        page = newer[:PAGE]
        read = ChannelRead(
            channel_id=request.channel_id,
            after=request.after,
            messages=tuple(posted(request.channel_id, message) for message in page),
            last=page[-1] if page else request.after,
            complete=len(newer) <= PAGE,
            answered=tuple(message for message in page if message in self.refused),
        )
        if not self.mailbox.post(read):
            self.reads.append(request)

    def rebuild_courier(self) -> None:
        self.reads.clear()
        self.mailbox.post_always(ReadsForgotten())

    # The shell

    def receive(self, message: CoreMessage) -> None:
        try:
            effects = self.core.receive(message, self.now_s, self.now_s)
        except ZeroDivisionError:
            self.receive(Started())
            return
        executes = [effect for effect in effects if isinstance(effect, Execute)]
        assert len(executes) <= 1
        assert not executes or (effects[-1] is executes[0] and self.execute is None)
        for effect in effects:
            self.do(effect)

    def do(self, effect: Effect) -> None:
        match effect:
            case Execute():
                assert effect.verbs
                self.execute = effect
            case TellCourier(message=ReadChannel() as read):
                if self.random.random() < 0.1:
                    self.receive(ReadNotTaken(read))
                else:
                    self.reads = [known for known in self.reads if known.channel_id != read.channel_id]
                    self.reads.append(read)
            case TellCourier(message=OutcomePending() as refusal):
                assert not refusal.is_stored
                message = MessageId(int(refusal.turn))
                assert message not in self.refused + self.accepted, "a second outcome"
                self.refused.append(message)
            case TellSupervisor(message=SessionHasWork(session=session)):
                assert int(session) in self.accepted, "told before it was committed"
                self.woken.add(MessageId(int(session)))
            case Record(verb=SaveWatermarks(seen=seen)):
                for channel, message in seen:
                    self.watermark[channel] = max(self.watermark[channel], message)
            case Record(verb=ForgetChannel()) | ReportNotAccepted() | TellSupervisor():
                pass

    def answer(self) -> None:
        """Storage commits what it was handed, or cannot."""
        if self.execute is None:
            return
        execute = self.execute
        if self.storage_is_down:
            if not execute.is_retrying:
                self.execute = None
                self.receive(StorageAnswered(tuple(StorageError() for _ in execute.verbs)))
            return
        self.execute = None
        self.receive(StorageAnswered(tuple(self.commit(verb) for verb in execute.verbs)))

    def crash(self) -> None:
        """The shell crashes; what it was to execute it executes again, though storage may have committed it before."""
        execute, self.execute = self.execute, None
        was_committed = execute is not None and not self.storage_is_down and self.random.random() < 0.5
        if execute is not None and was_committed:
            for verb in execute.verbs:
                self.commit(verb)
        self.receive(Started())
        assert self.execute == execute or execute is None
        if was_committed:
            self.answer()

    def kill(self) -> None:
        """The process dies and is started again; the supervisor wakes what waits, and has its questions read again."""
        self.execute = None
        self.reads.clear()
        self.mailbox.take_all()
        self.woken |= set(self.accepted)
        self.withdrawn |= self.deleted
        self.core = FragileCore(missed_age_s=Fixed(1e9), reads_per_s=Fixed(1000.0))
        self.receive(Started())
        self.link()

    def hear(self) -> None:
        if self.execute is None:
            self.mailbox.take_overflow()
            self.receive(Arrived(tuple(self.mailbox.take_all())))

    def tick(self) -> None:
        at_s = self.core.tick_at_s()
        if self.execute is None and at_s is not None:
            self.now_s = max(self.now_s, at_s)
            self.receive(Tick())

    # Storage

    def commit(self, verb: Any) -> Any:
        match verb:
            case AcceptMessage(posted=message):
                return self.accept(message)
            case WithdrawQuestion(message_id=message_id):
                self.withdrawn.add(message_id)
                return None
            case EditQuestion():
                return None
            case SeeChannels(last_messages=last):
                return self.gaps(channel for channel, message in last if message > self.watermark[channel])
            case SeeChannel(channel_id=channel):
                return self.gaps([channel])
            case KnownChannels(except_for=listed):
                return self.gaps(set(CHANNELS) - set(listed))
        raise AssertionError(verb)

    def accept(self, message: MessagePosted) -> Accepted | NotOurs:
        number, channel = message.message_id, message.channel_id
        if number % 7 == 0:
            return NotOurs()
        if number not in self.accepted:
            earlier = [known for known in self.written[channel] if known < number and known % 7 != 0]
            missing = set(earlier) - set(self.accepted) - set(self.refused)
            assert not missing, f"{number} was accepted before {sorted(missing)}"
            self.accepted.append(number)
        self.watermark[channel] = max(self.watermark[channel], number)
        return Accepted(session=SessionId(number), turn=number)  # type: ignore[arg-type]

    def gaps(self, channels: Iterable[ChannelId]) -> tuple[ChannelGap, ...]:
        return tuple(ChannelGap(channel_id=channel, after=self.watermark[channel]) for channel in sorted(channels))

    # What happens

    def happen(self) -> None:
        self.now_s += self.random.random()
        deeds = (self.write, self.delete, self.read, self.answer, self.hear, self.tick)
        self.random.choices(deeds, (6, 1, 4, 4, 4, 1))[0]()
        chance = self.random.random()
        if chance < 0.01:
            self.is_linked = False
        elif chance < 0.03 and not self.is_linked:
            self.link()
        elif chance < 0.04:
            self.rebuild_courier()
        elif chance < 0.06:
            self.crash()
        elif chance < 0.07:
            self.receive(Draining())
        elif chance < 0.10:
            self.core.fails = True
        elif chance < 0.11:
            self.kill()
        elif chance < 0.14:
            self.storage_is_down = not self.storage_is_down

    def rest(self) -> None:
        """All that was broken works again, and nothing more is written."""
        self.core.fails = False
        self.storage_is_down = False
        self.link()
        for _ in range(2000):
            if self.execute is None and not self.reads and not len(self.mailbox) and self.core.tick_at_s() is None:
                return
            self.answer()
            self.read()
            self.hear()
            self.tick()
        raise AssertionError("it never rests")


@pytest.mark.parametrize("seed", range(SEEDS))
def test_each_message_has_one_outcome_and_a_channels_messages_keep_their_order(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`World.accept` asserts the order; here nothing is missing, and nothing that was refused is accepted as well."""
    overflows = seed % 2 == 1
    if overflows:
        monkeypatch.setattr(catch_up, "HELD_MAX", 3)
        monkeypatch.setattr(core, "PIECE", 2)
    world = World(seed)
    for _ in range(400):
        world.happen()
    world.rest()
    ours = {message for messages in world.written.values() for message in messages if message % 7 != 0}
    refused = {message for message in world.refused if message % 7 != 0}
    assert set(world.accepted) | refused == ours
    assert len(world.accepted) == len(set(world.accepted))
    assert world.woken == set(world.accepted), "somebody's wake-up was lost"
    assert world.deleted <= world.withdrawn, "a deletion was lost"


def test_a_refused_message_that_is_read_again_gets_no_second_outcome() -> None:
    core = IntakeCore(missed_age_s=Fixed(1e9), reads_per_s=Fixed(1000.0))
    message = posted(DIRECT, MessageId(5))
    (handed,) = core.receive(Arrived((message,)), 0.0, 0.0)
    assert isinstance(handed, Execute)
    report, refusal = core.receive(StorageAnswered((StorageError(),)), 0.1, 0.1)[:2]
    assert isinstance(report, ReportNotAccepted)
    assert isinstance(refusal, TellCourier)
    assert not core.receive(Arrived((message,)), 0.2, 0.2)


def test_a_deletion_that_storage_could_not_commit_is_handed_to_it_again_before_what_comes_later() -> None:
    """Discord tells of it once."""
    core = IntakeCore(missed_age_s=Fixed(1e9), reads_per_s=Fixed(1000.0))
    deleted = MessageDeleted(message_id=MessageId(5), channel_id=DIRECT)
    edited = MessageEdited(message_id=MessageId(6), channel_id=DIRECT, text="Or?", edited_s=1.0)
    core.receive(Arrived((deleted,)), 0.0, 0.0)
    core.receive(StorageAnswered((StorageError(),)), 0.0, 0.0)
    assert core.tick_at_s() == 1.0
    (handed,) = core.receive(Arrived((edited,)), 0.5, 0.5)
    assert isinstance(handed, Execute)
    assert [type(verb) for verb in handed.verbs] == [WithdrawQuestion, EditQuestion]
    core.receive(StorageAnswered((None, None)), 0.6, 0.6)
    assert core.tick_at_s() is None


def test_what_was_read_of_questions_is_stored_before_their_session_may_begin() -> None:
    core = IntakeCore(missed_age_s=Fixed(1e9), reads_per_s=Fixed(1000.0))
    edited = MessageEdited(message_id=MessageId(6), channel_id=DIRECT, text="Or?", edited_s=1.0)
    (handed,) = core.receive(Arrived((edited, QuestionsRead(session=SessionId(1)))), 0.0, 0.0)
    assert isinstance(handed, Execute)
    assert core.receive(StorageAnswered((None,)), 0.1, 0.1) == []
    assert core.tick_at_s() == 0.1
    assert core.receive(Tick(), 0.1, 0.1) == [TellSupervisor(QuestionsReread(session=SessionId(1)))]


def _accept_messages(effects: list[Effect]) -> list[int]:
    (handed,) = effects
    assert isinstance(handed, Execute)
    return [verb.posted.message_id for verb in handed.verbs if isinstance(verb, AcceptMessage)]


def test_the_first_of_many_messages_is_told_before_the_last_is_handed_to_storage() -> None:
    core = IntakeCore(missed_age_s=Fixed(1e9), reads_per_s=Fixed(1000.0))
    burst = tuple(posted(DIRECT, MessageId(number)) for number in range(1, 2 * PIECE))
    assert _accept_messages(core.receive(Arrived(burst), 0.0, 0.0)) == list(range(1, PIECE + 1))
    accepted = tuple(Accepted(session=SessionId(number), turn=TurnId(number)) for number in range(PIECE))
    told = core.receive(StorageAnswered(accepted), 0.0, 0.0)
    assert told == [TellSupervisor(SessionHasWork(session=SessionId(number))) for number in range(PIECE)]
    assert _accept_messages(core.receive(Tick(), 0.0, 0.0)) == list(range(PIECE + 1, 2 * PIECE))


def test_of_messages_that_come_together_the_oldest_is_accepted_first() -> None:
    """Discord promises no order, and a session's turns have that of their messages. What comes after them stays there."""
    core = IntakeCore(missed_age_s=Fixed(1e9), reads_per_s=Fixed(1000.0))
    five, six = posted(DIRECT, MessageId(5)), posted(DIRECT, MessageId(6))
    edited = MessageEdited(message_id=MessageId(5), channel_id=DIRECT, text="Or?", edited_s=1.0)
    core.receive(
        Arrived((six, five, edited, QuestionsRead(session=SessionId(1)), posted(DIRECT, MessageId(4)))), 0.0, 0.0
    )
    (handed,) = core.receive(Started(), 0.0, 0.0)
    assert isinstance(handed, Execute)
    assert handed.verbs == (
        AcceptMessage(posted=five, now_s=0.0),
        EditQuestion(message_id=MessageId(5), text="Or?"),
        AcceptMessage(posted=six, now_s=0.0),
    )


def test_a_message_that_came_live_while_its_channel_was_read_is_accepted_as_live() -> None:
    """How old it may be, and how many of its author's are answered, is limited for missed messages only."""
    core = IntakeCore(missed_age_s=Fixed(0.0), reads_per_s=Fixed(1000.0))
    missed, live = posted(DIRECT, MessageId(5)), posted(DIRECT, MessageId(8))
    core.receive(Arrived((EventsDropped(channel_id=DIRECT, after=MessageId(4)), live)), 0.0, 0.0)
    core.receive(Tick(), 0.0, 0.0)
    core.receive(Tick(), 0.0, 0.0)
    page = ChannelRead(channel_id=DIRECT, after=MessageId(4), messages=(missed, live), last=MessageId(8), complete=True)
    core.receive(Arrived((page,)), 0.0, 0.0)
    (handed,) = core.receive(Tick(), 0.0, 0.0)
    assert isinstance(handed, Execute)
    assert handed.verbs == (
        AcceptMessage(posted=missed, now_s=0.0, missed=True, newer_missed=0),
        AcceptMessage(posted=live, now_s=0.0),
    )


def test_who_writes_elsewhere_does_not_wait_until_all_missed_messages_are_accepted() -> None:
    """Missed and new messages take turns, a piece at a time."""
    core = IntakeCore(missed_age_s=Fixed(1e9), reads_per_s=Fixed(1000.0))
    missed = tuple(posted(DIRECT, MessageId(number)) for number in range(1, 2 * PIECE + 1))
    core.receive(Arrived((EventsDropped(channel_id=DIRECT, after=MessageId(0)),)), 0.0, 0.0)
    core.receive(Tick(), 0.0, 0.0)
    last = missed[-1].message_id
    page = ChannelRead(channel_id=DIRECT, after=MessageId(0), messages=missed, last=last, complete=True)
    assert core.receive(Arrived((page,)), 0.0, 0.0) == []
    assert _accept_messages(core.receive(Tick(), 0.0, 0.0)) == list(range(1, PIECE + 1))
    elsewhere = posted(LISTED[0], MessageId(9999))
    assert core.receive(Arrived((elsewhere,)), 0.0, 0.0) == []
    core.receive(StorageAnswered((NotOurs(),) * PIECE), 0.0, 0.0)
    assert _accept_messages(core.receive(Tick(), 0.0, 0.0)) == [9999]
    core.receive(StorageAnswered((NotOurs(),)), 0.0, 0.0)
    assert _accept_messages(core.receive(Tick(), 0.0, 0.0)) == list(range(PIECE + 1, 2 * PIECE + 1))


def test_a_channel_that_is_gone_is_not_waited_for() -> None:
    """Its events are accepted as they come, for nobody can read what was missed there."""
    core = IntakeCore(missed_age_s=Fixed(1e9), reads_per_s=Fixed(1000.0))
    core.receive(Arrived((EventsDropped(channel_id=DIRECT, after=MessageId(4)),)), 0.0, 0.0)
    assert core.receive(Arrived((posted(DIRECT, MessageId(6)),)), 0.1, 0.1) == []
    gone = core.receive(Arrived((ChannelGone(channel_id=DIRECT),)), 0.2, 0.2)
    assert gone == [Record(ForgetChannel(channel_id=DIRECT), is_durable=True)]
    (handed,) = core.receive(Tick(), 0.2, 0.2)
    assert isinstance(handed, Execute)
    assert [verb.posted.message_id for verb in handed.verbs if isinstance(verb, AcceptMessage)] == [6]


def test_what_the_courier_has_forgotten_is_requested_again_at_once() -> None:
    core = IntakeCore(missed_age_s=Fixed(1e9), reads_per_s=Fixed(1000.0))
    dropped = EventsDropped(channel_id=DIRECT, after=MessageId(4))
    request = TellCourier(ReadChannel(channel_id=DIRECT, after=MessageId(4)))
    assert core.receive(Arrived((dropped,)), 0.0, 0.0) == []
    assert core.receive(Tick(), 0.0, 0.0) == [request]
    assert core.receive(Arrived((ReadsForgotten(),)), 1.0, 1.0) == []
    assert core.receive(Tick(), 1.0, 1.0) == [request]


def test_a_full_courier_is_asked_again_a_second_later() -> None:
    core = IntakeCore(missed_age_s=Fixed(1e9), reads_per_s=Fixed(1000.0))
    core.receive(Arrived((EventsDropped(channel_id=DIRECT, after=MessageId(4)),)), 0.0, 0.0)
    (request,) = core.receive(Tick(), 0.0, 0.0)
    assert isinstance(request, TellCourier)
    assert isinstance(request.message, ReadChannel)
    assert core.receive(ReadNotTaken(request.message), 0.0, 0.0) == []
    assert core.tick_at_s() == 1.0
    assert core.receive(Tick(), 1.0, 1.0) == [request]


def test_the_watermark_of_a_channel_with_a_gap_does_not_jump_over_it() -> None:
    """Message 6 was heard, 5 found no room: should the process die now, 5 is found by reading after 4."""
    core = IntakeCore(missed_age_s=Fixed(1e9), reads_per_s=Fixed(1000.0))
    core.receive(Tick(), 0.0, 0.0)
    core.receive(Arrived((posted(DIRECT, MessageId(6)),)), 0.0, 0.0)
    core.receive(StorageAnswered((NotOurs(),)), 0.0, 0.0)
    core.receive(Arrived((EventsDropped(channel_id=DIRECT, after=MessageId(4)),)), 0.0, 0.0)
    assert core.receive(Draining(), 0.0, 0.0) == []
