"""*Continue*: it stands where a model can go on with its answer, and an old or forged press is refused with its sentence."""

from typing import Any

from sandbox.discord import Message
from tests.conversation.panels import menus, open_session, option, press
from tests.rig.model.audio import RECORDINGS, TRANSCRIPT
from tests.rig.town import Town
from texts.english import ANSWERS, PANELS

MODELS = """
[[models]]
name = "gpt-4o"
label = "Chat"
default = true

[[models]]
name = "gpt-transcribe"
kind = "transcription"
label = "Ear"

[[models]]
name = "gpt-image-2"
kind = "image"
label = "Painter"
"""


async def ready(town: Town) -> None:
    """A bot with models that chat, hear and draw; Alice goes on in one session."""
    town.config.write_text(MODELS)
    await town.start()
    await town.set_status(town.alice, "activate")
    await town.answered(await town.alice.say(town.general, "Hello?"))


async def choose(town: Town, label: str) -> None:
    """Have the session go on with another model."""
    panel = await open_session(town, town.alice)
    menu = menus(panel)[0]
    await town.seen(await town.alice.choose(panel, menu["custom_id"], option(menu, label)))


async def cut(town: Town, question: Any, gate: Any) -> Message:
    """Stop an answer once it has text; returns its message."""
    await gate.reached()
    gate.release()
    await town.until(lambda: town.replies(question) and "▌" in town.shown(question)[-1])
    await town.alice.press(town.replies(question)[-1], "Stop")
    await town.until(lambda: ANSWERS["stopped"] in town.shown(question)[-1])
    gate.finish()
    reply: Message = town.replies(question)[-1]
    return reply


def labels(message: Message) -> list[str]:
    return [control["label"] for control in message.controls()]


def turn_of(town: Town, question: Any) -> int:
    ((turn,),) = town.rows(f"SELECT max(id) FROM turn WHERE question_id = {question.id}")
    return int(turn)


async def refused(town: Town, message: Message, turn: int) -> str:
    """Press *Continue* as an old or forged message would; returns what only Alice sees."""
    answer = await town.seen(await town.alice.forge(message, f'1["continue",{turn}]'))
    assert answer.seen_only_by is town.alice.user
    return str(answer.content)


async def test_a_transcript_that_was_stopped_is_not_continued(town: Town) -> None:
    """Nobody hears where it stopped. Its session may hold a conversation by then; *Retry* hears the recording anew."""
    await ready(town)
    await choose(town, "Ear")
    gate = town.model.gate(lambda request: "transcriptions" in request.path)
    file = town.discord.attachment("voice.ogg", (RECORDINGS / "voice.ogg").read_bytes(), "audio/ogg")
    question = await town.alice.say(town.general, attachments=[file])
    reply = await cut(town, question, gate)
    assert labels(reply) == ["Retry"]
    assert await refused(town, reply, turn_of(town, question)) == PANELS["no_continuation"]
    await choose(town, "Chat")
    assert await refused(town, reply, turn_of(town, question)) == PANELS["no_continuation"]
    await choose(town, "Ear")
    asked = len(town.model.requests)
    await town.alice.press(reply, "Retry")
    await town.until(lambda: town.shown(question)[-1] == TRANSCRIPT)
    assert len(town.model.requests) == asked + 1


async def test_an_answer_is_not_continued_by_a_model_that_draws(town: Town) -> None:
    """Its button is old since the session has that model; when the session chats again, it works."""
    await ready(town)
    gate = town.model.gate("Comets?")
    town.model.script("Comets?", answer="one two three four five", chunk=8)
    question = await town.alice.say(town.general, "Comets?")
    reply = await cut(town, question, gate)
    assert labels(reply) == ["Retry", "Continue"]
    await choose(town, "Painter")
    asked, turns = len(town.model.requests), town.rows("SELECT count(*) FROM turn")
    refusal = await press(town, town.alice, reply, "Continue")
    assert refusal.content == PANELS["no_continuation"]
    assert (len(town.model.requests), town.rows("SELECT count(*) FROM turn")) == (asked, turns)
    await choose(town, "Chat")
    town.model.script(answer=" six")
    await town.alice.press(reply, "Continue")
    await town.until(
        lambda: town.rows("SELECT text FROM utterance ORDER BY position DESC LIMIT 1")[0][0].endswith(" six")
    )


async def test_a_continuation_that_waits_is_not_drawn_when_the_sessions_model_is_changed(town: Town) -> None:
    """It ends with its sentence, without a request; *Retry* goes on once the session chats again."""
    await ready(town)
    gate = town.model.gate("Comets?")
    town.model.script("Comets?", answer="one two three four five", chunk=8)
    question = await town.alice.say(town.general, "Comets?")
    reply = await cut(town, question, gate)
    held = town.model.gate("Hold")
    other = await town.alice.say(town.general, "Hold on")
    await held.reached()
    await town.alice.press(reply, "Continue")
    await town.until(lambda: town.rows("SELECT kind FROM turn WHERE state = 'queued'") == [("continue",)])
    await choose(town, "Painter")
    asked = len(town.model.requests)
    held.finish()
    await town.answered(other)
    await town.until(lambda: [one.content for one in town.replies(reply)] == [ANSWERS["cannot_continue"]])
    assert len(town.model.requests) == asked
    (sentence,) = town.replies(reply)
    assert labels(sentence) == ["Retry"]
    assert (await press(town, town.alice, sentence, "Retry")).content == PANELS["no_continuation"]
    await choose(town, "Chat")
    town.model.script(answer=" six")
    await town.alice.press(sentence, "Retry")
    await town.until(lambda: town.rows("SELECT text FROM utterance WHERE text LIKE '%six'"))
