"""A session says that its model draws, shows the newest unfinished picture, and ends without any of them."""

from typing import Any

import pytest

from actors.session.effects import CloseStream, Execute, Tell, WakeAt
from actors.session.silence import THINKING_SHOWN_AFTER_S
from messages.answer import Answer
from messages.courier import DraftShown, TurnBegan
from messages.files import File
from messages.session import CourierRestarted, DraftGrew, Drain, ModelAsked, ModelDraws, ModelWrote, StreamEnded, Tick
from messages.turn import Reason, StopTurn
from messages.verbs.turns import FinishTurn, PauseTurn, TryAgain
from tests.actors.session.test_thinking import Session

SKETCHES = tuple(File(name="picture.jpeg", content=bytes([number])) for number in range(2))
PICTURE = File(name="picture.jpeg", stored="0" * 32)


def draws(session: Session, now_s: float, *files: File, attempt: int | None = None) -> list[Any]:
    number = session.turn.attempt if attempt is None else attempt
    return session.hear(ModelDraws(turn=session.turn.turn, attempt=number, files=files), now_s)


def ends(session: Session, reason: Reason, *files: File) -> list[Any]:
    return session.hear(
        StreamEnded(turn=session.turn.turn, attempt=session.turn.attempt, reason=reason, usage=None, files=files), 9.0
    )


def drafts(effects: list[Any]) -> list[tuple[tuple[File, ...], bool, bool]]:
    """Return the drafts that the courier is to show: their files, and whether the model draws or thinks."""
    told = [effect.message for effect in effects if isinstance(effect, Tell)]
    return [(one.answer.files, one.is_drawing, one.is_thinking) for one in told if isinstance(one, DraftShown)]


def test_a_model_that_draws_for_a_while_is_said_to_draw() -> None:
    """A picture that comes at once needs no such sentence; each sketch is shown as it comes."""
    session = Session()
    assert draws(session, 1.0) == [WakeAt(1.0 + THINKING_SHOWN_AFTER_S)]
    assert drafts(session.hear(Tick(), 1.5)) == []
    assert drafts(session.hear(Tick(), 1.0 + THINKING_SHOWN_AFTER_S)) == [((), True, False)]
    for number, sketch in enumerate(SKETCHES):
        assert drafts(draws(session, 4.0 + number, sketch)) == [((sketch,), True, False)]
    assert draws(session, 7.0, SKETCHES[0], attempt=session.turn.attempt + 1) == []


def test_the_answer_is_the_picture_alone() -> None:
    """No sketch is in what is committed."""
    session = Session()
    draws(session, 1.0, SKETCHES[0])
    (finish,) = [effect.verb for effect in ends(session, "complete", PICTURE) if isinstance(effect, Execute)]
    assert isinstance(finish, FinishTurn)
    assert (finish.ending, finish.answer) == ("answered", Answer(files=(PICTURE,)))


def test_a_stopped_drawing_ends_without_its_sketch() -> None:
    """So does one that breaks off; the next attempt begins without it."""
    session = Session()
    draws(session, 1.0, SKETCHES[0])
    stop = StopTurn(session=session.turn.session, turn=session.turn.turn, reason="stopped")
    close, finish = session.hear(stop, 2.0)
    assert isinstance(close, CloseStream)
    assert (finish.verb.ending, finish.verb.answer) == ("interrupted", Answer())
    broken = Session()
    draws(broken, 1.0, SKETCHES[0])
    (again,) = ends(broken, "stream_broke")
    assert isinstance(again.verb, TryAgain)
    assert again.verb.draft == ""


def test_a_courier_that_was_started_again_is_told_of_the_sketch() -> None:
    """Else it would stay until the next one comes, which may take minutes, without a word that somebody draws."""
    session = Session()
    draws(session, 1.0, SKETCHES[0])
    began, *shown = session.hear(CourierRestarted(), 2.0)
    assert isinstance(began.message, TurnBegan)
    assert drafts(shown) == [((SKETCHES[0],), True, False)]


def cut(effects: list[Any]) -> tuple[int | None, bool]:
    """Return what the ledger hears of a request that was closed."""
    (executed,) = [effect.verb for effect in effects if isinstance(effect, Execute)]
    assert isinstance(executed, FinishTurn | PauseTurn)
    return executed.cut_bytes, executed.has_drawn


@pytest.mark.parametrize("is_stopped", [True, False])
def test_what_the_model_made_unseen_is_told_to_the_ledger(is_stopped: bool) -> None:
    """An unfinished picture that nobody may see, and what the model reasoned or waits for its judgement; also of a process that ends."""

    def ended(session: Session) -> list[Any]:
        if is_stopped:
            return session.hear(StopTurn(turn=session.turn.turn, session=session.turn.session, reason="stopped"), 5.0)
        session.hear(Drain(deadline_s=5.0), 4.0)
        return session.hear(Tick(), 5.0)

    session = Session()
    turn, attempt = session.turn.turn, session.turn.attempt
    assert cut(session.hear(StopTurn(turn=turn, session=session.turn.session, reason="stopped"), 1.0)) == (None, False)
    session = Session()
    session.hear(ModelAsked(turn=turn, attempt=attempt, is_under_way=True), 0.5)
    session.hear(ModelDraws(turn=turn, attempt=attempt), 1.0)
    session.hear(ModelWrote(turn=turn, attempt=attempt - 1, unshown_bytes=5), 1.0)
    assert cut(ended(session)) == (0, False)
    session = Session()
    session.hear(ModelAsked(turn=turn, attempt=attempt, is_under_way=True), 0.5)
    session.hear(ModelDraws(turn=turn, attempt=attempt, has_drawn=True), 1.0)
    session.hear(ModelDraws(turn=turn, attempt=attempt), 1.1)
    session.hear(ModelWrote(turn=turn, attempt=attempt, unshown_bytes=5), 1.2)
    session.hear(ModelWrote(turn=turn, attempt=attempt, unshown_bytes=7), 1.3)
    session.hear(DraftGrew(turn=turn, attempt=attempt, text="Schön"), 1.4)
    assert cut(ended(session)) == (7 + 6, True)
