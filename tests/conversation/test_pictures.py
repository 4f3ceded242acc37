"""Pictures: models with vision are shown them, others are not, and each way in which that goes wrong has its sentence."""

import base64
import json
import struct
import zlib
from typing import Any

import pytest

from tests.rig.kill import When
from tests.rig.model.record import ModelRequest, without_mark
from tests.rig.town import Town
from texts.english import ANSWERS

BLIND = '[[models]]\nname = "gpt-4o"\nvision = false\n'


def png(colour: int, width: int = 40, height: int = 30) -> bytes:
    """Return a picture of one colour, as "Portable Network Graphics" has it, chapter 11."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    rows = (b"\0" + bytes([colour] * 3 * width)) * height
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def picture(town: Town, name: str, colour: int = 1) -> dict[str, Any]:
    return town.discord.attachment(name, png(colour), "image/png")


def contents(request: ModelRequest) -> list[list[str | bytes]]:
    """Return what follows what in each message of a person: texts without the request's mark, and pictures."""
    found = []
    for message in request.body.get("input") or request.body["messages"]:
        if message["role"] != "user":
            continue
        parts = message["content"] if isinstance(message["content"], list) else [{"text": message["content"]}]
        found.append([_content(part) for part in parts])
    return found


def _content(part: dict[str, Any]) -> str | bytes:
    url = part.get("image_url")
    if url is None:
        return without_mark(part["text"])
    return base64.b64decode((url["url"] if isinstance(url, dict) else url).partition(";base64,")[2])


async def ready(town: Town, config: str = "") -> None:
    """A bot that answers Alice in one session."""
    if config:
        town.config.write_text(config)
    await town.start()
    await town.set_status(town.alice, "activate")


def refuse_pictures(town: Town, status: int, which: bytes = b"", **error: str) -> None:
    """Have the model's server refuse each request that has this picture, or any."""

    def has(request: ModelRequest) -> bool:
        shown = [part for parts in contents(request) for part in parts if isinstance(part, bytes)]
        return which in shown if which else bool(shown)

    town.model.script(has, status=status, body=json.dumps({"error": error}).encode(), content_type="application/json")


@pytest.mark.parametrize("api", ["responses", "chat_completions"])
async def test_pictures_of_a_question_and_of_earlier_ones_are_shown_in_order(town: Town, api: str) -> None:
    """Each behind the line that names it."""
    await ready(town, f'[[models]]\nname = "gpt-4o"\napi = "{api}"\n')
    first = await town.alice.say(town.general, "What is this?", attachments=[picture(town, "cat.png", 1)])
    await town.answered(first)
    second = await town.alice.say(
        town.general, "And these?", attachments=[picture(town, "b.png", 2), picture(town, "c.png", 3)]
    )
    await town.answered(second)
    assert contents(town.model.requests[-1]) == [
        ["[attachment: cat.png, image/png]\n", png(1), "[Alice]: What is this?"],
        [
            *("[attachment: b.png, image/png]\n", png(2)),
            *("[attachment: c.png, image/png]\n", png(3)),
            "[Alice]: And these?",
        ],
    ]
    assert len(town.model.requests) == 2
    assert "left out" not in "".join(town.shown(second))


async def test_a_picture_alone_is_a_question(town: Town) -> None:
    """Somebody posts a screenshot and nothing else.

    Reported: moltis-org/moltis#633.
    """
    await ready(town)
    await town.answered(await town.alice.say(town.general, attachments=[picture(town, "cat.png")]))
    assert contents(town.model.requests[0]) == [["[attachment: cat.png, image/png]\n", png(1), "[Alice]: "]]


async def test_a_model_without_vision_is_not_shown_pictures_and_the_answer_says_so(town: Town) -> None:
    """A picture alone is not asked at all."""
    await ready(town, BLIND)
    why = ANSWERS["problem.no_vision"]
    (shown,) = await town.answered(
        await town.alice.say(town.general, "What is this?", attachments=[picture(town, "cat.png")])
    )
    assert shown.endswith(f"\n-# I left out cat.png: {why}.")
    assert contents(town.model.requests[0]) == [
        ["[attachment: cat.png, image/png, which you are not shown]\n[Alice]: What is this?"]
    ]
    alone = await town.alice.say(town.general, attachments=[picture(town, "dog.png")])
    (said,) = await town.until(lambda: town.shown(alone))
    assert said == f"I left out dog.png: {why}.\n{ANSWERS['only_files']}"
    assert len(town.model.requests) == 1


