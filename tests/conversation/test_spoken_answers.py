"""Answers that are read aloud to people who want that: a voice message beside the text."""

import base64
from typing import Any

import pytest

from sandbox.discord.permissions import SEND_VOICE_MESSAGES
from sandbox.discord.things import VOICE_MESSAGE
from tests.conversation.panels import open_user, press, rows, start_with
from tests.conversation.test_places import forbid
from tests.rig.kill import When
from tests.rig.model.audio import RECORDINGS, SPEECH
from tests.rig.model.moderations import MODERATIONS
from tests.rig.model.record import ModelRequest
from tests.rig.town import CONFIG, Town
from texts.english import ANSWERS

SPEAKING = """
[[models]]
name = "tts-1"
kind = "speech"
voice = "coral"
price_characters = 15.0
"""
SPOKEN = (RECORDINGS / "voice.ogg").read_bytes()
QUESTION = "What is a comet?"
ANSWER = f"You said: [Alice]: {QUESTION}"
POSTS = r"POST /channels/\d+/messages$"


def speeches(town: Town) -> list[ModelRequest]:
    """The requests to the model that reads aloud."""
    return [request for request in town.model.requests if request.path == SPEECH]


def voices(town: Town, question: Any) -> list[Any]:
    """The voice messages that reply to a question."""
    return [reply for reply in town.replies(question) if reply.flags & VOICE_MESSAGE]


def is_over(town: Town) -> bool:
    """Whether nothing waits to be read aloud or to be sent."""
    return town.rows("SELECT count(*) FROM speech WHERE state != 'sent'") == [(0,)]


async def ready(town: Town, more: str = "") -> None:
    """A bot that answers Alice, and reads its answers aloud to her."""
    town.config.write_text(CONFIG + SPEAKING + more)
    await town.start()
    await town.set_status(town.alice, "new")
    await press(town, town.alice, await open_user(town, town.alice), "Voice")


async def asked(town: Town, text: str = QUESTION) -> Any:
    """A question of Alice's whose answer Discord shows."""
    question = await town.alice.say(town.general, text)
    await town.answered(question)
    return question


async def test_an_answer_is_read_aloud_beside_its_text(town: Town) -> None:
    """The text comes first; the voice message replies to the same question, and Discord is told how long it is and what to draw."""
    await ready(town)
    question = await asked(town)
    await town.until(lambda: voices(town, question))
    text, voice = town.replies(question)
    assert (text.content, voice.content) == (ANSWER, "")
    (file,) = voice.attachments
    assert town.discord.file(voice) == SPOKEN
    assert (file["filename"], file["content_type"]) == ("voice-message.ogg", "audio/ogg")
    assert 1 < file["duration_secs"] < 2
    assert len(base64.b64decode(file["waveform"])) == 13
    (request,) = speeches(town)
    assert request.body == {"model": "tts-1", "input": ANSWER, "voice": "coral", "response_format": "opus"}
    assert town.reactions(question) == {"👌"}
    ledger = town.rows("SELECT purpose, model, characters, micro_dollars FROM ledger ORDER BY id")
    assert ledger[1:] == [("speech", "tts-1", len(ANSWER), 15 * len(ANSWER))]
    assert town.rows("SELECT count(*) FROM reservation") == [(0,)]


async def test_the_button_is_there_where_a_model_speaks_and_changes_nothing_else(town: Town) -> None:
    """It is off at first; other people's answers stay silent."""
    town.config.write_text(CONFIG + SPEAKING)
    await town.start()
    panel = await open_user(town, town.alice)
    assert rows(panel)[2] == ["new", "activate", "disable", "Voice"]
    assert "**Voice**: off" in panel.content
    panel = await press(town, town.alice, panel, "Voice")
    assert "**Voice**: on" in panel.content
    await town.set_status(town.bob, "new")
    question = await town.bob.say(town.general, QUESTION)
    await town.answered(question)
    assert town.rows("SELECT count(*) FROM speech") == [(0,)]
    assert "**Voice**: off" in (await press(town, town.alice, panel, "Voice")).content


async def test_without_a_model_that_speaks_nothing_is_offered(town: Town) -> None:
    """The panel is as it was."""
    await town.start()
    panel = await open_user(town, town.alice)
    assert rows(panel)[2] == ["new", "activate", "disable"]
    assert "Voice" not in panel.content


