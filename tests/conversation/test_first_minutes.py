"""What a newcomer tries first works: no refusal, no silence, and a way to ask again."""

from tests.conversation.panels import begin, choose_session, done, menus, open_session, open_user, press, private, rows
from tests.rig.town import Town
from texts.english import ANSWERS, PANELS
from texts.say import DEFAULT_LOCALE
from texts.titles import untitled


async def test_activate_without_a_session_begins_one_and_goes_on_with_it(town: Town) -> None:
    """The first question is answered and names the session, and the second one is asked with the first before it."""
    await town.start()
    await town.set_status(town.alice, "activate")
    assert "none yet" in (await open_user(town, town.alice)).content
    await town.answered(await town.alice.say(town.general, "Tell me of volcanoes"))
    await town.answered(await town.alice.say(town.alice.direct_messages, "And of Iceland?"))
    assert [text for role, text in town.model.requests[-1].dialogue if role == "user"] == [
        "[Alice]: Tell me of volcanoes",
        "[Alice]: And of Iceland?",
    ]
    ((title,),) = town.rows("SELECT title FROM session")
    assert "volcanoes" in title
    assert title in (await open_user(town, town.alice)).content


async def test_the_hint_has_buttons_that_switch_on_whoever_presses(town: Town) -> None:
    """Bob's call is not answered, but his next question is; Alice presses the same hint for herself, and sees it alone."""
    await town.start()
    call = await town.bob.say(town.general, f"{town.discord.world.bot.mention} what is a comet?")
    await town.until(lambda: town.replies(call))
    (hint,) = town.replies(call)
    assert [control["label"] for control in hint.controls()] == ["new", "activate"]
    impatient = await town.bob.say(town.general, f"{town.discord.world.bot.mention} hello?")
    await town.until(lambda: town.reactions(impatient) == {"💤"})
    said = await press(town, town.bob, hint, "activate")
    assert "Write your question again" in said.content
    assert private(town.bob, town.general)[-1] is said
    await town.answered(await town.bob.say(town.general, "What is a comet?"))
    await town.answered(await town.bob.say(town.general, "And a moon?"))
    assert [text for role, text in town.model.requests[-1].dialogue if role == "user"] == [
        "[Bob]: What is a comet?",
        "[Bob]: And a moon?",
    ]
    await press(town, town.alice, hint, "new")
    await town.answered(await town.alice.say(town.general, "And me?"))
    assert town.rows("SELECT name, status FROM user ORDER BY name") == [("Alice", "new"), ("Bob", "activate")]
    assert town.replies(impatient) == []
    assert [control["label"] for control in hint.controls()] == ["new", "activate"]


async def test_the_current_session_can_be_chosen_again_to_get_its_conversation(town: Town) -> None:
    """The menu marks no session as chosen, because Discord does not report a choice that changes nothing."""
    await town.start()
    await begin(town, town.alice, town.general, name="Comets")
    panel = await open_user(town, town.alice)
    (listed,) = menus(panel)[-1]["options"]
    assert (listed["label"], listed.get("default", False)) == ("Comets", False)
    assert listed["description"].startswith("current · ")
    before = len(private(town.alice, town.general))
    await choose_session(town, town.alice, panel, "Comets")
    await town.until(lambda: len(private(town.alice, town.general)) > before)
    assert "You said: [Alice]: Tell me of comets" in private(town.alice, town.general)[-1].content


async def test_a_session_whose_only_question_was_deleted_is_called_untitled_with_its_time(town: Town) -> None:
    """Two such sessions can be told apart, and no panel shows a dash for a name."""
    await town.start()
    await town.set_status(town.alice, "new")
    gate = town.model.gate("Never mind")
    question = await town.alice.say(town.general, "Never mind this one")
    await gate.reached()
    await town.alice.delete(question)
    await town.until(lambda: town.rows("SELECT state FROM turn") == [("cancelled",)])
    gate.finish()
    ((began_s,),) = town.rows("SELECT create_time FROM session")
    panel = await open_user(town, town.alice)
    assert rows(panel)[-1] == [untitled(began_s, DEFAULT_LOCALE)]
    assert untitled(began_s, DEFAULT_LOCALE).startswith("Untitled, ")


