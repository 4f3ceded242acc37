"""Seeded orders of everything that the courier's core can hear: refusals, limits, kills, redelivery, overflow, reads, notes."""

from collections import deque
from collections.abc import Iterator
from typing import Final

import msgspec
import pytest

from actors.courier import machine
from actors.courier.answer_view import PartWanted
from actors.courier.core import CourierCore
from actors.courier.effects import (
    CoreMessage,
    Effect,
    Enqueue,
    LoadNotes,
    LoadOutcomes,
    LoadParts,
    NotesLoaded,
    NoteTold,
    OutcomesLoaded,
    Overflowed,
    PartsLoaded,
    PostToIntake,
    RequestEnded,
    Started,
    Tick,
    Undelivered,
)
from actors.courier.global_limit import GlobalLimit
from actors.courier.lost_requests import UPLOADS_MAX
from actors.courier.machine import UnexpectedEventError, step
from actors.courier.requests import (
    DeletePart,
    EditPart,
    PostPart,
    React,
    ReadQuestion,
    Sendable,
    TellPrivately,
    Unreact,
    nonce_of_part,
    partition_of,
)
from actors.courier.route_limits import RouteLimits
from discord_api.error_codes import NO_REACTIONS
from discord_api.results import Done, Impossible, Limited, Result, Unknown
from messages.answer import Answer
from messages.courier import ReadChannel, ReadQuestions
from messages.files import File
from messages.ids import ChannelId, MessageId, SessionId, TurnId, UserId
from messages.intake import ChannelGone, ChannelRead, QuestionsRead
from messages.turn import OutcomePending, Place
from messages.verbs.notes import KeepNote, PendingNote
from tests.actors.courier.test_schedules import TEXT as LONG_TEXT
from tests.actors.courier.test_schedules import World, looks, tell
from texts.say import DEFAULT_LOCALE, say

TEXT_REFUSED: Final = say("text_refused", DEFAULT_LOCALE)
FILES_REFUSED: Final = say("files_refused", DEFAULT_LOCALE)
TEXT_OF_TWO: Final = LONG_TEXT[:3000].strip()
"""An answer of two parts."""
STUCK: Final = 30046
DELETED: Final = 10008
TEXT: Final = 50035
CLOSED: Final = 50001
BLOCKED: Final = 90001
GONE_CHANNEL: Final = ChannelId(900)


