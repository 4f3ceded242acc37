"""What people think better of, with the bot between them and Discord."""

from tests.conversation.panels import begin, choose_session, open_session, open_user, press
from tests.rig.town import Town


async def test_what_was_written_before_a_choice_does_not_go_to_the_chosen_session(town: Town) -> None:
    """The gateway loses it; it is found over REST after Bob has chosen Alice's public session."""
    cellar = town.discord.add_channel("cellar", restricted=True, people=[town.bob])
    await town.start()
    await begin(town, town.alice, town.general, name="Open")
    await begin(town, town.bob, cellar, name="Bobs own")
    panel = await press(town, town.bob, await open_user(town, town.bob), "Show public")
    town.discord.gateway.hold_events()
    late = await town.bob.say(cellar, "CanaryLate for my own session")
    town.discord.gateway.release_events(lost=True)
    await choose_session(town, town.bob, panel, "Open")
    await town.kill()
    await town.start()
    await town.answered(late)
    exported = await press(town, town.alice, await open_session(town, town.alice, session="Open"), "Export")
    assert "CanaryLate" not in town.discord.file(exported).decode()


async def test_a_deleted_question_stands_in_nobodys_menu(town: Town) -> None:
    """It is deleted while it is answered, in a channel that everybody sees."""
    town.model.script(match="hunter2", tokens_per_s=3, answer="slowly " * 50)
    await town.start()
    await town.set_status(town.alice, "new")
    question = await town.alice.say(town.general, "my password for payroll is hunter2 okay")
    await town.until(lambda: town.replies(question))
    await town.alice.delete(question)
    await town.until(lambda: town.rows("SELECT state FROM turn") == [("cancelled",)])
    panel = await press(town, town.bob, await open_user(town, town.bob), "Show public")
    assert "password" not in str(panel.components)


async def test_an_old_confirmation_asks_again(town: Town) -> None:
    """With what has been said since."""
    cellar = town.discord.add_channel("cellar", restricted=True, people=[town.alice])
    await town.start()
    await begin(town, town.alice, cellar, name="Hidden")
    asked = await press(town, town.alice, await open_session(town, town.alice, cellar), "Public: no")
    await town.answered(await town.alice.say(cellar, "A later secret"))
    again = await press(town, town.alice, asked, "Make it public")
    assert "4 messages" in again.content
    assert town.rows("SELECT is_public FROM session") == [(0,)]
    await press(town, town.alice, again, "Make it public")
    assert town.rows("SELECT is_public FROM session") == [(1,)]
