"""`/causerie`, in the real process: whom it is shown, what it tells, and what its buttons do."""

import re
from typing import Any

import pytest

from messages import custom_id as presses
from messages.admin_presses import OpenAdmin, Resume, TryModel
from sandbox.discord import Message
from sandbox.discord.people import NotPossibleError
from sandbox.discord.permissions import ADMINISTRATOR
from tests.conversation.panels import begin, menus, press, rows
from tests.rig.town import CONFIG, Town

TABS = ["Now", "Paused", "Models", "Budgets", "Access"]


async def start(town: Town, *more: str) -> None:
    """Start the bot; Bob runs it."""
    town.config.write_text(f"{CONFIG}\n[permissions]\nadmins = [{town.bob.id}]\n" + "".join(more))
    await town.start()


async def open_admin(town: Town, person: Any, channel: Any = None, tab: str = "Now") -> Message:
    """Use `/causerie`, by default in direct messages, and turn to a tab."""
    panel = await town.seen(await person.command(channel or person.direct_messages, "causerie"))
    return panel if tab == "Now" else await press(town, person, panel, tab)


async def test_an_admin_sees_how_the_bot_is_and_everybody_else_who_runs_it(town: Town) -> None:
    """In direct messages and in a server; nobody else sees an answer to it."""
    await start(town)
    await begin(town, town.alice, town.general)
    panel = await open_admin(town, town.bob)
    assert panel.ephemeral
    assert rows(panel) == [TABS, ["Refresh", "Reload settings"]]
    for line in (
        r"\*\*Causerie\*\* \S+",
        r"Running since <t:\d+:f> \(<t:\d+:R>\)",
        r"Connected to Discord since <t:\d+:f> \(<t:\d+:R>\)",
        r"\*\*Sessions at work\*\*: \d+( \(1 idle\))?",
        r"\*\*Questions waiting\*\*: 0",
        r"\*\*Answers streaming\*\*: 0 of \d+",
        r"\*\*Requests to Discord\*\* in the last second: \d+ of \d+, 0 waiting",
        r"\*\*Today\*\* \(UTC\): 1 question answered, \d+ tokens, at least \$0\.00",
    ):
        assert re.search(f"^{line}$", panel.content, re.MULTILINE), line
    only = (
        f"Only the people who run this bot can use `/causerie`: <@{town.bob.id}>. Ask them if something does not work."
    )
    refused = await open_admin(town, town.alice)
    assert (refused.content, rows(refused), refused.ephemeral) == (only, [], True)


async def test_discord_offers_it_to_administrators_of_a_server_and_the_list_decides(town: Town) -> None:
    """An administrator who does not run the bot is refused, here and in a server of their own, also by the name of who runs it; that one is no administrator everywhere."""
    await start(town)
    with pytest.raises(NotPossibleError):
        await town.bob.command(town.general, "causerie")
    for person in (town.alice, town.bob):
        town.discord.give(person, town.discord.role(f"Staff {person.name}", permissions=ADMINISTRATOR))
    elsewhere = town.discord.add_guild("Elsewhere")
    town.discord.join(town.alice, elsewhere)
    town.discord.give(town.alice, town.discord.role("Owner", guild=elsewhere, permissions=ADMINISTRATOR))
    town.alice.user.name = town.bob.user.name
    for channel in (town.general, town.discord.add_channel("theirs", guild=elsewhere), None):
        refused = await open_admin(town, town.alice, channel)
        assert refused.content.startswith("Only the people who run this bot")
    assert rows(await open_admin(town, town.bob, town.general))[0] == TABS


async def park(town: Town) -> Any:
    """Have Alice's session crash until it is parked; return the question that did it."""
    await begin(town, town.alice, town.alice.direct_messages)
    town.change("UPDATE utterance SET enclosed = 'Canary'")  # no JSON, which the code does not expect
    fatal = await town.alice.say(town.alice.direct_messages, "Now?")
    await town.until(lambda: "paused for ten minutes" in "".join(town.shown(fatal)))
    return fatal


