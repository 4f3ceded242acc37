"""What can happen to a file while it is fetched: one outcome each, with its sentence, and nothing is left on the disk."""

from typing import Any

import pytest

from sandbox.discord.attachments import Attachments
from tests.conversation.test_kept_files import a_picture, a_text, agrees, beside, kept, ready, told
from tests.rig.town import Town
from texts.english import ANSWERS

UNREAD = ANSWERS["file_unreadable"]
GONE = f"-# I left out notes.txt: {ANSWERS['problem.gone']}."


def attachments(town: Town) -> Attachments:
    """Where the small Discord keeps files."""
    return town.discord.world.attachments


async def held(town: Town, *files: Any, text: str = "What is it?") -> tuple[Any, Any]:
    """Have Alice ask about files whose first one stops half-way; returns her question and what lets it go on."""
    go_on = attachments(town).hold(files[0])
    question = await town.alice.say(town.general, text, attachments=list(files))
    await town.until(lambda: len(attachments(town).downloads) == len(files))
    return question, go_on


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_a_host_that_fails_for_a_moment_is_asked_again(town: Town, status: int) -> None:
    """The answer does not tell of it."""
    await ready(town)
    file = a_text(town)
    attachments(town).answer(file, status, times=2)
    assert await beside(town, file) == ""
    assert "Comets are ice." in told(town)
    assert len(attachments(town).downloads) == 3
    await agrees(town, 1)


@pytest.mark.parametrize("status", [204, 302, 416, 429, 500])
async def test_a_host_that_goes_on_failing_ends_in_a_sentence_and_retry_asks_it_again(town: Town, status: int) -> None:
    """The model is not asked without the file: it may be there in a minute."""
    await ready(town)
    file = a_text(town)
    attachments(town).answer(file, status, times=100)
    question = await town.alice.say(town.general, "What is it?", attachments=[a_picture(town), file])
    await town.until(lambda: town.shown(question) == [UNREAD])
    assert town.model.requests == []
    assert len(attachments(town).downloads) == (2 if status < 429 else 4)
    attachments(town).answer(file, status, times=0)
    await town.seen(await town.alice.press(town.replies(question)[0], "Retry"))
    await town.until(lambda: "Ice." in town.shown(question))
    assert "Comets are ice." in told(town)
    await agrees(town, 2)


@pytest.mark.parametrize("status", [403, 404, 410])
async def test_a_host_that_does_not_have_a_file_is_asked_twice(town: Town, status: int) -> None:
    """Once more by the address that the message has now; then the file is gone, and the question is asked without it."""
    await ready(town)
    file = a_text(town)
    attachments(town).answer(file, status)
    assert await beside(town, file) == ""
    attachments(town).downloads.clear()
    lost = a_text(town)
    attachments(town).answer(lost, status, times=2)
    assert await beside(town, lost) == GONE
    assert len(attachments(town).downloads) == 2
    await agrees(town, 1)


async def test_a_file_that_never_ends_is_too_large(town: Town) -> None:
    """Whatever size Discord told; it is left as soon as that is known, and not asked for again."""
    await ready(town, "file_mb = 1")
    file = a_text(town, text=b"Comet. " * 1000)
    attachments(town).swell(file)
    assert await beside(town, file) == f"-# I left out notes.txt: {ANSWERS['problem.too_large']}."
    assert len(attachments(town).downloads) == 1
    await agrees(town, 0)


@pytest.mark.parametrize("size", [1, 900_000])
async def test_a_file_of_another_size_than_discord_told_is_what_came(town: Town, size: int) -> None:
    """More bytes, or fewer: the whole file is read, and counts with its true size."""
    await ready(town)
    assert await beside(town, a_text(town) | {"size": size}) == ""
    assert "Comets are ice." in told(town)
    await agrees(town, 1)
    assert town.rows("SELECT kept_bytes FROM user WHERE kept_bytes > 0") == [(4096,)]


async def test_a_connection_that_breaks_each_time_ends_in_a_sentence(town: Town) -> None:
    """Half a file is never read."""
    await ready(town)
    file = a_text(town)
    attachments(town).cut(file, 100)
    question = await town.alice.say(town.general, "What is it?", attachments=[file])
    await town.until(lambda: town.shown(question) == [UNREAD])
    assert town.model.requests == []
    assert kept(town) == set()


async def test_a_host_that_falls_silent_ends_in_a_sentence(town: Town) -> None:
    """Each time it is left after a while."""
    town.model.script(answer="Ice.")
    await town.start(module="tests.conversation.hasty")
    await town.set_status(town.alice, "activate")
    question, go_on = await held(town, a_text(town))
    await town.until(lambda: town.shown(question) == [UNREAD])
    assert len(attachments(town).downloads) == 3
    assert kept(town) == set()
    go_on.set()
    await town.seen(await town.alice.press(town.replies(question)[0], "Retry"))
    await town.until(lambda: "Ice." in town.shown(question))
    await agrees(town, 1)


async def test_an_address_that_is_over_amid_a_fetch_is_asked_for_anew(town: Town) -> None:
    """When the connection breaks, the next try needs another address."""
    await ready(town)
    file = a_text(town)
    question, go_on = await held(town, file)
    attachments(town).cut(file)
    attachments(town).expire()
    go_on.set()
    await town.answered(question)
    assert "Comets are ice." in told(town)
    assert len(attachments(town).downloads) == 3
    await agrees(town, 1)


async def test_a_file_that_is_edited_away_amid_its_fetch_is_not_read(town: Town) -> None:
    """The question is asked as it is now, once, and with the other file, which is not fetched again."""
    await ready(town)
    file, picture = a_text(town), a_picture(town)
    question, go_on = await held(town, file, picture)
    await town.alice.edit(question, "What is this?", attachments=[picture])
    await town.until(lambda: town.rows("SELECT 1 FROM turn WHERE question = 'What is this?'"))
    go_on.set()
    assert await town.answered(question) == ["Ice."]
    assert told(town).endswith("What is this?")
    assert "notes.txt" not in told(town)
    assert len(town.model.requests) == 1
    await agrees(town, 1)


async def test_a_message_of_a_file_alone_that_is_deleted_amid_its_fetch_is_over_at_once(town: Town) -> None:
    """Nobody waits for the host, which is as slow as ever."""
    await ready(town)
    question, _ = await held(town, a_text(town), text="")
    await town.alice.delete(question)
    await town.until(lambda: town.rows("SELECT 1 FROM turn WHERE reason = 'question_deleted'"))
    await agrees(town, 0)
    assert town.replies(question) == []
    assert await town.answered(await town.alice.say(town.general, "And now?")) == ["Ice."]
    assert len(town.model.requests) == 1
