"""Hundreds of seeded orders of what can happen to a session: its core on real rows, without an event loop."""

import random
from collections import Counter

import pytest

from actors.session.core import SessionCore
from actors.session.effects import CloseStream, Effect, End, Execute, ReportIdle, StartStream, Tell, WakeAt
from messages.courier import DraftShown, TurnBegan
from messages.ids import SessionId, TurnId
from messages.session import CoreMessage, DraftGrew, Drain, ModelAsked, StreamEnded, Tick, Woken
from messages.turn import OutcomePending, Reason, StopTurn, TurnTaken
from messages.verbs.acceptance import Accepted, AcceptMessage
from messages.verbs.recovery import Recover, RestartTurns
from messages.verbs.replies import PendingOutcomes, RecordDelivered
from tests.storage.people import BOB, NOW_S, begin_asking, posted, set_status, stop, store

QUESTIONS = 8
REASONS: tuple[Reason, ...] = ("complete", "complete", "token_limit", "stream_broke", "unreachable", "no_text")


class World:
    """A session's actor, its rows, and a model, in an order that a seed decides."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.rows = store()
        set_status(self.rows, "new")
        self.session = SessionId(0)
        self.asked = 0
        self.now_s = 0.0
        self.requests: Counter[TurnId] = Counter()
        self.kills = self.crashes = 0
        self.started: list[TurnId] = []
        self.outcomes: dict[TurnId, list[OutcomePending]] = {}
        self.drafts: dict[TurnId, DraftShown] = {}
        self.inbox: list[CoreMessage] = []
        self.stream: TurnTaken | None = None
        self.core = SessionCore(self.session)

    def ask(self) -> None:
        answer = self.rows.perform(AcceptMessage(posted=posted(self.asked, f"Question {self.asked}?"), now_s=NOW_S))
        self.asked += 1
        assert isinstance(answer, Accepted)
        if not self.session:
            self.session = answer.session
            self.core = SessionCore(self.session)
            set_status(self.rows, "activate", number=0)
        self.inbox.append(Woken())

    def hear(self, message: CoreMessage) -> None:
        for effect in self.core.receive(message, self.now_s, NOW_S + self.now_s):
            self.do(effect)

    def do(self, effect: Effect) -> None:
        match effect:
            case Execute(verb):
                (answer,) = self.rows.commit([verb])
                self.hear(answer)
            case StartStream(turn):
                assert self.stream is None, "two streams in one session"
                self.stream = turn
                self.requests[turn.turn] += 1
                if turn.turn not in self.started:
                    self.started.append(turn.turn)
            case CloseStream():
                self.stream = None
            case Tell(message):
                self.show(message)
            case WakeAt() | ReportIdle() | End():
                pass

    def show(self, message: object) -> None:
        match message:
            case DraftShown():
                before = self.drafts.get(message.turn)
                assert before is None or (before.attempt, before.revision) < (message.attempt, message.revision)
                self.drafts[message.turn] = message
            case OutcomePending():
                self.outcomes.setdefault(message.turn, []).append(message)
                self.rows.perform(RecordDelivered(turn=message.turn))
            case TurnBegan():
                assert message.turn not in self.outcomes, "a turn began again after its outcome"

    def step(self) -> None:
        self.now_s += self.random.random()
        choices = ["hear"] * 6 + ["model"] * 3 + ["text"] * 6 + ["end"] * 2 + ["tick", "stop", "crash", "kill", "twice"]
        if self.asked < QUESTIONS:
            choices += ["ask"] * 3
        getattr(self, "do_" + self.random.choice(choices))()

    def do_hear(self) -> None:
        if self.inbox:
            self.hear(self.inbox.pop(0))

    def do_ask(self) -> None:
        self.ask()

    def do_model(self) -> None:
        """The model is asked, or the turn waits for another request."""
        if self.stream:
            is_under_way = self.random.random() < 0.8
            if is_under_way:
                begin_asking(self.rows, self.stream)
            self.hear(ModelAsked(turn=self.stream.turn, attempt=self.stream.attempt, is_under_way=is_under_way))

    def do_text(self) -> None:
        if self.stream:
            self.hear(DraftGrew(turn=self.stream.turn, attempt=self.stream.attempt, text=f"{self.now_s:.3f} "))

    def do_end(self) -> None:
        if self.stream:
            ended, self.stream = self.stream, None
            reason = self.random.choice(REASONS)
            self.hear(StreamEnded(turn=ended.turn, attempt=ended.attempt, reason=reason, usage=None))

    def do_tick(self) -> None:
        self.hear(Tick())

    def do_twice(self) -> None:
        """Late text of a stream that is over."""
        if self.started:
            self.hear(DraftGrew(turn=self.started[0], attempt=1, text="late"))

    def do_stop(self) -> None:
        turn = self.stream.turn if self.stream else None
        if turn is None:
            return
        verdict = stop(self.rows, turn)
        assert isinstance(verdict, StopTurn)
        self.inbox.append(verdict)

    def do_crash(self) -> None:
        """The actor dies, the process lives: a new actor from the rows."""
        self.crashes += 1
        self.restart()
        for outcome in self.rows.perform(RestartTurns(session=self.session)):
            self.show(outcome)
        self.inbox.append(Woken())

    def do_kill(self) -> None:
        self.kills += 1
        self.restart()
        self.rows.perform(Recover(now_s=NOW_S + self.now_s))
        for outcome in self.rows.perform(PendingOutcomes()):
            self.show(outcome)
        self.inbox.append(Woken())

    def restart(self) -> None:
        self.core, self.stream = SessionCore(self.session), None
        self.inbox.clear()

    def finish(self) -> None:
        """No more trouble: everything comes to its end."""
        while self.asked < QUESTIONS:
            self.ask()
        for _ in range(400):
            self.now_s += 1.0
            if self.inbox:
                self.do_hear()
            elif self.stream:
                self.do_text()
                self.do_end()
            else:
                self.inbox.append(Woken())


@pytest.mark.parametrize("block", range(20))
def test_whatever_happens_each_question_has_one_outcome_in_order(block: int) -> None:
    """A seed is the bug report: run `World(seed)` with it."""
    for seed in range(block * 25, block * 25 + 25):
        world = World(seed)
        world.ask()
        for _ in range(80):
            world.step()
        world.finish()
        assert len(world.outcomes) == QUESTIONS, f"seed {seed}: lost"
        assert all(len(told) == 1 for told in world.outcomes.values()), f"seed {seed}: two outcomes"
        assert world.started == sorted(world.started), f"seed {seed}: out of order"
        extra = sum(world.requests.values()) - len(world.requests)
        broken = sum(1 for told in world.outcomes.values() for _ in told)
        assert extra <= world.kills + world.crashes + broken, f"seed {seed}: {extra} extra requests"


def test_the_second_question_waits_for_the_first_answer() -> None:
    """One turn is under way until its ending is committed."""
    world = World(0)
    world.ask()
    world.ask()
    world.hear(Woken())
    world.hear(Woken())
    assert [*world.requests.values()] == [1]
    world.stream, first = None, world.stream
    assert first is not None
    world.hear(DraftGrew(turn=first.turn, attempt=1, text="A ball of ice."))
    world.hear(StreamEnded(turn=first.turn, attempt=1, reason="complete", usage=None))
    assert world.stream is not None
    assert world.stream.turn > first.turn
    assert [said.text for said in begin_asking(world.rows, world.stream).history] == ["Question 0?", "A ball of ice."]


def test_a_stream_that_breaks_is_tried_once_more_then_interrupted() -> None:
    """The second attempt goes on in the same turn; the third never comes."""
    world = World(0)
    world.ask()
    world.hear(Woken())
    for attempt in (1, 2):
        turn, world.stream = world.stream, None
        assert turn is not None
        assert turn.attempt == attempt
        world.hear(DraftGrew(turn=turn.turn, attempt=attempt, text="Half an"))
        world.hear(StreamEnded(turn=turn.turn, attempt=attempt, reason="stream_broke", usage=None))
    assert world.stream is None
    (told,) = world.outcomes.values()
    assert (told[0].ending, told[0].reason, told[0].answer.text) == ("interrupted", "stream_broke", "Half an")


def test_a_draft_is_saved_every_second_or_512_characters() -> None:
    """A kill loses at most that much."""
    world = World(0)
    world.ask()
    world.hear(Woken())
    turn = world.stream
    assert turn is not None
    world.hear(DraftGrew(turn=turn.turn, attempt=1, text="x" * 511))
    assert _saved(world) == ""
    world.hear(DraftGrew(turn=turn.turn, attempt=1, text="y"))
    assert _saved(world) == "x" * 511 + "y"
    world.hear(DraftGrew(turn=turn.turn, attempt=1, text="z"))
    world.now_s += 1.0
    world.hear(Tick())
    assert _saved(world).endswith("yz")


def _saved(world: World) -> str:
    draft: str = world.rows._connection.execute("SELECT draft FROM turn").fetchone()[0]
    return draft


def test_a_turn_that_may_not_start_any_more_ends_and_the_next_one_starts() -> None:
    """Its outcome goes to the courier; the model hears nothing of it."""
    world = World(0)
    world.ask()
    world.ask()
    first, second = (TurnId(row[0]) for row in world.rows._connection.execute("SELECT id FROM turn ORDER BY cause"))
    world.rows._connection.execute("UPDATE turn SET asker = ? WHERE id = ?", (BOB, first))
    world.hear(Woken())
    ((told,),) = world.outcomes.values()
    assert (told.turn, told.ending, told.reason) == (first, "cancelled", "session_ended")
    assert world.started == [second]


@pytest.mark.parametrize(
    ("reason", "text", "ending"), [("content_filter", "", "failed"), ("content_filter", "Some", "answered")]
)
def test_an_answer_that_a_filter_ended_before_its_first_word_has_failed(reason: Reason, text: str, ending: str) -> None:
    """And says that a filter did it."""
    world = World(0)
    world.ask()
    world.hear(Woken())
    assert world.stream is not None
    turn = world.stream.turn
    world.hear(DraftGrew(turn=turn, attempt=1, text=text))
    world.hear(StreamEnded(turn=turn, attempt=1, reason=reason, usage=None))
    ((told,),) = world.outcomes.values()
    assert (told.ending, told.reason) == (ending, reason)


def test_a_drained_session_pauses_its_turn_and_starts_no_other() -> None:
    """SIGTERM: the draft is kept, the turn waits, nothing counts as a death."""
    world = World(0)
    world.ask()
    world.ask()
    world.hear(Woken())
    turn = world.stream
    assert turn is not None
    world.hear(ModelAsked(turn=turn.turn, attempt=1, is_under_way=True))
    world.hear(DraftGrew(turn=turn.turn, attempt=1, text="So far"))
    world.hear(Drain(deadline_s=world.now_s + 5))
    assert world.stream is not None
    world.now_s += 5.0
    world.hear(Tick())
    assert world.core.state == "over"
    assert world.stream is None
    rows = world.rows._connection.execute("SELECT state, draft, deaths FROM turn ORDER BY id").fetchall()
    assert [tuple(row) for row in rows] == [("queued", "So far", 0), ("queued", "", 0)]


@pytest.mark.parametrize("told", [(), (True, False)])
@pytest.mark.parametrize("waits_later", [False, True])
def test_a_turn_that_waits_to_be_asked_is_not_waited_for(told: tuple[bool, ...], *, waits_later: bool) -> None:
    """SIGTERM: it is paused at once, or as soon as it has to wait."""
    world = World(0)
    world.ask()
    world.hear(Woken())
    assert world.stream is not None
    turn = world.stream.turn
    for is_under_way in (*told, *([True] if waits_later else [])):
        world.hear(ModelAsked(turn=turn, attempt=1, is_under_way=is_under_way))
    world.hear(Drain(deadline_s=world.now_s + 5))
    if waits_later:
        assert world.stream is not None
        world.hear(ModelAsked(turn=turn, attempt=1, is_under_way=False))
    assert world.stream is None
    assert world.core.state == "over"
    assert tuple(world.rows._connection.execute("SELECT state, deaths FROM turn").fetchone()) == ("queued", 0)