async def test_resume_has_a_parked_session_answer_again_and_tells_nothing_of_it(town: Town) -> None:
    """A private one: neither id nor owner nor title nor text; the press acts once, and only for an admin."""
    await start(town)
    fatal = await park(town)
    ((session, title),) = town.rows("SELECT id, title FROM session")
    now = await open_admin(town, town.bob)
    assert "Paused (1)" in rows(now)[0]
    panel = await press(town, town.bob, now, "Paused (1)")
    assert rows(panel) == [
        ["Now", "Paused (1)", "Models", "Budgets", "Access"],
        ["Resume 1"],
        ["Refresh", "Reload settings"],
    ]
    assert re.search(
        r"^\*\*1\.\*\* A session that you may not see, until <t:\d+:f> \(<t:\d+:R>\)$", panel.content, re.MULTILINE
    )
    shown = panel.content + str(panel.components)
    for secret in (f"ession {session}", title, "Alice", str(town.alice.id), "comet", "Now?"):
        assert secret not in shown, secret
    (resume,) = [control for control in panel.controls() if control.get("label") == "Resume 1"]
    own = await town.seen(await town.alice.command(town.alice.direct_messages, "user"))
    refused = await town.seen(await town.alice.forge(own, resume["custom_id"]))
    assert refused.content.startswith("Only the people who run this bot can use `/causerie`")
    assert town.rows("SELECT parked_until > 0 FROM session") == [(1,)]
    town.change("UPDATE utterance SET enclosed = ''")
    resumed = await press(town, town.bob, panel, "Resume 1")
    assert resumed.content.startswith("The session answers again.")
    assert "No session is paused." in resumed.content
    assert town.rows("SELECT parked_until FROM session") == [(0,)]
    await town.alice.press(town.replies(fatal)[0], "Retry")
    await town.until(lambda: "You said: [Alice]: Now?" in town.shown(fatal))
    again = await town.alice.say(town.alice.direct_messages, "And now?")
    assert await town.answered(again) == ["You said: [Alice]: And now?"]
    twice = await town.seen(await town.bob.forge(resumed, resume["custom_id"]))
    assert twice.content.startswith("That session is not paused any more. Nothing was changed.")


async def test_a_press_survives_a_restart_after_which_nothing_is_parked(town: Town) -> None:
    """The panel of an earlier process is redrawn from what is so now; to resume what a start has resumed is no error."""
    await start(town)
    await park(town)
    panel = await open_admin(town, town.bob, tab="Paused (1)")
    await town.kill()
    await town.start()
    redrawn = await press(town, town.bob, panel, "Resume 1")
    assert redrawn.content.startswith("That session is not paused any more. Nothing was changed.")
    assert rows(redrawn) == [TABS, ["Refresh", "Reload settings"]]


async def test_a_breaker_that_a_failing_model_opened_is_seen_tried_and_closed(town: Town) -> None:
    """Each model has its own; the menu has the open ones, and the next question closes what works again."""
    await start(town)
    await begin(town, town.alice, town.general)
    failing = town.model.script("Fail", times=5, error="server_error")
    question = await town.alice.say(town.general, "Fail")
    await town.until(lambda: failing.used >= 5, 60)
    panel = await open_admin(town, town.bob, tab="Models (1)")
    assert re.search(
        r"^🔴 \*\*gpt-4o-mini\*\*: not asked since <t:\d+:R>, because the server fails. Tried again <t:\d+:R>$",
        panel.content,
        re.MULTILINE,
    )
    assert "🟢 **gpt-4o**: asked as usual" in panel.content
    (menu,) = menus(panel)
    assert [option["label"] for option in menu["options"]] == ["gpt-4o-mini"]
    tried = await town.seen(await town.bob.choose(panel, menu["custom_id"], "gpt-4o-mini"))
    assert tried.content.startswith("The next question tries it.")
    await town.answered(question)
    refreshed = await press(town, town.bob, tried, "Refresh")
    assert "🟢 **gpt-4o-mini**: asked as usual" in refreshed.content
    assert rows(refreshed) == [TABS, ["Refresh", "Reload settings"]]
    again = await town.seen(await town.bob.forge(refreshed, menu["custom_id"], menu["options"][0]["value"]))
    assert again.content.startswith("That is asked as usual again. Nothing was changed.")


