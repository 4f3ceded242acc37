"""What is learnt of a turn's moments from what the actors commit, by real verbs on a real store."""

import pytest

from messages.ids import TurnId
from messages.observation import Observer, Requested
from messages.verbs.replies import PendingOutcomes
from telemetry import turn_times
from telemetry.turn_times import Followed, TurnTimes
from tests.storage import people
from tests.telemetry.story import Story


class Heard:
    """An observer that keeps what the following of turns tells."""

    def __init__(self, story: Story) -> None:
        self.first: list[TurnTimes] = []
        self.ended: list[TurnTimes] = []
        self.over: list[TurnTimes] = []
        self.turns = Followed(first_shown=self.first.append, ended=self.ended.append, over=self.over.append)
        self._story = story
        story.observer = self

    def committed(self, verbs: object, answers: object, seconds: float) -> None:  # noqa: ARG002
        self.turns.committed(verbs, answers, self._story.clock())  # type: ignore[arg-type]

    def not_committed(self) -> None:
        raise AssertionError

    def wrote(self, turn: TurnId) -> None:
        self.turns.wrote(turn, self._story.clock())

    def requested(self, requested: Requested) -> None:
        self.turns.requested(requested, self._story.clock())


def as_observer(heard: Heard) -> Observer:
    """The type checker sees that it is one."""
    return heard


@pytest.fixture
def story() -> Story:
    return Story()


def test_a_turn_has_each_of_its_moments(story: Story) -> None:
    """From the message's own id to the last change in Discord."""
    heard = Heard(story)
    story.at(0.5)
    question = story.ask(0)
    story.at(1.0)
    attempt = story.take(question)
    story.at(2.0)
    heard.wrote(question.turn)
    story.at(2.5)
    story.show(question.turn)
    (first,) = heard.first
    assert first.first_shown_s == people.NOW_S + 2.5
    story.at(4.0)
    heard.wrote(question.turn)
    story.finish(question, attempt)
    assert [(one.ending, one.reason) for one in heard.ended] == [("answered", "complete")]
    story.at(5.0)
    story.show(question.turn, request="EditPart")
    story.at(5.5)
    story.show(question.turn, request="React")
    story.deliver(question.turn)
    (over,) = heard.over
    moments = (
        over.accepted_s,
        over.taken_s,
        over.model_asked_s,
        over.written_s,
        over.ended_s,
        over.last_shown_s,
        over.delivered_s,
    )
    assert [None if one is None else one - people.NOW_S for one in moments] == [0.5, 1.0, 1.0, 2.0, 4.0, 5.0, 5.5]
    assert over.asked_s == pytest.approx(people.NOW_S, abs=0.01)
    assert (over.model, over.attempts) == ("test-model", 1)
    assert len(heard.turns) == 0
    assert len(heard.first) == 1


def test_a_sentence_that_says_that_the_turn_waits_is_no_text(story: Story) -> None:
    """It was sent before there was any text. One that was under way when the text came is not counted, either."""
    heard = Heard(story)
    question = story.ask(0)
    story.take(question)
    story.at(5.0)
    story.show(question.turn)
    story.at(6.0)
    heard.wrote(question.turn)
    story.at(6.1)
    story.show(question.turn, took_s=0.5)
    assert heard.first == []
    story.at(7.0)
    story.show(question.turn, outcome="rate_limited", request="EditPart")
    assert heard.first == []
    story.at(8.0)
    story.show(question.turn, request="EditPart")
    assert [one.first_shown_s for one in heard.first] == [people.NOW_S + 8.0]


def test_a_refusal_and_a_turn_of_an_earlier_process_have_their_ends(story: Story) -> None:
    """What is known of them is told; what is told again is not counted twice."""
    story.observer = people_before = Heard(story)
    question = story.ask(0)
    attempt = story.take(question)
    assert len(people_before.turns) == 1
    heard = Heard(story)
    story.finish(question, attempt, ending="failed", reason="server_error")
    story.finish(question, attempt, ending="failed", reason="server_error")
    story.do(PendingOutcomes(after=TurnId(0), limit=10, session=None))
    assert [(one.ending, one.reason, one.asked_s) for one in heard.ended] == [("failed", "server_error", None)]
    story.deliver(question.turn)
    assert [one.reason for one in heard.over] == ["server_error"]


def test_turns_that_are_never_over_do_not_pile_up(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest are forgotten; the newest are followed as always."""
    monkeypatch.setattr(turn_times, "TURNS_MAX", 5)
    heard = Heard(story)
    questions = [story.ask(number) for number in range(12)]
    assert len(heard.turns) == 5
    attempt = story.take(questions[-1])
    story.finish(questions[-1], attempt)
    assert heard.ended[-1].asked_s is not None
