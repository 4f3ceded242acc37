"""Questions that wait behind others of their session, with the real process: their replies say so, and *Stop* ends the waiting."""

from typing import Any

from tests.rig.town import Town
from texts.english import ANSWERS, COUNTS

ONE, OTHERS = COUNTS["waits_behind"]
LONG = "A comet is a ball of ice and dust. " * 120


async def three_questions(town: Town) -> tuple[Any, Any, Any, Any]:
    """Alice asks three in one session; the first one's answer is held. Returns what holds it, and the questions."""
    await town.start()
    await town.set_status(town.alice, "activate")
    gate = town.model.gate("first")
    first = await town.alice.say(town.general, "The first one")
    await gate.reached()
    second = await town.alice.say(town.general, "The second one")
    third = await town.alice.say(town.general, "The third one")
    await town.until(lambda: waits(town, second, 1) and waits(town, third, 2))
    return gate, first, second, third


def waits(town: Town, question: Any, ahead: int) -> bool:
    """Whether the one reply to a question says that it waits behind so many."""
    said = (ONE if ahead == 1 else OTHERS).format(count=ahead)
    return [said in shown for shown in town.shown(question)] == [True]


async def test_a_question_that_waits_behind_others_is_answered_where_its_reply_says_so(town: Town) -> None:
    """Each in its turn, in the message that stands there."""
    gate, first, second, third = await three_questions(town)
    stood = [town.replies(question)[0].id for question in (second, third)]
    assert not town.reactions(second)
    assert not town.reactions(third)
    gate.finish()
    for question in (first, second, third):
        assert len(await town.answered(question)) == 1
    assert [town.replies(question)[0].id for question in (second, third)] == stood


async def test_stop_ends_the_waiting_of_a_question_behind_others(town: Town) -> None:
    """No model is asked; *Retry* asks it after all."""
    gate, first, second, third = await three_questions(town)
    (reply,) = town.replies(second)
    await town.alice.press(reply, "Stop")
    await town.until(lambda: town.shown(second) == [ANSWERS["stopped_empty"]])
    await town.until(lambda: waits(town, third, 1))
    gate.finish()
    await town.answered(first)
    await town.answered(third)
    assert len(town.model.requests) == 2
    await town.alice.press(town.replies(second)[0], "Retry")
    await town.until(lambda: len(town.replies(second)) == 2)
    await town.until(lambda: "The second one" in town.shown(second)[-1])


async def test_an_answer_that_waited_stands_below_all_of_the_one_before(town: Town) -> None:
    """That one went on in further messages, below what said that the question waits: it is deleted, and the answer begins anew."""
    town.model.script("first", answer=LONG)
    gate, first, second, third = await three_questions(town)
    stood = {question: town.replies(question)[0].id for question in (second, third)}
    gate.finish()
    parts = await town.answered(first)
    assert len(parts) > 1
    for question in (second, third):
        assert len(await town.answered(question)) == 1
        assert town.replies(question)[0].id != stood[question]
    order = [message.id for question in (first, second, third) for message in town.replies(question)]
    assert order == sorted(order)
    await town.until(lambda: sorted(row[0] for row in town.rows("SELECT message_id FROM reply")) == order)


async def test_what_said_that_a_question_waits_is_found_after_a_kill(town: Town) -> None:
    """Stored by Discord, not by us; in the next process it can be stopped before its session goes on, and nothing is said twice."""
    await town.start()
    await town.set_status(town.alice, "activate")
    gate = town.model.gate("first")
    first = await town.alice.say(town.general, "The first one")
    await gate.reached()
    await town.until(lambda: town.replies(first))
    assert town.bot is not None
    town.counter.arm(town.bot.pid, 1, "stored", "POST /channels/{channel}/messages")
    second = await town.alice.say(town.general, "The second one")
    third = await town.alice.say(town.general, "The third one")
    await town.died()
    (reply,) = town.replies(second)
    assert waits(town, second, 1)
    assert town.rows(f"SELECT count(*) FROM reply WHERE message_id = {reply.id}") == [(0,)]
    gate = town.model.gate("first")
    await town.start()
    await gate.reached()
    await town.until(lambda: town.rows(f"SELECT count(*) FROM reply WHERE message_id = {reply.id}") == [(1,)])
    await town.alice.press(town.replies(second)[0], "Stop")
    await town.until(lambda: town.shown(second) == [ANSWERS["stopped_empty"]])
    gate.finish()
    await town.answered(first)
    assert len(await town.answered(third)) == 1
    assert [message.id for message in town.replies(second)] == [reply.id]


async def test_a_deleted_question_takes_with_it_what_said_that_it_waits(town: Town) -> None:
    """Nobody reads in the channel that something waits which is gone."""
    gate, first, second, third = await three_questions(town)
    await town.alice.delete(second)
    await town.until(lambda: not town.replies(second))
    await town.until(lambda: waits(town, third, 1))
    gate.finish()
    await town.answered(first)
    await town.answered(third)
    assert len(town.model.requests) == 2
