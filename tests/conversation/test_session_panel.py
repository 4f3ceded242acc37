"""`/session` and *Show session*, as owners and others meet them."""

from tests.conversation.panels import (
    begin,
    done,
    fields,
    join,
    menus,
    open_session,
    open_user,
    press,
    private,
    rows,
    session_id,
)
from tests.rig.town import Town
from texts.english import PANELS


async def test_the_owner_sees_every_field_and_row(town: Town) -> None:
    """The present state on the button, privately."""
    await town.start()
    await open_user(town, town.alice, system_msg="Be brief.")
    await begin(town, town.alice, town.general)
    panel = await open_session(town, town.alice, name="My comets")
    assert panel.seen_only_by is town.alice.user
    for shown in ("Alice", "My comets", "gpt-4o-mini", "Be brief.", "Tell me of comets", "You said"):
        assert shown in panel.content, shown
    for field in ("Creator", "Name", "Create time", "Update time", "Modify time", "Model", "System message"):
        assert field in panel.content, field
    assert rows(panel) == [["Public: yes", "Remove", "Export", "Edit"], ["gpt-4o-mini", "gpt-4o"]]


async def test_a_member_sees_a_public_session_without_its_system_message(town: Town) -> None:
    """And can do nothing but export it."""
    await town.start()
    await open_user(town, town.alice, system_msg="My instruction")
    await begin(town, town.alice, town.general, name="Comets")
    await join(town, town.bob, "Comets")
    panel = await open_session(town, town.bob)
    assert "Comets" in panel.content
    assert "My instruction" not in panel.content
    assert rows(panel) == [["Export"]]
    exported = await press(town, town.bob, panel, "Export")
    text = town.discord.file(exported).decode()
    assert "Tell me of comets" in text
    assert "My instruction" not in text
    refused = await open_session(town, town.bob, name="Mine")
    assert "do not have access" in refused.content
    assert town.rows("SELECT title FROM session") == [("Comets",)]


async def test_making_a_session_public_is_confirmed(town: Town) -> None:
    """It says that the whole history becomes readable, before it does; then others see it."""
    cellar = town.discord.add_channel("cellar", restricted=True, people=[town.alice])
    await town.start()
    await begin(town, town.alice, cellar, name="Hidden")
    asked = await press(town, town.alice, await open_session(town, town.alice, cellar), "Public: no")
    assert "history" in asked.content
    assert town.rows("SELECT is_public FROM session") == [(0,)]
    kept = await press(town, town.alice, asked, "Keep it private")
    asked = await press(town, town.alice, kept, "Public: no")
    panel = await press(town, town.alice, asked, "Make it public")
    assert rows(panel)[0][0] == "Public: yes"
    await join(town, town.bob, "Hidden")
    closed = await press(town, town.alice, panel, "Public: yes")
    assert rows(closed)[0][0] == "Public: no"
    question = await town.bob.say(town.general, "Still open?")
    await town.until(lambda: town.replies(question))
    assert "cannot use that session here" in town.shown(question)[0]


async def test_a_session_from_direct_messages_cannot_be_made_public(town: Town) -> None:
    """It has no server; the panel says so."""
    await town.start()
    await begin(town, town.alice, town.alice.direct_messages)
    panel = await open_session(town, town.alice)
    (button,) = [part for part in panel.controls() if part.get("label") == "Public: no"]
    assert button["disabled"]
    assert "direct messages" in panel.content
    forged = f'1["public",{session_id(town)},true,9]'
    answer = await town.seen(await town.alice.forge(panel, forged))
    assert "direct messages" in answer.content
    assert town.rows("SELECT is_public FROM session") == [(0,)]


async def test_closing_a_session_ends_what_others_ask_in_it(town: Town) -> None:
    """The one that streams and those that wait, each with a notice; the owner's own questions are answered."""
    await town.start()
    town.model.script(match="Bob", tokens_per_s=5, answer="slowly " * 100)
    await begin(town, town.alice, town.general, name="Comets")
    await join(town, town.bob, "Comets")
    streaming = await town.bob.say(town.general, "One")
    await town.until(lambda: town.replies(streaming))
    waiting = await town.bob.say(town.general, "Two")
    own = await town.alice.say(town.general, "Mine")
    await town.until(lambda: town.rows("SELECT count(*) FROM turn") == [(4,)])
    await press(town, town.alice, await open_session(town, town.alice), "Public: yes")
    assert (await town.answered(own))[0].startswith("You said: [Alice]: Mine")
    await town.until(lambda: "removed or made private" in "".join(town.shown(streaming)))
    await town.until(lambda: "removed or made private" in "".join(town.shown(waiting)))
    assert [len(town.replies(question)) for question in (streaming, waiting)] == [1, 1]


