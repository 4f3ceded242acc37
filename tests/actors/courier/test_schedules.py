"""Hundreds of seeded orders of drafts, answers, losses, hangs and kills, against a Discord that keeps its promises."""

import heapq
import random
from typing import Final

import pytest
from msgspec import Struct

from actors.courier import answer_view
from actors.courier.answer_split import split
from actors.courier.answer_view import PartWanted
from actors.courier.core import CourierCore
from actors.courier.effects import (
    CoreMessage,
    Delivered,
    Effect,
    Enqueue,
    LoadParts,
    PartsLoaded,
    RequestEnded,
    Tick,
    Undelivered,
)
from actors.courier.global_limit import REQUESTS_PER_S
from actors.courier.requests import (
    DeletePart,
    EditPart,
    PostPart,
    React,
    ReadQuestion,
    Search,
    Sendable,
    SpeechRequest,
    TellPrivately,
    Unreact,
    partition_of,
)
from discord_api.results import Done, Found, Impossible, Limited, Posted, Result, Unknown
from messages.answer import Answer
from messages.courier import DraftShown, ReadChannel, TurnBegan, TurnPausedShown
from messages.ids import ChannelId, MessageId, SessionId, TurnId, UserId
from messages.turn import OutcomePending, Part, Place
from messages.verbs.replies import ForgetPart, RecordPart
from texts.say import DEFAULT_LOCALE

DISCORDS_PER_S: Final = 50
"""Discord: Rate Limits, Global."""

TEXT: Final = " ".join(f"word{number}" for number in range(700))


def tell(core: CourierCore, message: CoreMessage, now_s: float) -> list[Effect]:
    """Tell the core something, then have it say what is over, as the shell does before it asks for the next request."""
    return [*core.receive(message, now_s), *core.receive(Tick(), now_s)]


def looks(ended: OutcomePending) -> list[PartWanted]:
    """The messages that show an outcome."""
    return list(answer_view.outcome(ended, split(ended.answer.text), DEFAULT_LOCALE))


class Stored(Struct):
    """A message in the small Discord."""

    message_id: MessageId
    reply_to: MessageId
    shows: PartWanted


class Discord:
    """Applies requests one after the other, remembers nonces, loses answers."""

    def __init__(self, rng: random.Random) -> None:
        self.random = rng
        self.channels: dict[ChannelId, list[Stored]] = {}
        self.nonces: dict[str, Stored] = {}
        self.reactions: dict[MessageId, set[str]] = {}
        self.next_id = 1_000_000
        self.posts = 0

    def apply(self, request: Sendable) -> Result:
        if isinstance(request, ReadChannel | ReadQuestion | TellPrivately | SpeechRequest):
            return Done()
        stored = self.channels.setdefault(request.channel_id, [])
        match request:
            case PostPart():
                message = self.nonces.get(request.nonce)
                if message is None:
                    self.next_id += 1
                    self.posts += 1
                    message = Stored(MessageId(self.next_id), request.reply_to, request.wanted)
                    self.nonces[request.nonce] = message
                    stored.append(message)
                return Posted(message.message_id, message.shows.text)
            case EditPart():
                for message in stored:
                    if message.message_id == request.message_id:
                        message.shows = request.wanted
                        return Done()
                return Impossible(10008)
            case DeletePart():
                stored[:] = [message for message in stored if message.message_id != request.message_id]
                return Done()
            case React():
                self.reactions.setdefault(request.message_id, set()).add(request.emoji)
                return Done()
            case Unreact():
                self.reactions.setdefault(request.message_id, set()).discard(request.emoji)
                return Done()
            case Search():
                return Found(tuple(m.message_id for m in stored if m.reply_to == request.reply_to))


