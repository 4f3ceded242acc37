"""Budgets that are used up, tried by people who want more: in sessions of others, by every way to ask again, amid changes."""

from functools import partial
from typing import Any

import pytest

from tests.conversation.test_budgets import begin, budget, refusal
from tests.conversation.test_continue import cut
from tests.rig.town import Town

SPENT = "Your budget is used up."


async def spend(town: Town, person: Any, text: str = "What is a comet?") -> Any:
    """Use up a small budget with one question; returns it."""
    question = await person.say(town.general, text)
    await town.answered(question)
    return question


async def refused(town: Town, question: Any) -> None:
    """Wait until the newest reply to a question says that the budget is used up."""
    await town.until(lambda: bool(town.shown(question)) and SPENT in town.shown(question)[-1])


def has_rows(town: Town, count: int) -> bool:
    """Whether the ledger has so many rows."""
    return town.rows("SELECT count(*) FROM ledger") == [(count,)]


async def test_who_has_no_budget_left_is_refused_in_a_session_of_somebody_who_has(town: Town) -> None:
    """Each asks on their own account, whoever owns the session; the owner's next question is answered as ever."""
    await begin(town, budget("user", "tokens = 40"))
    for person in (town.alice, town.bob):
        await town.set_status(person, "activate")
    await spend(town, town.bob)
    first = await town.alice.say(town.general, "Hi")
    await town.answered(first)
    before = len(town.model.requests)
    joined = await town.bob.say(town.general, "And I?", reply_to=town.replies(first)[0])
    await refused(town, joined)
    assert len(town.model.requests) == before
    assert town.rows(f"SELECT count(*) FROM ledger WHERE asker = {town.bob.id}") == [(1,)]
    raised = await town.seen(await town.bob.command(town.general, "budget", person="Bob", tokens=5_000))
    assert raised.content.startswith("Raised until it is renewed.")
    await town.bob.press(town.replies(joined)[-1], "Retry")
    await town.until(lambda: "And I?" in town.shown(joined)[-1])
    sessions = f"SELECT count(DISTINCT session) FROM turn WHERE id IN (SELECT turn FROM ledger) AND reply_to IN ({first.id}, {joined.id})"
    assert town.rows(sessions) == [(1,)]


async def test_a_raise_counts_for_what_waits_already(town: Town) -> None:
    """The second question stands in the queue while an admin raises the budget that the first one uses up: nobody presses *Retry*."""
    await begin(town, budget("user", "tokens = 20"))
    await town.set_status(town.alice, "activate")
    gate = town.model.gate("comet")
    first = await town.alice.say(town.general, "What is a comet?")
    await gate.reached()
    second = await town.alice.say(town.general, "And a planet?")
    await town.until(lambda: town.rows("SELECT count(*) FROM turn WHERE state = 'queued'") == [(1,)])
    await town.seen(await town.bob.command(town.general, "budget", person="Alice", tokens=5_000))
    gate.finish()
    await town.answered(first)
    assert "And a planet?" in (await town.answered(second))[0]


@pytest.mark.parametrize("way", ["Retry", "Continue", "Ask again"])
async def test_no_way_to_ask_again_goes_round_a_budget(town: Town, way: str) -> None:
    """What was answered stays; the model is asked nothing, and nothing stays reserved."""
    await begin(town, budget("user", "tokens = 20"))
    gate = town.model.gate("comet")
    town.model.script("comet", answer="one two three four five", chunk=8)
    question = await town.alice.say(town.general, "What is a comet?")
    reply = await cut(town, question, gate)
    shown, before = town.shown(question), len(town.model.requests)
    if way == "Ask again":
        await town.alice.message_command(question, "Ask again")
    else:
        await town.alice.press(reply, way)
    await town.until(lambda: town.rows("SELECT owed FROM turn WHERE reason = 'budget_user'") == [(0,)])
    assert town.shown(question)[:1] == shown
    assert len(town.model.requests) == before
    assert town.rows("SELECT count(*) FROM reservation") == [(0,)]


async def test_a_question_that_was_refused_is_asked_as_edited_once_there_is_room(town: Town) -> None:
    """The edit itself asks nothing and costs nothing."""
    await begin(town, budget("user", "tokens = 20"))
    await spend(town, town.alice)
    question = await town.alice.say(town.general, "And a planet?")
    await refused(town, question)
    await town.alice.edit(question, "And a moon?")
    await town.until(lambda: town.rows("SELECT 1 FROM turn WHERE question = 'And a moon?'") == [(1,)])
    await town.alice.press(town.replies(question)[-1], "Retry")
    await town.until(lambda: town.rows("SELECT count(*) FROM turn WHERE reason = 'budget_user' AND owed = 0") == [(2,)])
    assert len(town.model.requests) == 1
    await town.seen(await town.bob.command(town.general, "budget", person="Alice", tokens=5_000))
    await town.alice.press(town.replies(question)[-1], "Retry")
    await town.until(lambda: "And a moon?" in town.shown(question)[-1])
    assert "planet" not in str([request.body for request in town.model.requests])


async def test_stops_alone_use_up_no_budget(town: Town) -> None:
    """A question that was stopped at once counts as what was sent and what came; six of them leave room in a budget for one answer at full length."""
    await begin(town, budget("user", "tokens = 900"))
    for number in range(6):
        gate = town.model.gate(f"comet {number}")
        question = await town.alice.say(town.general, f"What is comet {number}?")
        await gate.reached()
        gate.release()
        await town.until(partial(town.replies, question))
        await town.alice.press(town.replies(question)[0], "Stop")
        await town.until(partial(has_rows, town, number + 1))
        gate.finish()
    ((used, written),) = town.rows("SELECT sum(input_tokens), sum(output_tokens) FROM ledger WHERE is_estimated")
    assert (0 < used < 6 * 110, 0 < written < 6 * 5) == (True, True)
    assert SPENT not in (await town.answered(await town.alice.say(town.general, "And now?")))[0]


async def test_a_spent_budget_is_spent_before_and_after_a_gate(town: Town) -> None:
    """Judging a question costs nothing that counts, and lets nobody ask what no budget has room for."""
    server = town.discord.world.guild.id
    await begin(town, budget("user", "tokens = 20"), f"\n[moderation]\nblock = [{server}]\n")
    await spend(town, town.alice)
    assert (await refusal(town, town.alice)).startswith(SPENT)
    assert town.rows("SELECT count(*) FROM ledger WHERE purpose = 'answer'") == [(1,)]
    assert town.rows("SELECT count(*) FROM reservation") == [(0,)]