async def test_every_press_is_refused_to_whoever_does_not_run_the_bot(town: Town) -> None:
    """However it was forged: the sentence, and nothing is told or changed."""
    await start(town)
    own = await town.seen(await town.alice.command(town.general, "user"))
    for forged in (OpenAdmin(tab="access"), Resume(parking=1, page=0), TryModel(page=0)):
        values = ("…page server",) if isinstance(forged, TryModel) else ()
        refused = await town.seen(await town.alice.forge(own, presses.encode(forged), *values))
        assert refused.content.startswith("Only the people who run this bot can use `/causerie`")
        assert rows(refused) == []


async def test_budgets_and_who_is_blocked_are_shown_with_a_raise(town: Town) -> None:
    """What each person used most of, for whom it is raised, and names beside mentions."""
    budgets = (
        '\n[[budgets]]\nscope = "user"\nperiod = "day"\ntokens = 1000\n'
        '\n[[budgets]]\nscope = "all"\nperiod = "month"\ntokens = 1\n'
        f"\n[permissions.block]\nusers = [77]\nservers = [78]\nchannels = [{town.discord.channel('random').id}]\n"
        f"roles = [{town.discord.role('Loud').id}]\n"
    )
    await start(town, budgets)
    await begin(town, town.alice, town.general)
    await town.seen(await town.bob.command(town.general, "budget", person="Alice", tokens=500))
    panel = await open_admin(town, town.bob, tab="Budgets")
    alice = f"<@{town.alice.id}>"
    assert re.search(
        rf"^🟢 \*\*Each person, today\*\*: most is used by {alice}: \d+ of 1,500 tokens, renewed <t:\d+:R>$",
        panel.content,
        re.MULTILINE,
    )
    assert f"-# Raised for {alice}" in panel.content
    assert re.search(
        r"^🔴 \*\*Everybody together, this month\*\*: \d+ of 1 token, renewed <t:\d+:R>$", panel.content, re.MULTILINE
    )
    await town.seen(await town.bob.command(town.general, "user"))
    access = await press(town, town.bob, panel, "Access")
    assert f"**Run by**\n- <@{town.bob.id}> (Bob)" in access.content
    assert "**Never answered**\n- <@77>\n- @Loud\n- Server 78\n- \\#random" in access.content


async def test_without_admins_nobody_sees_it(town: Town) -> None:
    """The sentence says that nobody is named."""
    await town.start()
    refused = await open_admin(town, town.alice)
    assert refused.content.startswith(
        "Only the people who run this bot can use `/causerie`, and its operator has named nobody"
    )


async def test_reload_says_what_changed_what_takes_a_restart_and_what_is_wrong(town: Town) -> None:
    """Nobody but an admin has the file read; a mistake is said with its remedy and changes nothing."""
    await start(town)
    panel = await open_admin(town, town.bob, tab="Access")
    (reload,) = [control for control in panel.controls() if control.get("label") == "Reload settings"]
    good = town.config.read_text()
    town.config.write_text(good.replace("queue_cap = 1000", "queue_cap = -1"))
    own = await town.seen(await town.alice.command(town.general, "user"))
    refused = await town.seen(await town.alice.forge(own, reload["custom_id"]))
    assert refused.content.startswith("Only the people who run this bot can use `/causerie`")
    assert "settings.not_reloaded" not in town.log.read_text()
    wrong = await press(town, town.bob, panel, "Reload settings")
    assert wrong.content.startswith("**The settings are wrong, and nothing was changed.** ")
    assert "queue\\_cap" in wrong.content
    town.config.write_text(good.replace("[permissions]\n", "[permissions]\ndirect_messages = false\n"))
    changed = await press(town, town.bob, wrong, "Reload settings")
    assert changed.content.startswith("The settings were read again. Changed: `permissions.direct_messages`.")
    assert "Direct messages are not answered" in changed.content
    same = await press(town, town.bob, changed, "Reload settings")
    assert same.content.startswith("The settings were read again. Nothing is different.")
    town.config.write_text(good.replace(f"admins = [{town.bob.id}]", "admins = []"))
    gone = await press(town, town.bob, same, "Reload settings")
    assert gone.content.startswith(
        "Only the people who run this bot can use `/causerie`, and its operator has named nobody"
    )
