"""Turns that wait for a place at the models: not asked yet, they can be changed, cost nothing, and die of nothing."""

from collections.abc import Iterator

import pytest

from messages.turn import CRASH_COUNT_ALONE
from tests.world.model import Manner
from tests.world.test_figures import CAP, ROOMY, Town
from tests.world.world import World, world


@pytest.fixture
def here() -> Iterator[World]:
    with world(ROOMY) as made:
        yield made
        assert not made.broken, made.broken


def test_an_edit_reaches_a_question_that_waits_for_a_place(here: World) -> None:
    """Nobody has read the old one."""
    town = Town(here)
    people = [town.join(number) for number in range(CAP + 1)]
    here.model.manners.append(Manner("slow", left=CAP))
    for person in people[:CAP]:
        town.ask(person)
    here.advance(0.5)
    question = town.ask(people[CAP], "Wrong question")
    here.advance(3.0)
    assert len(here.model.requests) == CAP
    here.edit(question, "Right question")
    town.rests()
    (request,) = [one for one in here.model.requests if one.turn.place.question_id == question.id]
    assert request.turn.question.text == "Right question"
    assert [
        text for (text,) in here.all("SELECT text FROM utterance WHERE turn = ? AND role = 'user'", request.turn.turn)
    ] == ["Right question"]


def test_nothing_is_asked_any_more_while_the_process_stops(here: World) -> None:
    """What waits for a place waits for the next process."""
    town = Town(here)
    people = [town.join(number) for number in range(2 * CAP)]
    here.model.manners.append(Manner("slow", left=CAP // 2))
    questions = [town.ask(person) for person in people]
    here.advance(0.5)
    here.model.manners.clear()
    began_s = here.clock.now_s
    here.stop()
    here.advance(30.0)
    assert len(here.model.requests) == CAP
    assert all(request.at_s <= began_s for request in here.model.requests)
    assert here.process is None
    here.start()
    town.rests()
    assert all(len(town.said_to(question)) == 1 for question in questions)


@pytest.mark.parametrize("kills", [2, 6])
def test_who_waited_for_a_slot_does_not_run_alone(here: World, kills: int) -> None:
    """Else they would run one after the other."""
    town = Town(here)
    people = [town.join(number) for number in range(2 * CAP)]
    here.model.manners.append(Manner("slow", left=10_000))
    for person in people:
        town.ask(person)
    here.advance(0.5)
    for _ in range(kills):
        here.kill()
        here.start()
        here.advance(3.0)
    asked = {request.turn.turn for request in here.model.requests}
    alone = {turn for (turn,) in here.all("SELECT id FROM turn WHERE deaths >= ?", CRASH_COUNT_ALONE)}
    assert alone <= asked
    here.model.manners.clear()
    town.rests()
