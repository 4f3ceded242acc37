"""What a newcomer tries first works: no refusal, no silence, and a way to ask again."""

from tests.conversation.panels import open_user, press, private
from tests.rig.town import Town


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
