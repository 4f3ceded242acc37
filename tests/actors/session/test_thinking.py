"""A session says that its model reasons, and text that turns out to be reasoning leaves the draft."""

from typing import Any

from msgspec.structs import replace

from actors.session.core import SessionCore
from actors.session.effects import Execute, Tell, WakeAt
from actors.session.silence import READING_SHOWN_AFTER_S, THINKING_SHOWN_AFTER_S, WAITING_SHOWN_AFTER_S
from messages.courier import DraftShown
from messages.enclosure import Enclosure
from messages.session import (
    CourierRestarted,
    DraftGrew,
    JudgementAwaited,
    ModelAsked,
    ModelThinks,
    StreamEnded,
    Tick,
    Woken,
)
from messages.verbs.turns import FinishTurn, SaveDraft
from tests.models.test_prompt import turn

TURN = turn("What is a comet?")


class Session:
    """A session whose turn streams, and what its core wants done."""

    def __init__(self, draft: str = "", enclosures: tuple[Enclosure, ...] = ()) -> None:
        self.turn = replace(TURN, draft=draft, question=replace(TURN.question, enclosures=enclosures))
        self.core = SessionCore(TURN.session)
        self.core.receive(Woken(), 0.0, 0.0)
        self.core.receive(self.turn, 0.0, 0.0)

    def hear(self, message: Any, now_s: float) -> list[Any]:
        return self.core.receive(message, now_s, now_s)

    def thinks(self, now_s: float) -> list[Any]:
        return self.hear(ModelThinks(turn=self.turn.turn, attempt=self.turn.attempt), now_s)

    def grows(self, text: str, now_s: float, *, begins_anew: bool = False) -> list[Any]:
        grew = DraftGrew(turn=self.turn.turn, attempt=self.turn.attempt, text=text, begins_anew=begins_anew)
        return self.hear(grew, now_s)


def drafts(effects: list[Any]) -> list[tuple[str, bool]]:
    """Return the drafts that the courier is to show: their text, and whether the model thinks."""
    told = [effect.message for effect in effects if isinstance(effect, Tell)]
    return [(shown.answer.text, shown.is_thinking) for shown in told if isinstance(shown, DraftShown)]


def test_a_model_that_thinks_for_a_while_is_said_to_think() -> None:
    """Nobody is told of a moment's thinking, and the answer takes its place."""
    session = Session()
    assert session.thinks(1.0) == [WakeAt(1.0 + THINKING_SHOWN_AFTER_S)]
    assert drafts(session.hear(Tick(), 1.5)) == []
    assert drafts(session.hear(Tick(), 1.0 + THINKING_SHOWN_AFTER_S)) == [("", True)]
    assert drafts(session.hear(Tick(), 10.0)) == []
    assert drafts(session.grows("A ball of ice.", 11.0)) == [("A ball of ice.", False)]


def test_a_model_that_has_begun_its_answer_is_not_said_to_think() -> None:
    """Neither is one that is asked again while an earlier attempt's draft stands in Discord: that would vanish."""
    session = Session()
    session.thinks(0.0)
    session.grows("A ball", 1.0)
    assert drafts(session.hear(Tick(), 5.0)) == []
    again = Session(draft="A ball of")
    again.thinks(0.0)
    assert drafts(again.hear(Tick(), 5.0)) == []


def test_text_that_was_reasoning_leaves_the_draft() -> None:
    """It is neither shown nor saved nor kept any more; what stands in Discord says that the model thinks."""
    session = Session()
    session.grows("The user asks about comets.", 1.0)
    turned = session.grows("", 1.5, begins_anew=True)
    assert drafts(turned) == [("", True)]
    saved = [effect.verb for effect in session.hear(Tick(), 2.5) if isinstance(effect, Execute)]
    assert saved == [SaveDraft(turn=TURN.turn, attempt=TURN.attempt, text="")]
    session.grows("A ball of ice.", 4.0)
    ended = session.hear(StreamEnded(turn=TURN.turn, attempt=TURN.attempt, reason="complete", usage=None), 5.0)
    (finish,) = [effect.verb for effect in ended if isinstance(effect, Execute)]
    assert isinstance(finish, FinishTurn)
    assert finish.answer.text == "A ball of ice."


def readings(effects: list[Any]) -> list[tuple[bool, bool]]:
    """Return of the drafts that the courier is to show whether files are read, and whether the model thinks."""
    told = [effect.message for effect in effects if isinstance(effect, Tell)]
    return [(shown.is_reading, shown.is_thinking) for shown in told if isinstance(shown, DraftShown)]


def test_files_that_take_long_to_read_are_said_to_be_read_until_the_model_is_asked() -> None:
    """Nobody is told of a moment's reading, nor where an earlier attempt's draft stands in Discord."""
    asked = ModelAsked(turn=TURN.turn, attempt=TURN.attempt, is_under_way=False)
    file = Enclosure(kind="file", name="a.pdf", url="https://cdn.discordapp.com/x")

    def session(draft: str = "") -> Session:
        made = Session(draft, enclosures=(file,))
        assert readings(made.hear(Tick(), READING_SHOWN_AFTER_S - 0.1)) == []
        return made

    slow = session()
    assert readings(slow.hear(Tick(), READING_SHOWN_AFTER_S)) == [(True, False)]
    assert readings(slow.hear(CourierRestarted(), 5.0)) == [(True, False)]
    assert readings(slow.hear(asked, 6.0)) == [(False, True)]
    assert readings(slow.hear(asked, 7.0)) == []
    quick = session()
    assert readings(quick.hear(asked, 2.95)) == []
    assert waits(quick.hear(Tick(), 2.9 + WAITING_SHOWN_AFTER_S)) == []
    assert waits(quick.hear(Tick(), 3.0 + WAITING_SHOWN_AFTER_S)) == [True]
    assert readings(session("A ball of").hear(Tick(), 60.0)) == []


def waits(effects: list[Any]) -> list[bool]:
    """Return of the drafts that the courier is to show whether they say that the turn waits for its model."""
    told = [effect.message for effect in effects if isinstance(effect, Tell)]
    return [shown.is_waiting for shown in told if isinstance(shown, DraftShown)]


def test_a_turn_that_waits_long_for_its_model_says_so_until_more_is_known() -> None:
    """So it can be stopped. A quick model, and one whose earlier draft stands in Discord, make no such message."""
    slow = Session()
    assert waits(slow.hear(Tick(), WAITING_SHOWN_AFTER_S - 0.1)) == []
    assert waits(slow.hear(Tick(), WAITING_SHOWN_AFTER_S)) == [True]
    assert waits(slow.hear(Tick(), 20.0)) == []
    assert waits(slow.hear(CourierRestarted(), 21.0)) == [True]
    slow.thinks(22.0)
    assert drafts(slow.hear(Tick(), 22.0 + THINKING_SHOWN_AFTER_S)) == [("", True)]
    assert waits(slow.grows("A ball", 30.0)) == [False]
    quick = Session()
    quick.grows("A ball", 1.0)
    assert waits(quick.hear(Tick(), 60.0)) == []
    assert waits(Session(draft="A ball of").hear(Tick(), 60.0)) == []


def test_what_awaits_its_judgement_does_not_say_later_that_it_waits_for_its_model() -> None:
    """The server's moderation is what does not answer then."""
    judged = Session()
    assert waits(judged.hear(JudgementAwaited(turn=TURN.turn, attempt=TURN.attempt), 3.0)) == [False]
    assert waits(judged.hear(Tick(), 60.0)) == []
