"""Budgets and the ledger with all actors: 200 turns at once, and processes that are killed at any moment."""

import random
from collections import Counter
from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from messages.budget import Budget
from messages.presses import Retry
from storage.limits import Limits
from tests.world import promises
from tests.world.model import Manner
from tests.world.test_figures import Town
from tests.world.world import World, world

EACH, ALL = 1_000, 32_000
LIMITS = Limits(
    default_model="test-model",
    queue_cap=1000,
    questions_per_minute=1000,
    budgets=(Budget(scope="user", period="month", tokens=EACH), Budget(scope="all", period="month", tokens=ALL)),
)
USED = 20
"""What the scripted model counts for each request that it answered to its end."""


@pytest.fixture
def here() -> Iterator[World]:
    with world(LIMITS) as made:
        yield made
        assert not made.broken, made.broken
        assert not list(promises.wrong(made))


def _not_overspent(here: World) -> None:
    """Check each person's budget and everybody's: without the largest attempt, each had something left."""
    rows = here.all("SELECT asker, input_tokens + output_tokens AS tokens FROM ledger")
    each, largest = Counter[int](), Counter[int]()
    for row in rows:
        each[row["asker"]] += row["tokens"]
        largest[row["asker"]] = max(largest[row["asker"]], row["tokens"])
    assert all(used - largest[person] < EACH for person, used in each.items()), each
    assert sum(each.values()) - max(largest.values(), default=0) < ALL


@pytest.mark.parametrize("seed", range(4))
def test_200_turns_at_once_overspend_no_budget_by_more_than_one_of_them_whatever_is_killed(
    here: World, seed: int
) -> None:
    """Each request has one row in the ledger: as the model counted it or, where the process died, as estimated."""
    chance, town = random.Random(seed), Town(here)
    people = [town.join(number, attach=False) for number in range(100)]
    here.model.manners.append(Manner("breaks", left=10))
    questions = [town.ask(person, f"q{number}") for person in people for number in range(2)]
    for _ in range(3):
        here.advance(chance.uniform(0.3, 3.0))
        here.kill_at(chance.choice(("asked", "committed", "before_commit")), chance.randrange(1, 40))
        here.advance(chance.uniform(0.3, 3.0))
        here.kill()
        _not_overspent(here)
        here.start()
    town.rests()
    _not_overspent(here)
    assert here.one("SELECT count(*) AS open FROM reservation")["open"] == 0
    rows = here.all("SELECT turn, attempt, input_tokens + output_tokens AS tokens, is_estimated FROM ledger")
    booked = {(row["turn"], row["attempt"]): row for row in rows}
    assert len(booked) == len(rows)
    asked = {(request.turn.turn, request.turn.attempt): request for request in here.model.requests}
    assert asked.keys() <= booked.keys()
    # A process may die when it has reserved what it never comes to ask.
    assert all(booked[unasked]["is_estimated"] for unasked in booked.keys() - asked.keys())
    counted = {key for key, row in booked.items() if not row["is_estimated"]}
    assert all(booked[key]["tokens"] == USED and asked[key].reason is not None for key in counted)
    assert len(counted) > 10
    assert all(len(town.said_to(question)) == 1 for question in questions)
    reasons = Counter(row["reason"] for row in here.all("SELECT reason FROM turn"))
    assert reasons["complete"] > 10
    assert reasons["budget_all"] > 0 < reasons["budget_user"]


def test_a_question_that_no_budget_has_room_for_is_answered_by_retry_when_it_is_renewed() -> None:
    """The sentence says when; until then, the model is not asked."""
    with world(replace(LIMITS, budgets=(Budget(scope="user", period="day", tokens=5 * USED),))) as here:
        town = Town(here)
        person = town.join(0)
        for number in range(6):
            question = town.ask(person, f"q{number}")
            town.rests()
        (said,) = town.said_to(question)
        assert said.startswith("Your budget is used up. Press **Retry** <t:")
        assert len(here.model.requests) == 5
        (reply,) = here.discord.replies(question.id)
        failed = here.one("SELECT id FROM turn WHERE reason = 'budget_user'")["id"]
        here.press(person, reply, Retry(turn=failed))
        town.rests()
        assert len(here.model.requests) == 5
        here.advance(86_400)
        again = here.one("SELECT max(id) AS id FROM turn WHERE reason = 'budget_user'")["id"]
        here.press(person, here.discord.replies(question.id)[-1], Retry(turn=again))
        town.rests()
        assert len(here.model.requests) == 6
        assert not here.broken, here.broken
