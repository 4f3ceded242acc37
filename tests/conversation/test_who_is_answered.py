"""Who is answered at all, what a message that is no question gets, and what is asked of the model for it."""

from functools import partial

from sandbox.discord import posting
from sandbox.discord.mentions import resolve
from sandbox.discord.things import Message
from tests.conversation.panels import begin, join, menus, open_session, open_user, press
from tests.rig.model.record import without_mark
from tests.rig.town import CONFIG, Town

MEMBER_JOINED = 7
"""Discord, "Message", section "Message Types"."""


async def test_webhooks_and_system_messages_are_not_answered(town: Town) -> None:
    """Although they bear the name of somebody in status `new`, and mention the bot."""
    await town.start()
    await town.set_status(town.alice, "new")
    world, channel, text = town.discord.world, town.general, f"{town.discord.world.bot.mention} hello"
    used = await town.alice.command(channel, "user")
    await town.seen(used)
    system = Message(world.ids.next(), channel, town.alice.user, text, kind=MEMBER_JOINED)
    webhook = Message(world.ids.next(), channel, town.alice.user, text, interaction=used.metadata())
    for message in (system, webhook):
        posting.post(world, message, resolve(world, channel, town.alice.user, text, None, None))
    await town.answered(await town.alice.say(channel, "Myself"))
    assert town.replies(system) == town.replies(webhook) == []
    assert [request.text for request in town.model.requests] == ["[Alice]: Myself"]


async def test_the_bot_does_not_answer_itself(town: Town) -> None:
    """Where it writes directly without being asked, as to an admin, and where a text of its own mentions it."""
    await town.start()
    world, text = town.discord.world, f"{town.discord.world.bot.mention} hello"
    own = [Message(world.ids.next(), channel, world.bot, text) for channel in (town.bob.direct_messages, town.general)]
    for message in own:
        posting.post(world, message, resolve(world, message.channel, world.bot, text, None, None))
    await town.set_status(town.alice, "new")
    for person, channel in ((town.bob, town.bob.direct_messages), (town.alice, town.general)):
        await town.until(partial(town.replies, await person.say(channel, "Hello?")))
    assert [town.replies(message) for message in own] == [[], []]
    assert town.rows(f"SELECT count(*) FROM user WHERE discord_user_id = {world.bot.id}") == [(0,)]


async def test_the_hint_is_given_once_in_ten_minutes_whatever_is_restarted_between(town: Town) -> None:
    """That it was given is committed: after a kill, further calls only get a 💤, and a call in status new is a question."""
    await town.start()
    await town.set_status(town.alice, "new")
    first = await town.bob.say(town.bob.direct_messages, "Hello?")
    await town.until(lambda: town.replies(first))
    assert "/user" in town.shown(first)[0]
    await town.until(lambda: town.rows("SELECT owed FROM turn") == [(0,)])
    await town.kill()
    await town.start()
    await town.answered(await town.alice.say(town.general, "Are you back?"))
    again = await town.bob.say(town.bob.direct_messages, "Hello again?")
    mention = await town.bob.say(town.general, f"{town.discord.world.bot.mention} hello?")
    await town.until(lambda: town.reactions(again) == town.reactions(mention) == {"💤"})
    await town.set_status(town.bob, "new")
    await town.answered(await town.bob.say(town.bob.direct_messages, "Now then"))
    assert town.replies(again) == town.replies(mention) == []


async def test_status_disable_is_silence_for_whoever_does_not_call_the_bot(town: Town) -> None:
    """Whoever chooses it again is not answered any more; a reply to an answer calls the bot and gets the hint; `activate` goes on with the same session."""
    await town.start()
    question = await begin(town, town.alice, town.general)
    (answer,) = town.replies(question)
    await open_user(town, town.bob)
    await town.set_status(town.alice, "disable")
    ignored = [await person.say(town.general, "And this?") for person in (town.alice, town.bob)]
    call = await town.bob.say(
        town.general, "And that?", reply_to=answer
    )  # Discord's replies mention whom they reply to
    await town.until(lambda: town.replies(call))
    assert "only people who switch me on" in town.shown(call)[0]
    await town.set_status(town.alice, "activate")
    await town.answered(await town.alice.say(town.general, "And now?"))
    assert [town.replies(message) for message in ignored] == [[], []]
    assert [text for role, text in town.model.requests[-1].dialogue if role == "user"] == [
        "[Alice]: Tell me of comets",
        "[Alice]: And now?",
    ]


async def test_what_is_said_to_another_person_is_theirs_unless_it_mentions_the_bot(town: Town) -> None:
    """A reply to their message, and a message that begins by mentioning them. What one adds to one's own message is for the bot."""
    await town.start()
    await town.set_status(town.alice, "new")
    hers = await town.alice.say(town.general, "I like comets.")
    await town.answered(hers)
    bot, alice, bob = (whom.mention for whom in (town.discord.world.bot, town.alice, town.bob))
    await town.set_status(town.bob, "new")
    theirs = [
        await town.bob.say(town.general, "So do I.", reply_to=hers),
        await town.bob.say(town.general, f"  {alice} have you seen one?"),
        await town.alice.say(town.general, f"{bob}: never."),
    ]
    asked = [
        await town.bob.say(town.general, "Which one does she mean?" + bot, reply_to=hers),
        await town.bob.say(town.general, f"{alice} {bot} which one is next?"),
        await town.bob.say(town.general, f"Does {alice} know?"),
        await town.bob.say(town.general, f"{bob} is me."),
        await town.alice.say(town.general, "And meteors.", reply_to=hers),
    ]
    for question in asked:
        await town.answered(question)
    assert [town.replies(message) for message in theirs] == [[], [], []]
    assert town.rows("SELECT count(*) FROM turn") == [(1 + len(asked),)]


