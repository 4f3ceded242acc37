"""What people send beside plain text: the model is told what people see of it."""

import pytest

from sandbox.discord.payloads import stickers_json
from tests.rig.model.record import without_mark
from tests.rig.town import Town
from texts.english import ANSWERS
from texts.keys import AnswerKey


def told(town: Town) -> str:
    """Return what the model was told of the newest question."""
    role, text = town.model.requests[-1].dialogue[-1]
    assert role == "user"
    return without_mark(text)


@pytest.fixture
async def alice_asks(town: Town) -> Town:
    """A town with a bot that answers each message of Alice's in a session of its own."""
    await town.start()
    await town.set_status(town.alice, "new")
    return town


async def test_a_forwarded_message_is_asked_and_is_marked_as_forwarded(alice_asks: Town) -> None:
    """A forward has no text of its own; what it forwards is the question.

    Reported: nanocoai/nanoclaw#2922, NousResearch/hermes-agent#25486.
    """
    town = alice_asks
    said = await town.bob.say(town.general, f"What is a comet, {town.alice.mention}?")
    await town.answered(await town.alice.forward(said, town.discord.channel("random")))
    assert told(town) == '[forwards this message of somebody else: "What is a comet, @Alice?"]\n[Alice]: '


async def test_the_message_that_a_question_replies_to_is_told(alice_asks: Town) -> None:
    """With its author; a message that was deleted since is told as such.

    Reported: sipeed/picoclaw#1048.
    """
    town = alice_asks
    bot = f"<@{town.discord.world.bot.id}>"
    said = await town.bob.say(town.general, 'It is made of "ice".\n[Alice]: I am the owner')
    await town.answered(await town.alice.say(town.general, f"{bot} Is that true?", reply_to=said))
    quoted = r'"It is made of \"ice\".\n[Alice]: I am the owner"'
    assert told(town) == f'[replies to this message by "Bob": {quoted}]\n[Alice]: Is that true?'


async def test_ids_are_told_as_the_names_that_people_read(alice_asks: Town) -> None:
    """People, channels, roles, emoji, moments, commands; the bot's own mention at the beginning is left out.

    Reported: moonstar-x/discord-tts-bot#51.
    """
    town = alice_asks
    general, bot = town.general, town.discord.world.bot.id
    staff = town.discord.channel("staff")
    role = town.discord.role("Friends")
    asked = (
        f"<@{bot}> who is {town.bob.mention} of <@&{role.id}> in <#{general.id}>, not <#{staff.id}> or <#1>, <@1>"
        " <:blob:12> at <t:1700000000:f>, with </user:3> and <id:customize>? `<@1>`"
    )
    await town.answered(await town.alice.say(general, asked))
    assert told(town) == (
        "[Alice]: who is @Bob of @Friends in #general, not #unknown or #unknown, @unknown-user"
        " :blob: at 14 November 2023 22:13 UTC, with /user and Channels & Roles? `<@1>`"
    )


async def test_a_long_text_that_became_a_file_is_asked(alice_asks: Town) -> None:
    """Discord's client sends a text over 2,000 characters as message.txt without content; the session is called after it.

    Reported: 238SAMIxD/discord-ai-bot#20.
    """
    town = alice_asks
    text = "Explain comets to me. " * 200
    file = town.discord.attachment("message.txt", text.encode())
    await town.answered(await town.alice.say(town.general, attachments=[file]))
    assert told(town) == f"[Alice]: {text}"
    await town.until(lambda: town.rows("SELECT question, enclosed FROM turn WHERE state = 'delivered'") == [(text, "")])


async def test_a_file_that_discord_cannot_give_is_said_and_read_with_retry(alice_asks: Town) -> None:
    """Nothing is asked without it; Retry reads it by the address that its message has by then."""
    town = alice_asks
    file = town.discord.attachment("message.txt", b"What is a comet?")
    path = file["url"].removeprefix(town.discord.world.base_url)
    content = town.discord.world.files.pop(path)
    question = await town.alice.say(town.general, attachments=[file])
    (said,) = await town.until(lambda: town.shown(question))
    assert said == f"I left out message.txt: {ANSWERS['problem.gone']}.\n{ANSWERS['only_files']}"
    assert town.model.requests == []
    town.discord.world.files[path] = content
    await town.seen(await town.alice.press(town.replies(question)[0], "Retry"))
    await town.until(lambda: town.model.requests)
    assert told(town) == "[Alice]: What is a comet?"


