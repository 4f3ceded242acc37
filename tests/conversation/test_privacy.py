"""Private stays private: what is said in a private session reaches nobody but its owner, by no way at all."""

from typing import Any

import pytest

from tests.conversation.leaky import LEAKS
from tests.conversation.panels import begin, done, join, open_session, open_user, press
from tests.rig.model.record import without_mark
from tests.rig.town import Town

TITLE, TEXT, ANSWER, SYSTEM = "CanaryTitle", "CanaryText", "CanaryAnswer", "CanarySystem"
CANARIES = (TITLE, TEXT, ANSWER, SYSTEM)


def leaks(town: Town, owner: Any) -> list[str]:
    """Where a canary reached somebody else: a request, the log, or another session's prompt."""
    world = town.discord.world
    allowed = {owner.id, world.bot.id, world.founder.id}  # who owns the server sees every channel of it
    found = [
        f"{request.method} {request.path} to {sorted(others)}"
        for request in town.discord.requests
        if any(canary in request.text for canary in CANARIES)
        and (others := set(town.discord.audience(request)) - allowed)
    ]
    log = town.log.read_text()
    found += [f"the log says {canary}" for canary in CANARIES if canary in log]
    found += [
        f"the model was told {canary} for Bob"
        for request in town.model.requests
        if "[Bob]" in without_mark(str(request.body))
        for canary in CANARIES
        if canary in str(request.body)
    ]
    return found


async def everybody_tries(town: Town) -> None:
    """Have Bob, who shares Alice's server and another session of hers, and Carol from another server try every way."""
    other_server = town.discord.add_guild("Elsewhere")
    elsewhere = town.discord.add_channel("elsewhere", guild=other_server)
    carol = town.discord.add_person("Carol", guild=other_server)
    cellar = town.discord.add_channel("cellar", restricted=True, people=[town.alice])
    await open_user(town, town.alice, system_msg=SYSTEM)
    town.model.script(match=TEXT, answer=ANSWER)
    hidden = await begin(town, town.alice, cellar, TEXT, name=TITLE)
    await begin(town, town.alice, town.general, "Open question", name="Open")
    await open_user(town, town.alice, system_msg=" ")
    ((session,),) = town.rows(f"SELECT id FROM session WHERE title = '{TITLE}'")
    ((turn,),) = town.rows(f"SELECT id FROM turn WHERE question_id = {hidden.id}")
    await join(town, town.bob, "Open")
    for person, channel in ((town.bob, town.general), (carol, elsewhere), (town.bob, town.bob.direct_messages)):
        panel = await open_user(town, person, channel)
        panel = await press(town, person, panel, "Show public")
        for typed in ("", TITLE, "canary"):
            await done(town, await person.autocomplete(channel, "session", "session", session=typed))
        for asked in (TITLE, str(session), "canary"):
            await open_session(town, person, channel, session=asked)
        for custom_id in (
            f'1["session",{session}]',
            f'1["public?",{session}]',
            f'1["public",{session},true,9]',
            f'1["remove?",{session}]',
            f'1["remove",{session}]',
            f'1["export",{session}]',
            f'1["edit_session",{session}]',
            f'1["stop",{turn}]',
            f'1["retry",{turn}]',
            f'1["continue",{turn}]',
            '1["clear?"]',
        ):
            await done(town, await person.forge(panel, custom_id))
        await town.seen(await person.forge(panel, '1["sessions",0]', str(session)))
        await town.seen(await person.forge(panel, f'1["session_model",{session}]', "gpt-4o"))
        form = [("name", "Mine"), ("system_msg", "")]
        await town.seen(await person.forge_form(panel, f'1["edit_session",{session}]', form))
        await town.set_status(person, "new", channel=channel)
        await replied(town, await person.say(channel, "What was that?", reply_to=town.replies(hidden)[0]))
        await town.answered(await person.say(channel, "Something of my own"))


async def replied(town: Town, question: Any) -> None:
    await town.until(lambda: town.replies(question))


async def test_a_private_session_reaches_nobody_else(town: Town) -> None:
    """Title, question, answer and system message, by panel, menu, autocomplete, export, form, error, log, prompt."""
    await town.start()
    await everybody_tries(town)
    assert leaks(town, town.alice) == []
    assert any(ANSWER in request.text for request in town.discord.requests), "Alice was not answered"


@pytest.mark.parametrize("leak", LEAKS)
async def test_a_deliberate_leak_is_found(town: Town, leak: str) -> None:
    """Else the test above would be worth nothing."""
    await town.start(module=f"tests.conversation.leaky {leak}")
    await everybody_tries(town)
    assert leaks(town, town.alice)
