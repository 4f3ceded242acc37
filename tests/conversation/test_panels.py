"""What panels set, show, list and export, beyond one person's ordinary day."""

from typing import Any

import anyio

from tests.conversation.panels import begin, choose_session, done, join, menus, open_session, open_user, press, rows
from tests.conversation.test_storage_down import held
from tests.conversation.test_user_panel import add_sessions
from tests.rig.town import CONFIG, Town
from texts.english import PANELS

DENIED = "You do not have access to this, or it does not exist."


async def test_max_token_and_temperature_reach_the_model_with_its_reasoning_on_top(town: Town) -> None:
    """500 tokens unless one says otherwise; a model that takes no temperature is told none."""
    reasons = '\n[[models]]\nname = "thinker"\nreasoning_tokens = 300\ntemperature = false\ncontext_tokens = 8000\n'
    town.config.write_text(CONFIG + reasons)
    await town.start()
    panel = await open_user(town, town.alice)
    await town.seen(await town.alice.choose(panel, menus(panel)[0]["custom_id"], "thinker"))
    await begin(town, town.alice, town.general)
    panel = await open_user(town, town.alice, max_token=77, temperature=0.5)
    await town.answered(await town.alice.say(town.general, "Shorter"))
    panel = await open_session(town, town.alice)
    await town.seen(await town.alice.choose(panel, menus(panel)[0]["custom_id"], "gpt-4o-mini"))
    await town.answered(await town.alice.say(town.general, "Without thinking"))
    bodies = [request.body for request in town.model.requests]
    assert [body["max_output_tokens"] for body in bodies] == [800, 377, 77]
    assert [body.get("temperature") for body in bodies] == [None, None, 0.5]


async def test_update_time_is_the_last_conversation_and_modify_time_the_last_change(town: Town) -> None:
    """That holds of a person and of a session; the create time stays."""
    await town.start()
    await begin(town, town.alice, town.general, name="Comets")
    times = "SELECT create_time, update_time, modify_time FROM "

    def moved(before: list[tuple[Any, ...]], table: str) -> list[bool]:
        return [now != then for now, then in zip(town.rows(times + table)[0], before[0], strict=True)]

    user, session = town.rows(times + "user"), town.rows(times + "session")
    await town.answered(await town.alice.say(town.general, "And now?"))
    assert moved(user, "user") == moved(session, "session") == [False, True, False]
    user, session = town.rows(times + "user"), town.rows(times + "session")
    await open_user(town, town.alice, max_token=9)
    await open_session(town, town.alice, system_msg="Be brief.")
    assert moved(user, "user") == moved(session, "session") == [False, False, True]


async def test_others_public_sessions_are_listed_while_show_public_is_on(town: Town) -> None:
    """It is off at first; off again, the menu, autocomplete and titles typed whole find own sessions only."""
    await town.start()
    await begin(town, town.alice, town.general, name="Comets")
    await begin(town, town.bob, town.general, name="Bobs own")
    panel = await open_user(town, town.bob)
    for listed in (["Bobs own"], ["Bobs own", "Comets"], ["Bobs own"]):
        assert rows(panel)[3] == listed
        typed = await done(town, await town.bob.autocomplete(town.general, "session", "session", session=""))
        assert [choice["name"] for choice in typed.choices] == listed
        by_title = await open_session(town, town.bob, session="Comets")
        assert (by_title.content != PANELS["not_listed"]) == ("Comets" in listed)
        panel = await press(town, town.bob, panel, "Show public")


async def test_the_twenty_sixth_session_brings_the_paging(town: Town) -> None:
    """A menu holds 25; what others have and *Show public* adds counts too."""
    await town.start()
    await begin(town, town.bob, town.general, name="Bobs own")
    await open_user(town, town.alice)
    await town.stop()
    add_sessions(town, [f"Session {number}" for number in range(25)])
    await town.start()
    panel = await open_user(town, town.alice)
    assert (len(rows(panel)), len(rows(panel)[3])) == (4, 25)
    panel = await press(town, town.alice, panel, "Show public")
    assert rows(panel)[4] == ["Previous", "Page 1 of 2", "Next"]
    panel = await press(town, town.alice, panel, "Next")
    assert rows(panel)[3] == ["Bobs own"]
    panel = await choose_session(town, town.alice, panel, "Bobs own")
    assert "**Bobs own**" in panel.content


