"""Who is answered, and in which session: sessions that belong to people, in public and in private places."""

from typing import Any

from tests.rig.model.record import without_mark
from tests.rig.town import CONFIG, Town


async def _begin(town: Town, person: Any, channel: Any, text: str = "Tell me of comets") -> Any:
    """A session with one answered question; its owner goes on with it."""
    await town.set_status(person, "new", channel=channel)
    question = await person.say(channel, text)
    await town.answered(question)
    await town.set_status(person, "activate", channel=channel)
    return question


async def _join(town: Town, person: Any, title: str) -> None:
    """Choose somebody's public session in `/user`."""
    panel = await town.seen(await person.command(town.general, "user"))
    panel = await town.seen(await person.press(panel, "Show public"))
    menu = next(control for control in panel.controls() if any(title in str(o) for o in control.get("options", ())))
    value = next(option["value"] for option in menu["options"] if title in option["label"])
    await town.seen(await person.choose(panel, menu["custom_id"], value))


async def test_where_a_session_begins_decides_who_sees_it(town: Town) -> None:
    """A channel that @everyone sees: public; a restricted one, a direct message: private; a thread like its channel."""
    restricted = town.discord.add_channel("cellar", restricted=True, people=[town.alice])
    thread = town.discord.add_thread(town.general, "about comets")
    await town.start()
    hidden = town.discord.add_channel("later", restricted=True, people=[town.alice])
    places = [town.general, thread, restricted, hidden, town.alice.direct_messages]
    await town.set_status(town.alice, "new")
    for place in places:
        await town.answered(await town.alice.say(place, f"Here in {place.name}"))
    guild = town.discord.world.guild.id
    assert town.rows("SELECT is_public, origin_guild FROM session ORDER BY id") == [
        (1, guild),
        (1, guild),
        (0, guild),
        (0, guild),
        (0, None),
    ]


async def test_a_channel_that_is_restricted_while_the_bot_runs_begins_private_sessions(town: Town) -> None:
    """And public ones again when it is opened; a server that hides everything from @everyone has none."""
    await town.start()
    await town.set_status(town.alice, "new")
    town.discord.restrict(town.general, people=[town.alice])
    await town.answered(await town.alice.say(town.general, "One"))
    town.discord.open(town.general)
    await town.answered(await town.alice.say(town.general, "Two"))
    assert town.rows("SELECT is_public FROM session ORDER BY id") == [(0,), (1,)]


async def test_a_session_begun_by_a_missed_message_knows_its_server(town: Town) -> None:
    """Messages that are read over REST name no server; the channel's is known."""
    await town.start()
    await town.set_status(town.alice, "new")
    await town.answered(await town.alice.say(town.general, "One"))
    await town.stop()
    missed = await town.alice.say(town.general, "Missed")
    await town.start()
    await town.answered(missed)
    guild = town.discord.world.guild.id
    assert town.rows("SELECT is_public, origin_guild FROM session ORDER BY id") == [(1, guild), (1, guild)]


async def test_two_quick_messages_share_a_session_with_attach_and_have_two_without(town: Town) -> None:
    """And with *attach* the person is in `activate` afterwards."""
    await town.start()
    for person, attach in ((town.alice, True), (town.bob, False)):
        panel = await town.seen(await person.command(town.general, "user"))
        if attach:
            panel = await town.seen(await person.press(panel, "Attach"))
        await town.seen(await person.press(panel, "new"))
        first, second = await person.say(town.general, "One"), await person.say(town.general, "Two")
        await town.answered(first)
        await town.answered(second)
    assert town.rows("SELECT creator, count(*) FROM session GROUP BY creator ORDER BY creator") == sorted(
        [(town.alice.id, 1), (town.bob.id, 2)]
    )
    assert dict(town.rows("SELECT discord_user_id, status FROM user")) == {
        town.alice.id: "activate",
        town.bob.id: "new",
    }


async def test_several_people_speak_in_one_public_session(town: Town) -> None:
    """The model is told who says what, and each answer replies to its own question."""
    await town.start()
    await _begin(town, town.alice, town.general)
    await _join(town, town.bob, "comets")
    asked = await town.bob.say(town.general, "And meteors?")
    assert [without_mark(text) for text in await town.answered(asked)] == ["You said: [Bob]: And meteors?"]
    await town.answered(await town.alice.say(town.general, "Back to comets"))
    users = [without_mark(text) for role, text in town.model.requests[-1].dialogue if role == "user"]
    assert users == ["[Alice]: Tell me of comets", "[Bob]: And meteors?", "[Alice]: Back to comets"]
    assert town.rows("SELECT count(*) FROM session") == [(1,)]


