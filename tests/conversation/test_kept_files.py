"""What people attach is kept with its session, within bounds, and goes with it, whatever happens to the process meanwhile."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.conversation.panels import open_session, press
from tests.conversation.test_storage_down import held
from tests.rig.kill import When
from tests.rig.model.record import without_mark
from tests.rig.town import CONFIG, Town
from texts.english import ANSWERS
from texts.keys import AnswerKey

PICTURES = Path(__file__).parents[1] / "fixtures" / "pictures"


def kept(town: Town) -> set[str]:
    """Return the names of the files on disk."""
    return {path.name for path in (town.data / "files").iterdir()}


def known(town: Town) -> set[str]:
    """Return the names of the files that the rows keep."""
    return {name for (name,) in town.rows("SELECT name FROM kept_file WHERE is_removed = 0")}


async def agrees(town: Town, count: int) -> None:
    """Wait until disk and rows have the same files, and so many."""
    await town.until(lambda: len(kept(town)) == count and kept(town) == known(town))


def a_picture(town: Town, name: str = "photo.png", called: str = "") -> dict[str, Any]:
    """Return a picture that other software made, as somebody attaches it."""
    return town.discord.attachment(called or name, (PICTURES / name).read_bytes(), "image/png", width=1, height=1)


def a_text(town: Town, name: str = "notes.txt", text: bytes = b"Comets are ice.") -> dict[str, Any]:
    """Return a text, as somebody attaches it."""
    return town.discord.attachment(name, text)


def told(town: Town) -> str:
    """Return what the model was told of the newest question."""
    return without_mark(town.model.requests[-1].dialogue[-1][1])


async def ready(town: Town, limits: str = "") -> Town:
    """Start a bot with these limits that answers Alice in one session."""
    if limits:
        assert "[limits]\n" in CONFIG
        town.config.write_text(CONFIG.replace("[limits]\n", f"[limits]\n{limits}\n"))
    town.model.script(answer="Ice.")
    await town.start()
    await town.set_status(town.alice, "activate")
    return town


async def fails(town: Town, *files: dict[str, Any]) -> Any:
    """Have Alice ask about files what the model answers with nothing, once, and return her question."""
    town.model.script(answer="", times=1)
    question = await town.alice.say(town.general, "What is it?", attachments=list(files))
    await town.until(lambda: town.rows("SELECT 1 FROM turn WHERE state = 'failed' AND owed = 0"))
    return question


async def only_files(town: Town, *files: dict[str, Any]) -> str:
    """Have Alice send nothing but files, and return what she is told."""
    question = await town.alice.say(town.general, attachments=list(files))
    (said,) = await town.until(lambda: town.shown(question))
    return str(said)


async def beside(town: Town, *files: dict[str, Any]) -> str:
    """Have Alice ask about files, and return what is said below the answer."""
    (shown,) = await town.answered(await town.alice.say(town.general, "What is it?", attachments=list(files)))
    assert shown.startswith("Ice.")
    return str(shown.partition("\n")[2])


# Bad input, each with its sentence


@pytest.mark.parametrize(
    ("name", "called", "problem"),
    [
        ("photo.heic", "photo.heic", "problem.heic"),
        ("photo.heic", "photo.jpg", "problem.heic"),
        ("animated.gif", "dance.gif", "problem.animated"),
        ("animated.webp", "dance.webp", "problem.animated"),
        ("vast.png", "vast.png", "problem.picture_too_large"),
    ],
)
async def test_a_picture_that_no_model_takes_has_its_sentence(
    town: Town, name: str, called: str, problem: AnswerKey
) -> None:
    """By its content, whatever it is called. Alone it is not asked about, and the session goes on."""
    await ready(town)
    file = a_picture(town, name, called)
    assert await only_files(town, file) == f"I left out {called}: {ANSWERS[problem]}.\n{ANSWERS['only_files']}"
    assert town.model.requests == []
    assert await beside(town, file) == f"-# I left out {called}: {ANSWERS[problem]}."
    assert len(town.model.requests) == 1
    await agrees(town, 0)


async def test_a_file_whose_name_lies_is_what_its_content_says(town: Town) -> None:
    """A text that is called a picture is read; a program that is called a text is left out."""
    await ready(town)
    assert await beside(town, a_text(town, "cat.png")) == ""
    assert '[attachment: cat.png, text/plain: "Comets are ice."]' in told(town)
    program = a_text(town, "notes.txt", b"MZ\x90\0\x03\0\0\0" + bytes(1000))
    assert await beside(town, program) == f"-# I left out notes.txt: {ANSWERS['problem.unknown_type']}."


async def test_a_text_of_25_megabytes_is_not_fetched(town: Town) -> None:
    """Discord's own figure is enough."""
    await ready(town)
    large = a_text(town, "large.txt", b"x" * 25_000_000)
    downloads = town.discord.world.attachments.downloads
    assert await beside(town, large) == f"-# I left out large.txt: {ANSWERS['problem.too_large']}."
    assert downloads == []