class World:
    """A courier's core, rows, and a Discord, in an order that a seed decides."""

    def __init__(
        self, seed: int, *, turns: int = 6, channels: int = 3, sessions: int = 2, trouble: bool = True
    ) -> None:
        self.random = random.Random(seed)
        self.trouble = trouble
        self.sessions = sessions
        self.discord = Discord(self.random)
        self.core = CourierCore()
        self.now_s = 0.0
        self.turns = [TurnId(number) for number in range(1, turns + 1)]
        self.places = {
            turn: Place(
                channel_id=ChannelId(turn % channels),
                reply_to=MessageId(1000 + turn),
                question_id=MessageId(1000 + turn),
            )
            for turn in self.turns
        }
        self.askers = {turn: UserId(turn % sessions + 1) for turn in self.turns}
        self.texts = {turn: TEXT[: self.random.choice((20, 1500, 4500))].strip() for turn in self.turns}
        self.parts: dict[TurnId, list[MessageId]] = {turn: [] for turn in self.turns}
        self.begun: set[TurnId] = set()
        self.ended: set[TurnId] = set()
        self.delivered: list[TurnId] = []
        self.under_way: list[tuple[float, int, Sendable, Result]] = []
        self.sent: list[Sendable] = []
        self.seen_at_s: list[float] = []
        """When Discord saw each request: somewhere between its sending and its answer."""
        self.trip_s: float | None = None
        """How long a request takes; None: up to half a second."""
        self.attempted = True
        self.serial = 0
        self.revision = 0
        self.last_edit: dict[MessageId, int] = {}

    def session(self, turn: TurnId) -> SessionId:
        return SessionId(turn % self.sessions + 1)

    def begin(self, turn: TurnId, *, resumed: bool) -> None:
        self.begun.add(turn)
        began = TurnBegan(
            turn=turn,
            session=self.session(turn),
            asker=self.askers[turn],
            attempt=1,
            place=self.places[turn],
            resumed=resumed,
        )
        self.hear(began)

    def hear(self, message: CoreMessage) -> None:
        """Tell the core, and do what it wants done."""
        for effect in tell(self.core, message, self.now_s):
            self.do(effect)

    def do(self, effect: Effect) -> None:
        match effect:
            case Delivered(turn=turn):
                assert turn not in self.delivered
                self.delivered.append(turn)
            case Undelivered():
                raise AssertionError(effect)
            case LoadParts(turn=turn):
                self.hear(PartsLoaded(turn, self.known(turn)))
            case Enqueue(verb=RecordPart(turn=turn, part=part)):
                if part.message_id not in self.parts[turn]:
                    self.parts[turn].append(part.message_id)
            case Enqueue(verb=ForgetPart(turn=turn, message_id=message_id)):
                self.parts[turn].remove(message_id)
            case _:
                pass

    def known(self, turn: TurnId) -> tuple[Part, ...]:
        return tuple(Part(part=n, message_id=message) for n, message in enumerate(sorted(self.parts[turn])))

    def outcome(self, turn: TurnId, *, search: bool) -> OutcomePending:
        return OutcomePending(
            turn=turn,
            session=self.session(turn),
            asker=self.askers[turn],
            place=self.places[turn],
            ending="answered",
            reason="complete",
            answer=Answer(text=self.texts[turn]),
            parts=self.known(turn),
            attempted=self.attempted,
            search=search,
        )

    def step(self) -> None:
        present = self.present()
        for turn in present:
            if turn not in self.begun:
                self.begin(turn, resumed=False)
            elif turn not in self.ended and self.random.random() < 0.3:
                self.draft(turn)
            elif turn not in self.ended and self.random.random() < 0.1:
                self.end(turn)
        if self.trouble and self.random.random() < 0.02:
            self.kill()
        self.pump()
        self.advance(self.random.random() * 0.3)

    def present(self) -> list[TurnId]:
        """Each session's turn that is under way: one at a time."""
        first: dict[SessionId, TurnId] = {}
        for turn in self.turns:
            if turn not in self.ended:
                first.setdefault(self.session(turn), turn)
        return list(first.values())

    def draft(self, turn: TurnId) -> None:
        self.revision += 1
        shown = self.texts[turn][: self.random.randrange(len(self.texts[turn])) + 1]
        self.hear(DraftShown(turn=turn, attempt=1, revision=self.revision, answer=Answer(text=shown)))

    def end(self, turn: TurnId) -> None:
        self.ended.add(turn)
        self.hear(self.outcome(turn, search=False))

    def kill(self) -> None:
        """What is under way may or may not reach Discord; nobody hears of it."""
        for _, _, request, _ in self.under_way:
            if self.random.random() < 0.5:
                self.discord.apply(request)
        self.under_way.clear()
        self.core = CourierCore()
        for turn in self.turns:
            if turn in self.ended and turn not in self.delivered:
                self.hear(self.outcome(turn, search=True))
            elif turn in self.begun and turn not in self.ended:
                self.begin(turn, resumed=True)

    def pump(self) -> None:
        while True:
            request = self.core.next(self.now_s)
            if request is None or isinstance(request, float):
                return
            busy = {partition_of(under_way) for _, _, under_way, _ in self.under_way}
            assert partition_of(request) not in busy, "two requests in one partition"
            self.sent.append(request)
            self.serial += 1
            took_s = self.random.random() * 0.5 if self.trip_s is None else self.trip_s
            over_s = self.now_s + took_s
            self.seen_at_s.append(self.now_s + self.random.random() * took_s)
            heapq.heappush(self.under_way, (over_s, self.serial, request, self.result_of(request)))

    def result_of(self, request: Sendable) -> Result:
        chance = self.random.random() if self.trouble else 1.0
        if chance < 0.05:
            return Unknown()  # lost on its way there
        result = self.discord.apply(request)
        return Unknown(answered=True) if chance < 0.1 else result  # or on its way back

    def advance(self, by_s: float) -> None:
        self.now_s += by_s
        while self.under_way and self.under_way[0][0] <= self.now_s:
            _, _, request, result = heapq.heappop(self.under_way)
            self.hear(RequestEnded(request, result))

    def finish(self) -> None:
        self.trouble = False
        for turn in self.turns:
            if turn not in self.ended:
                if turn not in self.begun:
                    self.begin(turn, resumed=False)
                self.end(turn)
        for _ in range(3000):
            self.pump()
            self.advance(0.1)
            if len(self.delivered) == len(self.turns):
                return


