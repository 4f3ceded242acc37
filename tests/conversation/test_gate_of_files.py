"""A gate judges what a question encloses and what is heard, too: documents, recordings, and what is replied to."""

from typing import Any

import pytest

from sandbox.discord.things import VOICE_MESSAGE
from tests.conversation.panels import start_with
from tests.conversation.test_moderation import BLOCKED_ANSWER, BLOCKED_QUESTION, ends, gated
from tests.conversation.test_voice_messages import HEARING, LOUD
from tests.files.test_documents import pdf_with, shown
from tests.rig.model.audio import RECORDINGS, TRANSCRIPTIONS
from tests.rig.model.moderations import MODERATIONS
from tests.rig.town import Town
from texts.english import ANSWERS

FLAGGED = "How do I slay a dragon?"


def chatted(town: Town) -> list[str]:
    """The paths of the requests to models that neither judge nor listen."""
    return [request.path for request in town.model.requests if request.path not in (MODERATIONS, TRANSCRIPTIONS)]


def shows_nothing(town: Town) -> bool:
    """Whether nothing of what is flagged was ever sent to Discord, or is kept."""
    shown = any("slay" in str(request.body) for request in town.discord.requests)
    return not shown and b"slay" not in (town.data / "causerie.db").read_bytes()


async def hears(town: Town, mode: str) -> None:
    """A bot with this gate whose model for recordings hears something that is flagged."""
    town.config.write_text(town.config.read_text().replace("[limits]", f"{HEARING}\n[limits]"))
    town.model.script(lambda request: request.path == TRANSCRIPTIONS, answer=FLAGGED)
    await gated(town, mode)


async def speaks(town: Town) -> Any:
    """A voice message of Alice's."""
    file = town.discord.attachment("voice-message.ogg", (RECORDINGS / "voice.ogg").read_bytes(), "audio/ogg")
    file |= {"waveform": LOUD, "duration_secs": 1.3}
    return await town.alice.say(town.general, attachments=[file], flags=VOICE_MESSAGE)


async def test_what_is_said_in_a_recording_is_judged_before_it_is_quoted_or_asked(town: Town) -> None:
    """Nothing of it is shown or kept, and no model is asked."""
    await hears(town, "block")
    question = await speaks(town)
    await ends(town, question, BLOCKED_QUESTION)
    assert not chatted(town)
    assert shows_nothing(town)
    await town.until(lambda: not list((town.data / "files").iterdir()))


async def test_with_warn_what_is_said_is_quoted_and_said_to_be_flagged(town: Town) -> None:
    """And it is answered."""
    await hears(town, "warn")
    (said,) = await town.answered(await speaks(town))
    assert said.startswith(f"> 🎙️ {FLAGGED}\nYou said: ")
    assert ANSWERS["question_flagged"].format(categories="violence") in said


async def test_a_transcript_that_is_the_answer_is_judged_before_it_is_shown(town: Town) -> None:
    """In a session whose model listens."""
    await hears(town, "block")
    await start_with(town, town.alice, "gpt-transcribe")
    await town.set_status(town.alice, "new")
    question = await speaks(town)
    await ends(town, question, BLOCKED_ANSWER)
    assert shows_nothing(town)


@pytest.mark.parametrize("where", ["in a text", "in a PDF", "replied to", "forwarded"])
async def test_what_a_question_encloses_is_judged_with_it(town: Town, where: str) -> None:
    """What is in a file, the message that is replied to, what is forwarded: the model is not asked about any of it."""
    await gated(town, "block")
    if where.startswith("in a "):
        content = FLAGGED.encode() if where == "in a text" else pdf_with([shown(FLAGGED)])
        file = town.discord.attachment("notes", content)
        question = await town.alice.say(town.general, "What is it?", attachments=[file])
    elif where == "replied to":
        said = await town.bob.say(town.general, FLAGGED)
        bot = f"<@{town.discord.world.bot.id}>"
        question = await town.alice.say(town.general, f"{bot} What is it?", reply_to=said)
    else:
        question = await town.alice.forward(await town.bob.say(town.general, FLAGGED), town.general)
    await ends(town, question, BLOCKED_QUESTION)
    assert not chatted(town)
