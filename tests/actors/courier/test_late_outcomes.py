"""A start after a long outage: what is late is shown beside the living, and costs no more at once than a page of it."""

from typing import Final

from actors.courier.core import CourierCore
from actors.courier.effects import Effect, LoadOutcomes, OutcomesLoaded, PostToIntake, Started, Tick
from actors.courier.late_outcomes import PAGE
from actors.courier.read_queue import CHANNELS_LOOKED_AT, QUESTIONS_S, REREAD_AT_ONCE, ReadQueue
from actors.courier.requests import EditPart, PostPart, ReadQuestion
from discord_api.results import Done
from messages.courier import ReadQuestions
from messages.ids import ChannelId, MessageId, SessionId
from messages.intake import QuestionsRead
from tests.actors.courier.test_schedules import World

OWED: Final = 5_000
SECONDS: Final = 5


class Outage(World):
    """Very many outcomes are pending when the courier begins; storage answers at once, or when it is told to."""

    def __init__(self, owed: int = OWED, *, fresh: int = 1) -> None:
        super().__init__(0, turns=owed + fresh, channels=owed + fresh, sessions=owed + fresh, trouble=False)
        self.trip_s = 0.02
        self.texts = dict.fromkeys(self.turns, "Short.")
        self.owed_turns, self.fresh = self.turns[:owed], self.turns[owed:]
        self.ended = set(self.owed_turns)
        self.asked: list[LoadOutcomes] = []
        self.loads_are_slow = False

    def do(self, effect: Effect) -> None:
        if not isinstance(effect, LoadOutcomes):
            return super().do(effect)
        self.asked.append(effect)
        return None if self.loads_are_slow else self.answer(effect)

    def answer(self, request: LoadOutcomes) -> None:
        owed = [turn for turn in self.owed_turns if turn > request.after and turn not in self.delivered]
        owed = [turn for turn in owed if request.session in (None, self.session(turn))][: request.limit]
        self.hear(OutcomesLoaded(request, tuple(self.outcome(turn, search=True) for turn in owed)))

    def pass_time(self, seconds: float) -> None:
        until_s = self.now_s + seconds
        while self.now_s < until_s:
            self.pump()
            self.advance(0.005)


def test_no_more_is_loaded_than_a_page_and_a_half() -> None:
    """However much is pending; the next page comes when half of one is shown."""
    world = Outage()
    world.hear(Started())
    for _ in range(200):
        world.pass_time(0.1)
        assert len(world.core._outbox._replies) <= 1.5 * PAGE
    assert [request.after for request in world.asked[:3]] == [0, PAGE, 2 * PAGE]
    assert len(world.delivered) > PAGE


def test_all_that_is_late_is_shown_in_the_end() -> None:
    """Once, and oldest first by and large."""
    world = Outage(owed=300)
    world.hear(Started())
    world.pass_time(60)
    assert sorted(world.delivered) == world.owed_turns
    assert world.core.next(world.now_s) is None
    assert not world.core.is_pending


def test_a_new_answer_is_shown_as_if_nothing_were_late() -> None:
    """It is the next request but for those of the same moment."""
    world = Outage()
    world.hear(Started())
    world.pass_time(3)
    turn, before = world.fresh[0], len(world.sent)
    world.begin(turn, resumed=False)
    world.end(turn)
    world.pump()
    mine = [request for request in world.sent[before:] if isinstance(request, PostPart) and request.turn == turn]
    assert len(mine) == 1


def test_what_is_late_has_a_share_beside_more_drafts_than_the_budget_takes() -> None:
    """And the answers that grow are still edited."""
    world = Outage(owed=1000, fresh=250)
    for turn in world.fresh:
        world.texts[turn] = "word " * 200
        world.begin(turn, resumed=False)
        world.draft(turn)
    world.pass_time(10)
    world.hear(Started())
    late, edits = 0, 0
    for _ in range(50 * SECONDS):
        for turn in world.fresh:
            world.draft(turn)
        before = len(world.sent)
        world.pass_time(0.02)
        late += sum(getattr(request, "turn", 0) in world.ended for request in world.sent[before:])
        edits += sum(isinstance(request, EditPart) for request in world.sent[before:])
    assert late >= 9 * SECONDS
    assert edits >= 15 * SECONDS