@pytest.mark.parametrize("block", range(20))
def test_whatever_is_lost_each_answer_stands_once_and_exactly(block: int) -> None:
    """A seed is the bug report: run `World(seed)` with it."""
    for seed in range(block * 20, block * 20 + 20):
        world = World(seed)
        for _ in range(150):
            world.step()
        world.finish()
        assert sorted(world.delivered) == world.turns, f"seed {seed}: lost"
        for turn in world.turns:
            place = world.places[turn]
            stored = [m for m in world.discord.channels[place.channel_id] if m.reply_to == place.reply_to]
            stored.sort(key=lambda message: message.message_id)
            wanted = looks(world.outcome(turn, search=False))
            assert [message.shows for message in stored] == wanted, f"seed {seed}: turn {turn}"
            assert world.discord.reactions.get(place.reply_to) == {"👌"}, f"seed {seed}: turn {turn}"
            assert sorted(world.parts[turn]) == [message.message_id for message in stored], f"seed {seed}"


@pytest.mark.parametrize("seed", range(20))
def test_discord_never_sees_more_than_50_requests_in_a_second(seed: int) -> None:
    """Sixty channels have something to say at once; wherever on its way and back each request is seen."""
    world = World(seed, turns=60, channels=60, sessions=60, trouble=False)
    for turn in world.turns:
        world.begin(turn, resumed=False)
        world.end(turn)
    for _ in range(2000):
        world.pump()
        world.advance(0.005)
    assert sorted(world.delivered) == world.turns
    for start_s in world.seen_at_s:
        assert sum(start_s <= at_s < start_s + 1.0 for at_s in world.seen_at_s) <= DISCORDS_PER_S


def test_the_budget_is_used() -> None:
    """Two hundred finished answers take two requests each, 48 in a second, and hardly a moment more."""
    world = World(1, turns=200, channels=200, sessions=200, trouble=False)
    world.trip_s = 0.02
    for turn in world.turns:
        world.texts[turn] = "Short."
        world.attempted = False
        world.end(turn)
    while len(world.delivered) < len(world.turns):
        world.pump()
        world.advance(0.001)
        assert world.now_s < 60
    assert world.now_s <= 2 * 200 / REQUESTS_PER_S * 1.05


def test_ten_who_ask_at_once_do_not_wait_for_each_other() -> None:
    """What was not used before may be used at once."""
    world = World(1, turns=10, channels=10, sessions=10, trouble=False)
    world.now_s = 5.0
    for turn in world.turns:
        world.end(turn)
    world.pump()
    assert len(world.under_way) == len(world.turns)


