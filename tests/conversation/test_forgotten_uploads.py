"""After *Forget me* nothing more of a person reaches Discord, in whatever stage it is: before it is sent, amid its upload, when Discord has it already."""

from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest

from tests.conversation.test_drawing import pictures
from tests.conversation.test_drawing import ready as ready_to_draw
from tests.conversation.test_forgetting import ANSWERS_FORGOTTEN, forget, is_forgotten
from tests.conversation.test_spoken_answers import POSTS, asked, is_over, speeches, voices
from tests.conversation.test_spoken_answers import ready as ready_to_speak
from tests.rig.relay import Relay, relay_to
from tests.rig.town import Town

PICTURE, VOICE = b"picture-1024x1024", b"voice-message"


@pytest.fixture
async def relay(town: Town) -> AsyncIterator[Relay]:
    """The way to Discord; the bot that is started next takes it."""
    url = urlsplit(town.discord.rest_url)
    async with relay_to(url.port or 0) as made:
        town.variables["DISCORD_REST_URL"] = url._replace(netloc=f"127.0.0.1:{made.port}").geturl()
        yield made


async def test_a_picture_amid_its_upload_is_taken_back(town: Town, relay: Relay) -> None:
    """Nothing of it is left in Discord, which has got all of it by then; the question gets its sentence."""
    await ready_to_draw(town)
    relay.hold(PICTURE, "request")
    question = await town.alice.say(town.general, "A comet")
    await relay.held()
    await forget(town, town.alice)
    await town.until(lambda: town.shown(question) == [ANSWERS_FORGOTTEN])
    relay.release()
    await is_forgotten(town)
    assert pictures(town, question) == []
    assert town.shown(question) == [ANSWERS_FORGOTTEN]
    assert list((town.data / "files").iterdir()) == []


async def test_a_voice_message_that_waits_is_not_sent_any_more(town: Town) -> None:
    """Discord's limit has held it up; it was ready."""
    await ready_to_speak(town)
    limited = town.discord.fault(POSTS, retry_after_s=3.0, times=None, after=1)
    question = await asked(town)
    await town.until(lambda: limited.hits)
    await forget(town, town.alice)
    limited.cancel()
    await town.until(lambda: is_over(town))
    await is_forgotten(town)
    assert voices(town, question) == []
    assert town.rows("SELECT count(*) FROM speech") == [(0,)]
    assert len(speeches(town)) == 1


@pytest.mark.parametrize("is_killed", [False, True])
async def test_a_voice_message_that_discord_has_by_then_is_deleted(
    town: Town, relay: Relay, *, is_killed: bool
) -> None:
    """The bot does not know yet that Discord has it; a process that is killed before it knows leaves it to the next."""
    await ready_to_speak(town)
    relay.hold(VOICE, "answer")
    question = await asked(town)
    await town.until(lambda: voices(town, question))
    await forget(town, town.alice)
    assert town.rows("SELECT state, content FROM speech") == [("withdrawn", None)]
    if is_killed:
        await town.kill()
        await town.start()
    relay.release()
    await town.until(lambda: not voices(town, question))
    await town.until(lambda: town.rows("SELECT count(*) FROM speech") == [(0,)])
    await is_forgotten(town)
