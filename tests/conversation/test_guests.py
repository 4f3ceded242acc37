"""People in each other's sessions: who may stop, retry and remove what, and what everybody is told."""

from tests.conversation.panels import begin, join, open_session, open_user, press, rows
from tests.rig.model.record import without_mark
from tests.rig.town import CONFIG, Town


async def test_a_guests_answer_is_stopped_and_retried_by_the_guest_or_the_owner_alone(town: Town) -> None:
    """Another member of the server sees the session, and may do neither."""
    carol = town.discord.add_person("Carol")
    await town.start()
    await begin(town, town.alice, town.general, name="Comets")
    await join(town, town.bob, "Comets")
    town.model.script(match="Bob", tokens_per_s=5, answer="slowly " * 60)
    question = await town.bob.say(town.general, "Go on")
    await town.until(lambda: town.replies(question))
    (answer,) = town.replies(question)
    denied = "Only the person who asked, or the owner of this session, can use this button."
    assert (await press(town, carol, answer, "Stop")).content == denied
    await town.alice.press(answer, "Stop")
    await town.until(lambda: "Stopped." in answer.content)
    assert (await press(town, carol, answer, "Retry")).content == denied
    town.model.script(match="Bob", answer="At once.")
    await town.bob.press(answer, "Retry")
    await town.until(lambda: "At once." in town.shown(question))
    assert "[Bob]: Go on" in [without_mark(text) for _, text in town.model.requests[-1].dialogue]


async def test_who_is_no_guest_any_more_cannot_retry(town: Town) -> None:
    """The session was made private after the answer."""
    await town.start()
    await begin(town, town.alice, town.general, name="Comets")
    await join(town, town.bob, "Comets")
    town.model.script(match="Bob", error="invalid_request", times=1)
    question = await town.bob.say(town.general, "Go on")
    await town.until(lambda: "Retry" in str(town.replies(question)[0].components) if town.replies(question) else False)
    await press(town, town.alice, await open_session(town, town.alice), "Public: yes")
    refused = await press(town, town.bob, town.replies(question)[0], "Retry")
    assert refused.content == "You do not have access to this, or it does not exist."
    await town.alice.press(town.replies(question)[0], "Retry")
    await town.until(lambda: "You said: [Bob]: Go on" in map(without_mark, town.shown(question)))


async def test_clear_ends_what_guests_ask(town: Town) -> None:
    """Each of them is told, once; the person who cleared has no session then."""
    await town.start()
    await begin(town, town.alice, town.general, name="Comets")
    await join(town, town.bob, "Comets")
    town.model.script(tokens_per_s=5, answer="slowly " * 60)
    streaming = await town.bob.say(town.general, "One")
    await town.until(lambda: town.replies(streaming))
    waiting = await town.bob.say(town.general, "Two")
    await town.until(lambda: town.rows("SELECT count(*) FROM turn WHERE state = 'queued'") == [(1,)])
    asked = await press(town, town.alice, await open_user(town, town.alice), "Clear")
    cleared = await press(town, town.alice, asked, "Remove 1 session")
    assert len(rows(cleared)) == 3
    await town.until(lambda: "removed or made private" in "".join(town.shown(streaming)))
    await town.until(lambda: "removed or made private" in "".join(town.shown(waiting)))
    assert [len(town.replies(question)) for question in (streaming, waiting)] == [1, 1]
    gone = await town.bob.say(town.general, "Three")
    await town.until(lambda: town.replies(gone))
    assert "cannot use that session" in town.shown(gone)[0]


async def test_session_shows_the_one_last_spoken_in_though_attach_is_off(town: Town) -> None:
    """In status `new` each message starts one; a reply to an older answer does not make that the current one."""
    await town.start()
    await town.set_status(town.alice, "new")
    first = await town.alice.say(town.general, "Comets are made of ice")
    await town.answered(first)
    await town.answered(await town.alice.say(town.general, "Volcanoes are made of fire"))
    await town.answered(await town.alice.say(town.general, "Why ice?", reply_to=town.replies(first)[0]))
    panel = await open_session(town, town.alice)
    assert "Volcanoes" in panel.content
    assert "current" in panel.content


async def test_a_system_message_is_copied_into_new_sessions_alone(town: Town) -> None:
    """Each session keeps the one that it began with, also for guests' questions."""
    await town.start()
    await open_user(town, town.alice, system_msg="First rule")
    await begin(town, town.alice, town.general, name="Old")
    await open_user(town, town.alice, system_msg="Second rule")
    await town.answered(await town.alice.say(town.general, "Still the first?"))
    assert "First rule" in town.model.requests[-1].dialogue[0][1]
    await begin(town, town.alice, town.general, name="New")
    assert "Second rule" in town.model.requests[-1].dialogue[0][1]
    await join(town, town.bob, "Old")
    await town.answered(await town.bob.say(town.general, "And for me?"))
    assert "First rule" in town.model.requests[-1].dialogue[0][1]


async def test_the_twenty_first_question_in_a_minute_is_refused(town: Town) -> None:
    """It counts what one person asks in all sessions; another person is answered."""
    town.config.write_text(CONFIG.replace("questions_per_minute = 1000", "questions_per_minute = 20"))
    await town.start()
    await town.set_status(town.alice, "new")
    await town.set_status(town.bob, "new")
    asked = [await town.alice.say(town.general, f"Question {number}") for number in range(21)]
    await town.until(lambda: town.replies(asked[-1]))
    assert "Wait a minute" in town.shown(asked[-1])[0]
    await town.answered(await town.bob.say(town.general, "And mine?"))
    for question in asked[:-1]:
        await town.answered(question)
    assert len(town.model.requests) == 21


async def test_how_long_an_answer_may_be_is_the_askers_setting(town: Town) -> None:
    """So the advice below a cut answer, to set a larger max_token with `/user`, helps a guest too."""
    await town.start()
    await open_user(town, town.alice, max_token=50)
    await begin(town, town.alice, town.general, name="Comets")
    await join(town, town.bob, "Comets")
    town.model.script("Count", answer="One two", incomplete="max_output_tokens", times=1)
    question = await town.bob.say(town.general, "Count")
    await town.until(lambda: "raise max_token in /user" in "".join(town.shown(question)))
    await open_user(town, town.bob, max_token=900)
    await town.answered(await town.bob.say(town.general, "All of it"))
    assert town.model.requests[-1].body["max_output_tokens"] == 900


async def test_other_bots_and_webhooks_are_not_answered(town: Town) -> None:
    """Whatever they reply to."""
    person = town.discord.add_person("Robot")
    person.user.bot = True
    await town.start()
    question = await begin(town, town.alice, town.general)
    said = await person.say(town.general, f"<@{town.discord.world.bot.id}> hello", reply_to=town.replies(question)[0])
    await town.answered(await town.alice.say(town.general, "Just me"))
    assert town.replies(said) == []
    assert town.rows(f"SELECT count(*) FROM user WHERE discord_user_id = {person.id}") == [(0,)]