async def test_a_typed_session_that_is_not_in_the_list_is_said_to_be_none_of_it(town: Town) -> None:
    """A typo and somebody else's private session get the same sentence, which says what to do."""
    await town.start()
    await begin(town, town.alice, town.alice.direct_messages, name="Secret")
    await begin(town, town.bob, town.general, name="Comets")
    for typed in ("Commets", "Secret", str(town.rows("SELECT min(id) FROM session")[0][0])):
        said = await open_session(town, town.bob, session=typed)
        assert said.content == PANELS["not_listed"]
    assert "**Name**: Comets" in (await open_session(town, town.bob, session="comets")).content


async def test_stop_on_somebody_elses_answer_says_whose_button_it_is(town: Town) -> None:
    """Bob sees the answer, so he is not told that it may not exist."""
    await town.start()
    await town.set_status(town.alice, "new")
    gate = town.model.gate("A story")
    question = await town.alice.say(town.general, "A story")
    await gate.reached()
    gate.release(2)
    await town.until(lambda: town.replies(question))
    refused = await press(town, town.bob, town.replies(question)[0], "Stop")
    assert (refused.content, refused.ephemeral) == (PANELS["not_asker"], True)
    gate.finish()
    await town.answered(question)


async def test_a_question_whose_model_says_nothing_can_be_stopped(town: Town) -> None:
    """The reply says that the model is waited for, with the button; what follows in the session is answered."""
    await town.start()
    await town.set_status(town.alice, "new")
    gate = town.model.gate("A story")
    question = await town.alice.say(town.general, "A story")
    await gate.reached()
    await town.until(lambda: town.replies(question))
    (reply,) = town.replies(question)
    assert ANSWERS["waiting"] in reply.content
    await town.alice.press(reply, "Stop")
    await town.until(lambda: town.shown(question) == [ANSWERS["stopped_empty"]])
    gate.finish()
    assert await town.answered(await town.alice.say(town.general, "Another one"))


async def test_a_complete_answer_can_be_asked_again_from_the_apps_menu(town: Town) -> None:
    """On the answer and on the question, by its asker; the sentence is private and the new answer is another reply."""
    await town.start()
    town.model.script("comet", answer="First.", times=1)
    town.model.script("comet", answer="Second.", times=1)
    town.model.script("comet", answer="Third.", times=1)
    await town.set_status(town.alice, "new")
    question = await town.alice.say(town.general, "What is a comet?")
    assert await town.answered(question) == ["First."]
    (answer,) = town.replies(question)
    stranger = await town.seen(await town.bob.message_command(answer, "Ask again"))
    assert (stranger.content, stranger.seen_only_by) == (PANELS["not_asker"], town.bob.user)
    said = await town.seen(await town.alice.message_command(answer, "Ask again"))
    assert (said.content, said.seen_only_by) == (PANELS["asked_again"], town.alice.user)
    await town.until(lambda: town.shown(question) == ["First.", "Second."])
    await town.seen(await town.alice.message_command(question, "Ask again"))
    await town.until(lambda: town.shown(question) == ["First.", "Second.", "Third."])
    await town.until(lambda: town.rows("SELECT count(*) FROM turn WHERE state = 'delivered'") == [(3,)])
    assert town.rows("SELECT text FROM utterance ORDER BY position") == [("What is a comet?",), ("Third.",)]
    unknown = await town.seen(await town.alice.message_command(await town.bob.say(town.general, "Hm"), "Ask again"))
    assert unknown.content == PANELS["denied"]


