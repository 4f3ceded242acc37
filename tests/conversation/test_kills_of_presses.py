"""Killed at each request of what a newcomer presses: one outcome, nothing doubled, nothing lost."""

import signal
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, Final

import pytest

from sandbox.discord import Message
from tests.conversation.panels import done, open_user, press
from tests.conversation.test_dialects import SHAPES, speak
from tests.conversation.test_survival import BOUNDARIES_MAX, WHENS
from tests.rig.kill import When
from tests.rig.town import Town
from texts.english import PANELS

HINT: Final = "/user"
"""A word that the hint has, and no answer."""


async def killed_at(
    town: Town, k: int, when: When, deed: Callable[[], Awaitable[Any]], over: Callable[[], Any], name: str = ""
) -> str:
    """Kill the bot at the k-th request after the deed and start it again; returns which one it was, "" when it is over before.

    Only requests are counted whose method and route have `name` in them. One that has no such moment is passed.
    """
    assert town.bot is not None
    fired = len(town.counter.fired)
    town.counter.arm(town.bot.pid, k, when, name)
    await deed()
    await town.until(lambda: len(town.counter.fired) > fired or over(), timeout_s=60)
    if len(town.counter.fired) == fired:
        requests = sum(name in known for known in town.counter.boundaries)
        town.counter.restart()
        return (
            "" if requests < k else f"{k}: passed"
        )  # a body that is sent as it is has no moment between stored and answered
    assert await town.died() == -signal.SIGKILL
    await town.start()
    return town.counter.fired[-1]


def turns(town: Town, question: Any) -> list[tuple[str, int]]:
    """The state of each turn that asks a question, and whether something of it is still to be shown."""
    return town.rows(f"SELECT state, owed FROM turn WHERE reply_to = {question.id} AND state != 'refused' ORDER BY id")


def settled(town: Town, said: list[Any], count: int = 1) -> bool:
    """Whether the first of these messages was asked so often, and each of its turns is over and shown."""
    return bool(said) and turns(town, said[0]) == [("delivered", 0)] * count


@pytest.mark.parametrize("when", WHENS)
async def test_a_kill_at_any_request_of_ask_again_leaves_one_further_answer(town: Town, when: When) -> None:
    """The press is committed before its first request, so the next process answers it; the old answer stays as it is."""
    await town.start()
    await town.set_status(town.alice, "new")
    swept = []
    for k in range(1, BOUNDARIES_MAX):
        question = await town.alice.say(town.general, f"What is comet {k}?")
        await town.answered(question)
        await town.until(partial(settled, town, [question]))
        asked_before = len(town.model.requests)
        where = await killed_at(
            town,
            k,
            when,
            partial(town.alice.message_command, question, "Ask again"),
            partial(settled, town, [question], 2),
        )
        await town.until(partial(settled, town, [question], 2), timeout_s=60)
        assert town.shown(question) == [f"You said: [Alice]: What is comet {k}?"] * 2, where
        assert town.reactions(question) == {"👌"}, where
        assert len(town.model.requests) - asked_before <= 2, where
        if not where:
            break
        swept.append(where)
    assert len(swept) >= 4, swept
    assert any("callback" in where for where in swept), swept
    assert town.rows("SELECT count(*) FROM utterance") == [(2 * (len(swept) + 1),)]


async def test_a_press_that_was_killed_unheard_can_be_repeated(town: Town) -> None:
    """Nobody knows whether it was committed, so its person presses again: one further answer either way."""
    await town.start()
    await town.set_status(town.alice, "new")
    question = await town.alice.say(town.general, "What is a comet?")
    await town.answered(question)
    await town.until(lambda: settled(town, [question]))
    assert town.bot is not None
    gate = town.model.gate("comet")
    town.discord.kill_on_event(town.bot.pid, "INTERACTION_CREATE")
    await town.alice.message_command(question, "Ask again")
    await town.died()
    await town.start()
    said = await town.seen(await town.alice.message_command(question, "Ask again"))
    assert said.content in (PANELS["asked_again"], PANELS["being_answered"])
    gate.finish()
    await town.until(lambda: settled(town, [question], 2))
    assert town.shown(question) == ["You said: [Alice]: What is a comet?"] * 2


