"""What the bot would attach and Discord does not take: the text stands all the same, with a sentence, and nothing is tried without end."""

import signal
from typing import Any

import pytest

from sandbox.discord import Limits, forms
from sandbox.discord.refusals import refused
from tests.conversation.panels import begin, open_session, press
from tests.conversation.test_kinds import CODE, EMBEDDING, start_with
from tests.conversation.test_survival import WHENS
from tests.conversation.test_voice_messages import hears, speak
from tests.rig.kill import When
from tests.rig.model.audio import TRANSCRIPTIONS
from tests.rig.town import Town
from texts.english import ANSWERS

PRINTED = "print('comet')\n" * 200
CODED = f"Here:\n```python\n{PRINTED}```"


def bound(town: Town, monkeypatch: pytest.MonkeyPatch, size: int = 100) -> None:
    """Let Discord take no file that is larger than so many bytes."""
    monkeypatch.setattr(town.discord.world, "limits", Limits(file_bytes=size))


def too_large(name: str) -> str:
    """What stands below a text whose file is missing."""
    return f"-# {ANSWERS['files_not_sent'].format(files=name)}"


async def over(town: Town, question: Any, sentence: str) -> list[str]:
    """Wait until the last message of the answer ends with a sentence and nothing is owed; returns its messages."""
    await town.until(lambda: town.shown(question) and town.shown(question)[-1].endswith(sentence))
    await town.until(lambda: town.rows("SELECT count(*) FROM turn WHERE owed = 1") == [(0,)])
    assert not any(reply.attachments for reply in town.replies(question))
    assert town.reactions(question) == set()
    return town.shown(question)


def is_whole(parts: list[str]) -> bool:
    """Whether the code stands in these messages once, and is complete."""
    return "".join("".join(parts).split()).count("print('comet')") == 200


async def test_code_that_is_too_large_for_a_file_stands_in_the_answer(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whole. The next answer is not concerned."""
    await start_with(town, CODE)
    bound(town, monkeypatch)
    town.model.script(answer=CODED)
    uploads = len(town.discord.requests)
    question = await town.alice.say(town.general, "Print comets.")
    assert is_whole(await over(town, question, too_large("code.py")))
    assert [request.refused for request in town.discord.requests[uploads:]].count(40005) == 1
    town.model.script(answer="Ice.")
    assert await town.answered(await town.alice.say(town.general, "And now?")) == ["Ice."]


async def test_a_vector_that_is_too_large_for_a_file_is_told_in_short(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The session compares later texts with it all the same."""
    await start_with(town, EMBEDDING)
    bound(town, monkeypatch)
    (shown,) = await over(town, await town.alice.say(town.general, "Ice"), too_large("embedding.json"))
    assert shown.startswith("A vector of 64 numbers")
    assert town.rows("SELECT count(*) FROM vector") == [(1,)]


async def test_a_transcript_that_is_too_large_for_a_file_begins_in_the_answer(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody is told that a file has the rest."""
    await hears(town)
    bound(town, monkeypatch)
    town.model.script(lambda request: request.path == TRANSCRIPTIONS, answer="Comets are ice. " * 2000)
    parts = await over(town, await speak(town), too_large("transcript.txt"))
    assert parts[-1].splitlines()[-2] == f"-# {ANSWERS['only_beginning']}"
    assert not any(ANSWERS["whole_in_file"] in part for part in parts)


@pytest.mark.parametrize("code", [40005, 50035, 50013])
async def test_whatever_discord_has_against_a_file_the_text_stands(
    town: Town, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    """It is too large, it is not accepted, or the bot may attach none here."""
    await start_with(town, CODE)
    bound(town, monkeypatch)
    monkeypatch.setattr(forms, "refused", lambda _: refused(code))
    town.model.script(answer=CODED)
    before = len(town.discord.requests)
    question = await town.alice.say(town.general, "Print comets.")
    says = {40005: "files_not_sent", 50035: "files_refused", 50013: "files_not_allowed"}[code]
    parts = await over(town, question, ANSWERS[says].format(files="code.py"))  # type: ignore[index]
    assert is_whole(parts)
    assert [request.refused for request in town.discord.requests[before:] if request.refused] == [code]
    town.discord.requests.clear()  # that one was meant to be unfit


async def test_an_exported_conversation_that_is_too_large_is_said_to_be(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The press is answered at once."""
    await town.start()
    await begin(town, town.alice, town.general)
    town.model.script(answer="A sentence of the answer. " * 150)
    await town.answered(await town.alice.say(town.general, "Tell me more of comets."))
    bound(town, monkeypatch)
    exported = await press(town, town.alice, await open_session(town, town.alice), "Export")
    assert exported.attachments == []
    assert exported.content.splitlines()[-1].startswith("Discord does not take this here: ")


@pytest.mark.parametrize("when", WHENS)
async def test_a_kill_at_each_request_of_an_answer_whose_file_is_too_large_loses_nothing(
    town: Town, monkeypatch: pytest.MonkeyPatch, when: When
) -> None:
    """The next process tries the file once more, and shows the same text and sentence, once."""
    await start_with(town, CODE)
    bound(town, monkeypatch)
    town.model.script("Number", answer=CODED, chunk=400, tokens_per_s=30)
    for number, (request, at) in enumerate(
        (("POST /v1/responses", 1), ("POST /channels", 1), ("POST /channels", 2), ("PATCH", 1), ("PATCH", 4))
    ):
        asked, kills = len(town.model.requests), len(town.counter.fired)
        assert town.bot is not None
        town.counter.arm(town.bot.pid, at, when, request)
        question = await town.alice.say(town.general, f"Number {number}")
        if await killed_or_over(town, question, kills):
            await town.start()
        assert is_whole(await over(town, question, too_large("code.py"))), (request, at, when)
        town.counter.restart()
        assert len(town.model.requests) - asked <= 2
    assert town.rows("SELECT count(*) FROM turn WHERE state IN ('queued', 'streaming')") == [(0,)]


async def killed_or_over(town: Town, question: Any, kills: int) -> bool:
    """Wait until the bot was killed once more, or has answered with fewer requests; returns which."""
    fired = town.counter.fired
    await town.until(lambda: len(fired) > kills or too_large("code.py") in "\n".join(town.shown(question)))
    if len(fired) == kills:
        return False
    assert await town.died() == -signal.SIGKILL
    return True