async def test_servers_and_roles_that_are_blocked_are_ignored(town: Town) -> None:
    """Whatever the status; the same person is answered elsewhere, and again without the role."""
    elsewhere = town.discord.add_guild("Elsewhere")
    away = town.discord.add_channel("away", guild=elsewhere)
    town.discord.join(town.alice, elsewhere)
    muted = town.discord.role("muted")
    block = f'\n[permissions.block]\nservers = ["{elsewhere.id}"]\nroles = ["{muted.id}"]\n'
    town.config.write_text(CONFIG + block)
    await town.start()
    for person in (town.alice, town.bob):
        await town.set_status(person, "new")
    town.discord.give(town.bob, muted)
    ignored = [await town.alice.say(away, "Away"), await town.bob.say(town.general, "Muted")]
    town.discord.take(town.bob, muted)
    await town.answered(await town.alice.say(town.general, "Here"))
    await town.answered(await town.bob.say(town.general, "Unmuted"))
    assert [town.replies(message) for message in ignored] == [[], []]
    assert len(town.model.requests) == 2


async def test_a_message_in_which_nothing_can_be_seen_gets_a_sentence_and_starts_no_session(town: Town) -> None:
    """The status stays `new`, with *attach* on too; the next question starts the session."""
    await town.start()
    await press(town, town.alice, await open_user(town, town.alice), "Attach")
    await town.set_status(town.alice, "new")
    blank = await town.alice.say(town.general, "\u200b\u2060\u3164")
    await town.until(lambda: town.replies(blank))
    assert "no text" in town.shown(blank)[0]
    assert town.rows("SELECT status, (SELECT count(*) FROM session) FROM user") == [("new", 0)]
    assert await town.answered(await town.alice.say(town.general, "Hello")) == ["You said: [Alice]: Hello"]
    assert len(town.model.requests) == 1


async def test_a_session_that_is_closed_where_one_speaks_is_not_replaced_by_another(town: Town) -> None:
    """Bob goes on with Alice's in direct messages, where he may not; in her server he may."""
    await town.start()
    await begin(town, town.alice, town.general, name="Comets")
    await begin(town, town.bob, town.general, name="Bobs own")
    await join(town, town.bob, "Comets")
    refused = await town.bob.say(town.bob.direct_messages, "And here?")
    await town.until(lambda: town.replies(refused))
    assert "cannot use that session here" in town.shown(refused)[0]
    await town.answered(await town.bob.say(town.general, "And there?"))
    assert town.rows("SELECT count(*) FROM session") == [(2,)]
    assert "[Alice]: Tell me of comets" in [without_mark(text) for _, text in town.model.requests[-1].dialogue]


async def test_a_name_given_before_the_first_answer_is_not_replaced_by_keywords(town: Town) -> None:
    """The title is at once the question's first ten characters; then the owner speaks, and the answer ends after that."""
    await town.start()
    await town.set_status(town.alice, "new")
    gate = town.model.gate("comets")
    question = await town.alice.say(town.general, "Why do comets have bright tails near the sun?")
    await gate.reached()
    assert "Why do com" in (await open_session(town, town.alice)).content
    await open_session(town, town.alice, name="Tails")
    gate.finish()
    await town.answered(question)
    assert town.rows("SELECT title FROM session") == [("Tails",)]


async def test_a_model_that_takes_no_system_message_is_told_none(town: Town) -> None:
    """It stays the session's, and the next model is told it; nothing is stored by either, whatever the API."""
    old = '\n[[models]]\nname = "old"\napi = "chat_completions"\nsystem_message = false\ncontext_tokens = 8000\n'
    town.config.write_text(CONFIG + old)
    await town.start()
    panel = await open_user(town, town.alice, system_msg="Answer in French.")
    await town.seen(await town.alice.choose(panel, menus(panel)[0]["custom_id"], "old"))
    await begin(town, town.alice, town.general)
    panel = await open_session(town, town.alice)
    assert "Answer in French." in panel.content
    await town.seen(await town.alice.choose(panel, menus(panel)[0]["custom_id"], "gpt-4o"))
    await town.answered(await town.alice.say(town.general, "And now?"))
    first, second = town.model.requests
    assert {role for role, _ in first.dialogue} == {"user"}
    assert second.dialogue[0][0] in ("system", "developer")
    assert "Answer in French." in second.dialogue[0][1]
    assert [request.body["store"] for request in (first, second)] == [False, False]


async def test_twenty_questions_a_minute_is_what_a_person_has_and_retry_is_one(town: Town) -> None:
    """Where the operator says nothing else."""
    town.config.write_text(CONFIG.replace("questions_per_minute = 1000\n", ""))
    await town.start()
    town.model.script("First", error="invalid_request", times=2)
    await town.set_status(town.alice, "new")
    first = await town.alice.say(town.general, "First")
    await town.until(lambda: "Retry" in str([reply.components for reply in town.replies(first)]))
    channels = [town.discord.add_channel(f"channel {number}") for number in range(19)]  # Discord paces each by itself
    others = [await town.alice.say(channel, f"Question in {channel.name}") for channel in channels]
    for question in others:
        await town.answered(question)
    await town.alice.press(town.replies(first)[0], "Retry")
    await town.until(lambda: "Wait a minute" in "".join(town.shown(first)))
    assert len([request for request in town.model.requests if "Question" in request.text]) == 19