class Chaos(World):
    """A world in which everything that may happen to the courier happens."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed, turns=8, channels=4, sessions=3)
        self.limits = GlobalLimit(), RouteLimits()
        self.core = CourierCore(global_limit=self.limits[0], route_limits=self.limits[1])
        self.late: list[tuple[float, CoreMessage]] = []
        """What storage will answer, and when."""
        self.undelivered: dict[TurnId, int] = {}
        self.spoilt: set[TurnId] = set()
        """The turns of which Discord refused something for good."""
        self.sentences: set[TurnId] = set()
        """The turns of which Discord refused a text."""
        self.stuck: set[MessageId] = set()
        self.markless: set[ChannelId] = set()
        """Where Discord allowed no reactions at some time."""
        self.pause_until_s: dict[object, float] = {}
        self.notes: dict[int, PendingNote] = {}
        self.told: list[int] = []
        self.kept: list[int] = []
        self.reread: list[SessionId] = []
        self.asked_to_reread = 0
        self.gone: list[ChannelId] = []
        self.read_up: list[ChannelId] = []

    def hear(self, message: CoreMessage) -> None:
        """Remember for how long Discord wants a pause, from when the core knows it."""
        if isinstance(message, RequestEnded) and isinstance(message.result, Limited):
            request, result = message.request, message.result
            key = None if result.everywhere else (partition_of(request), type(request))
            until_s = self.now_s + result.retry_after_s
            self.pause_until_s[key] = max(until_s, self.pause_until_s.get(key, 0.0))
        super().hear(message)

    # What the core wants done

    def do(self, effect: Effect) -> None:
        match effect:
            case LoadParts(turn=turn):
                self.late.append((self.now_s + self.random.random(), PartsLoaded(turn, self.known(turn))))
            case LoadOutcomes(after=after, limit=limit, session=session):
                owed = [turn for turn in self.owed() if turn > after and session in (None, self.session(turn))][:limit]
                loaded = OutcomesLoaded(effect, tuple(self.outcome(turn, search=True) for turn in owed))
                self.late.append((self.now_s + self.random.random(), loaded))
            case LoadNotes():
                self.late.append((self.now_s + self.random.random(), NotesLoaded(tuple(self.notes.values()))))
            case Undelivered(turn=turn, code=code):
                assert turn not in self.undelivered
                assert turn in self.spoilt
                self.undelivered[turn] = code
                self.delivered.append(turn)
            case NoteTold(note=note):
                self.told.append(note)
                self.notes.pop(note, None)
            case Enqueue(verb=KeepNote(note=note)):
                self.kept.append(note)
                self.notes.pop(note, None)
            case PostToIntake(message=QuestionsRead(session=session)):
                self.reread.append(session)
            case PostToIntake(message=ChannelGone(channel_id=channel)):
                self.gone.append(channel)
            case PostToIntake(message=ChannelRead(channel_id=channel, complete=True)):
                self.read_up.append(channel)
            case _:
                super().do(effect)

    def owed(self) -> list[TurnId]:
        return [turn for turn in self.turns if turn in self.ended and turn not in self.delivered]

    # What happens

    def step(self) -> None:
        super().step()
        chance = self.random.random()
        if chance < 0.03:
            self.hear(Overflowed())
        elif chance < 0.06 and self.owed():
            self.hear(self.outcome(self.random.choice(self.owed()), search=self.random.random() < 0.5))
        elif chance < 0.09:
            self.crash()
        elif chance < 0.12:
            number = len(self.notes) + len(self.told) + len(self.kept) + 1
            self.notes[number] = PendingNote(note=number, person=UserId(number % 3), reason="wrong_key")
            self.do(LoadNotes())
        elif chance < 0.15:
            channel = GONE_CHANNEL if self.random.random() < 0.3 else ChannelId(self.random.randrange(4))
            self.hear(ReadChannel(channel_id=channel, after=MessageId(1)))
        elif chance < 0.17 and len(self.reread) == self.asked_to_reread:
            self.asked_to_reread += 1
            questions = tuple((ChannelId(number % 4), MessageId(number)) for number in range(3))
            self.hear(ReadQuestions(session=SessionId(7), questions=questions))

    def advance(self, by_s: float) -> None:
        super().advance(by_s)
        over = [message for at_s, message in self.late if at_s <= self.now_s]
        self.late = [(at_s, message) for at_s, message in self.late if at_s > self.now_s]
        for message in over:
            self.hear(message)
        self.hear(Tick())

    def kill(self) -> None:
        """The process dies: limits and reads are forgotten, rows are not."""
        self.limits = GlobalLimit(), RouteLimits()
        self.pause_until_s.clear()
        for _, _, request, _ in self.under_way:
            if self.random.random() < 0.5:
                self.discord.apply(request)
        self.rebuild()

    def crash(self) -> None:
        """The courier alone crashes: requests under way are seen through, but nobody learns how they ended."""
        self.rebuild()

    def rebuild(self) -> None:
        self.under_way.clear()
        self.late.clear()
        self.core = CourierCore(global_limit=self.limits[0], route_limits=self.limits[1])
        self.asked_to_reread = len(self.reread)
        self.hear(Started())
        for turn in self.turns:
            if turn in self.begun and turn not in self.ended:
                self.begin(turn, resumed=True)

    # What Discord says

    def result_of(self, request: Sendable) -> Result:
        for key in (None, (partition_of(request), type(request))):
            assert self.now_s >= self.pause_until_s.get(key, 0.0), "Discord had wanted a pause"
        chance = self.random.random() if self.trouble else 1.0
        if chance < 0.02:
            return Limited(3 * self.random.random(), everywhere=chance < 0.005)
        if isinstance(request, ReadChannel) and request.channel_id == GONE_CHANNEL:
            return Impossible(10003)
        if isinstance(request, TellPrivately) and request.person == UserId(2):
            return Impossible(50007)
        if isinstance(request, ReadChannel | ReadQuestion | TellPrivately):
            return super().result_of(request)
        if isinstance(request, EditPart) and request.message_id in self.stuck:
            return Impossible(STUCK)
        if chance < 0.05 and (code := self.refusal_of(request)) is not None:
            return Impossible(code)
        if isinstance(request, PostPart):
            self.forget_deleted(request.channel_id)
        return super().result_of(request)

    def forget_deleted(self, channel: ChannelId) -> None:
        """A nonce is not answered with a message that was deleted."""
        there = {id(stored) for stored in self.discord.channels.get(channel, [])}
        for nonce in [
            one for one, stored in self.discord.nonces.items() if stored.reply_to in self.replied_in(channel)
        ]:
            if id(self.discord.nonces[nonce]) not in there:
                del self.discord.nonces[nonce]

    def replied_in(self, channel: ChannelId) -> set[MessageId]:
        return {place.reply_to for place in self.places.values() if place.channel_id == channel}

    def refusal_of(self, request: Sendable) -> int | None:
        match request:
            case React() | Unreact():
                self.spoilt.add(request.turn)
                code = self.random.choice((50013, BLOCKED))
                if code in NO_REACTIONS:
                    self.markless.add(request.channel_id)
                return code
            case EditPart(part=0) if "-" not in self.nonce_of(request.message_id) and self.random.random() < 0.5:
                self.stuck.add(request.message_id)
                return STUCK
            case EditPart() if self.random.random() < 0.3:
                self.spoilt.add(request.turn)
                self.discord.apply(
                    DeletePart(turn=request.turn, channel_id=request.channel_id, message_id=request.message_id)
                )
                return DELETED
            case EditPart() | PostPart() if request.wanted.text != TEXT_REFUSED and self.random.random() < 0.5:
                self.spoilt.add(request.turn)
                self.sentences.add(request.turn)
                return TEXT
            case PostPart() if self.random.random() < 0.3:
                self.spoilt.add(request.turn)
                return CLOSED
            case _:
                return None

    def nonce_of(self, message: MessageId) -> str:
        return next((nonce for nonce, stored in self.discord.nonces.items() if stored.message_id == message), "-")


def outcomes(world: Chaos, turn: TurnId) -> OutcomePending:
    return world.outcome(turn, search=False)


@pytest.mark.parametrize("block", range(20))
def test_whatever_the_core_hears_every_outcome_is_delivered_or_kept_exactly_once(block: int) -> None:
    """A seed is the bug report: run `Chaos(seed)` with it."""
    for seed in range(block * 20, block * 20 + 20):
        world = Chaos(seed)
        for _ in range(150):
            world.step()
        world.finish()
        assert sorted(world.delivered) == world.turns, f"seed {seed}: an outcome is lost, or was told twice"
        for _ in range(2000):
            world.pump()
            world.advance(0.1)
        assert not world.core.is_pending, f"seed {seed}: drain would wait for ever"
        assert world.core.next(world.now_s) is None, f"seed {seed}: something is never sent"
        assert not world.under_way
        check_discord(world, seed)
        check_the_rest(world, seed)


def check_discord(world: Chaos, seed: int) -> None:
    for turn in world.turns:
        place = world.places[turn]
        stored = [m for m in world.discord.channels.get(place.channel_id, []) if m.reply_to == place.reply_to]
        shown = [message.shows for message in sorted(stored, key=lambda message: message.message_id)]
        if turn not in world.spoilt:
            assert shown == looks(outcomes(world, turn)), f"seed {seed}: turn {turn}"
            if place.channel_id not in world.markless:
                assert world.discord.reactions.get(place.reply_to) == {"👌"}, f"seed {seed}: turn {turn}"
        elif turn not in world.undelivered and shown != looks(outcomes(world, turn)):
            assert turn in world.sentences
            assert shown == [PartWanted(TEXT_REFUSED)], f"seed {seed}: turn {turn}"


def check_the_rest(world: Chaos, seed: int) -> None:
    assert len(world.reread) == world.asked_to_reread, f"seed {seed}: a session waits for its questions"
    assert set(world.gone) <= {GONE_CHANNEL}
    assert world.gone == world.read_up, f"seed {seed}: somebody waits for a channel that is gone"
    assert not world.notes, f"seed {seed}: a note is lost"
    assert all(number % 3 == 2 for number in world.kept)
    assert all(number % 3 != 2 for number in world.told)


BOUNDED: Final = {"_served_s", "_interim_at_s", "_forbidden", "_global_limit", "_route_limits"}
"""What is remembered for a while: by a number that is tested elsewhere, or for five minutes."""


def kept(thing: object, name: str = "core") -> Iterator[str]:
    """Name each collection in an object, and in the objects of it, that holds something."""
    if isinstance(thing, dict | list | set | deque):
        if len(thing):
            yield name
    elif type(thing).__module__.startswith("actors.courier"):
        for attribute, value in vars(thing).items() if hasattr(thing, "__dict__") else ():
            if attribute not in BOUNDED:
                yield from kept(value, f"{name}.{attribute}")


@pytest.mark.parametrize("seed", range(40))
def test_nothing_is_kept_of_what_is_over(seed: int) -> None:
    """A bot runs for years: no collection grows with what it has done."""
    world = Chaos(seed)
    for _ in range(150):
        world.step()
    world.finish()
    for _ in range(2000):
        world.pump()
        world.advance(0.1)
    assert list(kept(world.core)) == []


def test_where_no_reaction_is_allowed_an_answer_that_waits_for_its_mark_is_complete_at_once() -> None:
    """Nothing else would ever tell that it is."""
    world = World(0, turns=2, channels=1, sessions=2, trouble=False)
    world.attempted = False
    for turn in world.turns:
        world.texts[turn] = "Short."
        world.end(turn)
    while not any(isinstance(request, React) for _, _, request, _ in world.under_way):
        world.pump()
        world.advance(0.05)
    world.under_way = [
        (at_s, number, request, Impossible(min(NO_REACTIONS)) if isinstance(request, React) else result)
        for at_s, number, request, result in world.under_way
    ]
    for _ in range(100):
        world.pump()
        world.advance(0.05)
    assert sorted(world.delivered) == world.turns
    assert sum(isinstance(request, React) for request in world.sent) == 1


def lost(world: World, *, until_s: float = 40.0) -> None:
    """What is under way reaches Discord, and its answer is lost."""
    world.under_way = [(world.now_s, number, request, Unknown()) for _, number, request, _ in world.under_way]
    world.advance(until_s)


def answered(world: World, result: Result) -> Sendable:
    """The one request under way is answered like this."""
    ((_, _, request, _),) = world.under_way
    world.under_way = []
    world.advance(0.1)
    world.hear(RequestEnded(request, result))
    return request


def test_a_post_that_landed_and_is_refused_when_it_is_repeated_leaves_no_message_beside_the_sentence() -> None:
    """AutoMod's rules may change between the two; nobody had heard of the first."""
    world = World(0, turns=1, trouble=False)
    (turn,) = world.turns
    world.texts[turn] = TEXT_OF_TWO
    world.end(turn)
    world.pump()
    world.advance(5.0)
    world.pump()
    lost(world)
    assert len(world.discord.channels[world.places[turn].channel_id]) == 2
    world.advance(1.0)
    request = world.core.next(world.now_s)
    assert isinstance(request, PostPart)
    world.hear(RequestEnded(request, Impossible(TEXT)))
    world.finish()
    stored = world.discord.channels[world.places[turn].channel_id]
    assert [message.shows for message in stored] == [PartWanted(TEXT_REFUSED)]


