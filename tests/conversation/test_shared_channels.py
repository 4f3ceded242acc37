"""Channels that the operator's file shares: everybody asks in one session of the channel's, without `/user`."""

import re

from tests.conversation.panels import press
from tests.rig.town import Town
from texts.english import PANELS


def share(town: Town, *channels: str, admin: int = 0) -> None:
    """Have the bot's next start share these channels."""
    tables = "".join(
        f'\n[[shared_channels]]\nid = {town.discord.channel(name).id}\nmodel = "gpt-4o"\nsystem_message = "You are {name}."\n'
        for name in channels
    )
    config = town.config.read_text().partition("\n[[shared_channels]]")[0].partition("\n[permissions]")[0]
    town.config.write_text(f"{config}{tables}\n[permissions]\nadmins = [{admin}]\n" if admin else config + tables)


def asked(town: Town) -> list[str]:
    """Return what people have said in the request that the model got last, without the marks and what stands before it."""
    return [
        re.sub(r"(?s).*?\[(Alice|Bob)[^]]*\]:", r"[\1]:", text)
        for role, text in town.model.requests[-1].dialogue
        if role == "user"
    ]


async def test_everybody_asks_in_one_session_without_a_command(town: Town) -> None:
    """Two people and a thread in one channel, another session in the next; a kill and a new start change nothing."""
    share(town, "general", "random")
    await town.start()
    await town.answered(await town.alice.say(town.general, "One"))
    await town.answered(await town.bob.say(town.general, "Two"))
    assert asked(town) == ["[Alice]: One", "[Bob]: Two"]
    assert town.model.requests[-1].model == "gpt-4o"
    assert town.model.requests[-1].dialogue[0][1].endswith("You are general.")
    thread = town.discord.add_thread(town.general, "aside")
    await town.answered(await town.alice.say(thread, "Three"))
    assert asked(town) == ["[Alice]: One", "[Bob]: Two", "[Alice]: Three"]
    random = town.discord.channel("random")
    await town.answered(await town.bob.say(random, "Elsewhere"))
    assert asked(town) == ["[Bob]: Elsewhere"]
    gate = town.model.gate("Four")
    waiting = await town.bob.say(town.general, "Four")
    await gate.reached()
    await town.kill()
    gate.finish()
    await town.start()
    await town.answered(waiting)
    assert asked(town) == ["[Alice]: One", "[Bob]: Two", "[Alice]: Three", "[Bob]: Four"]
    assert town.rows("SELECT status, sessions FROM user WHERE discord_user_id") == [("disable", 0), ("disable", 0)]
    assert town.rows("SELECT count(DISTINCT session) FROM turn") == [(2,)]


async def test_stop_is_for_the_asker_and_for_who_runs_the_bot(town: Town) -> None:
    """Others get the sentence that they get in every public session; *Retry* is the asker's."""
    carol = town.discord.add_person("Carol")
    share(town, "general", admin=carol.id)
    await town.start()
    gate = town.model.gate("story")
    question = await town.alice.say(town.general, "A story")
    await gate.reached()
    gate.release(2)
    await town.until(lambda: town.replies(question))
    (answer,) = town.replies(question)
    refused = await press(town, town.bob, answer, "Stop")
    assert refused.content == PANELS["not_asker"]
    await carol.press(answer, "Stop")
    await town.until(lambda: town.rows("SELECT reason FROM turn") == [("stopped",)])
    gate.finish()
    await town.until(lambda: "Retry" in [control["label"] for control in answer.controls()])
    assert (await press(town, town.bob, answer, "Retry")).content == PANELS["not_asker"]
    await town.alice.press(answer, "Retry")
    await town.until(lambda: len(town.replies(question)) == 2)


async def test_who_runs_the_bot_clears_it_and_others_only_read(town: Town) -> None:
    """By *Show session* on an answer. The next question begins a new conversation."""
    carol = town.discord.add_person("Carol")
    share(town, "general", admin=carol.id)
    await town.start()
    question = await town.alice.say(town.general, "One")
    await town.answered(question)
    (answer,) = town.replies(question)
    seen = await town.seen(await town.bob.message_command(answer, "Show session"))
    assert PANELS["session.of_channel"] in seen.content
    assert "You are general." not in seen.content
    assert [control["label"] for control in seen.controls()] == ["Export"]
    own = await town.seen(await carol.message_command(answer, "Show session"))
    assert "You are general." in own.content
    assert [control["label"] for control in own.controls()] == ["Remove", "Export"]
    confirming = await press(town, carol, own, "Remove")
    removed = await press(town, carol, confirming, confirming.controls()[0]["label"])
    assert removed.content == PANELS["session_removed"]
    await town.answered(await town.bob.say(town.general, "Two"))
    assert asked(town) == ["[Bob]: Two"]


async def test_a_restricted_channel_that_is_shared_stays_among_those_who_see_it(town: Town) -> None:
    """Its session is private: who is not in the channel finds it nowhere, who is in it asks in it."""
    share(town, "staff")
    await town.start()
    staff = town.discord.channel("staff")
    await town.answered(await town.alice.say(staff, "One"))
    await town.answered(await town.alice.say(staff, "Two"))
    assert asked(town) == ["[Alice]: One", "[Alice]: Two"]
    assert town.rows("SELECT is_public FROM session") == [(0,)]


async def test_a_channel_that_is_no_longer_shared_is_like_every_other(town: Town) -> None:
    """After a start without it: nobody is answered who has not switched the bot on, and a reply is told why."""
    share(town, "general")
    await town.start()
    first = await town.alice.say(town.general, "One")
    await town.answered(first)
    await town.stop()
    share(town)
    await town.start()
    ignored = await town.bob.say(town.general, "Two")
    await town.set_status(town.alice, "new")
    refused = await town.alice.say(town.general, "Three", reply_to=town.replies(first)[0])
    await town.until(lambda: town.replies(refused))
    assert town.rows("SELECT reason FROM turn WHERE state = 'refused'") == [("session_closed",)]
    await town.answered(await town.alice.say(town.general, "Four"))
    assert asked(town) == ["[Alice]: Four"]
    assert town.replies(ignored) == []