@pytest.mark.parametrize("when", WHENS)
async def test_a_kill_at_any_request_of_a_model_that_thinks_keeps_its_reasoning_once(town: Town, when: When) -> None:
    """*Reasoning* shows that of the attempt that answered; a press that was killed shows it when it is repeated."""
    town.config.write_text(town.config.read_text().replace('"responses"', '"chat_completions"'))
    speak(town, "deepseek-v3.2")
    shape = SHAPES["deepseek-v3.2"]
    await town.start()
    await town.set_status(town.alice, "new")
    swept = []
    for k in range(1, BOUNDARIES_MAX):
        said: list[Any] = []

        async def ask(said: list[Any] = said, k: int = k) -> None:
            said.append(await town.alice.say(town.general, f"Hello {k}?"))

        where = await killed_at(town, k, when, ask, partial(settled, town, said))
        (question,) = said
        assert await town.answered(question, timeout_s=60) == [shape.text], where
        await town.until(partial(settled, town, [question]))
        (reply,) = town.replies(question)
        assert [control["label"] for control in reply.controls()] == ["Reasoning"], where
        assert town.bot is not None
        if k == 1:  # the press is killed too
            town.counter.arm(town.bot.pid, 1, when, "callback")
            await town.alice.press(reply, "Reasoning")
            await town.died()
            await town.start()
        shown = await press(town, town.alice, reply, "Reasoning")
        assert shown.content == f"{PANELS['reasoning.head']}\n{shape.thought.strip()}", where
        if not where:
            break
        swept.append(where)
    assert len(swept) >= 4, swept
    assert town.rows("SELECT count(*) FROM reasoning") == [(len(swept) + 1,)]


@pytest.mark.parametrize("when", WHENS)
async def test_a_kill_at_any_request_of_the_hint_leaves_one_hint_and_one_mark(town: Town, when: When) -> None:
    """The next call within ten minutes gets its 💤 once, and no second hint, wherever either was killed."""
    await town.start()
    calls = f"{town.discord.world.bot.mention} hello?"
    first, second = [], []
    for k in range(1, BOUNDARIES_MAX):
        person = town.discord.add_person(f"Newcomer {k}")
        said: list[Any] = []

        async def call(said: list[Any] = said, person: Any = person) -> None:
            said.append(await person.say(town.general, calls))

        def is_settled(said: list[Any] = said) -> bool:
            cause = said[-1].id if said else 0
            return town.rows(f"SELECT owed FROM turn WHERE cause = {cause}") == [(0,)]

        where = await killed_at(town, k, when, call, is_settled)
        await town.until(is_settled)
        (hint,) = town.replies(said[0])
        assert HINT in hint.content, where
        assert [control["label"] for control in hint.controls()] == ["new", "activate"], where
        assert town.reactions(said[0]) == set(), where
        first += [where] if where else []
        again = await killed_at(town, k, when, call, is_settled)
        await town.until(is_settled)
        assert town.replies(said[1]) == [], again
        assert town.reactions(said[1]) == {"💤"}, again
        second += [again] if again else []
        if not where and not again:
            break
    assert any("POST /channels/{channel}/messages" in where for where in first), first
    assert any("PUT" in where for where in second), second


@pytest.mark.parametrize("label", ["new", "activate"])
@pytest.mark.parametrize("when", WHENS)
async def test_a_kill_at_the_hints_button_switches_on_once(town: Town, when: When, label: str) -> None:
    """The status is chosen before anything is said; pressed again it says so, and the question then has one answer."""
    await town.start()
    call = await town.bob.say(town.general, f"{town.discord.world.bot.mention} hello?")
    await town.until(lambda: town.replies(call))
    (hint,) = town.replies(call)
    where = await killed_at(town, 1, when, lambda: town.bob.press(hint, label), lambda: False)
    assert "callback" in where
    assert town.rows("SELECT status FROM user") == [(label,)]
    said = await press(town, town.bob, hint, label)
    assert "Write your question again" in said.content
    question = await town.bob.say(town.general, "What is a comet?")
    assert await town.answered(question) == ["You said: [Bob]: What is a comet?"]
    assert len(town.replies(call)) == 1