async def test_a_reply_goes_to_the_answers_session_and_changes_nothing_else(town: Town) -> None:
    """Whatever the status is, unless it is `disable`."""
    await town.start()
    first = await _begin(town, town.alice, town.general)
    await _begin(town, town.alice, town.general, "Tell me of volcanoes")
    answer = town.replies(first)[0]
    again = await town.alice.say(town.general, "How cold?", reply_to=answer)
    await town.answered(again)
    assert "[Alice]: Tell me of comets" in [text for _, text in town.model.requests[-1].dialogue]
    await town.answered(await town.alice.say(town.general, "How hot?"))
    assert "[Alice]: Tell me of volcanoes" in [text for _, text in town.model.requests[-1].dialogue]
    await town.set_status(town.bob, "new")
    joined = await town.bob.say(town.general, "How old?", reply_to=answer)
    await town.answered(joined)
    assert town.rows("SELECT count(*) FROM session") == [(2,)]


async def test_a_reply_to_anothers_private_answer_gets_a_notice(town: Town) -> None:
    """Not a session of one's own, and nothing of the private one."""
    cellar = town.discord.add_channel("cellar", restricted=True, people=[town.alice, town.bob])
    await town.start()
    first = await _begin(town, town.alice, cellar, "A secret")
    await town.set_status(town.bob, "new")
    curious = await town.bob.say(cellar, "What was that?", reply_to=town.replies(first)[0])
    await town.until(lambda: town.replies(curious))
    assert "cannot use that session here" in town.shown(curious)[0]
    assert "secret" not in town.shown(curious)[0].lower()
    assert len(town.model.requests) == 1


async def test_a_direct_message_in_a_public_session_is_told_that_once(town: Town) -> None:
    """In the footer of the first answer, and of no other."""
    await town.start()
    await _begin(town, town.alice, town.general)
    first = await town.answered(await town.alice.say(town.alice.direct_messages, "Between us"))
    second = await town.answered(await town.alice.say(town.alice.direct_messages, "And this"))
    assert "This session is public" in first[0]
    assert second == ["You said: [Alice]: And this"]


async def test_a_sessions_name_comes_from_its_first_question(town: Town) -> None:
    """Ten characters at once, keywords after the answer; a given name stays."""
    await town.start()
    town.model.script(answer="Because of the sun.", first_token_after_s=0.5)
    await town.set_status(town.alice, "new")
    question = await town.alice.say(town.general, "Why do comets have bright tails near the sun?")
    await town.until(lambda: town.rows("SELECT title FROM session") == [("Why do com",)])
    await town.answered(question)
    ((title,),) = town.rows("SELECT title FROM session")
    assert "comets" in title.lower()
    await town.seen(await town.alice.command(town.general, "session", name="My comets"))
    assert town.rows("SELECT title FROM session") == [("My comets",)]


async def test_people_and_places_that_the_operator_excludes_are_ignored(town: Town) -> None:
    """Their messages get nothing at all; their commands one private sentence; admins are never excluded."""
    other = town.discord.add_channel("other")
    carol = town.discord.add_person("Carol")
    town.config.write_text(
        CONFIG
        + f"""
[permissions]
admins = ["{carol.id}"]
[permissions.allow]
channels = [{town.general.id}]
[permissions.block]
users = ["{town.bob.id}"]
"""
    )
    await town.start()
    panel = await town.seen(await town.bob.command(town.general, "user"))
    assert not panel.controls()
    assert "bot's admin" in panel.content
    await town.set_status(town.alice, "new")
    await town.set_status(carol, "new")
    outside = await town.alice.say(other, "Outside")
    blocked = await town.bob.say(town.general, f"<@{town.discord.world.bot.id}> hello?")
    await town.answered(await carol.say(other, "An admin"))
    await town.answered(await town.alice.say(town.general, "Inside"))
    assert (town.replies(outside), town.replies(blocked)) == ([], [])
    assert [request.text for request in town.model.requests] == ["[Carol]: An admin", "[Alice]: Inside"]


async def test_roles_decide_for_messages_and_for_missed_ones(town: Town) -> None:
    """A thread belongs to its channel; a missed message counts by the roles that its author had when last seen."""
    friends = town.discord.role("friends")
    town.config.write_text(CONFIG + f"\n[permissions.allow]\nroles = [{friends.id}]\n")
    town.discord.give(town.alice, friends)
    await town.start()
    await town.set_status(town.alice, "new")
    await town.answered(await town.alice.say(town.general, "A friend"))
    stranger = await town.seen(await town.bob.command(town.general, "user"))
    assert not stranger.controls()
    await town.stop()
    missed = await town.alice.say(town.general, "Missed")
    await town.start()
    await town.answered(missed)
    assert len(town.model.requests) == 2
