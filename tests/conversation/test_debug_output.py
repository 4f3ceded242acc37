"""Python and the libraries are asked for debug output by their environment variables: no chat text, no secret."""

import re
import sys
from functools import partial
from typing import Any, Final

import pytest

from tests.conversation.panels import menus, open_user
from tests.conversation.started import COMMAND, StartedBot
from tests.rig.model.audio import RECORDINGS, TRANSCRIPTIONS
from tests.rig.model.images import picture
from tests.rig.town import Town

QUESTION, ANSWER, SYSTEM, HIDDEN = "CanaryQuestion", "CanaryAnswer", "CanarySystem", "CanaryHidden"
FILE_NAME, FILE_TEXT, SAID = "CanaryName", "CanaryText", "CanarySaid"

KINDS: Final = """
[[models]]
name = "gpt-image-2"
kind = "image"

[[models]]
name = "gpt-transcribe"
kind = "transcription"

[[models]]
name = "text-embedding-3-small"
kind = "embedding"

[[models]]
name = "omni-moderation-latest"
kind = "moderation"

[[models]]
name = "tts-1"
kind = "speech"

[[models]]
name = "gpt-3.5-turbo-instruct"
kind = "completion"
"""

ASKED_BY: Final[dict[str, dict[str, str]]] = {
    "asyncio": {"PYTHONASYNCIODEBUG": "1"},
    "python": {"PYTHONDEVMODE": "1"},
    "warnings": {"PYTHONWARNINGS": "always", "PYTHONTRACEMALLOC": "5"},
    "imports": {"PYTHONVERBOSE": "1"},
    "openai": {"OPENAI_LOG": "debug"},
    "httpx2": {"HTTPX_LOG_LEVEL": "trace", "HTTPX2_LOG_LEVEL": "trace", "HTTPCORE_LOG_LEVEL": "trace"},
    "hikari": {"HIKARI_LOG_LEVEL": "TRACE_HIKARI", "HIKARI_DEBUG": "1", "FORCE_COLOR": "1", "CLICOLOR": "1"},
    "aiohttp": {"AIOHTTP_DEBUG": "1", "AIOHTTP_NO_EXTENSIONS": "1"},
    "everything": {"DEBUG": "1", "LOG_LEVEL": "DEBUG", "LOGLEVEL": "DEBUG", "LOGGING": "DEBUG", "VERBOSE": "1"},
}


async def talk(town: Town) -> None:
    """Everything that could be logged happens: questions and answers, panels, and what goes wrong on both sides."""
    await open_user(town, town.alice, system_msg=SYSTEM)
    town.model.script(match=QUESTION, answer=ANSWER, times=1)
    await town.set_status(town.alice, "new")
    await town.answered(await town.alice.say(town.general, QUESTION))
    town.model.script(match="Trouble", status=400, times=1)
    trouble = await town.alice.say(town.general, f"Trouble {HIDDEN}")
    await town.until(lambda: town.replies(trouble) and not town.reactions(trouble))
    town.model.script(match="Broken", answer=ANSWER, garbage="malformed", times=1)
    broken = await town.alice.say(town.general, f"Broken {HIDDEN}")
    await town.until(lambda: town.replies(broken) and "✍🏻" not in town.reactions(broken))
    town.discord.fault("PATCH /channels", status=500, times=1)
    town.discord.fault("POST /channels/.*/messages", status=400, code=50035, times=1)
    await town.alice.say(town.general, f"Refused {HIDDEN}")
    town.discord.fault("POST /channels/.*/messages", truncated=True, times=1)
    await town.answered(await town.alice.say(town.general, f"Last {HIDDEN}"))


def is_over(town: Town, question: Any) -> bool:
    return bool(town.replies(question)) and "✍🏻" not in town.reactions(question)


async def talk_to_every_kind(town: Town) -> None:
    """Files, recordings and pictures are read, heard, seen, drawn and refused, by models of all kinds."""
    await town.set_status(town.alice, "new")
    town.model.script(lambda request: request.path == TRANSCRIPTIONS, answer=SAID)
    files = [
        town.discord.attachment(f"{FILE_NAME}.{ending}", content, kind)
        for ending, content, kind in (
            ("txt", FILE_TEXT.encode(), "text/plain"),
            ("pdf", f"%PDF-1.7 {FILE_TEXT}".encode(), "application/pdf"),
            ("docx", b"PK\x03\x04" + FILE_TEXT.encode(), "text/plain"),
            ("jpeg", picture(FILE_TEXT), "image/jpeg"),
            ("ogg", (RECORDINGS / "voice.ogg").read_bytes(), "audio/ogg"),
            ("mp3", b"ID3" + FILE_TEXT.encode(), "audio/mpeg"),
        )
    ]
    gone = town.discord.attachment(f"{FILE_NAME}.csv", FILE_TEXT.encode())
    town.discord.world.attachments.lose(gone)
    for name in ("gpt-4o-mini", *re.findall(r'name = "(.*)"', KINDS)):
        panel = await open_user(town, town.alice)
        menu = menus(panel)[0]
        value = next(one["value"] for one in menu["options"] if name in one["label"])
        await town.seen(await town.alice.choose(panel, menu["custom_id"], value))
        for status in (200, 400):
            if status != 200:
                town.model.script(HIDDEN, status=status, error="invalid_request", times=1)
            question = await town.alice.say(town.general, f"{QUESTION} {HIDDEN}", attachments=[*files, gone])
            await town.until(partial(is_over, town, question))


def leaks(town: Town) -> list[str]:
    """Return each line of the log that holds something that it must not."""
    said = (QUESTION, ANSWER, SYSTEM, HIDDEN, FILE_NAME, FILE_TEXT, SAID)
    secrets = (*said, town.discord.token, town.model.key, "Bearer ", "Bot ")
    return [line[:300] for line in town.log.read_text().splitlines() if any(secret in line for secret in secrets)]


@pytest.mark.parametrize("library", ASKED_BY)
async def test_no_variable_makes_a_library_tell_what_people_write(town: Town, bot: StartedBot, library: str) -> None:
    """Whatever it is called: what the log does not say at any level, it does not say when a library is asked for more."""
    process = await bot.start(variables=ASKED_BY[library])
    await talk(town)
    process.terminate()
    assert await bot.ended() == 0
    assert leaks(town) == []


async def test_nor_does_an_option_of_pythons(town: Town, bot: StartedBot) -> None:
    """`python -X dev`: warnings, the debug mode of asyncio, dumps of crashes."""
    process = await bot.start(command=(sys.executable, "-X", "dev", "-W", "always", *COMMAND[1:]))
    await talk(town)
    process.terminate()
    assert await bot.ended() == 0
    assert leaks(town) == []


@pytest.mark.parametrize("library", ["openai", "httpx2", "everything"])
async def test_nor_what_files_hold_and_are_called(town: Town, bot: StartedBot, library: str) -> None:
    """Nor what recordings say, or what is asked of models that draw, embed or speak."""
    town.config.write_text(f"{town.config.read_text()}{KINDS}")
    process = await bot.start(variables=ASKED_BY[library])
    await talk_to_every_kind(town)
    process.terminate()
    assert await bot.ended() == 0
    assert len(town.model.requests) > 10
    assert leaks(town) == []
