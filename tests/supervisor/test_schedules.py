"""What must always hold of the supervisor, in hundreds of seeded orders of wake-ups, crashes, failures and shutdowns."""

import random
from typing import Any, Final

import pytest
from msgspec import Struct

import supervisor_recovery
from actors.restart_policy import CRASHES_MAX, CRASHES_WITHIN_S, RESTART_FIRST_S
from current import Fixed
from messages.courier import ReadQuestions
from messages.ids import ChannelId, MessageId, SessionId, TurnId
from messages.intake import ReadsForgotten
from messages.session import CourierRestarted, Drain, Retire, Woken
from messages.supervisor import (
    CourierRebuilt,
    QuestionsReread,
    SessionEnded,
    SessionHasWork,
    SessionIdle,
    ShutDown,
    SupervisorMessage,
)
from messages.turn import StopTurn
from messages.verbs.recovery import (
    HasWork,
    NewestTurn,
    ParkSession,
    RestartTurns,
    SessionQuestions,
    WaitingQuestions,
    WaitingSessions,
)
from supervisor import RESTARTS
from supervisor_core import LAST_COMMITS_S, PARKED_S, REREAD_S, STORAGE_RETRY_S, SupervisorCore
from supervisor_effects import (
    Arrived,
    CoreMessage,
    Effect,
    EndBy,
    Execute,
    ReportParked,
    StartSession,
    StorageAnswered,
    StorageFailed,
    TellCourier,
    TellIntake,
    TellSession,
    Tick,
)

SEEDS: Final = 400
SESSIONS: Final = tuple(SessionId(number) for number in range(1, 6))
GRACE_S: Final = 10.0


class Actor(Struct):
    """A session's actor, which looks at the rows when it is woken."""

    is_idle: bool = True
    has_told_idle: bool = False
    drains: bool = False


class FragileCore(SupervisorCore):
    """A step fails when it is told to, as one with a bug does."""

    fails = False

    def _next(self) -> list[Effect]:
        if self.fails and self._inbox:
            self.fails = False
            raise ZeroDivisionError
        return super()._next()


