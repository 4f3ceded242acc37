"""What questions cost, and budgets: what people read, in the real process."""

import re
from typing import Any

import pytest

from tests.conversation.panels import open_session, open_user
from tests.conversation.test_drawing import PAINTER
from tests.conversation.test_voice_messages import HEARING, speak
from tests.rig.town import CONFIG, Town

PRICES = "default = true\nprice_in = 1.0\nprice_out = 2.0\n"
"""A micro-dollar for each token that is read, and two for each that is written."""


def budget(scope: str, bound: str, *, period: str = "day") -> str:
    return f'\n[[budgets]]\nscope = "{scope}"\nperiod = "{period}"\n{bound}\n'


async def begin(town: Town, *tables: str, prices: str = PRICES) -> None:
    """Start the bot with these budgets; Bob runs it, and both are answered."""
    admins = f"\n[permissions]\nadmins = [{town.bob.id}]\n"
    town.config.write_text(CONFIG.replace("default = true\n", prices) + admins + "".join(tables))
    await town.start()
    for person in (town.alice, town.bob):
        await town.set_status(person, "new")


async def refusal(town: Town, person: Any, text: str = "And now?") -> str:
    """Ask something that no budget has room for; return what the reply says."""
    question = await person.say(town.general, text)
    await town.until(lambda: "Retry" in str(town.replies(question)[0].components) if town.replies(question) else False)
    (said,) = town.shown(question)
    return said


def used_line(panel: Any) -> str:
    (line,) = re.findall(r"^\*\*Used so far\*\*: (.*)$", panel.content, re.MULTILINE)
    return str(line)


def counted(town: Town) -> tuple[int, int]:
    """What the scripted model counted, in all."""
    usages = [request.usage for request in town.model.requests if request.usage]
    return sum(read for read, _ in usages), sum(written for _, written in usages)


async def test_the_ledger_holds_what_the_model_counted_and_the_panels_say_it(town: Town) -> None:
    """By both APIs; what the person used, and what their session used."""
    await begin(town)
    for text in ("One?", "Two?"):
        await town.answered(await town.alice.say(town.general, text))
    read, written = counted(town)
    assert town.rows("SELECT sum(input_tokens), sum(output_tokens), sum(is_estimated) FROM ledger") == [
        (read, written, 0)
    ]
    ((cost,),) = town.rows("SELECT sum(micro_dollars) FROM ledger")
    assert cost == read + 2 * written
    shown = used_line(await open_user(town, town.alice))
    assert shown == f"{read:,} tokens in, {written:,} out, ${cost // 100 / 10_000:.4f}"
    first_read, _ = town.model.requests[-1].usage or (0, 0)
    assert used_line(await open_session(town, town.alice)).startswith(f"{first_read} tokens in, ")


async def test_the_panels_say_how_long_was_listened(town: Town) -> None:
    """In seconds, beside the tokens of the answer; what both cost is one sum."""
    await begin(town, HEARING)
    await town.set_status(town.alice, "activate")
    await town.answered(await speak(town))
    ((cost,),) = town.rows("SELECT sum(micro_dollars) FROM ledger")
    read, written = counted(town)
    shown = f"{read:,} tokens in, {written:,} out, 2 seconds of audio, ${cost // 100 / 10_000:.4f}"
    assert used_line(await open_user(town, town.alice)) == shown
    assert used_line(await open_session(town, town.alice)) == shown


async def test_an_answer_that_was_stopped_or_killed_is_counted_as_about_so_much(town: Town) -> None:
    """Nobody heard what it used, so it is estimated, and said to be."""
    await begin(town)
    town.model.script(tokens_per_s=5, answer="slowly " * 60)
    question = await town.alice.say(town.general, "What is a comet?")
    await town.until(lambda: town.replies(question))
    await town.alice.press(town.replies(question)[0], "Stop")
    await town.until(lambda: "Stopped." in "".join(town.shown(question)))
    assert town.rows("SELECT is_estimated FROM ledger") == [(1,)]
    assert re.fullmatch(r"about \d+ tokens in, \d+ out, about \$0.\d+", used_line(await open_user(town, town.alice)))
    other = await town.alice.say(town.general, "And a planet?")
    await town.until(lambda: town.replies(other))
    await town.kill()
    assert town.rows("SELECT count(*) FROM reservation") == [(1,)]
    town.model.script(answer="A planet is large.")
    await town.start()
    assert await town.answered(other) == ["A planet is large."]
    assert town.rows("SELECT attempt, is_estimated FROM ledger ORDER BY id") == [(1, 1), (1, 1), (2, 0)]
    assert town.rows("SELECT count(*) FROM reservation") == [(0,)]