def painted(world: World, text: str) -> OutcomePending:
    """How the world's one turn ends: with this text and one file."""
    (turn,) = world.turns
    world.ended.add(turn)
    ended = world.outcome(turn, search=False)
    return msgspec.structs.replace(ended, answer=Answer(text=text, files=(File(name="comet.png", content=b"png"),)))


TOO_LARGE: Final = "Too large for Discord here, so not attached: comet.png."


@pytest.mark.parametrize(("code", "said"), [(40005, TOO_LARGE), (50045, TOO_LARGE), (50035, FILES_REFUSED)])
@pytest.mark.parametrize("text", ["Look:", ""])
def test_an_answer_whose_files_are_refused_keeps_its_text(text: str, code: int, said: str) -> None:
    """A sentence takes the files' place, and there is no 👌."""
    world = World(0, turns=1, trouble=False)
    world.hear(painted(world, text))
    request = world.core.next(0.0)
    assert isinstance(request, PostPart)
    assert request.wanted.files
    world.hear(RequestEnded(request, Impossible(code)))
    world.finish()
    (stored,) = world.discord.channels[world.places[world.turns[0]].channel_id]
    assert stored.shows == PartWanted(f"{text}\n-# {said}" if text else said)
    assert "👌" not in world.discord.reactions.get(world.places[world.turns[0]].reply_to, set())


