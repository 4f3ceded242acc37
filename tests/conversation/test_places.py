"""Where Discord does not let the bot do something, the panels and the hint say so, and what to ask for."""

import pytest

from sandbox.discord import permissions as bits
from sandbox.discord.things import Channel, Message, Overwrite
from tests.conversation.panels import begin, open_session, open_user
from tests.rig.town import Town

HERE = "in this channel"


def forbid(town: Town, channel: Channel, *denied: int) -> None:
    """Take permissions in a channel away from the bot."""
    (channel.parent or channel).overwrites.append(Overwrite(town.discord.world.bot.id, bits.MEMBER, 0, sum(denied)))


@pytest.mark.parametrize(
    ("denied", "said"),
    [
        ((bits.VIEW_CHANNEL,), "View Channel"),
        ((bits.SEND_MESSAGES, bits.ADD_REACTIONS), "Send Messages, Add Reactions"),
        ((bits.READ_MESSAGE_HISTORY,), "Read Message History"),
    ],
)
async def test_both_panels_say_that_the_bot_cannot_answer_here_and_what_it_needs(
    town: Town, denied: tuple[int, ...], said: str
) -> None:
    """Discord tells it with each interaction; elsewhere, and once it is allowed, the panels say nothing of it."""
    await town.start()
    forbid(town, town.general, *denied)
    for panel in (await open_user(town, town.alice), await begin_elsewhere(town)):
        first = panel.content.split("\n")[0]
        assert first.startswith(f"⚠️ I cannot answer {HERE}.")
        assert first.endswith(f"here: {said}.")
    assert "⚠️" not in (await open_user(town, town.alice, town.alice.direct_messages)).content
    town.general.overwrites.clear()
    assert "⚠️" not in (await open_user(town, town.alice)).content


async def begin_elsewhere(town: Town) -> Message:
    """The panel of a session that began in direct messages, opened in #general."""
    await begin(town, town.alice, town.alice.direct_messages)
    return await open_session(town, town.alice)


async def test_what_answers_do_not_need_is_said_without_alarm(town: Town) -> None:
    """Reactions and files: answers come, and the panel says that not everything works."""
    await town.start()
    forbid(town, town.general, bits.ADD_REACTIONS, bits.ATTACH_FILES)
    panel = await open_user(town, town.alice)
    assert panel.content.startswith(f"⚠️ Not everything works {HERE}.")
    assert "Add Reactions, Attach Files" in panel.content
    await town.set_status(town.alice, "new")
    question = await town.alice.say(town.general, "And an answer?")
    await town.until(lambda: town.shown(question) == ["You said: [Alice]: And an answer?"])


async def test_in_a_thread_the_permission_for_threads_counts(town: Town) -> None:
    """Discord has a permission of its own for messages in threads, which invitations often lack."""
    thread = town.discord.add_thread(town.general, "talk")
    await town.start()
    forbid(town, thread, bits.SEND_MESSAGES_IN_THREADS)
    assert "here: Send Messages in Threads." in (await open_user(town, town.alice, thread)).content
    assert "⚠️" not in (await open_user(town, town.alice, town.general)).content


async def test_the_hint_says_what_was_learnt_from_a_refused_request(town: Town) -> None:
    """No interaction has told it: the bot's first reaction in the channel was refused, and is remembered over a kill."""
    await town.start()
    await town.set_status(town.alice, "new", channel=town.alice.direct_messages)
    forbid(town, town.general, bits.ADD_REACTIONS)
    question = await town.alice.say(town.general, "A comet?")
    await town.until(lambda: town.rows("SELECT lacks FROM channel WHERE lacks != 0") == [(bits.ADD_REACTIONS,)])
    await town.until(lambda: town.replies(question))
    await town.kill()
    await town.start()
    call = await town.bob.say(town.general, f"{town.discord.world.bot.mention} hello?")
    await town.until(lambda: town.replies(call))
    lacking = f"⚠️ Not everything works {HERE}. Ask the server's owner to give me these permissions here: Add Reactions."
    assert lacking in town.shown(call)[0].split("\n")


async def test_a_refused_answer_tells_what_was_missing(town: Town) -> None:
    """The permission is taken away while the answer streams: it is kept for its asker, and a later hint would say why."""
    await town.start()
    await town.set_status(town.alice, "new", channel=town.alice.direct_messages)
    gate = town.model.gate("comet")
    await town.alice.say(town.general, "A comet?")
    await gate.reached()
    forbid(town, town.general, bits.SEND_MESSAGES)
    gate.finish()
    await town.until(lambda: town.rows("SELECT count(*) FROM note") == [(1,)])
    learnt = bits.SEND_MESSAGES | bits.SEND_MESSAGES_IN_THREADS
    await town.until(lambda: town.rows("SELECT lacks FROM channel WHERE lacks != 0") == [(learnt,)])
    assert "here: Send Messages." in (await open_user(town, town.alice)).content
    assert town.rows("SELECT lacks FROM channel WHERE lacks != 0") == [(bits.SEND_MESSAGES,)]
