"""Discord's limits are obeyed, not discovered: whatever people and models write, nothing is sent that Discord does not take.

That no request of any conversation is refused as unfit (50035, 50006) is looked at when its town ends.
"""

import sqlite3

from sandbox.discord import posting
from sandbox.discord.mentions import resolve
from sandbox.discord.things import SUPPRESS_EMBEDS, Message
from tests.conversation.panels import begin, menus, open_session, open_user, press
from tests.rig.town import Town
from texts.english import ANSWERS

NOTHING = ("", " \n\t ", "\u200b\u2060 \u3164")
MUCH = ("word\n" * 1000, "👩‍👩‍👧‍👦" * 400, "```" + "x" * 3000)

BUSY = 20
PANELS = 40


async def says(town: Town, question: Message, text: str) -> None:
    """Wait until the one reply to a question begins with that."""
    await town.until(lambda: town.replies(question) and town.shown(question)[0].startswith(text))
    assert len(town.replies(question)) == 1


async def test_whatever_a_model_answers_can_be_shown(town: Town) -> None:
    """Nothing, blanks, what cannot be seen: a sentence. Too much of what can: parts that fit."""
    await town.start()
    await town.set_status(town.alice, "new")
    for number, answer in enumerate(NOTHING + MUCH):
        room = town.discord.add_channel(f"room-{number}")
        town.model.script(f"Case {number}.", answer=answer, chunk=200)
        question = await town.alice.say(room, f"Case {number}.")
        if answer in NOTHING:
            await says(town, question, ANSWERS["no_text"])
            continue
        parts = await town.answered(question)
        assert len(parts) > 1
        assert all(0 < len(part) <= 2000 for part in parts)


async def test_everything_that_people_make_long_fits_into_panels(town: Town) -> None:
    """A question of 4,001 characters, names of 100 (Discord takes no longer one), 4,000 of system message, 27 sessions in a menu."""
    await town.start()
    asked = "é" * 4001
    await town.set_status(town.alice, "new")
    world = town.discord.world
    long = Message(world.ids.next(), town.general, town.alice.user, asked)
    posting.post(world, long, resolve(world, town.general, town.alice.user, asked, None, None))
    assert "".join(await town.answered(long)) == f"You said: [Alice]: {asked}"
    for number in range(2):
        await begin(town, town.alice, town.general, f"Question {number}", name="👩‍👩‍👧‍👦" * 14 + f"{number:02}")
    await open_user(town, town.alice, system_msg="&<>*_`|~" * 500)
    await open_session(town, town.alice, system_msg="&<>*_`|~" * 500)
    await town.stop()
    rows = sqlite3.connect(town.data / "causerie.db", isolation_level=None)
    rows.executemany(
        "INSERT INTO session (creator, origin_guild, model, title, create_time, update_time, modify_time, is_public,"
        " system_msg) SELECT creator, origin_guild, model, ?, 1, 1, 1, 1, '' FROM session LIMIT 1",
        [("t" * 100,)] * 24,
    )
    rows.close()
    await town.start()
    panel = await open_user(town, town.alice)
    assert len(menus(panel)[-1]["options"]) == 25
    panel = await press(town, town.alice, panel, "Next")
    assert len(menus(panel)[-1]["options"]) == 2


async def test_nobody_is_pinged_by_what_a_model_or_a_name_says(town: Town) -> None:
    """@everyone, @here, roles, people: in each part of an answer, its edits, a title, a panel, an export, a notice.

    What every create, edit and follow-up says of it is looked at when the town ends, as are pings.
    """
    await town.start()
    role = town.discord.role("staff")
    mentions = f"@everyone @here <@&{role.id}> <@{town.bob.id}> <@!{town.bob.id}> "
    town.model.script(answer=mentions * 60, chunk=100, tokens_per_s=20)
    question = await begin(town, town.alice, town.general, "@everyone Tell me", name=f"@here <@{town.bob.id}>")
    assert len(town.replies(question)) > 1
    await open_user(town, town.alice, system_msg=mentions)
    await press(town, town.alice, await open_session(town, town.alice, system_msg=mentions), "Export")
    await press(town, town.alice, await open_user(town, town.alice), "Clear")
    assert any("@everyone" in request.text for request in town.discord.requests if request.method == "PATCH")
    assert not town.discord.pings


async def test_a_link_in_an_answer_shows_nothing_of_where_it_leads(town: Town) -> None:
    """An invite, a masked link, a bare address: each part stands without a preview, also after its edits."""
    await town.start()
    links = "discord.gg/abc [your bank](https://203.0.113.7/login) https://example.com/page "
    town.model.script(answer=links * 40, chunk=100, tokens_per_s=20)
    question = await begin(town, town.alice, town.general, "Where?")
    assert len(town.replies(question)) > 1
    assert any(request.method == "PATCH" for request in town.discord.requests)
    assert all(reply.flags & SUPPRESS_EMBEDS for reply in town.replies(question))


async def test_panels_are_answered_in_time_while_many_answers_stream(town: Town) -> None:
    """Twenty streams of a hundred words a second: each of forty panels is acknowledged within 2.5 s.

    That an answer which is not ready within half a second is deferred then, tests/actors/panel/test_deferral.py shows in
    virtual time; here other work of the machine counts too.
    """
    await town.start()
    people = [town.discord.add_person(f"Person {number}") for number in range(BUSY)]
    rooms = [town.discord.add_channel(f"room-{number}") for number in range(BUSY)]
    for person, room in zip(people, rooms, strict=True):
        await town.set_status(person, "new", channel=room)
    town.model.script(answer="word " * 2000, chunk=5, tokens_per_s=100)
    questions = [await person.say(room, "Tell me more.") for person, room in zip(people, rooms, strict=True)]
    for question in questions:
        await says(town, question, "word")
    used = [await people[number % BUSY].command(rooms[number % BUSY], "user") for number in range(PANELS)]
    for interaction in used:
        assert (await town.seen(interaction)).controls()
    assert len(town.model.open_streams) == BUSY
    acked_s = [interaction.acked_after_s for interaction in used]
    assert all(at_s is not None and at_s <= 2.5 for at_s in acked_s), acked_s


async def test_an_answer_and_an_old_panel_outlive_the_interactions_they_came_from(town: Town) -> None:
    """A quarter of an hour and more: the answer comes all the same; the panel's next press redraws it."""
    await town.start()
    panel = await open_user(town, town.alice)
    await press(town, town.alice, panel, "new")
    gate = town.model.gate("comet")
    question = await town.alice.say(town.general, "What is a comet?")
    await gate.reached()
    gate.release(3)
    await town.until(lambda: town.replies(question))
    town.discord.clock.advance(town.discord.world.limits.token_s + 60.0)
    gate.finish()
    assert await town.answered(question) == ["You said: [Alice]: What is a comet?"]
    pressed = await press(town, town.alice, panel, "activate")
    assert pressed is panel
    assert town.rows("SELECT status FROM user") == [("activate",)]