async def test_a_file_that_is_larger_than_discord_said_is_left_when_it_is_too_large(town: Town) -> None:
    """The bytes that come count."""
    await ready(town, "file_mb = 1")
    large = a_text(town, "large.txt", b"x" * 3_000_000) | {"size": 5}
    assert await beside(town, large) == f"-# I left out large.txt: {ANSWERS['problem.too_large']}."
    await agrees(town, 0)


async def test_of_eleven_files_ten_are_read(town: Town) -> None:
    """The answer says which one is left out; a forward's files count like others."""
    await ready(town)
    files = [a_text(town, f"{number}.txt", b"Comet %d" % number) for number in range(11)]
    assert await beside(town, *files) == f"-# I left out 10.txt: {ANSWERS['problem.too_many']}."
    assert all(f"Comet {number}" in told(town) for number in range(10))
    await agrees(town, 10)
    said = await town.bob.say(town.general, attachments=files)
    (shown,) = await town.answered(await town.alice.forward(said, town.general))
    assert shown.endswith(f"\n-# I left out 10.txt: {ANSWERS['problem.too_many']}.")


async def test_a_file_that_is_gone_before_it_is_fetched_has_its_sentence(town: Town) -> None:
    """Once is asked whether it has another address; Retry finds it where it is back."""
    await ready(town)
    file = a_text(town)
    town.discord.world.attachments.lose(file)
    assert await beside(town, file) == f"-# I left out notes.txt: {ANSWERS['problem.gone']}."


async def test_an_address_that_expired_is_asked_for_anew(town: Town) -> None:
    """A question that waited for a day is asked with its files."""
    await ready(town)
    await town.stop()
    question = await town.alice.say(town.general, "What is it?", attachments=[a_text(town)])
    town.discord.world.attachments.expire()
    await town.start()
    await town.answered(question)
    assert '[attachment: notes.txt, text/plain: "Comets are ice."]' in told(town)


async def test_an_address_that_expires_while_the_question_waits_is_asked_for_anew(town: Town) -> None:
    """The event's address was good once."""
    await ready(town)
    first, second = a_text(town, "first.txt"), a_text(town, "second.txt", b"Comets have tails.")
    go_on = town.discord.world.attachments.hold(first)
    one = await town.alice.say(town.general, "What is it?", attachments=[first])
    await town.until(lambda: town.discord.world.attachments.downloads)
    two = await town.alice.say(town.general, "And this?", attachments=[second])
    await town.until(lambda: len(town.rows("SELECT 1 FROM turn WHERE state != 'refused'")) == 2)
    town.discord.world.attachments.expire()
    go_on.set()
    await town.answered(one)
    await town.answered(two)
    assert "Comets have tails." in told(town)


async def test_a_download_that_breaks_off_is_tried_again(town: Town) -> None:
    """Half a file is none."""
    await ready(town)
    file = a_text(town)
    town.discord.world.attachments.cut(file, 2)
    assert await beside(town, file) == ""
    assert "Comets are ice." in told(town)
    await agrees(town, 1)


async def test_whoever_has_no_room_is_told_so_and_has_some_when_a_session_is_removed(town: Town) -> None:
    """A file takes at least a block of the disk, so a hundred small ones do not fit either."""
    await ready(town, "files_mb_per_person = 1")
    large = a_text(town, "a.txt", b"Comet. " * 100_000)
    assert await beside(town, large) == f"-# {ANSWERS['left_out_cut'].format(files='a.txt')}"
    assert await beside(town, a_text(town, "b.txt", b"Comet. " * 100_000)) == (
        f"-# I left out b.txt: {ANSWERS['problem.over_quota']}."
    )
    asked = await press(town, town.alice, await open_session(town, town.alice), "Remove")
    await press(town, town.alice, asked, "Remove it")
    await agrees(town, 0)
    await town.set_status(town.alice, "activate")
    assert await beside(town, large) == f"-# {ANSWERS['left_out_cut'].format(files='a.txt')}"


# They belong to their session


async def test_files_are_kept_for_later_turns_and_nobody_else_may_read_them(town: Town) -> None:
    """Under random names; Discord is asked for each once."""
    await ready(town)
    await beside(town, a_picture(town), a_text(town))
    await agrees(town, 2)
    for path in (town.data / "files", *(town.data / "files").iterdir()):
        assert path.stat().st_mode & 0o077 == 0
        assert not any(word in path.name for word in ("photo", "notes"))
    await town.answered(await town.alice.say(town.general, "And what else?"))
    assert len(town.discord.world.attachments.downloads) == 2


async def test_removing_a_session_removes_its_files(town: Town) -> None:
    """Those of another session stay."""
    await ready(town)
    await beside(town, a_picture(town), a_text(town))
    await town.set_status(town.bob, "activate")
    await town.answered(await town.bob.say(town.general, "What is it?", attachments=[a_text(town)]))
    await agrees(town, 3)
    asked = await press(town, town.alice, await open_session(town, town.alice), "Remove")
    await press(town, town.alice, asked, "Remove it")
    await agrees(town, 1)