class World:
    """Sessions with work in the rows, a mailbox that loses wake-ups, and a core."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.now_s = 0.0
        is_bad_day = seed % 4 == 1
        self.crash_chance, self.step_s = (0.6, 0.1) if is_bad_day else (0.15, 2.0)
        self.core = FragileCore(policy=RESTARTS["session"], stream_grace_s=Fixed(GRACE_S))
        self.waiting: dict[SessionId, int] = dict.fromkeys(SESSIONS, 0)
        self.actors: dict[SessionId, Actor] = {}
        self.mailbox: list[SupervisorMessage] = []
        self.has_overflowed = False
        self.execute: Execute | None = None
        self.storage_is_down = False
        self.is_stopping = False
        self.unread = dict.fromkeys(SESSIONS[:2], seed % 3 == 0)
        """Whose waiting questions were accepted by an earlier process and are not read again yet."""
        for session, unread in self.unread.items():
            self.waiting[session] += unread
        self.crashed_s: dict[SessionId, list[float]] = {session: [] for session in SESSIONS}
        self.parked: list[SessionId] = []
        self.receive(Tick())

    # Who posts

    def accept(self) -> None:
        """A turn is committed; its wake-up may find no room."""
        session = self.random.choice(SESSIONS)
        self.waiting[session] += 1
        if self.random.random() < 0.1:
            self.has_overflowed = True
        else:
            self.mailbox.append(SessionHasWork(session=session))

    def reread(self) -> None:
        for session in [session for session, unread in self.unread.items() if unread]:
            self.unread[session] = False
            self.mailbox.append(QuestionsReread(session=session))

    def work(self) -> None:
        """One of the actors goes on: takes a turn, finds none, or crashes."""
        if not self.actors:
            return
        session = self.random.choice(sorted(self.actors))
        actor = self.actors[session]
        if self.random.random() < self.crash_chance:
            self.end(session, crashed=True)
        elif actor.drains:
            self.end(session, crashed=False)
        elif self.waiting[session] and not actor.is_idle:
            self.waiting[session] -= 1
        elif not actor.is_idle:
            actor.is_idle = True
            self.mailbox.append(SessionIdle(session=session))

    def end(self, session: SessionId, *, crashed: bool) -> None:
        del self.actors[session]
        if crashed:
            self.crashed_s[session].append(self.now_s)
        self.mailbox.append(SessionEnded(session=session, crashed=crashed))

    # The shell

    def hear(self) -> None:
        if self.execute is None:
            messages, self.mailbox = tuple(self.mailbox), []
            overflowed, self.has_overflowed = self.has_overflowed, False
            self.receive(Arrived(messages, overflowed))

    def tick(self) -> None:
        at_s = self.core.tick_at_s()
        if self.execute is None and at_s is not None:
            self.now_s = max(self.now_s, at_s)
            self.receive(Tick())

    def go_on(self) -> None:
        """Do what needs no waiting, as the shell does."""
        at_s = self.core.tick_at_s()
        if self.execute is None and at_s is not None and at_s <= self.now_s:
            self.receive(Tick())

    def receive(self, message: CoreMessage) -> None:
        try:
            effects = self.core.receive(message, self.now_s, self.now_s)
        except ZeroDivisionError:
            return
        executes = [effect for effect in effects if isinstance(effect, Execute)]
        assert len(executes) <= 1
        assert not executes or (effects[-1] is executes[0] and self.execute is None)
        for effect in effects:
            self.do(effect)

    def do(self, effect: Effect) -> None:
        match effect:
            case Execute():
                self.execute = effect
            case StartSession(session=session):
                assert not self.is_stopping, "a turn was begun although the process stops"
                assert session not in self.actors, "one session has two actors"
                assert not self.unread.get(session) or self.now_s >= REREAD_S, "asked before it was read again"
                self.actors[session] = Actor()
            case TellSession(session=session, message=message) if session in self.actors:
                self.tell(session, message)
            case ReportParked(session=session):
                recent = [at_s for at_s in self.crashed_s[session] if self.now_s - at_s < CRASHES_WITHIN_S]
                assert len(recent) >= CRASHES_MAX
                self.parked.append(session)
                self.crashed_s[session].clear()
            case _:
                pass

    def tell(self, session: SessionId, message: Any) -> None:
        actor = self.actors[session]
        match message:
            case Woken():
                actor.is_idle = False
            case Retire() if actor.is_idle:
                self.end(session, crashed=False)
            case Drain():
                actor.drains = True

    def answer(self) -> None:
        execute, self.execute = self.execute, None
        if execute is None:
            return
        if self.storage_is_down:
            self.receive(StorageFailed())
        else:
            self.receive(StorageAnswered(tuple(self.commit(verb) for verb in execute.verbs)))

    def commit(self, verb: Any) -> Any:
        match verb:
            case HasWork(session=session):
                return self.waiting[session] > 0
            case NewestTurn():
                return TurnId(9)
            case WaitingSessions(after=after, limit=limit):
                return tuple(session for session, turns in self.waiting.items() if turns and session > after)[:limit]
            case WaitingQuestions(sessions=sessions):
                questions = ((ChannelId(1), MessageId(1)),)
                unread = [session for session in sessions if self.unread.get(session)]
                return tuple(SessionQuestions(session=session, questions=questions) for session in unread)
            case ParkSession(session=session):
                assert verb.until_s == verb.now_s + PARKED_S
                self.waiting[session] = 0
                return ()
            case RestartTurns():
                return ()
        raise AssertionError(verb)

    # What happens

    def happen(self) -> None:
        self.now_s += self.random.random() * self.step_s
        deeds = (self.accept, self.work, self.answer, self.hear, self.tick)
        self.random.choices(deeds, (3, 6, 5, 5, 1))[0]()
        while self.random.random() < 0.8:
            self.go_on()
        chance = self.random.random()
        if chance < 0.03:
            self.storage_is_down = not self.storage_is_down
        elif chance < 0.05:
            self.mailbox.append(CourierRebuilt())
        elif chance < 0.08:
            self.reread()
        elif chance < 0.10:
            self.core.fails = True

    def steps(self) -> None:
        self.answer()
        self.hear()
        self.tick()

    def rest(self) -> None:
        """Storage is back, nobody crashes or is accepted any more."""
        self.storage_is_down = self.core.fails = False
        self.reread()
        for _ in range(2000):
            self.steps()
            for session in sorted(self.actors):
                if self.waiting[session] and not self.actors[session].is_idle:
                    self.waiting[session] -= 1
                elif not self.actors[session].is_idle:
                    self.actors[session].is_idle = True
                    self.mailbox.append(SessionIdle(session=session))
            if not self.actors and not self.mailbox and self.execute is None and self.core.tick_at_s() is None:
                return
        raise AssertionError("it never rests")


@pytest.mark.parametrize("seed", range(SEEDS))
def test_all_work_is_done_and_nothing_is_left_behind(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """No wake-up is lost to anybody: a session that retired, crashed, was held, or found no room in the mailbox."""
    if seed % 2:
        monkeypatch.setattr(supervisor_recovery, "AT_ONCE_MAX", 2)
    world = World(seed)
    for _ in range(300):
        world.happen()
    world.rest()
    assert not any(world.waiting.values()), "a turn waits for ever"
    assert not world.core.running


@pytest.mark.parametrize("seed", range(SEEDS // 2))
def test_a_shutdown_always_ends(seed: int) -> None:
    """Whenever it comes; storage that stays down is waited for no longer than the shell was told at once."""
    world = World(seed)
    for _ in range(seed):
        world.happen()
    world.answer()
    world.is_stopping = True
    now_s = world.now_s
    effects = world.core.receive(Arrived((*world.mailbox, ShutDown(now=seed % 2 == 0))), now_s, now_s)
    world.mailbox.clear()
    grace_s = 0.0 if seed % 2 == 0 else GRACE_S
    assert EndBy(now_s + grace_s + LAST_COMMITS_S) in effects
    for effect in effects:
        world.do(effect)
    world.storage_is_down = world.core.fails = False
    for _ in range(400):
        if world.core.is_over:
            break
        world.steps()
        world.work()
    assert world.core.is_over


def test_some_schedules_park_a_session() -> None:
    """Otherwise the schedules above would say nothing of it."""
    parked = 0
    for seed in range(40):
        world = World(seed)
        for _ in range(300):
            world.happen()
        parked += len(world.parked)
    assert parked


class Scene:
    """A core that has looked at empty rows."""

    def __init__(self, *waiting: SessionQuestions) -> None:
        self.core = SupervisorCore(policy=RESTARTS["session"], stream_grace_s=Fixed(GRACE_S))
        self.hear()
        self.answer(TurnId(9))
        self.answer(tuple(one.session for one in waiting))
        if waiting:
            self.answer(waiting)

    def hear(self, *messages: SupervisorMessage, now_s: float = 0.0) -> list[Effect]:
        return self.receive(Arrived(messages) if messages else Tick(), now_s)

    def answer(self, *answers: Any, now_s: float = 0.0) -> list[Effect]:
        return self.receive(StorageAnswered(answers), now_s)

    def receive(self, message: CoreMessage, now_s: float) -> list[Effect]:
        """Return what follows, until there is nothing more to do now."""
        effects = self.core.receive(message, now_s, now_s)
        while (at_s := self.core.tick_at_s()) is not None and at_s <= now_s:
            effects += self.core.receive(Tick(), now_s, now_s)
        return effects

    def crash(self, now_s: float) -> list[Effect]:
        assert self.hear(SessionEnded(session=ONE, crashed=True), now_s=now_s) == [
            Execute((RestartTurns(session=ONE),))
        ]
        return self.answer((), now_s=now_s)


ONE: Final = SessionId(1)


def test_the_fifth_crash_in_a_minute_parks_a_session_and_a_pause_comes_before_each_restart() -> None:
    scene = Scene()
    assert scene.hear(SessionHasWork(session=ONE)) == [StartSession(ONE), TellSession(ONE, Woken())]
    now_s = 0.0
    for pause_s in (0.2, 0.4, 0.8, 1.6):
        assert scene.crash(now_s) == []
        assert scene.core.tick_at_s() == pytest.approx(now_s + pause_s)
        now_s += pause_s + 0.01
        assert scene.hear(now_s=now_s) == [StartSession(ONE), TellSession(ONE, Woken())]
    parked = ParkSession(session=ONE, until_s=now_s + PARKED_S, now_s=now_s)
    assert scene.crash(now_s) == [Execute((parked,))]
    assert scene.answer((), now_s=now_s) == [ReportParked(ONE, CRASHES_MAX)]
    assert scene.core.tick_at_s() == pytest.approx(now_s + RESTART_FIRST_S)


def test_crashes_that_are_a_minute_apart_never_park_a_session() -> None:
    scene = Scene()
    scene.hear(SessionHasWork(session=ONE))
    for number in range(1, 20):
        now_s = number * CRASHES_WITHIN_S
        assert scene.crash(now_s) == []
        assert scene.hear(now_s=now_s + 1.0) == [StartSession(ONE), TellSession(ONE, Woken())]


def test_a_session_whose_questions_are_read_again_is_held_until_then_or_for_half_a_minute() -> None:
    questions = SessionQuestions(session=ONE, questions=((ChannelId(1), MessageId(2)),))
    started: list[Effect] = [StartSession(ONE), TellSession(ONE, Woken())]
    scene = Scene(questions)
    assert scene.hear(SessionHasWork(session=ONE)) == []
    assert scene.hear(QuestionsReread(session=ONE), now_s=1.0) == started
    late = Scene(questions)
    assert late.core.tick_at_s() == REREAD_S
    assert late.hear(now_s=REREAD_S) == started


def test_what_a_rebuilt_courier_has_forgotten_is_told_again() -> None:
    """Storage, which may be down, is not needed for it."""
    other = SessionId(2)
    questions = ((ChannelId(1), MessageId(2)),)
    scene = Scene(SessionQuestions(session=other, questions=questions))
    scene.hear(SessionHasWork(session=ONE))
    scene.hear(SessionEnded(session=SessionId(3), crashed=True))
    scene.core.receive(StorageFailed(), 0.0, 0.0)
    assert scene.hear(CourierRebuilt()) == [
        TellSession(ONE, CourierRestarted()),
        TellCourier(ReadQuestions(session=other, questions=questions)),
        TellIntake(ReadsForgotten()),
    ]


def test_storage_that_is_down_is_tried_again_with_the_same_message_first() -> None:
    scene = Scene()
    scene.hear(SessionHasWork(session=ONE))
    looked = [Execute((HasWork(session=ONE),))]
    assert scene.hear(SessionEnded(session=ONE, crashed=False)) == looked
    assert scene.core.receive(StorageFailed(), 1.0, 1.0) == []
    assert scene.hear(StopTurn(session=ONE, turn=TurnId(1), reason="stopped"), now_s=1.5) == []
    assert scene.core.tick_at_s() == 1.0 + STORAGE_RETRY_S
    assert scene.hear(now_s=2.0) == looked


def test_while_storage_is_down_a_shutdown_is_heard_at_once() -> None:
    scene = Scene()
    scene.hear(SessionHasWork(session=ONE))
    scene.hear(SessionIdle(session=ONE))
    scene.core.receive(StorageFailed(), 0.0, 0.0)
    assert scene.hear(ShutDown(now=False)) == [
        EndBy(GRACE_S + LAST_COMMITS_S),
        TellSession(ONE, Drain(deadline_s=GRACE_S)),
    ]
