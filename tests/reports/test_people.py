"""What people and models do in Discord according to public reports, tried on the real bot process."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.rig.town import Town
from tests.rig.town import town as a_town

LONG = "".join(f"Sentence number {number} of a long answer. " for number in range(120))
CODE = (
    "Here it is:\n```python\n" + "".join(f"print({number})  # a line of code\n" for number in range(150)) + "```\nDone."
)


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    """A bot at work that answers Alice's questions."""
    async with a_town(tmp_path) as town:
        await town.start()
        await town.set_status(town.alice, "new")
        yield town


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param("@everyone @here <@{alice}> <@&{server}>", id="NousResearch/hermes-agent#11339"),
        pytest.param("I put it together: @" + "every" + "one, as you asked.", id="Najmul190/Discord-AI-Selfbot#53"),
    ],
)
async def test_nobody_is_pinged_by_an_answer(town: Town, answer: str) -> None:
    """Neither when it is posted nor when it grows letter by letter; what the model wrote is shown."""
    text = answer.format(alice=town.alice.id, server=town.discord.world.guild.id)
    town.model.script(answer=text, chunk=1, tokens_per_s=20)
    question = await town.alice.say(town.general, "Ping them all")
    assert await town.answered(question) == [text]
    assert town.discord.pings == []


async def test_a_long_answer_goes_on_in_further_messages(town: Town) -> None:
    """firecrawl/ai-discord-bot#2, HKUDS/nanobot#308: over 2,000 characters, Discord refuses a message."""
    town.model.script(answer=LONG)
    question = await town.alice.say(town.general, "At length, please")
    parts = await town.answered(question)
    assert [len(part) <= 2000 for part in parts] == [True] * 3
    assert "".join("".join(parts).split()) == "".join(LONG.split())


async def test_code_stays_code_in_every_message(town: Town) -> None:
    """johndotpub/DiscordianAI#42: blocks of code were split in the middle of their backticks."""
    town.model.script(answer=CODE)
    question = await town.alice.say(town.general, "Print many numbers")
    parts = await town.answered(question)
    assert len(parts) > 1
    assert all(part.count("```") == 2 for part in parts[:-1])
    assert all(part.startswith("```python\n") for part in parts[1:])
    lines = [line for part in parts for line in part.splitlines() if line.startswith("print(")]
    assert lines == [line for line in CODE.splitlines() if line.startswith("print(")]


async def test_a_question_that_is_deleted_at_once_harms_nothing(town: Town) -> None:
    """claabs/markov-discord#32: a moderator's bot deletes it before the answer, and replying to it fails."""
    gate = town.model.gate("rude")
    rude = await town.alice.say(town.general, "Something rude")
    await gate.reached()
    await town.alice.delete(rude)
    gate.finish()
    question = await town.alice.say(town.general, "And something else")
    assert await town.answered(question) == ["You said: [Alice]: And something else"]
    assert town.replies(rude) == []


async def test_a_question_that_is_deleted_while_it_is_answered_ends_its_answer(town: Town) -> None:
    """TripSit/TripBot#997: the reply's reference is to a message that is gone."""
    gate = town.model.gate("comet")
    comet = await town.alice.say(town.general, "What is a comet?")
    await gate.reached()
    gate.release(3)
    await town.until(lambda: town.replies(comet))
    await town.alice.delete(comet)
    await town.model.until(lambda: not town.model.open_streams)
    question = await town.alice.say(town.general, "And a star?")
    assert await town.answered(question) == ["You said: [Alice]: And a star?"]


async def test_a_mention_of_everyone_calls_not_the_bot(town: Town) -> None:
    """TuringAI-Team/chatgpt-discord-bot#7, EnArvy/Discord-Gemini-Chatbot#7: bots answered each @everyone."""
    await town.bob.say(town.general, "@everyone the meeting begins")
    question = await town.alice.say(town.general, "After it")
    await town.answered(question)
    assert [message.author_id for message in town.discord.messages(town.general)] == [
        town.bob.id,
        town.alice.id,
        town.discord.world.bot.id,
    ]


async def test_a_forwarded_message_is_asked(town: Town) -> None:
    """moazbuilds/claudeclaw#193, Rapptz/discord.py#10204: a forward has no content, its text stands in a snapshot."""
    original = await town.bob.say(town.discord.channel("random"), "The comet comes back in 2061")
    question = await town.alice.forward(original, town.general)
    (answer,) = await town.answered(question)
    assert "The comet comes back in 2061" in answer


async def test_of_a_forwarded_file_the_model_hears(town: Town) -> None:
    """vercel/chat#825: a forward of a voice note or a picture alone arrived as a blank message."""
    picture = town.discord.attachment("comet.png", b"\x89PNG", "image/png")
    original = await town.bob.say(town.discord.channel("random"), attachments=[picture])
    question = await town.alice.forward(original, town.general)
    (answer,) = await town.answered(question)
    assert "comet.png" in answer