@pytest.mark.parametrize("when", WHENS)
async def test_a_kill_at_any_request_of_activate_without_a_session_leaves_one_session(town: Town, when: When) -> None:
    """Choosing it, and its first question, which begins the session; the second question goes on with it."""
    await town.start()
    swept = []
    for k in range(1, BOUNDARIES_MAX):
        person = town.discord.add_person(f"Newcomer {k}")
        panel = await open_user(town, person)
        if k == 1:
            assert "callback" in await killed_at(town, 1, when, partial(person.press, panel, "activate"), lambda: False)
            assert town.rows(f"SELECT status FROM user WHERE discord_user_id = {person.user.id}") == [("activate",)]
        else:
            await press(town, person, panel, "activate")
        said: list[Any] = []

        async def ask(said: list[Any] = said, person: Any = person) -> None:
            said.append(await person.say(town.general, "Tell me of volcanoes"))

        where = await killed_at(town, k, when, ask, partial(settled, town, said))
        await town.answered(said[0], timeout_s=60)
        sessions = f"SELECT id FROM session WHERE creator = {person.user.id}"
        ((session,),) = town.rows(sessions)
        current = f"SELECT current_session, status FROM user WHERE discord_user_id = {person.user.id}"
        assert town.rows(current) == [(session, "activate")], where
        await town.answered(await person.say(town.general, "And Iceland?"))
        assert town.rows(sessions) == [(session,)], where
        assert len([text for role, text in town.model.requests[-1].dialogue if role == "user"]) == 2, where
        if not where:
            break
        swept.append(where)
    assert len(swept) >= 4, swept


async def test_two_first_messages_and_a_kill_make_one_session(town: Town) -> None:
    """Both are written before either is committed; the next process finds them in order."""
    await town.start()
    await town.set_status(town.alice, "activate")
    assert town.bot is not None
    town.discord.kill_on_event(town.bot.pid, "MESSAGE_CREATE")
    questions = [await town.alice.say(town.general, text) for text in ("Tell me of volcanoes", "And Iceland?")]
    await town.died()
    await town.start()
    for question in questions:
        await town.answered(question)
    assert town.rows("SELECT count(*) FROM session") == [(1,)]
    assert [text for role, text in town.model.requests[-1].dialogue if role == "user"] == [
        "[Alice]: Tell me of volcanoes",
        "[Alice]: And Iceland?",
    ]


def typed(form: Any) -> dict[str, str]:
    """What the fields of an opened form hold."""
    fields = [field for row in form.modal["components"] for field in row["components"]]
    return {field["custom_id"]: field.get("value", "") for field in fields}


async def refused_form(town: Town, text: str) -> Message:
    """Alice's form of `/user`, refused for its number."""
    form = await done(town, await town.alice.press(await open_user(town, town.alice), "Edit"))
    return await town.seen(await town.alice.submit(form, system_msg=text, max_token="many", temperature=""))  # noqa: S106 no password


@pytest.mark.parametrize("when", WHENS)
async def test_a_kill_at_a_refused_form_changes_nothing_and_says_that_it_is_forgotten(town: Town, when: When) -> None:
    """At its refusal, and at *Edit again*: no setting has changed, and the next press says what to do."""
    await town.start()
    form = await done(town, await town.alice.press(await open_user(town, town.alice), "Edit"))
    before = town.rows("SELECT system_msg, max_token, temperature FROM user")
    where = await killed_at(
        town,
        1,
        when,
        lambda: town.alice.submit(form, system_msg="You are a poet.", max_token="many", temperature=""),  # noqa: S106 no password
        lambda: False,
    )
    assert "callback" in where
    assert town.rows("SELECT system_msg, max_token, temperature FROM user") == before
    refused = await refused_form(town, "You are a poet.")
    await killed_at(town, 1, when, lambda: town.alice.press(refused, "Edit again"), lambda: False)
    assert town.rows("SELECT system_msg, max_token, temperature FROM user") == before
    forgotten = await press(town, town.alice, refused, "Edit again")
    assert forgotten.content == PANELS["form_forgotten"]


@pytest.mark.parametrize("when", WHENS)
async def test_a_kill_when_the_form_is_right_at_last_saves_it_once(town: Town, when: When) -> None:
    """What was typed is stored before anything is said, and the next panel shows it."""
    await town.start()
    refused = await refused_form(town, "You are a poet.")
    again = await done(town, await town.alice.press(refused, "Edit again"))
    assert typed(again)["system_msg"] == "You are a poet."
    where = await killed_at(
        town,
        1,
        when,
        lambda: town.alice.submit(again, system_msg="You are a poet.", max_token="900", temperature=""),  # noqa: S106 no password
        lambda: False,
    )
    assert "callback" in where
    assert town.rows("SELECT system_msg, max_token FROM user") == [("You are a poet.", 900)]
    assert "**Max token**: 900" in (await open_user(town, town.alice)).content
    assert town.rows("SELECT count(*) FROM user") == [(1,)]