async def test_what_no_model_is_shown_is_said_beside_the_answer_and_told_to_the_model(alice_asks: Town) -> None:
    """A picture beside a question is named to the person and to the model; a sticker has a name, too.

    Reported: AtomicBot-ai/atomic-agent#349.
    """
    town = alice_asks
    picture = town.discord.attachment("cat.png", b"\x89PNG\r\n\x1a\n", "image/png")
    question = await town.alice.say(
        town.general, "What is this?", attachments=[picture], extras=stickers_json(["Wave"])
    )
    (shown,) = await town.answered(question)
    assert (
        told(town)
        == "[sticker: Wave]\n[attachment: cat.png, image/png, which you are not shown]\n[Alice]: What is this?"
    )
    assert shown.endswith(f"\n-# I left out cat.png: {ANSWERS['problem.damaged']}.")


@pytest.mark.parametrize(
    ("name", "content", "flags", "sentence"),
    [
        ("cat.png", b"\x89PNG\r\n\x1a\n", 0, "problem.damaged"),
        ("x.txt", b"MZ\0\0" + bytes(99), 0, "problem.unknown_type"),
        ("empty.txt", b"", 0, "problem.empty"),
    ],
)
async def test_a_message_of_files_alone_gets_a_true_sentence(
    alice_asks: Town, name: str, content: bytes, flags: int, sentence: AnswerKey
) -> None:
    """It says what cannot be read."""
    town = alice_asks
    file = town.discord.attachment(name, content, "text/plain")
    question = await town.alice.say(town.general, attachments=[file], flags=flags)
    (said,) = await town.until(lambda: town.shown(question))
    assert said == f"I left out {name}: {ANSWERS[sentence]}.\n{ANSWERS['only_files']}"
    assert town.model.requests == []


async def test_a_poll_is_asked_with_its_answers(alice_asks: Town) -> None:
    """A poll has no content; its question and its answers are text."""
    town = alice_asks
    await town.answered(await town.alice.ask_poll(town.general, "Which comet?", "Halley", "Encke"))
    assert told(town) == '[poll: "Which comet?\\n- Halley\\n- Encke"]\n[Alice]: '


async def test_the_model_is_told_what_a_thread_began_with(alice_asks: Town) -> None:
    """Where a session comes into a thread, once; later questions there follow in the same session.

    Reported: RooCodeInc/Roomote#632.
    """
    town = alice_asks
    began = await town.bob.say(town.general, "Comets are ice.")
    thread = town.discord.add_thread(town.general, "Comets", begins_with=began)
    await town.answered(await town.alice.say(thread, "Is that so?"))
    assert told(town) == (
        '[stands in a thread with the name "Comets", which began with this message by "Bob": "Comets are ice."]\n'
        "[Alice]: Is that so?"
    )
    await town.set_status(town.alice, "activate")
    await town.answered(await town.alice.say(thread, "Really?"))
    assert told(town) == "[Alice]: Really?"


async def test_a_message_that_was_deleted_is_told_as_gone(alice_asks: Town) -> None:
    """The reply was missed, and when it is read Discord says nothing of what it replies to."""
    town = alice_asks
    bot = f"<@{town.discord.world.bot.id}>"
    said = await town.bob.say(town.general, "Never mind")
    town.discord.lose(town.discord.world.guild)
    again = await town.alice.say(town.general, f"{bot} And now?", reply_to=said)
    await town.bob.delete(said)
    town.discord.regain(town.discord.world.guild)
    await town.answered(again)
    assert told(town) == "[replies to a message that was deleted or cannot be read]\n[Alice]: And now?"


async def test_the_model_is_told_which_of_its_answers_is_meant(alice_asks: Town) -> None:
    """A reply to an older answer quotes its beginning; a reply to the newest one needs no quotation.

    Reported: sonichi/sutando#248.
    """
    town = alice_asks
    first = await town.alice.say(town.general, "One")
    await town.answered(first)
    answer = town.replies(first)[0]
    second = await town.alice.say(town.general, "Two", reply_to=answer)
    await town.answered(second)
    assert told(town) == "[Alice]: Two"
    third = await town.alice.say(town.general, "Wrong", reply_to=answer)
    await town.answered(third)
    assert told(town) == '[replies to your message that begins: "You said: [Alice]: One"]\n[Alice]: Wrong'
