"""What the real bot writes into its log while everything fails at once."""

import re
from datetime import datetime

import anyio

from service.log_flood import LINES_PER_S
from tests.rig.town import Town
from tests.service.test_log_flood import most_within_a_second


async def test_a_storm_of_the_bot_writes_ten_lines_a_second_and_says_how_many_more_there_were(town: Town) -> None:
    """Forty people ask a model whose answers break: each turn has several lines to say."""
    people = [town.discord.add_person(f"Person {number}") for number in range(40)]
    channels = [town.discord.add_channel(f"room-{number}") for number in range(40)]
    await town.start()
    for person, channel in zip(people, channels, strict=True):
        await town.set_status(person, "new", channel=channel)
    town.model.script(answer="A comet is a ball of ice.", cut_after=5)
    async with anyio.create_task_group() as tasks:
        for person, channel in zip(people, channels, strict=True):
            tasks.start_soon(person.say, channel, "What is a comet?")
    await town.until(lambda: len(town.model.requests) >= 80, timeout_s=60)
    await town.until(lambda: town.rows("SELECT count(*) FROM turn WHERE state = 'interrupted'") == [(40,)], 60)
    assert await town.stop() == 0
    lines = town.log.read_text().splitlines()
    times = [datetime.fromisoformat(line.split("'")[1]).timestamp() for line in lines]
    # Each line has the time when it was asked for; a summary has that of its writing.
    assert most_within_a_second(sorted(times)) <= LINES_PER_S
    summarized = [int(found) for line in lines if (found := _summarized(line))]
    broken = sum("model.stream_broke" in line and "log.flood" not in line for line in lines)
    assert summarized
    assert broken + sum(int(n) for n in re.findall(r"'model\.stream_broke': (\d+)", "\n".join(lines))) == 80


def _summarized(line: str) -> str:
    found = re.search(r"event='log\.flood' lines=(\d+)", line)
    return found[1] if found else ""