async def test_code_and_formatting_are_not_read_aloud(town: Town) -> None:
    """Of an answer that is nothing but code, there is nothing to hear."""
    await ready(town)
    town.model.script(
        "mixed", answer="# Sorting\n**Use** `sorted`:\n```python\nsorted(x)\n```\nSee [the docs](https://example.org)."
    )
    town.model.script("only", answer="```python\nsorted(x)\n```")
    mixed, only = await asked(town, "mixed"), await asked(town, "only")
    await town.until(lambda: voices(town, mixed) and is_over(town))
    (request,) = speeches(town)
    assert request.body["input"] == "Sorting\nUse sorted:\nSee the docs."
    assert not voices(town, only)


async def test_where_voice_messages_are_not_allowed_it_is_a_file(town: Town) -> None:
    """The permission may be missing in one channel; where files are missing too, the text is all there is."""
    await ready(town)
    forbid(town, town.general, SEND_VOICE_MESSAGES)
    question = await asked(town)
    await town.until(lambda: len(town.replies(question)) == 2)
    _, voice = town.replies(question)
    assert not voice.flags & VOICE_MESSAGE
    assert town.discord.file(voice, "voice-message.ogg") == SPOKEN
    await town.until(lambda: is_over(town))


async def test_where_discord_takes_neither_the_text_stands_alone(town: Town) -> None:
    """Two refusals, and nothing more is tried."""
    await ready(town)
    town.discord.fault(POSTS, status=403, code=50013, times=None, after=1)
    question = await asked(town)
    await town.until(lambda: speeches(town) and is_over(town))
    assert town.shown(question) == [ANSWER]


async def test_a_model_that_cannot_speak_leaves_the_text_as_it_is(town: Town) -> None:
    """Nothing is said of it: the answer is there."""
    await ready(town)
    town.model.script(lambda request: request.path == SPEECH, body=b"{}", status=400, content_type="application/json")
    question = await asked(town)
    await town.until(lambda: speeches(town) and is_over(town))
    assert town.shown(question) == [ANSWER]
    assert town.reactions(question) == {"👌"}


async def test_what_is_no_ogg_is_a_file_that_people_can_play(town: Town) -> None:
    """A server may send MP3 whatever it is asked for; Discord draws only Ogg with Opus."""
    await ready(town)
    mp3 = (RECORDINGS / "voice.mp3").read_bytes()
    town.model.script(lambda request: request.path == SPEECH, body=mp3, content_type="audio/mpeg")
    question = await asked(town)
    await town.until(lambda: len(town.replies(question)) == 2)
    assert town.discord.file(town.replies(question)[1], "voice-message.mp3") == mp3


async def test_a_reply_to_the_voice_message_goes_on_with_its_session(town: Town) -> None:
    """As a reply to the text does."""
    await ready(town)
    question = await asked(town)
    await town.until(lambda: voices(town, question) and is_over(town))
    again = await town.alice.say(town.general, "And a meteor?", reply_to=voices(town, question)[0])
    await town.answered(again)
    assert town.rows("SELECT count(DISTINCT session) FROM turn") == [(1,)]


async def test_a_kill_while_it_is_read_aloud_costs_one_more_request(town: Town) -> None:
    """The next process begins anew: one voice message."""
    await ready(town)
    gate = town.model.gate(lambda request: request.path == SPEECH)
    question = await asked(town)
    await gate.reached()
    await town.kill()
    await town.start()
    await town.until(lambda: voices(town, question) and is_over(town))
    assert len(voices(town, question)) == 1
    assert len(speeches(town)) == 2


async def test_to_a_question_that_is_gone_no_second_voice_message_is_sent(town: Town) -> None:
    """What was sent before the kill replies to nothing, so that nobody can find it."""
    await ready(town)
    gate = town.model.gate(lambda request: request.path == SPEECH)
    question = await asked(town)
    await gate.reached()
    await town.alice.delete(question)
    assert town.bot is not None
    town.counter.arm(town.bot.pid, 1, "stored", "POST /channels/{channel}/messages")
    gate.finish()
    await town.died()
    await town.start()
    await town.until(lambda: is_over(town))
    sent = [one for one in town.discord.messages(town.general, seen_by=None) if one.flags & VOICE_MESSAGE]
    assert len(sent) == 1
    assert town.rows("SELECT * FROM speech") == []


async def test_a_voice_message_that_discord_stored_before_the_kill_is_found(town: Town) -> None:
    """It has no nonce: the next process looks for it in the channel before it sends anything."""
    await ready(town)
    down = town.discord.fault(POSTS, status=503, times=None, after=1)
    question = await asked(town)
    await town.until(lambda: town.rows("SELECT state FROM speech") == [("made",)] and down.hits)
    down.cancel()
    assert town.bot is not None
    town.counter.arm(town.bot.pid, 1, "stored", "POST /channels/{channel}/messages")
    await town.died()
    assert len(voices(town, question)) == 1
    await town.start()
    await town.until(lambda: is_over(town))
    assert len(voices(town, question)) == 1
    assert len(speeches(town)) == 1
    assert town.shown(question) == [ANSWER, ""]


