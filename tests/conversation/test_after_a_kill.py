"""What is kept of a turn, at each of its states, when the process is killed; what the next process makes of it."""

from typing import Any

from tests.rig.town import Town
from texts.english import ANSWERS

CURSOR = "▌"
POSTS = r"POST /channels/\d+/messages$"


def nonces(town: Town, question: Any) -> list[str]:
    """Under which the parts of a question's reply were posted, in the order of the requests."""
    bodies = [
        one.body for one in town.discord.requests if one.route == "POST /channels/{channel}/messages" and one.body
    ]
    return [
        str(body["nonce"]) for body in bodies if int(body.get("message_reference", {})["message_id"]) == question.id
    ]


async def ready(town: Town) -> None:
    """A bot that answers Alice."""
    await town.start()
    await town.set_status(town.alice, "new")


async def test_what_was_committed_and_not_begun_runs_after_the_restart(town: Town) -> None:
    """Nothing was visible; the next process puts ✍🏻, asks once, answers once."""
    await ready(town)
    assert town.bot is not None
    town.counter.arm(town.bot.pid, 1, "before")
    question = await town.alice.say(town.general, "What is a comet?")
    await town.died()
    assert town.rows("SELECT count(*) FROM turn") == [(1,)]
    assert not town.replies(question)
    assert not town.reactions(question)
    gate = town.model.gate("comet")
    await town.start()
    await gate.reached()
    await town.until(lambda: town.reactions(question) == {"✍🏻"})
    gate.finish()
    assert await town.answered(question) == ["You said: [Alice]: What is a comet?"]


async def test_a_first_text_that_was_being_posted_is_the_reply_of_the_next_process_too(town: Town) -> None:
    """Stored by Discord, not by us: the one message, by the same nonce or found by what it replies to; ✍🏻 stays meanwhile."""
    await ready(town)
    town.model.script("comet", answer="A comet is a ball of ice and dust.", tokens_per_s=10)
    assert town.bot is not None
    town.counter.arm(town.bot.pid, 1, "stored", "POST /channels/{channel}/messages")
    question = await town.alice.say(town.general, "What is a comet?")
    await town.died()
    (reply,) = town.replies(question)
    assert town.rows("SELECT count(*) FROM reply") == [(0,)]
    assert town.reactions(question) <= {"✍🏻"}
    await town.start()
    assert await town.answered(question) == ["A comet is a ball of ice and dust."]
    assert [message.id for message in town.replies(question)] == [reply.id]
    assert town.rows("SELECT message_id FROM reply") == [(reply.id,)]
    assert len(set(nonces(town, question))) == 1


async def test_a_draft_is_kept_marked_and_never_told_to_a_model_as_an_answer(town: Town) -> None:
    """It stays on show, with its cursor or with ✍🏻 on the question; the second attempt is asked like the first, and deletes the parts it does not need."""
    await ready(town)
    town.model.script("comet", answer="A comet is ice. " * 300, chunk=80, tokens_per_s=20, times=1)
    town.model.gate("comet").release(40)
    question = await town.alice.say(town.general, "What is a comet?")
    await town.until(lambda: len(town.replies(question)) == 2)
    await town.until(lambda: town.rows("SELECT length(draft) >= 1500 FROM turn") == [(1,)])
    await town.kill()
    ((draft,),) = town.rows("SELECT draft FROM turn")
    sent = town.model.requests[0].sent
    assert sent.startswith(draft)
    shown = town.shown(question)
    assert shown[-1].endswith(CURSOR) or town.reactions(question) == {"✍🏻"}
    gate = town.model.gate("comet")
    town.model.script("comet", answer="A comet is a ball of ice and dust.")
    await town.start()
    second = await gate.reached()
    assert second.dialogue == town.model.requests[0].dialogue
    assert town.shown(question)[0] == shown[0]
    gate.finish()
    first = town.replies(question)[0]
    assert await town.answered(question) == ["A comet is a ball of ice and dust."]
    assert [message.id for message in town.replies(question)] == [first.id]
    assert town.rows("SELECT message_id FROM reply") == [(first.id,)]