def test_a_sessions_new_reply_waits_for_its_late_ones_which_are_loaded_at_once() -> None:
    """A session's replies appear in order, however far its outcomes stand behind in the pages."""
    world = Outage()
    world.loads_are_slow = True
    world.hear(Started())
    (page,) = world.asked
    late, turn = world.owed_turns[-1], world.fresh[0]
    world.sessions = world.fresh[0] - late  # both are of one session
    world.places[turn] = world.places[late]
    assert world.session(late) == world.session(turn)
    world.begin(turn, resumed=False)
    world.end(turn)
    world.pass_time(2)
    assert not any(isinstance(request, PostPart) for request in world.sent)
    assert world.asked == [page, LoadOutcomes(session=world.session(turn))]
    world.owed_turns = [late]
    world.loads_are_slow = False
    world.answer(world.asked[1])
    world.pass_time(5)
    posts = [request.turn for request in world.sent if isinstance(request, PostPart)]
    assert posts == [late, turn]


def test_what_is_over_since_it_was_loaded_is_not_shown_again() -> None:
    """Storage may answer late."""
    world = Outage(owed=1)
    world.loads_are_slow = True
    world.hear(Started())
    (turn,) = world.owed_turns
    stale = OutcomesLoaded(world.asked[0], (world.outcome(turn, search=False),))
    world.hear(world.outcome(turn, search=False))
    world.loads_are_slow = False
    world.owed_turns = []
    world.answer(world.asked[1])
    world.pass_time(5)
    assert world.delivered == [turn]
    sent = len(world.sent)
    world.hear(stale)
    world.pass_time(5)
    assert len(world.sent) == sent


def many_questions(queue: ReadQueue, sessions: int, now_s: float) -> None:
    for number in range(1, sessions + 1):
        questions = ((ChannelId(number), MessageId(number)), (ChannelId(number), MessageId(sessions + number)))
        queue.reread(ReadQuestions(session=SessionId(number), questions=questions), now_s)


def test_of_very_many_questions_to_read_few_are_looked_at() -> None:
    """One in each of some channels, and each channel has its turn."""
    queue = ReadQueue()
    many_questions(queue, OWED, 0.0)
    read: list[MessageId] = []
    for _ in range(3 * CHANNELS_LOOKED_AT):
        waiting = [request for _, request in queue.waiting()]
        assert len(waiting) == CHANNELS_LOOKED_AT
        question = waiting[0]
        assert isinstance(question, ReadQuestion)
        queue.began(question)
        queue.ended(question, Done(), 1.0)
        read.append(question.message_id)
    assert read == [MessageId(number) for number in range(1, 3 * CHANNELS_LOOKED_AT + 1)]


def test_sessions_that_waited_long_enough_go_on_in_pieces() -> None:
    """All in the order in which they waited, and each once."""
    core = CourierCore()
    for number in range(1, 1001):
        questions = ((ChannelId(number), MessageId(number)),)
        core.receive(ReadQuestions(session=SessionId(number), questions=questions), 0.0)
    over: list[SessionId] = []
    while (wake_s := core.next(QUESTIONS_S)) is not None and not isinstance(wake_s, float | int):
        pass
    for _ in range(10):
        effects = core.receive(Tick(), QUESTIONS_S)
        assert len(effects) == REREAD_AT_ONCE
        over += [
            effect.message.session
            for effect in effects
            if isinstance(effect, PostToIntake) and isinstance(effect.message, QuestionsRead)
        ]
    assert over == [SessionId(number) for number in range(1, 1001)]
    assert core.receive(Tick(), QUESTIONS_S) == []
