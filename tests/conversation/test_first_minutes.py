"""What a newcomer tries first works: no refusal, no silence, and a way to ask again."""

from tests.conversation.panels import open_user
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
