"""The real bot with the sandbox's models: each kind can be tried without a key, and its settings too."""

from collections.abc import AsyncIterator

import pytest

from sandbox.models import painter, sounds, thinker, words
from sandbox.models.server import ModelServer
from sandbox.town import config_for
from tests.conversation.panels import menus, open_session, start_with
from tests.rig.model.audio import RECORDINGS
from tests.rig.town import Town
from texts.english import PANELS


@pytest.fixture
async def sandbox(town: Town) -> AsyncIterator[Town]:
    """A bot that has the sandbox's models, of which the scripted one chats; Alice's messages are new sessions."""
    async with ModelServer(town.model.base_url, town.model.key, "gpt-4o-mini") as server:
        town.config.write_text(config_for("gpt-4o-mini"))
        town.variables = {"OPENAI_BASE_URL": server.base_url, "OPENAI_API_KEY": server.key}
        await town.start()
        await town.set_status(town.alice, "new")
        yield town
        await town.kill()


@pytest.mark.parametrize(
    ("model", "shown", "file"),
    [
        ("gpt-4o-mini", "You said: ", None),
        (thinker.MODEL, "effort “medium”", None),
        (painter.MODEL, "", "picture-1024x1024-low.jpeg"),
        (sounds.SPEAKER, "", "speech.ogg"),
        (words.EMBEDDER, "A vector of 256 numbers", "embedding.json"),
        (words.JUDGE, "Not flagged.", None),
        (sounds.LISTENER, "No model listened to this", None),
    ],
)
async def test_each_model_answers_at_no_cost(sandbox: Town, model: str, shown: str, file: str | None) -> None:
    """As the bot and the server name it; the panel says that nothing was paid."""
    await start_with(sandbox, sandbox.alice, model)
    recording = (RECORDINGS / "voice.ogg").read_bytes()
    heard = [sandbox.discord.attachment("voice.ogg", recording, "audio/ogg")] if model == sounds.LISTENER else []
    question = await sandbox.alice.say(sandbox.general, "What is a comet?", attachments=heard)
    (text,) = await sandbox.answered(question)
    assert shown in text
    (reply,) = sandbox.replies(question)
    assert [one["filename"] for one in reply.attachments] == ([] if file is None else [file])
    panel = await open_session(sandbox, sandbox.alice)
    assert PANELS["used.nothing" if model == words.JUDGE else "used.cost_none"] in panel.content


async def test_an_effort_and_a_size_can_be_chosen(sandbox: Town) -> None:
    """By the menus of `/session`, and the stand-ins do as they are told."""
    await sandbox.set_status(sandbox.alice, "activate")
    for model, value, name in ((thinker.MODEL, "high", ""), (painter.MODEL, "1536x1024", "picture-1536x1024-low.jpeg")):
        await sandbox.set_status(sandbox.alice, "new")
        await start_with(sandbox, sandbox.alice, model)
        await sandbox.answered(await sandbox.alice.say(sandbox.general, "What is a comet?"))
        await sandbox.set_status(sandbox.alice, "activate")
        panel = await open_session(sandbox, sandbox.alice)
        await sandbox.seen(await sandbox.alice.choose(panel, menus(panel)[1]["custom_id"], value))
        question = await sandbox.alice.say(sandbox.general, "And a star?")
        (text,) = await sandbox.answered(question)
        assert [one["filename"] for one in sandbox.replies(question)[0].attachments] == ([name] if name else [])
        assert f"effort “{value}”" in text or name