def test_interim_edits_leave_room_for_what_somebody_waits_for() -> None:
    """However many answers grow, five that end are shown at once."""
    world = World(1, turns=100, channels=100, sessions=100, trouble=False)
    world.trip_s = 0.02
    for turn in world.turns:
        world.texts[turn] = world.texts[turn][:1500]
        world.begin(turn, resumed=False)
    for _ in range(10_000):
        for turn in world.turns:
            world.draft(turn)
        world.pump()
        world.advance(0.001)
    assert len({request.turn for request in world.sent if isinstance(request, PostPart)}) == len(world.turns)
    ending = world.turns[:5]
    for turn in ending:
        world.end(turn)
    world.pump()
    finals = [
        request.turn
        for _, _, request, _ in world.under_way
        if isinstance(request, EditPart) and request.turn in ending and request.wanted.text == world.texts[request.turn]
    ]
    assert sorted(finals) == ending


def test_one_persons_hundred_questions_do_not_delay_anothers_first() -> None:
    """Who was served last waits; who was never served goes first."""
    world = World(1, turns=101, channels=101, sessions=101, trouble=False)
    busy, other = UserId(1), UserId(2)
    for turn in world.turns[:-1]:
        world.askers[turn] = busy
        world.end(turn)
    for _ in range(1000):
        world.pump()
        world.advance(0.001)
    last = world.turns[-1]
    world.askers[last] = other
    world.end(last)
    before = len(world.sent)
    while not any(isinstance(one, PostPart) and one.turn == last for one in world.sent[before:]):
        world.pump()
        world.advance(0.001)
    assert len(world.sent) - before <= 2


def test_the_writing_hand_is_left_out_where_the_answer_grows_already() -> None:
    """It would cost two requests, and say what can be seen."""
    world = World(1, turns=60, channels=60, sessions=60, trouble=False)
    world.trip_s = 0.02
    for turn in world.turns:
        world.begin(turn, resumed=False)
        world.draft(turn)
    for _ in range(3000):
        world.pump()
        world.advance(0.001)
    assert {request.turn for request in world.sent if isinstance(request, PostPart)} == set(world.turns)
    assert not any(isinstance(request, React) for request in world.sent)


def test_an_answer_that_is_whole_before_it_was_shown_is_posted_whole() -> None:
    """One request instead of two."""
    world = World(2, turns=1, trouble=False)
    turn = world.turns[0]
    world.begin(turn, resumed=False)
    world.draft(turn)
    world.end(turn)
    requests = []
    for _ in range(100):
        world.pump()
        requests += [type(request) for _, _, request, _ in world.under_way]
        world.advance(1.0)
    assert EditPart not in requests
    assert world.delivered == [turn]


def test_a_sessions_next_reply_waits_for_the_final_text_of_the_one_before() -> None:
    """Even in another channel."""
    world = World(3, trouble=False)
    first, second = [turn for turn in world.turns if world.session(turn) == SessionId(1)][:2]
    assert world.places[first].channel_id != world.places[second].channel_id
    world.begin(first, resumed=False)
    world.draft(first)
    world.begin(second, resumed=False)
    world.draft(second)
    for _ in range(50):
        world.pump()
        world.advance(0.5)
    replied = {message.reply_to for stored in world.discord.channels.values() for message in stored}
    assert replied == {world.places[first].reply_to}
    world.end(first)
    for _ in range(50):
        world.pump()
        world.advance(0.5)
    replied = {message.reply_to for stored in world.discord.channels.values() for message in stored}
    assert replied == {world.places[first].reply_to, world.places[second].reply_to}


def test_the_writing_hand_comes_at_once_and_the_ok_hand_after_the_text() -> None:
    """A question shows at once that somebody writes; 👌 never stands without its answer."""
    world = World(4, trouble=False)
    first, second = [turn for turn in world.turns if world.session(turn) == SessionId(1)][:2]
    world.begin(first, resumed=False)
    world.begin(second, resumed=False)
    for _ in range(40):
        world.pump()
        world.advance(0.6)
        world.draft(first)
    kinds = [
        type(request)
        for request in world.sent
        if isinstance(request, PostPart | EditPart | React) and request.turn == first
    ]
    assert kinds[:2] == [React, PostPart]
    assert EditPart in kinds
    world.end(second)
    for _ in range(20):
        world.pump()
        world.advance(0.6)
    assert "👌" not in world.discord.reactions[world.places[second].reply_to]