async def test_session_renames_and_instructs_the_one_that_is_named(town: Town) -> None:
    """Another than the current one, which stays it; the next question there is asked with the new system message."""
    await town.start()
    old = await begin(town, town.alice, town.general, name="Comets")
    await begin(town, town.alice, town.general, name="Volcanoes")
    panel = await open_session(town, town.alice, session="comets", name="Ice", system_msg="Answer in French.")
    assert "**Name**: Ice\n" in panel.content
    assert town.rows("SELECT title, system_msg FROM session ORDER BY id") == [
        ("Ice", "Answer in French."),
        ("Volcanoes", ""),
    ]
    assert "**Name**: Volcanoes (your current session)" in (await open_session(town, town.alice)).content
    await town.answered(await town.alice.say(town.general, "And now?", reply_to=town.replies(old)[0]))
    assert "Answer in French." in town.model.requests[-1].dialogue[0][1]


async def test_show_session_is_on_every_part_of_an_answer_and_on_no_notice(town: Town) -> None:
    """A notice belongs to no session, also when it refuses what was meant for one."""
    await town.start()
    town.model.script("long", answer="word " * 700)
    await town.set_status(town.alice, "new")
    question = await town.alice.say(town.general, "A long story")
    assert len(await town.answered(question)) == 2
    for part in town.replies(question):
        shown = await town.seen(await town.alice.message_command(part, "Show session"))
        assert "**Name**: " in shown.content
    await town.set_status(town.bob, "activate")
    refused = await town.bob.say(town.general, "\u200b")
    await town.until(lambda: town.replies(refused))
    notice = await town.seen(await town.bob.message_command(town.replies(refused)[0], "Show session"))
    assert notice.content == DENIED


async def test_somebody_elses_panel_cannot_be_pressed(town: Town) -> None:
    """It is neither redrawn nor obeyed; who forged the press is told so privately."""
    await town.start()
    await begin(town, town.alice, town.general)
    await open_user(town, town.bob)
    panels = [await open_user(town, town.alice), await open_session(town, town.alice)]
    texts = [panel.content for panel in panels]
    before = [town.rows(f"SELECT * FROM {table}") for table in ("user", "session")]
    for panel in panels:
        for control in panel.controls():
            values = [control["options"][0]["value"]] if "options" in control else []
            answer = await town.seen(await town.bob.forge(panel, control["custom_id"], *values))
            assert (answer.content, answer.seen_only_by) == (DENIED, town.bob.user)
    assert [panel.content for panel in panels] == texts
    assert [town.rows(f"SELECT * FROM {table}") for table in ("user", "session")] == before


async def test_an_export_is_a_markdown_file_of_who_said_what(town: Town) -> None:
    """Its owner's holds the system message too, a guest's does not."""
    await town.start()
    await open_user(town, town.alice, system_msg="My instruction")
    await begin(town, town.alice, town.general, "# Not a heading", name="Comets")
    await join(town, town.bob, "Comets")
    await town.answered(await town.bob.say(town.general, "And meteors?"))
    texts = {}
    for person in (town.alice, town.bob):
        exported = await press(town, person, await open_session(town, person), "Export")
        assert exported.seen_only_by is person.user
        assert exported.attachments[0]["filename"].endswith(".md")
        texts[person.name] = town.discord.file(exported).decode()
    for text in texts.values():
        assert text.startswith("# Comets\n")
        headings = [line for line in text.splitlines() if line.startswith("### ")]
        assert headings == [
            f"### Alice ({town.alice.id})",
            "### Answer",
            f"### Bob ({town.bob.id})",
            "### Answer",
        ]
        assert "> # Not a heading" in text
    assert "My instruction" in texts["Alice"]
    assert "My instruction" not in texts["Bob"]


async def test_a_command_that_takes_long_is_deferred_and_a_form_says_so(town: Town) -> None:
    """Half a second for the first; a form cannot follow a deferral, so its button is to be pressed again."""
    await town.start()
    panel = await open_user(town, town.alice)
    with held(town):
        used = await town.alice.command(town.general, "user")
        edit = await town.alice.press(panel, "Edit")
        await town.until(lambda: used.state == "deferred")
        assert used.acked_after_s is not None
        assert 0.4 < used.acked_after_s < 1.5
        with anyio.fail_after(2.9):
            busy = await town.seen(edit)
        assert "Press **Edit** again" in busy.content
    assert "**Status**" in (await town.seen(used)).content
    assert await done(town, await town.alice.press(panel, "Edit"))