async def test_an_unknown_price_is_said_to_be_unknown(town: Town) -> None:
    """And what is known of the cost, once another model has a price."""
    await begin(town)
    await open_user(town, town.alice)
    await town.alice.press((await open_user(town, town.alice)), "new")
    panel = await open_user(town, town.alice)
    menu = next(control for control in panel.controls() if "Model" in str(control.get("placeholder")))
    await town.seen(await town.alice.choose(panel, menu["custom_id"], "gpt-4o"))
    await town.answered(await town.alice.say(town.general, "One?"))
    assert used_line(await open_user(town, town.alice)).endswith(" out, at an unknown price")
    panel = await open_user(town, town.alice)
    await town.seen(await town.alice.choose(panel, menu["custom_id"], "gpt-4o-mini"))
    await town.answered(await town.alice.say(town.general, "Two?"))
    assert re.search(r" out, at least \$0\.0\d+$", used_line(await open_user(town, town.alice)))


@pytest.mark.parametrize(
    ("scope", "bound", "said"),
    [
        ("user", "tokens = 1", "Your budget is used up."),
        ("role", "tokens = 1\nid = {role}", "The budget of your role is used up."),
        ("server", "dollars = 0.0001", "This server's budget is used up."),
        ("all", "tokens = 1", "The budget that everybody here shares is used up."),
    ],
)
async def test_a_budget_that_is_used_up_says_whose_and_when_it_is_renewed(
    town: Town, scope: str, bound: str, said: str
) -> None:
    """Discord shows the moment in each reader's words; the model is not asked, and the reply has *Retry*."""
    friends = town.discord.role("Friends")
    town.discord.give(town.alice, friends)
    await begin(town, budget(scope, bound.format(role=friends.id)))
    await town.answered(
        await town.alice.say(town.general, "Long enough a question to be worth a hundred micro-dollars?")
    )
    sentence = await refusal(town, town.alice)
    found = re.fullmatch(re.escape(said) + r" Press \*\*Retry\*\* <t:(\d+):R>, when it is renewed\.", sentence)
    assert found is not None, sentence
    assert int(found[1]) % 86_400 == 0
    assert len(town.model.requests) == 1


async def test_retry_works_when_the_budget_was_raised(town: Town) -> None:
    """By an admin, with one command; nobody else may. It is logged by ids."""
    await begin(town, budget("user", "tokens = 20"))
    await town.answered(await town.alice.say(town.general, "What is a comet?"))
    question = await town.alice.say(town.general, "And a planet?")
    await town.until(lambda: town.replies(question) and "used up" in town.shown(question)[0])
    denied = await town.seen(await town.alice.command(town.general, "budget", person="Alice", tokens=5_000))
    assert (
        denied.content
        == "Only the people who run this bot can see and raise the budgets of others. Nothing was changed."
    )
    raised = await town.seen(await town.bob.command(town.general, "budget", person="Alice", tokens=5_000))
    assert raised.seen_only_by is town.bob.user
    used = sum(counted(town))
    headline, line = raised.content.splitlines()
    assert headline == f"Raised until it is renewed. What <@{town.alice.id}> has used:"
    assert re.fullmatch(rf"\*\*Budget today\*\*: {used} of 5,020 tokens, renewed <t:\d+:R>", line)
    await town.alice.press(town.replies(question)[0], "Retry")
    await town.until(lambda: any("And a planet?" in said for said in town.shown(question)))
    (logged,) = [line for line in town.log.read_text().splitlines() if "budget.raised" in line]
    assert f"admin={town.bob.id} person={town.alice.id} tokens=5000 micro_dollars=0" in logged
    assert town.rows("SELECT admin, person, tokens, micro_dollars FROM budget_raise") == [
        (town.bob.id, town.alice.id, 5_000, 0)
    ]


async def test_everybody_sees_their_own_budget(town: Town) -> None:
    """In `/budget` and in `/user`; only an admin sees another's."""
    await begin(town, budget("user", "dollars = 0.5", period="month"), budget("user", "tokens = 9_000"))
    own = await town.seen(await town.alice.command(town.general, "budget"))
    lines = own.content.splitlines()
    assert lines[0].startswith("**Budget this month**: $0.00 of $0.50, renewed <t:")
    assert lines[1].startswith("**Budget today**: 0 of 9,000 tokens, renewed <t:")
    panel = await open_user(town, town.alice)
    assert all(line in panel.content for line in lines)
    denied = await town.seen(await town.alice.command(town.general, "budget", person="Bob"))
    assert denied.content.startswith("Only the people who run this bot")
    seen = await town.seen(await town.bob.command(town.general, "budget", person="Alice"))
    assert seen.content.splitlines() == [f"What <@{town.alice.id}> has used:", *lines]