def test_a_refusal_that_storage_could_not_commit_is_posted_once_with_a_nonce_of_its_own() -> None:
    """It has no turn in the rows; its nonce keeps to Discord's 25 characters all the same."""
    core = CourierCore()
    message = MessageId(1574230328359256064)
    place = Place(channel_id=ChannelId(1), reply_to=message, question_id=message)
    refusal = OutcomePending(
        turn=TurnId(message),
        session=None,
        asker=UserId(1),
        place=place,
        ending="refused",
        reason="storage",
        answer=Answer(text=""),
        parts=(),
        attempted=False,
        search=False,
        is_stored=False,
    )
    assert tell(core, refusal, 0.0) == []
    request = core.next(0.0)
    assert isinstance(request, PostPart)
    assert len(request.nonce) <= 25
    ended = RequestEnded(request, Posted(MessageId(1), request.wanted.text))
    assert tell(core, ended, 0.1) == [Delivered(TurnId(message), is_stored=False)]


def test_channels_that_cannot_be_read_do_not_take_the_place_of_answers() -> None:
    """A failed read rests; an answer goes first."""
    world = World(5, turns=1, trouble=False)
    for number in range(100, 112):
        world.hear(ReadChannel(channel_id=ChannelId(number), after=MessageId(1)))
    world.begin(world.turns[0], resumed=False)
    world.end(world.turns[0])
    first = world.core.next(0.0)
    assert isinstance(first, PostPart)
    read = world.core.next(1.0)
    assert isinstance(read, ReadChannel)
    tell(world.core, RequestEnded(read, Unknown(answered=True)), 1.1)
    following = [world.core.next(1.2 + step) for step in range(3)]
    assert read not in following


def test_what_an_old_nonce_is_answered_with_is_not_taken_for_the_new_look() -> None:
    """The first post landed and its answer was lost: the same text stands there, with *Stop* below it."""
    world = World(0, turns=1, trouble=False)
    (turn,) = world.turns
    world.texts[turn] = TEXT[:2000]
    world.begin(turn, resumed=False)
    world.hear(DraftShown(turn=turn, attempt=1, revision=1, answer=Answer(text=TEXT[:2000])))
    world.pump()
    world.under_way = [
        (8.0, number, request, Unknown()) if isinstance(request, PostPart) else (0.1, number, request, result)
        for _, number, request, result in world.under_way
    ]
    world.advance(8.0)
    (stored,) = world.discord.channels[world.places[turn].channel_id]
    assert stored.shows.buttons
    world.finish()
    assert stored.shows == PartWanted(TEXT[:2000])


def test_a_writing_hand_that_was_limited_may_stand_there_all_the_same() -> None:
    """The connection broke when it stood there; sent once more by the client itself, it met the limit."""
    world = World(0, turns=1, trouble=False)
    (turn,) = world.turns
    world.begin(turn, resumed=False)
    world.pump()
    ((_, number, request, _),) = world.under_way
    assert isinstance(request, React)
    world.under_way = [(0.1, number, request, Limited(1.0))]
    world.advance(0.1)
    world.finish()
    assert world.discord.reactions[world.places[turn].reply_to] == {"👌"}


def test_channels_in_which_nothing_happens_any_more_are_forgotten() -> None:
    """A bot runs for years."""
    core, now_s = CourierCore(), 0.0
    for number in range(1, 6000):
        turn = TurnId(number)
        tell(
            core,
            TurnBegan(
                turn=turn,
                session=SessionId(number),
                asker=UserId(number),
                attempt=1,
                place=Place(channel_id=ChannelId(number), reply_to=MessageId(number), question_id=None),
                resumed=False,
            ),
            now_s,
        )
        for revision in (1, 2):
            tell(core, DraftShown(turn=turn, attempt=1, revision=revision, answer=Answer(text="w " * revision)), now_s)
            request = core.next(now_s)
            assert isinstance(request, PostPart if revision == 1 else EditPart)
            result = Posted(MessageId(number), "") if revision == 1 else Done()
            tell(core, RequestEnded(request, result), now_s)
            now_s += 10.0
        tell(core, TurnPausedShown(turn=turn), now_s)
    assert len(core._scheduler._interim_at_s) < 5000
    assert len(core._scheduler._served_s) < 5000
    assert len(core._scheduler._route_limits._sent) < 5000