def test_of_several_files_only_the_largest_are_left_out() -> None:
    """Discord does not say which one is too large."""
    small, large, larger = (File(name=f"{size}.json", content=bytes(size)) for size in (1, 2, 3))
    world = World(0, turns=1, trouble=False)
    world.hear(
        msgspec.structs.replace(painted(world, "Look:"), answer=Answer(text="Look:", files=(larger, small, large)))
    )
    for _ in range(2):
        request = world.core.next(world.now_s)
        assert isinstance(request, PostPart)
        world.hear(RequestEnded(request, Impossible(40005)))
    world.finish()
    (stored,) = world.discord.channels[world.places[world.turns[0]].channel_id]
    assert stored.shows == PartWanted(f"Look:\n-# {TOO_LARGE.replace('comet.png', '3.json, 2.json')}", files=(small,))


def test_where_no_files_may_be_attached_the_text_stands_alone() -> None:
    """Whether it is that permission which is missing, the next request tells."""
    world = World(0, turns=1, trouble=False)
    world.hear(painted(world, "Look:"))
    request = world.core.next(0.0)
    assert isinstance(request, PostPart)
    world.hear(RequestEnded(request, Impossible(50013)))
    world.finish()
    shown = [message.shows for message in world.discord.channels[world.places[world.turns[0]].channel_id]]
    said = "I may not attach files here, so something is missing: comet.png. I need the permission *Attach Files*."
    assert shown == [PartWanted(f"Look:\n-# {said}")]


