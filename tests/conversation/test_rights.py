"""Who may do what: a session's owner, its guests, strangers, those who have left, and those who run things."""

import sqlite3
from typing import Any

from sandbox.discord.people import Person
from tests.conversation.panels import begin, done, join, menus, open_session, open_user, press, rows, session_id
from tests.rig.model.record import without_mark
from tests.rig.town import CONFIG, Town
from texts.english import PANELS

DENIED = "You do not have access to this, or it does not exist."
NOT_LISTED = PANELS["not_listed"]


def _everything(town: Town) -> list[object]:
    """What is stored of sessions."""
    return [town.rows(f"SELECT * FROM {table}") for table in ("session", "utterance", "turn")]


async def _offered(town: Town, person: Any, channel: Any) -> list[str]:
    """What autocomplete offers a person there."""
    typed = await done(town, await person.autocomplete(channel, "session", "session", session=""))
    return [choice["name"] for choice in typed.choices]


async def _told(town: Town, question: Any, sentence: str) -> None:
    """Wait until a question has that sentence below it, in one message."""
    await town.until(lambda: sentence in "".join(town.shown(question)))
    assert len(town.replies(question)) == 1


async def test_a_public_session_is_one_for_the_server_where_it_began(town: Town) -> None:
    """In another server, and in direct messages, the same person cannot find, see, export or speak in it."""
    elsewhere = town.discord.add_guild("Elsewhere")
    away = town.discord.add_channel("away", guild=elsewhere)
    town.discord.join(town.bob, elsewhere)
    await town.start()
    question = await begin(town, town.alice, town.general, name="Comets")
    await press(town, town.bob, await open_user(town, town.bob), "Show public")
    number = session_id(town)
    for place in (away, town.bob.direct_messages):
        panel = await open_user(town, town.bob, place)
        assert len(rows(panel)) == 3
        assert await _offered(town, town.bob, place) == []
        for typed in ("Comets", str(number)):
            assert (await open_session(town, town.bob, place, session=typed)).content == NOT_LISTED
        for name in ("session", "export"):
            assert (await town.seen(await town.bob.forge(panel, f'1["{name}",{number}]'))).content == DENIED
        chosen = await town.seen(await town.bob.forge(panel, '1["sessions",0]', str(number)))
        assert chosen.content.startswith(DENIED)
    assert await _offered(town, town.bob, town.general) == ["Comets"]
    await town.set_status(town.bob, "new")
    await town.answered(await town.bob.say(town.general, "And here?", reply_to=town.replies(question)[0]))
    assert town.rows("SELECT count(*) FROM session") == [(1,)]


async def test_who_has_left_the_server_has_nothing_of_its_sessions_but_their_own(town: Town) -> None:
    """The guest cannot see or speak from direct messages; the owner goes on there."""
    await town.start()
    await begin(town, town.alice, town.general, name="Comets")
    await join(town, town.bob, "Comets")
    await town.answered(await town.bob.say(town.general, "I am here"))
    for person in (town.alice, town.bob):
        town.discord.leave(person)
    panel = await open_session(town, town.bob, town.bob.direct_messages)
    assert "no current session" in panel.content
    refused = await town.bob.say(town.bob.direct_messages, "Still open?")
    await _told(town, refused, "cannot use that session here")
    assert "Comets" not in (await open_user(town, town.bob, town.bob.direct_messages)).content
    assert "Comets" in (await open_session(town, town.alice, town.alice.direct_messages)).content
    await town.answered(await town.alice.say(town.alice.direct_messages, "I go on"))
    assert "[Bob]: I am here" in [without_mark(text) for _, text in town.model.requests[-1].dialogue]


async def test_nobody_but_the_owner_changes_a_public_session(town: Town) -> None:
    """Neither a guest who runs the bot, nor who owns the server; a forged press and form are denied, and change nothing."""
    founder = Person(town.discord.world, town.discord.world.founder)
    town.config.write_text(f'{CONFIG}\n[permissions]\nadmins = ["{town.bob.id}"]\n')
    await town.start()
    await open_user(town, town.alice, system_msg="My instruction")
    await begin(town, town.alice, town.general, name="Comets")
    number = session_id(town)
    for person in (town.bob, founder):
        await join(town, person, "Comets")
        panel = await open_session(town, person)
        assert rows(panel) == [["Export"]]
        assert "My instruction" not in panel.content
        before = _everything(town)
        for custom_id in (
            f'1["public",{number},false,0]',
            f'1["public",{number},true,9]',
            f'1["public?",{number}]',
            f'1["remove?",{number}]',
            f'1["remove",{number}]',
            f'1["edit_session",{number}]',
        ):
            panel = await open_session(town, person)
            assert (await town.seen(await person.forge(panel, custom_id))).content == DENIED, custom_id
        panel = await open_session(town, person)
        model = await town.seen(await person.forge(panel, f'1["session_model",{number}]', "gpt-4o"))
        assert model.content == DENIED
        form = await person.forge_form(panel, f'1["edit_session",{number}]', [("name", "Mine"), ("system_msg", "")])
        assert (await town.seen(form)).content == DENIED
        for options in ({"name": "Mine"}, {"system_msg": "Mine"}):
            assert (await open_session(town, person, **options)).content == DENIED
        assert _everything(town) == before


