"""Sessions that wait since an earlier process are started a few at a time; however many there are, nobody notices."""

from typing import Any, Final

from current import Fixed
from messages.courier import ReadQuestions
from messages.ids import ChannelId, MessageId, SessionId, TurnId
from messages.supervisor import QuestionsReread, SessionEnded, SessionHasWork, SessionIdle, SupervisorMessage
from messages.verbs.recovery import HasWork, NewestTurn, SessionQuestions, WaitingQuestions, WaitingSessions
from supervisor import RESTARTS
from supervisor_core import SupervisorCore
from supervisor_effects import (
    Arrived,
    CoreMessage,
    Effect,
    Execute,
    StartSession,
    StorageAnswered,
    TellCourier,
    TellSession,
    Tick,
)
from supervisor_recovery import AT_ONCE_MAX

WAITING: Final = 50_000
NEWEST: Final = TurnId(WAITING)


class Scene:
    """A start with one waiting question in each of many sessions."""

    def __init__(self, waiting: int = WAITING) -> None:
        self.core = SupervisorCore(policy=RESTARTS["session"], stream_grace_s=Fixed(0.0))
        self.waiting = dict.fromkeys(map(SessionId, range(1, waiting + 1)))
        self.started: list[SessionId] = []
        self.reread: list[SessionId] = []
        self.longest = 0
        """The most rows that one transaction read, and the most effects of one step."""
        self.receive(Tick())

    def hear(self, *messages: SupervisorMessage) -> None:
        self.receive(Arrived(messages))

    def receive(self, message: CoreMessage) -> None:
        self.do(self.core.receive(message, 0.0, 0.0))
        while (at_s := self.core.tick_at_s()) is not None and at_s <= 0.0:
            self.do(self.core.receive(Tick(), 0.0, 0.0))

    def do(self, effects: list[Effect]) -> None:
        self.longest = max(self.longest, len(effects))
        for effect in effects:
            match effect:
                case Execute(verbs=verbs):
                    answers = tuple(self.commit(verb) for verb in verbs)
                    self.do(self.core.receive(StorageAnswered(answers), 0.0, 0.0))
                case StartSession(session=session):
                    self.started.append(session)
                case TellCourier(message=ReadQuestions(session=session)):
                    self.reread.append(session)
                case TellSession() | _:
                    pass

    def commit(self, verb: Any) -> Any:
        match verb:
            case NewestTurn():
                return NEWEST
            case WaitingSessions(after=after, limit=limit):
                found = tuple(SessionId(n) for n in range(after + 1, after + limit + 1) if SessionId(n) in self.waiting)
                self.longest = max(self.longest, len(found))
                return found
            case WaitingQuestions(sessions=sessions, up_to=up_to):
                assert up_to == NEWEST
                question = ((ChannelId(1), MessageId(1)),)
                asked = [session for session in sessions if session in self.waiting and session <= up_to]
                return tuple(SessionQuestions(session=session, questions=question) for session in asked)
            case HasWork(session=session):
                return session in self.waiting
        raise AssertionError(verb)

    def answer_all(self, sessions: list[SessionId]) -> None:
        """Their questions are answered, and their actors retire."""
        for session in sessions:
            self.hear(QuestionsReread(session=session))
            self.waiting.pop(session)
            self.hear(SessionIdle(session=session))
            self.hear(SessionEnded(session=session, crashed=False))


def test_a_start_with_fifty_thousand_waiting_questions_begins_with_a_few() -> None:
    scene = Scene()
    assert scene.reread == list(range(1, AT_ONCE_MAX + 1))
    assert scene.started == []
    assert scene.longest <= AT_ONCE_MAX
    for session in scene.reread[:5]:
        scene.hear(QuestionsReread(session=session))
    assert scene.started == scene.reread[:5]


def test_who_writes_now_is_answered_as_if_nobody_waited() -> None:
    """Their session starts at once, whether it is new or was there before and nothing waits in it."""
    scene, new = Scene(), SessionId(WAITING + 1)
    scene.hear(SessionHasWork(session=new))
    assert scene.started == [new]


def test_who_writes_where_a_question_waits_has_that_one_read_again_first() -> None:
    """It may have been edited or deleted; the session's turn to be started has not come yet."""
    scene, late = Scene(), SessionId(WAITING - 1)
    scene.hear(SessionHasWork(session=late))
    assert scene.reread[-1] == late
    assert scene.started == []
    scene.hear(QuestionsReread(session=late))
    assert scene.started == [late]


def test_one_after_the_other_all_are_started() -> None:
    """As soon as one has no work any more, the next one follows."""
    scene = Scene(waiting=100)
    while scene.waiting:
        under_way = [session for session in scene.reread if session in scene.waiting]
        assert len(under_way) <= AT_ONCE_MAX
        scene.answer_all(under_way[:3])
    assert sorted(scene.started) == sorted(scene.reread) == list(range(1, 101))
    assert not scene.core.running