class NoUploads(World):
    """A Discord that no file ever reaches."""

    tries = 0

    def result_of(self, request: Sendable) -> Result:
        if not isinstance(request, PostPart | EditPart) or not request.wanted.files:
            return super().result_of(request)
        self.tries += 1
        return Unknown()


def test_an_upload_that_never_succeeds_is_given_up() -> None:
    """The text is shown, after a quarter of an hour rather than never."""
    world = NoUploads(0, turns=1, trouble=False)
    world.hear(painted(world, "Look:"))
    while not world.delivered:
        assert world.now_s < 3600
        world.pump()
        world.advance(1.0)
    assert world.tries == UPLOADS_MAX
    assert world.now_s > 300
    (stored,) = world.discord.channels[world.places[world.turns[0]].channel_id]
    assert stored.shows.text == f"Look:\n-# {FILES_REFUSED}"


def test_files_are_taken_off_a_message_that_shows_something_else_now() -> None:
    """Only where the message may have some: nothing is said about files otherwise."""
    world = World(0, turns=1, trouble=False)
    (turn,) = world.turns
    world.begin(turn, resumed=False)
    world.draft(turn)
    world.pump()
    world.advance(1.0)
    world.draft(turn)
    world.pump()
    edits = [request for request in world.sent if isinstance(request, EditPart)]
    assert [edit.may_have_files for edit in edits] == [False]
    world.advance(1.0)
    world.hear(painted(world, "Look:"))
    world.pump()
    answered(world, Unknown())
    world.advance(5.0)
    world.pump()
    last = answered(world, Impossible(TEXT))
    assert isinstance(last, EditPart)
    assert last.wanted.files
    assert last.may_have_files
    world.pump()
    ((_, _, edit, _),) = world.under_way
    assert isinstance(edit, EditPart)
    assert not edit.wanted.files
    assert edit.may_have_files