async def test_who_has_no_budget_of_their_own_is_told_so(town: Town) -> None:
    """There is nothing to raise, either."""
    await begin(town, budget("all", "tokens = 9_000"))
    own = await town.seen(await town.alice.command(town.general, "budget"))
    assert (
        own.content
        == "You have no budget of your own: your questions count only towards those that you share with others."
    )
    nothing = await town.seen(await town.bob.command(town.general, "budget", person="Alice", dollars=5.0))
    assert nothing.content == (
        f"<@{town.alice.id}> has no budget of their own, so there is nothing to raise. Nothing was changed."
    )
    assert town.rows("SELECT count(*) FROM budget_raise") == [(0,)]


@pytest.mark.parametrize(
    ("scope", "said"),
    [
        (
            "user",
            "Your other questions that are being answered may use up the rest of your budget. Press **Retry** when they are answered.",
        ),
        (
            "server",
            "Questions that are being answered may use up the rest of this server's budget. Press **Retry** in a minute.",
        ),
        (
            "all",
            "Questions that are being answered may use up the rest of the budget that everybody here shares. Press **Retry** in a minute.",
        ),
    ],
)
async def test_what_is_being_answered_may_use_up_the_rest(town: Town, scope: str, said: str) -> None:
    """Then there is room again as soon as it is answered, and *Retry* works."""
    await begin(town, budget(scope, "tokens = 600"))
    gate = town.model.gate("comet")
    first = await town.alice.say(town.general, "What is a comet?")
    await gate.reached()
    question = await town.alice.say(town.general, "And a planet?")
    await town.until(lambda: town.shown(question) == [said])
    gate.finish()
    await town.answered(first)
    await town.alice.press(town.replies(question)[0], "Retry")
    await town.until(lambda: any("And a planet?" in text for text in town.shown(question)))


async def test_a_budget_survives_a_kill(town: Town) -> None:
    """What was used is used, and what was under way is counted once."""
    await begin(town, budget("user", "tokens = 100"))
    town.model.script("comet", tokens_per_s=5, answer="slowly " * 60, times=1)
    question = await town.alice.say(town.general, "What is a comet?")
    await town.until(lambda: town.replies(question))
    await town.kill()
    await town.start()
    await town.until(lambda: "Your budget is used up." in "".join(town.shown(question)))
    assert len(town.model.requests) == 1
    assert town.rows("SELECT count(*), sum(is_estimated) FROM ledger") == [(1, 1)]


async def test_what_a_budget_in_dollars_does_not_bound_is_said_at_the_start(town: Town) -> None:
    """Once, in the log."""
    await begin(town, budget("all", "dollars = 5"))
    said = [line for line in town.log.read_text().splitlines() if "does not bound what has no price" in line]
    assert len(said) == 1
    assert "gpt-4o" in said[0]


async def test_without_budgets_there_is_no_command_about_them(town: Town) -> None:
    """Nobody is shown what does nothing."""
    await town.start()
    assert sorted(command["name"] for command in town.discord.commands) == [
        "Ask again",
        "Show session",
        "causerie",
        "help",
        "privacy",
        "session",
        "user",
    ]


async def test_a_picture_asked_for_with_the_budget_spent_is_not_drawn_and_the_session_goes_on(town: Town) -> None:
    """The sentence says when it can be; after a raise, *Retry* draws it in the same session."""
    painter = CONFIG.replace("default = true\n", "").replace("[limits]", f"{PAINTER}\n[limits]")
    admins = f"\n[permissions]\nadmins = [{town.bob.id}]\n"
    town.config.write_text(painter + admins + budget("user", "dollars = 0.0001"))
    await town.start()
    await town.set_status(town.alice, "activate")
    await town.answered(await town.alice.say(town.general, "A comet"))
    ((pictures, cost),) = town.rows("SELECT pictures, micro_dollars FROM ledger")
    assert pictures == 1
    assert cost > 100
    assert ", 1 picture, $0." in used_line(await open_user(town, town.alice))
    question = await town.alice.say(town.general, "Brighter")
    await town.until(lambda: town.replies(question) and "Your budget is used up." in town.shown(question)[0])
    assert len(town.model.requests) == 1
    await town.seen(await town.bob.command(town.general, "budget", person="Alice", dollars=1.0))
    await town.alice.press(town.replies(question)[0], "Retry")
    await town.until(lambda: any(reply.attachments for reply in town.replies(question)))
    assert town.rows("SELECT count(*) FROM session") == [(1,)]
    assert len(town.model.requests) == 2