async def test_a_server_that_takes_no_pictures_is_asked_once_about_it(town: Town) -> None:
    """llama.cpp says so with status 500. The question is asked without the picture, and so are all that follow.

    Reported: cloudflare/cloudflare-os#97.
    """
    await ready(town)
    refuse_pictures(town, 500, message="image input is not supported - hint: you may need to provide the mmproj")
    for requests in (2, 3):
        question = await town.alice.say(town.general, "What is this?", attachments=[picture(town, "cat.png")])
        (shown,) = await town.answered(question)
        assert shown.endswith(f"\n-# I left out cat.png: {ANSWERS['problem.no_vision']}.")
        assert len(town.model.requests) == requests


async def test_a_picture_that_the_server_cannot_read_spoils_one_turn(town: Town) -> None:
    """It has its sentence; *Retry* asks without it, and the session goes on.

    Reported: STranslate/STranslate#277.
    """
    await ready(town)
    refuse_pictures(town, 400, png(9), code="invalid_image_format", message="You uploaded an unsupported image.")
    bad = await town.alice.say(town.general, "What is this?", attachments=[picture(town, "bad.png", 9)])
    (said,) = await town.until(lambda: town.shown(bad))
    assert said == ANSWERS["picture_refused"]
    assert len(town.model.requests) == 1
    await town.seen(await town.alice.press(town.replies(bad)[0], "Retry"))
    await town.until(lambda: "picture" in "".join(town.shown(bad)) and "left out" in "".join(town.shown(bad)))
    assert f"I left out bad.png: {ANSWERS['problem.picture_refused']}." in "".join(town.shown(bad))
    (shown,) = await town.answered(
        await town.alice.say(town.general, "And this?", attachments=[picture(town, "good.png", 2)])
    )
    assert "left out" not in shown
    assert png(2) in contents(town.model.requests[-1])[-1]
    assert len(town.model.requests) == 3


@pytest.mark.parametrize("when", ["before", "stored", "answered"])
@pytest.mark.parametrize("step", ["POST /v1/responses", "POST /channels/{channel}/messages"])
async def test_a_kill_at_each_step_of_a_question_with_a_picture_leaves_one_answer(
    town: Town, when: When, step: str
) -> None:
    """While it is asked and shown: the picture is neither lost nor kept twice."""
    await ready(town)
    assert town.bot is not None
    town.counter.arm(town.bot.pid, 1, when, step)
    question = await town.alice.say(town.general, "What is this?", attachments=[picture(town, "cat.png")])
    await town.died()
    await town.start()
    (shown,) = await town.answered(question)
    assert "left out" not in shown
    assert png(1) in contents(town.model.requests[-1])[-1]
    assert len(town.model.requests) <= 2
    kept = {name for (name,) in town.rows("SELECT name FROM kept_file")}
    await town.until(lambda: {path.name for path in (town.data / "files").iterdir()} == kept)
    assert len(kept) == 1


async def test_a_question_with_a_picture_is_asked_again_with_it(town: Town) -> None:
    """*Retry* after a failure shows the picture as the first request did, without fetching it again."""
    await ready(town)
    town.model.script(status=400, times=1)
    question = await town.alice.say(town.general, "What is this?", attachments=[picture(town, "cat.png")])
    (said,) = await town.until(lambda: town.shown(question))
    assert said == ANSWERS["bad_request"]
    town.discord.world.files.clear()
    await town.seen(await town.alice.press(town.replies(question)[0], "Retry"))
    await town.until(lambda: len(town.model.requests) == 2)
    first, second = (contents(request) for request in town.model.requests)
    assert first == second == [["[attachment: cat.png, image/png]\n", png(1), "[Alice]: What is this?"]]