async def test_removing_a_session_is_confirmed_and_leaves_nothing(town: Town) -> None:
    """Its answers in Discord stay; a reply to one and an old panel say that it is gone; the next question begins another session."""
    await town.start()
    question = await begin(town, town.alice, town.general, "A canary asks", name="Canary")
    panel = await open_session(town, town.alice)
    asked = await press(town, town.alice, panel, "Remove")
    assert "Canary" in asked.content
    assert town.rows("SELECT is_removed FROM session") == [(0,)]
    other = await open_session(town, town.alice)
    await press(town, town.alice, asked, next(row[0] for row in rows(asked)))
    assert town.rows("SELECT is_removed, title FROM session") == [(1, "")]
    assert town.rows("SELECT count(*) FROM utterance") == [(0,)]
    gone = await press(town, town.alice, other, "Export")
    assert "does not exist" in gone.content
    again = await town.alice.say(town.general, "And?", reply_to=town.replies(question)[0])
    await town.until(lambda: town.replies(again))
    assert "cannot use that session here" in town.shown(again)[0]
    await town.answered(await town.alice.say(town.general, "Hello?"))
    assert [text for role, text in town.model.requests[-1].dialogue if role == "user"] == ["[Alice]: Hello?"]


async def test_a_removal_while_it_streams_ends_the_answer_once(town: Town) -> None:
    """With a notice below what there is; nothing of it is kept."""
    await town.start()
    await begin(town, town.alice, town.general)
    town.model.script(tokens_per_s=5, answer="slowly " * 100)
    question = await town.alice.say(town.general, "Go on")
    await town.until(lambda: town.replies(question))
    asked = await press(town, town.alice, await open_session(town, town.alice), "Remove")
    await press(town, town.alice, asked, rows(asked)[0][0])
    await town.until(lambda: "removed or made private" in "".join(town.shown(question)))
    await town.until(lambda: town.rows("SELECT 1 FROM turn WHERE owed = 1 OR draft != '' OR question != ''") == [])
    assert len(town.replies(question)) == 1
    assert town.rows("SELECT count(*) FROM utterance") == [(0,)]


async def test_the_model_of_a_session_changes_for_what_follows(town: Town) -> None:
    """The menu of the session's panel."""
    await town.start()
    await begin(town, town.alice, town.general)
    panel = await open_session(town, town.alice)
    await town.seen(await town.alice.choose(panel, menus(panel)[0]["custom_id"], "gpt-4o"))
    await town.answered(await town.alice.say(town.general, "And now?"))
    assert [request.model for request in town.model.requests] == ["gpt-4o-mini", "gpt-4o"]


async def test_a_session_is_found_by_typing(town: Town) -> None:
    """Autocomplete offers what the person may see; a title typed whole works too, anything else reads "not yours"."""
    cellar = town.discord.add_channel("cellar", restricted=True, people=[town.alice, town.bob])
    await town.start()
    await begin(town, town.alice, cellar, name="Secret plans")
    await begin(town, town.alice, town.general, name="Open plans")
    typed = await done(town, await town.alice.autocomplete(town.general, "session", "session", session="PLANS"))
    assert [choice["name"] for choice in typed.choices] == ["Open plans", "Secret plans"]
    secret = typed.choices[1]["value"]
    assert "Secret plans" in (await open_session(town, town.alice, session=secret)).content
    assert "Secret plans" in (await open_session(town, town.alice, session="secret plans")).content
    await press(town, town.bob, await open_user(town, town.bob), "Show public")
    typed = await done(town, await town.bob.autocomplete(town.general, "session", "session", session="plans"))
    assert [choice["name"] for choice in typed.choices] == ["Open plans"]
    for asked in (secret, "Secret plans", "99999", "no such thing"):
        answer = await open_session(town, town.bob, session=asked)
        assert answer.content == PANELS["not_listed"]


async def test_show_session_tells_everything_about_an_answers_session(town: Town) -> None:
    """It tells those who may see the session; of any other message it says the same as of a stranger's."""
    cellar = town.discord.add_channel("cellar", restricted=True, people=[town.alice, town.bob])
    await town.start()
    hidden = await begin(town, town.alice, cellar, name="Hidden")
    shown = await begin(town, town.alice, town.general, name="Open")
    own = await town.seen(await town.alice.message_command(town.replies(hidden)[0], "Show session"))
    assert "Hidden" in own.content
    assert own.seen_only_by is town.alice.user
    seen = await town.seen(await town.bob.message_command(town.replies(shown)[0], "Show session"))
    assert "Open" in seen.content
    for message in (town.replies(hidden)[0], hidden):
        refused = await town.seen(await town.bob.message_command(message, "Show session"))
        assert refused.content == "You do not have access to this, or it does not exist."


async def test_somebody_without_a_session_is_told_how_to_get_one(town: Town) -> None:
    """Before any question, `/session` says how to get a session."""
    await town.start()
    answer = await open_session(town, town.bob)
    assert "/user" in answer.content
    assert not answer.controls()


async def test_the_form_renames_and_instructs(town: Town) -> None:
    """The next question is asked with it."""
    await town.start()
    await begin(town, town.alice, town.general)
    panel = await open_session(town, town.alice)
    opened = await town.alice.press(panel, "Edit")
    name, system_msg = await fields(town, opened)
    text = "Line one\n" + "x" * 3991
    shown = await town.seen(await town.alice.submit(opened, **{name: "彗星 ☄️", system_msg: text}))
    assert "彗星" in shown.content
    assert town.rows("SELECT title, system_msg FROM session") == [("彗星 ☄️", text)]
    await town.answered(await town.alice.say(town.general, "And now?"))
    assert text in town.model.requests[-1].dialogue[0][1]
    assert private(town.alice, town.general)