async def test_a_question_that_is_deleted_before_its_answer_takes_its_files_with_it(town: Town) -> None:
    """Also those that are fetched at that moment."""
    await ready(town)
    file = a_text(town)
    go_on = town.discord.world.attachments.hold(file)
    question = await town.alice.say(town.general, "What is it?", attachments=[a_picture(town), file])
    await town.until(lambda: len(town.discord.world.attachments.downloads) == 2)
    await town.alice.delete(question)
    await town.until(lambda: town.rows("SELECT 1 FROM turn WHERE reason = 'question_deleted'"))
    go_on.set()
    await agrees(town, 0)
    assert town.model.requests == []


async def test_an_edit_that_removes_a_file_removes_it(town: Town) -> None:
    """The other one is not fetched again; the question is asked as it is since."""
    await ready(town)
    one, two = a_picture(town), a_text(town)
    question = await fails(town, one, two)
    await agrees(town, 2)
    await town.alice.edit(question, "What is this?", attachments=[two])
    await agrees(town, 1)
    await town.seen(await town.alice.press(town.replies(question)[0], "Retry"))
    await town.until(lambda: "photo.png" not in told(town) and "Comets are ice." in told(town))
    assert len(town.discord.world.attachments.downloads) == 2


async def test_a_file_that_vanished_from_the_disk_is_fetched_anew(town: Town) -> None:
    """By its message; a retry asks with it."""
    await ready(town)
    question = await fails(town, a_picture(town))
    (lost,) = kept(town)
    (town.data / "files" / lost).unlink()
    await town.seen(await town.alice.press(town.replies(question)[0], "Retry"))
    await town.until(lambda: "Ice." in town.shown(question))
    await agrees(town, 1)
    assert kept(town) != {lost}


# Kills


async def test_a_start_removes_what_no_row_knows_and_goes_on_with_what_was_to_be_removed(town: Town) -> None:
    """Nothing else: neither what is needed, nor what somebody else has put there."""
    await ready(town)
    await beside(town, a_picture(town), a_text(town))
    await agrees(town, 2)
    await town.kill()
    folder = town.data / "files"
    needed, released = sorted(kept(town))
    (folder / ("0" * 32)).write_bytes(b"of a process that died before its commit")
    (folder / "README").write_bytes(b"the operator's")
    with closing(sqlite3.connect(town.data / "causerie.db")) as rows, rows:
        rows.execute("UPDATE kept_file SET is_removed = 1 WHERE name = ?", (released,))
    await town.start()
    await town.until(lambda: kept(town) == {needed, "README"})
    await town.until(lambda: town.rows("SELECT name, is_removed FROM kept_file") == [(needed, 0)])


async def test_a_kill_while_a_file_is_fetched_leaves_nothing_of_it(town: Town) -> None:
    """The next process fetches it again, and there is one answer."""
    await ready(town)
    file = a_text(town)
    go_on = town.discord.world.attachments.hold(file)
    question = await town.alice.say(town.general, "What is it?", attachments=[a_picture(town), file])
    await town.until(lambda: len(town.discord.world.attachments.downloads) == 2)
    await town.kill()
    go_on.set()
    assert kept(town)
    await town.start()
    await town.answered(question)
    assert len(town.replies(question)) == 1
    assert len(town.model.requests) == 1
    await agrees(town, 2)


async def test_a_kill_between_a_file_and_its_row_leaves_no_file_over(town: Town) -> None:
    """It is on disk, and storage cannot commit: the next process knows nothing of it."""
    await ready(town)
    file = a_text(town)
    go_on = town.discord.world.attachments.hold(file)
    question = await town.alice.say(town.general, "What is it?", attachments=[file])
    await town.until(lambda: town.discord.world.attachments.downloads)
    with held(town):
        go_on.set()
        await town.until(lambda: any(path.stat().st_size == 15 for path in (town.data / "files").iterdir()))
        await town.kill()
    (orphan,) = kept(town)
    await town.start()
    await town.answered(question)
    assert "Comets are ice." in told(town)
    await agrees(town, 1)
    assert orphan not in kept(town)


@pytest.mark.parametrize("when", ["before", "stored", "answered"])
@pytest.mark.parametrize("request_number", range(1, 7))
async def test_a_kill_at_any_request_of_a_turn_with_files_loses_and_leaves_nothing(
    town: Town, request_number: int, when: When
) -> None:
    """One outcome, at most one extra request, and the same two files."""
    await ready(town)
    assert town.bot is not None
    town.counter.arm(town.bot.pid, request_number, when)
    question = await town.alice.say(town.general, "What is it?", attachments=[a_picture(town), a_text(town)])
    await town.until(lambda: town.counter.fired or town.reactions(question) == {"👌"})
    await town.kill()
    await town.start()
    await town.answered(question)
    assert len(town.replies(question)) == 1
    assert len(town.model.requests) <= 2
    assert "Comets are ice." in told(town)
    await agrees(town, 2)
    asked = await press(town, town.alice, await open_session(town, town.alice), "Remove")
    await press(town, town.alice, asked, "Remove it")
    await town.kill()
    await town.start()
    await agrees(town, 0)