async def test_a_post_without_an_answer_is_looked_for_before_it_is_sent_again(town: Town) -> None:
    """Discord had stored it: nothing is sent twice."""
    await ready(town)
    lost = town.discord.fault(POSTS, stored_then_dropped=True, after=1)
    question = await asked(town)
    await town.until(lambda: voices(town, question) and is_over(town))
    assert lost.hits == 1
    assert len(voices(town, question)) == 1
    assert len(speeches(town)) == 1


async def test_of_a_long_answer_the_beginning_is_read_aloud(town: Town) -> None:
    """As much as the model takes, up to the end of a sentence, and that the rest can be read."""
    await ready(town)
    town.model.script("comet", answer="A comet is ice and dust. " * 300, chunk=500)
    question = await asked(town)
    await town.until(lambda: voices(town, question))
    (request,) = speeches(town)
    said = request.body["input"]
    assert 4_000 < len(said) <= 4_096
    assert said.endswith("ice and dust.\nThe rest is in the text of this answer.")


async def test_a_session_with_a_model_that_speaks_reads_aloud_what_is_written(town: Town) -> None:
    """The answer is the file; nothing else of it is read aloud."""
    await ready(town)
    await start_with(town, town.alice, "tts-1")
    question = await asked(town)
    (reply,) = town.replies(question)
    assert town.discord.file(reply, "speech.ogg") == SPOKEN
    (request,) = speeches(town)
    assert request.body["input"] == QUESTION
    assert town.rows("SELECT purpose, characters FROM ledger") == [("answer", len(QUESTION))]


@pytest.mark.parametrize("number", range(1, 5))
@pytest.mark.parametrize("when", ["before", "stored", "answered"])
async def test_a_kill_at_any_request_leaves_one_text_and_one_voice_message(town: Town, when: When, number: int) -> None:
    """✍🏻, the answer's model, the text, the model that reads aloud, the voice message: each is asked once more at most."""
    await ready(town)
    assert town.bot is not None
    town.counter.arm(town.bot.pid, 2 * number - 1, when)
    question = await town.alice.say(town.general, QUESTION)
    await town.until(lambda: town.bot is None or town.bot.returncode is not None or voices(town, question))
    await town.kill()
    await town.start()
    await town.until(lambda: voices(town, question) and is_over(town))
    assert sorted(town.shown(question)) == ["", ANSWER]
    assert len(speeches(town)) <= 2
    assert len(town.model.requests) <= 3


async def test_a_voice_message_is_no_part_of_another_answer_to_the_question(town: Town) -> None:
    """It may be posted while the question is asked again: whoever looks for parts of the new answer leaves it alone."""
    await ready(town)
    slow = town.model.gate(lambda request: request.path == SPEECH)
    question = await asked(town)
    await slow.reached()
    await town.alice.edit(question, "What is a meteor?")
    await town.until(lambda: any(one.get("label") == "Ask again" for one in town.replies(question)[0].controls()))
    again = town.model.gate("meteor")
    await town.seen(await town.alice.press(town.replies(question)[0], "Ask again"))
    await again.reached()
    slow.finish()
    await town.until(lambda: len(voices(town, question)) == 1)
    (voice,) = voices(town, question)
    await town.kill()
    await town.start()
    await town.until(lambda: len(voices(town, question)) == 2 and is_over(town))
    assert voice in voices(town, question)
    assert sorted(town.shown(question)) == ["", "", ANSWER, ANSWER.replace("comet", "meteor")]


async def test_an_answer_that_is_blocked_is_not_read_aloud(town: Town) -> None:
    """Nor is anything of it said to a model."""
    await ready(town, f"\n[moderation]\nblock = [{town.discord.world.guild.id}]\n")
    town.model.script(lambda request: request.path != MODERATIONS, answer="You slay it.", times=1)
    blocked = await town.alice.say(town.general, "How does one feed a dragon?")
    await town.until(lambda: town.shown(blocked) == [ANSWERS["answer_blocked"]])
    allowed = await asked(town)
    await town.until(lambda: voices(town, allowed))
    assert [request.body["input"] for request in speeches(town)] == [ANSWER]
    assert not voices(town, blocked)
