"""Killed at each request of turns that are heard or read aloud: sessions with such models, and answers that are read aloud, too."""

from typing import Any, Final

import pytest

from sandbox.discord.things import VOICE_MESSAGE
from tests.conversation.panels import open_user, press, start_with
from tests.conversation.test_every_kind_again import left_over
from tests.conversation.test_kills_of_presses import killed_at
from tests.conversation.test_spoken_answers import SPEAKING, SPOKEN
from tests.conversation.test_survival import BOUNDARIES_MAX, WHENS
from tests.conversation.test_voice_messages import HEARING, LOUD
from tests.rig.kill import When
from tests.rig.model.audio import RECORDINGS, TRANSCRIPT
from tests.rig.town import CONFIG, Town

VOICE: Final = (RECORDINGS / "voice.ogg").read_bytes()


async def sweep(town: Town, when: When, expected: list[str], *, is_spoken: bool, requests: int) -> None:
    """Ask until no request is left to be killed at: each question has these replies, after at most one extra request to a model."""
    swept = []
    for k in range(1, BOUNDARIES_MAX):
        asked: list[Any] = []
        before = len(town.model.requests)

        async def ask(asked: list[Any] = asked) -> None:
            file = town.discord.attachment("voice-message.ogg", VOICE, "audio/ogg")
            said = {"attachments": [file | {"waveform": LOUD, "duration_secs": 1.3}], "flags": VOICE_MESSAGE}
            asked.append(await town.alice.say(town.general, **({"text": "A comet"} if is_spoken else said)))

        def is_over(asked: list[Any] = asked) -> bool:
            return (
                bool(asked)
                and town.shown(asked[0]) == expected
                and town.reactions(asked[0]) <= {"👌"}
                and town.rows("SELECT count(*) FROM turn WHERE owed = 1 OR state = 'streaming'") == [(0,)]
                and town.rows("SELECT count(*) FROM speech WHERE state != 'sent'") == [(0,)]
            )

        where = await killed_at(town, k, when, ask, is_over)
        await town.until(is_over, timeout_s=60)
        assert len(town.model.requests) - before <= requests + bool(where), where
        files = [reply for reply in town.replies(asked[0]) if reply.attachments]
        assert [town.discord.file(reply) for reply in files] == [SPOKEN] * is_spoken, where
        if not where:
            break
        swept.append(where)
    assert len(swept) > 1, swept
    assert town.rows("SELECT count(*) FROM reservation") == [(0,)]
    await town.until(lambda: not left_over(town))
    kept = [path.read_bytes() for path in (town.data / "files").iterdir()]
    # What Discord has of an answer is kept no longer; recordings are kept with their questions.
    assert kept == [VOICE] * (0 if is_spoken else len(swept) + 1)


@pytest.mark.parametrize("when", WHENS)
async def test_a_kill_at_any_request_leaves_one_transcript(town: Town, when: When) -> None:
    """In a session whose model listens; the recordings of all questions are kept, and nothing else."""
    town.config.write_text(CONFIG + HEARING)
    await town.start()
    await start_with(town, town.alice, "gpt-transcribe")
    await town.set_status(town.alice, "activate")
    await sweep(town, when, [TRANSCRIPT], is_spoken=False, requests=1)


@pytest.mark.parametrize("when", WHENS)
async def test_a_kill_at_any_request_leaves_one_reading(town: Town, when: When) -> None:
    """In a session whose model reads aloud what is written."""
    town.config.write_text(CONFIG + SPEAKING)
    await town.start()
    await start_with(town, town.alice, "tts-1")
    await town.set_status(town.alice, "activate")
    await sweep(town, when, [""], is_spoken=True, requests=1)


@pytest.mark.parametrize("when", WHENS)
async def test_a_kill_at_any_request_leaves_one_answer_that_is_read_aloud_once(town: Town, when: When) -> None:
    """The text and the voice message, once each."""
    town.config.write_text(CONFIG + SPEAKING)
    await town.start()
    await town.set_status(town.alice, "new")
    await press(town, town.alice, await open_user(town, town.alice), "Voice")
    await sweep(town, when, ["You said: [Alice]: A comet", ""], is_spoken=True, requests=2)
