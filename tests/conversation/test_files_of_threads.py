"""The files of the message that a thread began with, and of what is replied to, are read as those of the question are."""

import pytest

from sandbox.discord import posting
from sandbox.discord.mentions import resolve
from sandbox.discord.things import Channel, Json, Message
from tests.conversation.test_kept_files import a_picture, a_text, agrees, ready, told
from tests.rig.town import Town
from texts.english import ANSWERS

BEGAN = "attachment of the message that the thread began with"


async def begun(town: Town, place: str, *files: Json) -> Channel:
    """Have Bob begin a thread with files: by a message in the channel above it, or as a post in a forum."""
    if place == "channel":
        began = await town.bob.say(town.general, "Look at this", attachments=list(files))
        return town.discord.add_thread(town.general, "Comets", begins_with=began)
    thread = town.discord.add_thread(town.general, "Comets")
    began = Message(thread.id, thread, town.bob.user, "Look at this", attachments=list(files))
    posting.post(
        town.discord.world, began, resolve(town.discord.world, thread, town.bob.user, began.content, None, None)
    )
    return thread


@pytest.mark.parametrize("place", ["channel", "forum"])
async def test_the_files_that_a_thread_began_with_are_read(town: Town, place: str) -> None:
    """In both places in which such a message can stand; later questions there know them, and nothing is fetched again."""
    await ready(town)
    thread = await begun(town, place, a_text(town), a_picture(town))
    assert await town.answered(await town.alice.say(thread, "What is it?")) == ["Ice."]
    assert told(town).splitlines() == [
        '[stands in a thread with the name "Comets", which began with this message by "Bob": "Look at this"]',
        f'[{BEGAN}: notes.txt, text/plain: "Comets are ice."]',
        f"[{BEGAN}: photo.png, image/png]",
        "[Alice]: What is it?",
    ]
    await agrees(town, 2)
    await town.answered(await town.alice.say(thread, "And why?"))
    assert told(town) == "[Alice]: And why?"
    assert len(town.discord.world.attachments.downloads) == 2


@pytest.mark.parametrize("place", ["channel", "forum"])
async def test_their_address_that_expired_is_asked_for_where_they_stand(town: Town, place: str) -> None:
    """The question's own message does not have it."""
    await ready(town)
    file = a_text(town)
    thread = await begun(town, place, file)
    attachments = town.discord.world.attachments
    go_on = attachments.hold(file)
    question = await town.alice.say(thread, "What is it?")
    await town.until(lambda: attachments.downloads)
    # The download breaks off, and by then its address is over.
    attachments.cut(file)
    attachments.expire()
    go_on.set()
    await town.answered(question)
    assert f'[{BEGAN}: notes.txt, text/plain: "Comets are ice."]' in told(town)


async def test_a_file_of_what_is_replied_to_has_its_new_address_there(town: Town) -> None:
    """As Discord tells it with the question, or where it stands."""
    await ready(town)
    file = a_text(town)
    said = await town.bob.say(town.general, "Look at this", attachments=[file])
    attachments = town.discord.world.attachments
    go_on = attachments.hold(file)
    question = await town.alice.say(town.general, f"<@{town.discord.world.bot.id}> What is it?", reply_to=said)
    await town.until(lambda: attachments.downloads)
    attachments.cut(file)
    attachments.expire()
    go_on.set()
    await town.answered(question)
    assert "Comets are ice." in told(town)


async def test_the_bound_of_files_spares_those_of_the_question(town: Town) -> None:
    """What somebody attached comes first, wherever it stands in what the model is told."""
    await ready(town, "files_per_question = 2")
    thread = await begun(town, "channel", a_text(town, "old.txt"), a_text(town, "older.txt"))
    own = a_text(town, "own.txt", b"Comets have tails.")
    (shown,) = await town.answered(await town.alice.say(thread, "What is it?", attachments=[own]))
    assert shown == f"Ice.\n-# I left out older.txt: {ANSWERS['problem.too_many']}."
    assert "Comets have tails." in told(town)
    await agrees(town, 2)


async def test_a_kill_while_they_are_fetched_leaves_and_loses_nothing(town: Town) -> None:
    """The next process reads the message again, with its files."""
    await ready(town)
    file = a_text(town)
    thread = await begun(town, "channel", a_picture(town), file)
    go_on = town.discord.world.attachments.hold(file)
    question = await town.alice.say(thread, "What is it?")
    await town.until(lambda: len(town.discord.world.attachments.downloads) == 2)
    await town.kill()
    go_on.set()
    await town.start()
    await town.answered(question)
    assert f'[{BEGAN}: notes.txt, text/plain: "Comets are ice."]' in told(town)
    assert len(town.model.requests) == 1
    await agrees(town, 2)


async def test_an_edit_of_the_question_keeps_them(town: Town) -> None:
    """What an edit tells of a message does not include what its thread began with."""
    await ready(town)
    thread = await begun(town, "channel", a_text(town))
    town.model.script(answer="", times=1)
    question = await town.alice.say(thread, "What is it?")
    await town.until(lambda: town.rows("SELECT 1 FROM turn WHERE state = 'failed' AND owed = 0"))
    await town.alice.edit(question, "What is that?", attachments=[])
    await town.until(lambda: town.rows("SELECT 1 FROM turn WHERE question = 'What is that?'"))
    await agrees(town, 1)
    await town.seen(await town.alice.press(town.replies(question)[0], "Retry"))
    await town.until(lambda: "Ice." in town.shown(question))
    assert f'[{BEGAN}: notes.txt, text/plain: "Comets are ice."]' in told(town)