def test_an_event_that_a_state_does_not_have_is_a_fault_of_ours() -> None:
    """No reply goes on as if nothing had happened."""
    with pytest.raises(UnexpectedEventError, match="ended while sentence"):
        step(machine.CONTENT, "sentence", "ended")
    with pytest.raises(UnexpectedEventError, match="all_searched while known"):
        step(machine.TEXT, "known", "all_searched")
    with pytest.raises(UnexpectedEventError, match="hand_put while marked"):
        step(machine.REACTIONS, "marked", "hand_put")


@pytest.mark.parametrize("replaced", [None, MessageId(1574230328359256064)])
def test_a_nonce_has_at_most_25_characters(replaced: MessageId | None) -> None:
    """Discord refuses a longer one (Create Message, nonce)."""
    message = MessageId(1574230328359256064)
    for question in (None, message):
        place = Place(channel_id=ChannelId(1), reply_to=message, question_id=question)
        assert len(nonce_of_part(place, TurnId(10**9), 9, replaced=replaced)) <= 25


def test_the_nonce_of_a_questions_reply_depends_on_the_question_alone() -> None:
    """Two processes with copies of one database number their turns as they like; a turn that a button asked has its number."""
    message = MessageId(1574230328359256064)
    asked = Place(channel_id=ChannelId(1), reply_to=message, question_id=message)
    again = Place(channel_id=ChannelId(1), reply_to=message, question_id=None)
    made = {nonce_of_part(asked, TurnId(turn), 0, replaced=None) for turn in range(1, 100)}
    assert len(made) == 1
    assert len(made | {nonce_of_part(again, TurnId(turn), 0, replaced=None) for turn in range(1, 100)}) == 100
    assert nonce_of_part(asked, None, 0, replaced=None) not in made


def test_parts_that_are_posted_anew_a_second_time_have_other_nonces() -> None:
    """Discord would answer an old nonce with a message that cannot be edited."""
    message = MessageId(1574230328359256064)
    place = Place(channel_id=ChannelId(1), reply_to=message, question_id=message)
    made = {
        nonce_of_part(place, TurnId(1), 0, replaced=replaced)
        for replaced in (None, message, MessageId(message + 1), MessageId(message + (1 << 22)))
    }
    assert len(made) == 4


def test_a_request_is_not_answered_with_what_another_one_gets() -> None:
    """That is a fault of ours: the courier is rebuilt from its rows."""
    world = World(0, turns=1, trouble=False)
    world.end(world.turns[0])
    request = world.core.next(0.0)
    assert isinstance(request, PostPart)
    with pytest.raises(ValueError, match="Done is no result of PostPart"):
        tell(world.core, RequestEnded(request, Done()), 0.1)
