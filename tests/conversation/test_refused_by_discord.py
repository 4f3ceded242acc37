"""What Discord does not take, for good or for a while."""

import pytest

from tests.conversation.panels import begin
from tests.rig.town import Town


@pytest.mark.parametrize("code", [200000, 240000])
@pytest.mark.parametrize("times", [1, 2])
async def test_a_text_that_discord_refuses_becomes_a_sentence(town: Town, code: int, times: int) -> None:
    """When a draft is refused, the whole answer is tried once more. When that is refused, a sentence stands there, without 👌."""
    await town.start()
    await begin(town, town.alice, town.general)
    town.model.script(answer="word " * 40, tokens_per_s=40)
    town.discord.fault("POST /channels/.*/messages$", code=code, times=times)
    question = await town.alice.say(town.general, "Go on")
    await town.until(lambda: town.rows("SELECT owed FROM turn WHERE question = 'Go on' AND owed = 0 AND end_time > 0"))
    if times == 1:
        assert town.shown(question) == [("word " * 40).strip()]
        assert town.reactions(question) == {"👌"}
    else:
        assert town.shown(question) == ["Discord did not accept the text of this answer. Try rephrasing your question."]
        assert town.reactions(question) == set()
    town.model.script(answer=None)
    assert await town.answered(await town.alice.say(town.general, "And now?")) == ["You said: [Alice]: And now?"]


async def test_a_message_that_cannot_be_edited_any_more_gives_way_to_a_new_one(town: Town) -> None:
    """Discord bounds the edits of an old message; the answer goes on below, and stands there once."""
    await town.start()
    await begin(town, town.alice, town.general)
    town.model.script(answer="word " * 200, tokens_per_s=100)
    question = await town.alice.say(town.general, "Go on")
    await town.until(lambda: town.replies(question))
    (first,) = town.replies(question)
    town.discord.fault(f"PATCH /channels/.*/messages/{first.id}", code=30046, times=None)
    assert await town.answered(question) == [("word " * 200).strip()]
    assert first.deleted
    rows = "SELECT count(*) FROM reply JOIN turn ON turn.id = reply.turn WHERE question = 'Go on'"
    await town.until(lambda: town.rows(rows) == [(1,)])


async def test_commands_that_discord_does_not_take_yet_are_registered_later(town: Town) -> None:
    """The bot starts, answers, and tries again."""
    fault = town.discord.fault("PUT /applications/.*/commands", status=503, times=2)
    await town.start()
    await begin(town, town.alice, town.general)
    assert fault.hits == 2
