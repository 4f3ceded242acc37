"""`/user`: settings, models, sessions, as a person meets them."""

import json
from typing import Any

import pytest

from tests.conversation.panels import begin, choose_session, done, fields, menus, open_user, press, private, rows
from tests.rig.town import CONFIG, Town


async def test_the_panel_shows_every_field_and_row(town: Town) -> None:
    """Exactly those, privately."""
    await town.start()
    await begin(town, town.alice, town.general, name="My comets")
    panel = await open_user(town, town.alice, system_msg="Be brief.", max_token=77, temperature=0.5)
    assert panel.seen_only_by is town.alice.user
    for shown in ("Alice", str(town.alice.id), "activate", "Be brief.", "77", "0.5", "My comets", "gpt-4o-mini"):
        assert shown in panel.content, shown
    for field in ("Name", "Status", "Create time", "Update time", "Modify time", "System message", "Max token"):
        assert field in panel.content, field
    assert rows(panel) == [
        ["Show public", "Attach", "Clear", "Edit"],
        ["gpt-4o-mini", "gpt-4o"],
        ["new", "activate", "disable"],
        ["My comets"],
    ]
    empty = await open_user(town, town.bob)
    assert rows(empty) == [
        ["Show public", "Attach", "Clear", "Edit"],
        ["gpt-4o-mini", "gpt-4o"],
        ["new", "activate", "disable"],
    ]


async def test_a_press_redraws_the_panel_also_after_a_restart(town: Town) -> None:
    """From what is stored; the button says what to set, so pressing an old panel does what it says."""
    await town.start()
    panel = await open_user(town, town.alice)
    await town.kill()
    await town.start()
    again = await press(town, town.alice, panel, "Attach")
    assert again.id == panel.id
    assert town.rows("SELECT attach FROM user") == [(1,)]
    other = await open_user(town, town.alice)
    await press(town, town.alice, other, "Attach")
    assert town.rows("SELECT attach FROM user") == [(0,)]


async def test_the_model_of_new_sessions_is_chosen_and_old_ones_keep_theirs(town: Town) -> None:
    """And the request goes where that model lives."""
    await town.start()
    await begin(town, town.alice, town.general, name="First")
    panel = await open_user(town, town.alice)
    await town.seen(await town.alice.choose(panel, menus(panel)[0]["custom_id"], "gpt-4o"))
    await begin(town, town.alice, town.general, name="Second")
    assert [request.model for request in town.model.requests] == ["gpt-4o-mini", "gpt-4o"]
    assert town.rows("SELECT title, model FROM session ORDER BY id") == [
        ("First", "gpt-4o-mini"),
        ("Second", "gpt-4o"),
    ]


async def test_a_model_that_has_gone_is_said_so_and_can_be_replaced(town: Town) -> None:
    """In both panels, and in the answer that it cannot give; then Retry works."""
    await town.start()
    panel = await open_user(town, town.alice)
    await town.seen(await town.alice.choose(panel, menus(panel)[0]["custom_id"], "gpt-4o"))
    await begin(town, town.alice, town.general, name="Old")
    await town.stop()
    town.config.write_text(CONFIG.replace('"gpt-4o"', '"gpt-9"'))
    await town.start()
    panel = await open_user(town, town.alice)
    assert "no longer available" in panel.content
    question = await town.alice.say(town.general, "Still there?")
    await town.until(lambda: town.replies(question))
    assert "no longer available" in town.shown(question)[0]
    session = await town.seen(await town.alice.command(town.general, "session"))
    assert "no longer available" in session.content
    await town.seen(await town.alice.choose(session, menus(session)[0]["custom_id"], "gpt-9"))
    await town.alice.press(town.replies(question)[0], "Retry")
    await town.until(lambda: any("You said" in text for text in town.shown(question)))
    assert town.model.requests[-1].model == "gpt-9"


async def test_clear_says_how_many_and_removes_those_alone(town: Town) -> None:
    """What came after the confirmation was shown stays; *Keep them* removes nothing."""
    await town.start()
    await begin(town, town.alice, town.general, name="One")
    await begin(town, town.alice, town.general, name="Two")
    await begin(town, town.bob, town.general, name="Bobs")
    asked = await press(town, town.alice, await open_user(town, town.alice), "Clear")
    assert "2" in asked.content
    kept = await press(town, town.alice, asked, "Keep them")
    assert rows(kept)[-1] == ["Two", "One"]
    asked = await press(town, town.alice, kept, "Clear")
    await begin(town, town.alice, town.general, name="Three")
    cleared = await press(town, town.alice, asked, "Remove 2 sessions")
    assert rows(cleared)[-1] == ["Three"]
    left = town.rows("SELECT title FROM session WHERE is_removed = 0 ORDER BY title")
    assert left == [("Bobs",), ("Three",)]


async def test_choosing_a_session_goes_on_with_it_and_sends_its_conversation(town: Town) -> None:
    """Privately; the status is `activate` then, whatever it was."""
    await town.start()
    await begin(town, town.alice, town.general, "Tell me of comets", name="Comets")
    await begin(town, town.alice, town.general, "Tell me of volcanoes", name="Volcanoes")
    await town.set_status(town.alice, "disable")
    panel = await choose_session(town, town.alice, await open_user(town, town.alice), "Comets")
    assert "activate" in panel.content
    await town.until(lambda: private(town.alice, town.general)[-1].id > panel.id)
    sent = private(town.alice, town.general)[-1]
    assert "Tell me of comets" in sent.content
    assert "You said" in sent.content
    assert "volcanoes" not in sent.content
    await town.answered(await town.alice.say(town.general, "Go on"))
    assert ("user", "[Alice]: Tell me of comets") in town.model.requests[-1].dialogue


