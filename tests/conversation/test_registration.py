"""Discord is told the commands when they are others than it has, and only then."""

import json

from tests.conversation.started import answers
from tests.rig.town import Town

PUT = "PUT /applications/{application}/commands"
GET = "GET /applications/{application}/commands"


async def _looks(town: Town, times: int) -> None:
    """Wait until the bot has compared its commands with Discord's for the n-th time, and said what came of it."""
    await town.until(lambda: town.log.read_text().count("event='commands.registered'") == times)


def _registered(town: Town) -> int:
    """Return how often Discord has taken commands."""
    return sum(request.route == PUT and request.status == 200 for request in town.discord.requests)


async def test_a_second_start_registers_nothing(town: Town) -> None:
    """Until something has changed: here a command, that of budgets; a kill changes nothing."""
    await town.start()
    await _looks(town, 1)
    assert _registered(town) == 1
    versions = [command["version"] for command in town.discord.commands]
    await town.kill()
    await town.start()
    await _looks(town, 2)
    await town.stop()
    assert _registered(town) == 1
    assert [command["version"] for command in town.discord.commands] == versions
    with town.config.open("a") as config:
        config.write('\n[[budgets]]\nscope = "user"\nperiod = "day"\ntokens = 100_000\n')
    await town.start()
    await _looks(town, 3)
    assert _registered(town) == 2
    assert "budget" in [command["name"] for command in town.discord.commands]


async def test_what_somebody_else_has_changed_is_put_right(town: Town) -> None:
    """Another program with the same token has removed a command, added one, or said something else in it."""
    await town.start()
    await _looks(town, 1)
    own = json.loads(json.dumps(town.discord.commands))
    session = next(command for command in own if command["name"] == "session")
    changed = [
        own[:-1],
        [*own, {**session, "name": "joke", "id": "1"}],
        [{**one, "description": "A joke"} if one is session else one for one in own],
        [{**one, "options": one["options"][::-1]} if one is session else one for one in own],
    ]
    for number, commands in enumerate(changed, start=2):
        await town.stop()
        town.discord.world.commands = commands
        await town.start()
        await _looks(town, number)
        assert _registered(town) == number
    assert {command["name"] for command in town.discord.commands} == {command["name"] for command in own}


async def test_it_is_tried_again_until_discord_has_them(town: Town) -> None:
    """Also where the list of what it has does not come."""
    town.discord.fault("GET /applications/.*/commands", status=503)
    town.discord.fault("PUT /applications/.*/commands", status=503)
    await town.start()
    await town.until(lambda: "event='commands.registered'" in town.log.read_text())
    assert (town.discord.counts()[GET], town.discord.counts()[PUT]) == (3, 2)


async def test_an_answer_that_cannot_be_read_neither_ends_the_bot_nor_counts_as_the_same(town: Town) -> None:
    """A command of a kind that is not known yet, or what is no list at all."""
    await town.start()
    await _looks(town, 1)
    for number, body in enumerate(([{"id": "1", "type": 1}], {"message": "no list"}), start=2):
        await town.stop()
        town.discord.fault("GET /applications/.*/commands", status=200, body=body)
        town.discord.fault("PUT /applications/.*/commands", status=200, body=body)
        await town.start()
        await _looks(town, number)
        assert _registered(town) == number
        await answers(town)