async def test_an_edited_question_that_was_answered_can_be_asked_again_by_a_button(town: Town) -> None:
    """The answer keeps its text and gets the button; only its asker can press it, also after a kill."""
    await town.start()
    await town.set_status(town.alice, "new")
    question = await town.alice.say(town.general, "What is a comet?")
    await town.answered(question)
    (answer,) = town.replies(question)
    text = answer.content
    await town.until(lambda: town.rows("SELECT owed FROM turn") == [(0,)])
    await town.alice.edit(question, "What is a planet?")
    await town.until(lambda: [control["label"] for control in answer.controls()] == ["Ask again"])
    assert answer.content == text
    await town.until(lambda: town.rows("SELECT owed, state FROM turn") == [(0, "delivered")])
    await town.kill()
    await town.start()
    stranger = await press(town, town.bob, answer, "Ask again")
    assert stranger.content == PANELS["not_asker"]
    await town.alice.press(answer, "Ask again")
    await town.until(lambda: len(town.replies(question)) == 2)
    await town.until(lambda: town.rows("SELECT count(*) FROM turn WHERE state = 'delivered'") == [(2,)])
    assert town.model.requests[-1].text == "[Alice]: What is a planet?"
    assert answer.controls() == []
    assert town.reactions(question) == {"👌"}


async def test_a_question_that_is_edited_during_its_answer_can_be_asked_again_when_it_ends(town: Town) -> None:
    """The answer is the one to the old question, and offers to ask the new one."""
    await town.start()
    await town.set_status(town.alice, "new")
    gate = town.model.gate("comet")
    question = await town.alice.say(town.general, "What is a comet?")
    await gate.reached()
    gate.release(1)
    await town.until(lambda: town.replies(question))
    await town.alice.edit(question, "What is a planet?")
    await town.until(lambda: town.rows("SELECT edited IS NOT NULL FROM turn") == [(1,)])
    gate.finish()
    await town.answered(question)
    (answer,) = town.replies(question)
    assert [control["label"] for control in answer.controls()] == ["Ask again"]
    await town.alice.press(answer, "Ask again")
    await town.until(lambda: town.rows("SELECT count(*) FROM turn WHERE state = 'delivered'") == [(2,)])
    assert town.model.requests[-1].text == "[Alice]: What is a planet?"
    exported = await press(town, town.alice, await open_session(town, town.alice), "Export")
    assert "comet" not in town.discord.file(exported).decode()


async def test_a_form_that_is_refused_opens_again_with_what_was_typed(town: Town) -> None:
    """A wrong number costs nobody the system message beside it; the form that is right then redraws the refusal."""
    await town.start()
    panel = await open_user(town, town.alice)
    form = await done(town, await town.alice.press(panel, "Edit"))
    typed = "You are a poet. " * 200
    refused = await town.seen(await town.alice.submit(form, system_msg=typed, max_token="many", temperature="1,5"))  # noqa: S106 no password
    assert (refused.content, refused.seen_only_by) == (PANELS["max_token_wrong"], town.alice.user)
    again = await done(town, await town.alice.press(refused, "Edit again"))
    assert again.modal is not None
    values = {field["custom_id"]: field["value"] for row in again.modal["components"] for field in row["components"]}
    assert values == {"system_msg": typed, "max_token": "many", "temperature": "1,5"}
    shown = await town.seen(await town.alice.submit(again, system_msg=typed, max_token="900", temperature="1,5"))  # noqa: S106 no password
    assert "**Max token**: 900" in shown.content
    assert town.rows("SELECT system_msg, max_token, temperature FROM user") == [(typed.strip(), 900, 1.5)]
    await town.kill()
    await town.start()
    forgotten = await town.seen(await town.alice.forge(shown, '1["edit_again",5]'))
    assert forgotten.content == PANELS["form_forgotten"]


async def test_ask_again_on_a_call_that_got_the_hint_says_to_write_again(town: Town) -> None:
    """Nothing is being answered, and nothing was kept; on the call and on the hint."""
    await town.start()
    call = await town.bob.say(town.general, f"{town.discord.world.bot.mention} what is a comet?")
    await town.until(lambda: town.replies(call))
    for message in (call, town.replies(call)[0]):
        said = await town.seen(await town.bob.message_command(message, "Ask again"))
        assert said.content == PANELS["not_taken"]
