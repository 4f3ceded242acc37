"""Answers that Discord will never show where they were asked: kept, and given to whoever asked, privately."""

from typing import Any

from sandbox.discord import Message
from sandbox.discord import permissions as bits
from sandbox.discord.things import Channel, Overwrite
from tests.conversation.panels import begin, open_session, open_user, press
from tests.rig.town import Town

LONG = "A sentence of the answer. " * 20
HUGE = "A sentence of the answer. " * 150


async def lost(town: Town, person: Any, channel: Channel, answer: str = LONG) -> None:
    """A channel is deleted while its answer streams."""
    town.model.script(answer=answer, tokens_per_s=400)
    question = await person.say(channel, "Tell me more of comets.")
    await town.until(lambda: town.replies(question))
    town.discord.delete_channel(channel)
    await town.until(lambda: town.rows("SELECT count(*) FROM note WHERE told_time IS NULL") != [(0,)])
    town.model.script()


def labels(panel: Message) -> list[str]:
    """The labels of a panel's buttons."""
    return [str(part.get("label")) for part in panel.controls() if part["type"] == 2]


def private(person: Any, channel: Channel) -> list[Message]:
    """What the bot has said to a person privately, oldest first."""
    return [message for message in person.visible(channel) if message.ephemeral]


async def test_an_answer_whose_channel_was_deleted_waits_for_its_asker(town: Town) -> None:
    """Survives a kill; the whole text, to nobody else; shown until it is dismissed."""
    await town.start()
    room = town.discord.add_channel("room")
    await begin(town, town.alice, room)
    await lost(town, town.alice, room)
    await town.kill()
    await town.start()
    assert not any("Undelivered" in label for label in labels(await open_user(town, town.bob)))
    for panel in (await open_user(town, town.alice), await open_session(town, town.alice)):
        assert "Undelivered (1)" in labels(panel)
        assert "could not deliver" in panel.content
    shown = await press(town, town.alice, panel, "Undelivered (1)")
    assert LONG.strip() in shown.content
    assert f"<#{room.id}>" in shown.content
    assert "Tell me more of comets." in shown.content
    assert shown in private(town.alice, town.general)
    assert not private(town.bob, town.general)[1:]
    again = await open_user(town, town.alice)
    assert "Undelivered (1)" in labels(again)
    assert (await press(town, town.alice, shown, "Dismiss")).content == "Dismissed."
    assert not any("Undelivered" in label for label in labels(await open_user(town, town.alice)))
    assert "no undelivered messages" in (await press(town, town.alice, again, "Undelivered (1)")).content


async def test_a_long_answer_comes_as_a_file(town: Town) -> None:
    """The file has the whole answer."""
    await town.start()
    room = town.discord.add_channel("room")
    await begin(town, town.alice, room)
    await lost(town, town.alice, room, HUGE)
    shown = await press(town, town.alice, await open_user(town, town.alice), "Undelivered (1)")
    (file,) = shown.attachments
    path = str(file["url"]).removeprefix(town.discord.world.base_url)
    assert town.discord.world.files[path].decode().strip() == HUGE.strip()


async def test_nobody_reads_or_dismisses_what_waits_for_another(town: Town) -> None:
    """Forged presses read the same as presses about nothing."""
    await town.start()
    room = town.discord.add_channel("room")
    await begin(town, town.alice, room)
    await lost(town, town.alice, room)
    ((note,),) = town.rows("SELECT id FROM note")
    panel = await open_user(town, town.bob)
    own = await town.seen(await town.bob.forge(panel, '1["undelivered"]'))
    assert "no undelivered messages" in own.content
    forged = [await town.seen(await town.bob.forge(panel, f'1["dismiss",{one}]')) for one in (note, note + 7)]
    assert forged[0].content == forged[1].content
    assert "Undelivered (1)" in labels(await open_user(town, town.alice))


async def test_what_was_removed_is_not_kept(town: Town) -> None:
    """With its session an answer is gone, also the one that waits."""
    await town.start()
    room = town.discord.add_channel("room")
    await begin(town, town.alice, room)
    await lost(town, town.alice, room)
    panel = await press(town, town.alice, await open_user(town, town.alice), "Clear")
    panel = await press(town, town.alice, panel, "Remove 1 session")
    assert not any("Undelivered" in label for label in labels(await open_user(town, town.alice)))


async def test_who_takes_no_direct_messages_finds_the_answer_in_the_next_panel(town: Town) -> None:
    """Discord refuses with 50007, and nothing of the answer appears in a channel."""
    await town.start()
    direct = town.alice.direct_messages
    await begin(town, town.alice, direct)
    town.model.script(answer=LONG, first_token_after_s=1.0)
    question = await town.alice.say(direct, "Tell me more of comets.")
    await town.until(lambda: len(town.model.requests) == 2)
    town.alice.user.takes_direct_messages = False
    await town.until(lambda: town.rows("SELECT count(*) FROM note WHERE told_time IS NULL") == [(1,)])
    assert not town.replies(question)
    shown = await press(town, town.alice, await open_user(town, town.alice), "Undelivered (1)")
    assert LONG.strip() in shown.content
    everybody = [message.content for message in town.bob.visible(town.general)]
    assert not any("A sentence of the answer" in text for text in everybody)


async def test_what_admins_must_know_waits_where_no_direct_message_reaches_them(town: Town) -> None:
    """Once; in words that say what to do."""
    town.config.write_text(town.config.read_text() + f"\n[permissions]\nadmins = [{town.bob.id}]\n")
    await town.start()
    town.bob.user.takes_direct_messages = False
    await town.set_status(town.alice, "new")
    town.model.script(error="insufficient_quota")
    await town.alice.say(town.general, "What is a comet?")
    await town.until(lambda: town.rows("SELECT count(*) FROM note WHERE is_direct = 0") == [(1,)])
    shown = await press(town, town.bob, await open_user(town, town.bob), "Undelivered (1)")
    assert "OPENAI_API_KEY" in shown.content
    await press(town, town.bob, shown, "Dismiss")
    assert not any("Undelivered" in label for label in labels(await open_user(town, town.bob)))


async def test_an_answer_that_the_bot_was_not_allowed_to_show_says_which_permission_is_missing(town: Town) -> None:
    """And where, so that its asker can have it mended; a channel that was deleted needs no permission."""
    await town.start()
    await town.set_status(town.alice, "new")
    gate = town.model.gate("comets")
    await town.alice.say(town.general, "Tell me of comets.")
    await gate.reached()
    town.general.overwrites.append(Overwrite(town.discord.world.bot.id, bits.MEMBER, 0, bits.SEND_MESSAGES))
    gate.finish()
    await town.until(lambda: town.rows("SELECT count(*) FROM note WHERE told_time IS NULL") == [(1,)])
    direct = town.alice.direct_messages
    panel = await open_user(town, town.alice, direct)
    shown = await press(town, town.alice, panel, "Undelivered (1)")
    assert f"<#{town.general.id}>" in shown.content
    assert "give me these permissions there: Send Messages" in shown.content
    assert "You said: [Alice]: Tell me of comets." in shown.content