async def test_who_runs_the_bot_or_owns_the_server_sees_no_private_session(town: Town) -> None:
    """Although both see the channel in which it is: they read its answers there, and no more."""
    founder = Person(town.discord.world, town.discord.world.founder)
    cellar = town.discord.add_channel("cellar", restricted=True, people=[town.alice, town.bob])
    town.config.write_text(f'{CONFIG}\n[permissions]\nadmins = ["{town.bob.id}"]\n')
    await town.start()
    question = await begin(town, town.alice, cellar, name="Hidden")
    (answer,) = town.replies(question)
    for person in (town.bob, founder):
        assert (await town.seen(await person.message_command(answer, "Show session"))).content == DENIED
        panel = await press(town, person, await open_user(town, person, cellar), "Show public")
        assert len(rows(panel)) == 3
        assert await _offered(town, person, cellar) == []
        export = await town.seen(await person.forge(panel, f'1["export",{session_id(town)}]'))
        assert export.content == DENIED
        await town.set_status(person, "new", channel=cellar)
        refused = await person.say(cellar, "And I?", reply_to=answer)
        await _told(town, refused, "cannot use that session here")
    assert len(town.model.requests) == 1


async def test_an_answer_is_continued_by_its_asker_or_the_owner_alone(town: Town) -> None:
    """Another member, who sees it, is denied."""
    carol = town.discord.add_person("Carol")
    await town.start()
    await begin(town, town.alice, town.general, name="Comets")
    await join(town, town.bob, "Comets")
    town.model.script("Count", answer="One two", incomplete="max_output_tokens", times=2)
    town.model.script("Continue", answer=" three")
    for continuing, text in ((town.bob, "Count"), (town.alice, "Count once more")):
        question = await town.bob.say(town.general, text)
        await _told(town, question, "Press **Continue**")
        (answer,) = town.replies(question)
        assert "Only the person who asked" in (await press(town, carol, answer, "Continue")).content
        await continuing.press(answer, "Continue")
        await _told(town, answer, "three")
    assert town.rows("SELECT count(*) FROM turn WHERE kind = 'continue'") == [(2,)]


async def test_removing_a_session_ends_what_its_guests_ask(town: Town) -> None:
    """What streams and what waits, each with one notice; the model is not asked for what waited."""
    await town.start()
    town.model.script("Bob", tokens_per_s=5, answer="slowly " * 100)
    await begin(town, town.alice, town.general, name="Comets")
    await join(town, town.bob, "Comets")
    streaming = await town.bob.say(town.general, "One")
    await town.until(lambda: town.replies(streaming))
    waiting = await town.bob.say(town.general, "Two")
    await town.until(lambda: town.rows("SELECT count(*) FROM turn WHERE state = 'queued'") == [(1,)])
    asked = await press(town, town.alice, await open_session(town, town.alice), "Remove")
    await press(town, town.alice, asked, "Remove it")
    for question in (streaming, waiting):
        await _told(town, question, "removed or made private")
    assert len(town.model.requests) == 2


async def test_a_waiting_question_is_checked_again_when_it_starts(town: Town) -> None:
    """The right has gone without anybody cancelling what waits, as when rows are changed beside a bot that is down."""
    await town.start()
    await begin(town, town.alice, town.general, name="Comets")
    await join(town, town.bob, "Comets")
    gate = town.model.gate("Mine")
    own = await town.alice.say(town.general, "Mine")
    await gate.reached()
    waiting = await town.bob.say(town.general, "Bobs question")
    await town.until(lambda: town.rows("SELECT count(*) FROM turn WHERE state = 'queued'") == [(1,)])
    await town.kill()
    connection = sqlite3.connect(town.data / "causerie.db")
    connection.execute("UPDATE session SET is_public = 0")
    connection.commit()
    connection.close()
    gate.finish()
    await town.start()
    await town.answered(own)
    await _told(town, waiting, "removed or made private")
    assert not any("Bobs question" in request.text for request in town.model.requests)


async def test_a_session_says_to_its_owner_who_can_read_it(town: Town) -> None:
    """In `/session`, and in the line of the menu of sessions."""
    cellar = town.discord.add_channel("cellar", restricted=True, people=[town.alice])
    await town.start()
    for place, word in ((cellar, "private"), (town.general, "public")):
        await begin(town, town.alice, place)
        assert f"**Visibility**: {word}" in (await open_session(town, town.alice)).content
    options = menus(await open_user(town, town.alice))[-1]["options"]
    assert [option["description"].split(" · ")[-2] for option in options] == ["public", "private"]