async def test_a_long_conversation_is_sent_as_a_file(town: Town) -> None:
    """All of it, however long."""
    await town.start()
    town.model.script(answer="word " * 3000)
    await begin(town, town.alice, town.general, name="Long")
    await choose_session(town, town.alice, await open_user(town, town.alice), "Long")
    await town.until(lambda: any(m.attachments for m in private(town.alice, town.general)))
    sent = next(m for m in private(town.alice, town.general) if m.attachments)
    text = town.discord.file(sent).decode()
    assert text.count("word") == 3000
    assert "Tell me of comets" in text


async def test_the_form_sets_what_options_cannot(town: Town) -> None:
    """Several lines, and nothing at all."""
    await town.start()
    panel = await open_user(town, town.alice, temperature=1.5)
    opened = await town.alice.press(panel, "Edit")
    names = dict(zip(("system_msg", "max_token", "temperature"), await fields(town, opened), strict=True))
    submitted = await town.alice.submit(
        opened, **{names["system_msg"]: "One\nTwo", names["max_token"]: "900", names["temperature"]: ""}
    )
    panel = await town.seen(submitted)
    assert "One\nTwo" in panel.content
    assert town.rows("SELECT system_msg, max_token, temperature FROM user") == [("One\nTwo", 900, None)]
    opened = await town.alice.press(panel, "Edit")
    await done(town, opened)
    await town.seen(await town.alice.submit(opened, **{names["system_msg"]: ""}))
    assert town.rows("SELECT system_msg, max_token FROM user") == [("", 900)]


@pytest.mark.parametrize("sessions", [26, 100, 1000])
async def test_more_than_25_sessions_are_paged(town: Town, sessions: int) -> None:
    """Every one is on exactly one page; a session chosen on the last page is the current one."""
    await town.start()
    await open_user(town, town.alice)
    await town.stop()
    titles = [f"{number} " + "ñ語😀"[number % 3] * 94 for number in range(sessions)]
    add_sessions(town, titles)
    await town.start()
    panel = await open_user(town, town.alice)
    seen: list[str] = []
    for page in range(-(-sessions // 25)):
        if page:
            panel = await press(town, town.alice, panel, "Next")
        seen += [one["label"] for one in menus(panel)[-1]["options"]]
        if page > 2 and sessions > 100:
            break
    assert len(seen) == len(set(seen))
    assert seen == [title.strip() for title in reversed(titles)][: len(seen)]
    panel = await press(town, town.alice, panel, "Previous")
    assert len(menus(panel)[-1]["options"]) == 25
    found = await done(town, await town.alice.autocomplete(town.general, "session", "session", session="1 ñ"))
    assert len(found.choices) == min(25, len([title for title in titles if "1 ñ" in title]))


def add_sessions(town: Town, titles: list[str]) -> None:
    """Put sessions of Alice into the database of a bot that does not run."""
    import sqlite3  # noqa: PLC0415 a thousand conversations would take an hour

    connection = sqlite3.connect(town.data / "causerie.db")
    connection.executemany(
        "INSERT INTO session (creator, origin_guild, model, title, create_time, update_time, modify_time)"
        " VALUES (?, ?, 'gpt-4o', ?, 1, ?, 1)",
        [(town.alice.id, town.discord.world.guild.id, title, number) for number, title in enumerate(titles)],
    )
    connection.commit()
    connection.close()


async def test_ten_thousand_utterances_come_privately(town: Town) -> None:
    """As files that hold every one of them, in order."""
    await town.start()
    await begin(town, town.alice, town.general, name="Endless")
    await town.stop()
    add_utterances(town, 10_000)
    await town.start()
    await choose_session(town, town.alice, await open_user(town, town.alice), "Endless")
    await town.until(lambda: any(m.attachments for m in private(town.alice, town.general)))
    text = "".join(town.discord.file(m).decode() for m in private(town.alice, town.general) if m.attachments)
    places = [text.index(f"Utterance {number}.") for number in range(2, 10_000, 97)]
    assert places == sorted(places)


def add_utterances(town: Town, count: int) -> None:
    """Make the one session's conversation so long."""
    import sqlite3  # noqa: PLC0415

    connection = sqlite3.connect(town.data / "causerie.db")
    said: list[tuple[Any, ...]] = [
        (number, ("user", "assistant")[number % 2], f"Utterance {number}. " + "x" * 200, 10**12 + number // 2)
        for number in range(2, count)
    ]
    connection.executemany(
        "INSERT INTO utterance (session, position, role, author_name, text, turn) VALUES ((SELECT id FROM session), ?, ?, 'Alice', ?, ?)",
        said,
    )
    connection.commit()
    connection.close()


async def test_a_setting_out_of_range_is_refused_with_a_sentence(town: Town) -> None:
    """A tampered client can send anything; nothing changes."""
    await town.start()
    panel = await open_user(town, town.alice, max_token=9)
    before = town.rows("SELECT * FROM user")
    for name, value in (("max_token", "0"), ("max_token", "128001"), ("max_token", "many"), ("temperature", "nan")):
        opened = await town.alice.press(panel, "Edit")
        ids = await fields(town, opened)
        (field,) = [one for one in ids if name in json.dumps(one)]
        answer = await town.seen(await town.alice.submit(opened, **{field: value}))
        assert name in answer.content, answer.content
    assert town.rows("SELECT * FROM user") == before