async def test_an_answer_that_was_committed_is_shown_without_asking_again(town: Town) -> None:
    """The model had ended, Discord showed nothing of it: whole after the restart, ✍🏻 until then."""
    await ready(town)
    down = town.discord.fault(POSTS, status=503, times=None)
    question = await town.alice.say(town.general, "What is a comet?")
    await town.until(lambda: down.hits and town.rows("SELECT state FROM turn") == [("answered",)])
    await town.until(lambda: town.reactions(question) == {"✍🏻"})
    await town.kill()
    down.cancel()
    assert not town.replies(question)
    await town.start()
    assert await town.answered(question) == ["You said: [Alice]: What is a comet?"]
    assert len(town.model.requests) == 1


async def test_an_answer_that_was_shown_loses_its_writing_hand_and_is_over(town: Town) -> None:
    """Killed when only ✍🏻 was left to be taken away: no request to the model, no text sent again."""
    await ready(town)
    town.model.script("comet", answer="A comet is a ball of ice and dust.", tokens_per_s=10)
    assert town.bot is not None
    town.counter.arm(town.bot.pid, 1, "before", "DELETE")
    question = await town.alice.say(town.general, "What is a comet?")
    await town.died()
    assert town.shown(question) == ["A comet is a ball of ice and dust."]
    assert "✍🏻" in town.reactions(question)
    await town.start()
    assert await town.answered(question) == ["A comet is a ball of ice and dust."]
    await town.until(lambda: town.rows("SELECT state FROM turn") == [("delivered",)])
    assert len(town.model.requests) == 1


async def test_a_third_death_is_said_with_what_there_was_and_what_waits_is_answered(town: Town) -> None:
    """Text kept, a sentence, *Retry*, no ✍🏻; the next question of the session is answered, and Retry asks anew."""
    await ready(town)
    await town.answered(await town.alice.say(town.general, "Begin"))
    await town.set_status(town.alice, "activate")
    town.model.script("Deadly", answer="Once upon a time there was a bot.", chunk=5)
    gates = [town.model.gate("Deadly") for _ in range(3)]
    question = await town.alice.say(town.general, "Deadly question")
    behind = await town.alice.say(town.general, "Harmless question")
    for number, gate in enumerate(gates, start=1):
        await gate.reached()
        gate.release(3)
        await town.until(lambda: town.rows("SELECT 1 FROM turn WHERE question LIKE 'Deadly%' AND draft != ''"))
        await town.until(lambda: "Once upon" in "".join(town.shown(question)))
        await town.kill()
        assert town.rows("SELECT attempt FROM turn WHERE question LIKE 'Deadly%'") == [(number,)]
        await town.start()
    assert await town.answered(behind) == ["You said: [Alice]: Harmless question"]
    await town.until(lambda: ANSWERS["quarantined"] in "".join(town.shown(question)))
    (reply,) = town.replies(question)
    assert reply.content.startswith("Once upon")
    assert CURSOR not in reply.content
    await town.until(lambda: not town.reactions(question))
    await town.alice.press(reply, "Retry")
    await town.until(lambda: "Once upon a time there was a bot." in town.shown(question))


async def test_nonces_have_25_characters_at_most_and_are_the_same_when_something_is_posted_again(town: Town) -> None:
    """Each part of an answer and each notice has its own; a retry and the process after a kill say the same."""
    await ready(town)
    town.model.script("comet", answer="A comet is ice. " * 350, chunk=200)
    town.discord.fault(POSTS, status=503)
    assert town.bot is not None
    town.counter.arm(town.bot.pid, 3, "before", "POST /channels/{channel}/messages")
    question = await town.alice.say(town.general, "What is a comet?")
    await town.died()
    await town.start()
    assert len(await town.answered(question)) == 3
    said = nonces(town, question)
    assert len(said) == 5, "the first after its 503, the second after the kill"
    assert len(set(said)) == 3
    await town.set_status(town.bob, "activate")
    refused = await town.bob.say(town.general, "And I?")
    await town.until(lambda: town.replies(refused))
    (of_notice,) = nonces(town, refused)
    assert of_notice not in said
    assert all(0 < len(nonce) <= 25 for nonce in (*said, of_notice))
