"""Many ask at once: what is lost, when the last text stands, how soon a few are answered, what an answer costs."""

import asyncio
import random
import time
from typing import Final

from sandbox.discord import Limits
from tests.bench.crowd import Crowd, ask, percentile
from tests.bench.figures import Figure
from tests.bench.stage import Stage, stage

TOKENS: Final = 200
TOKENS_PER_S: Final = 50.0
MODEL_S: Final = TOKENS / TOKENS_PER_S
DISCORDS_PER_S: Final = 50
"""Discord: Rate Limits, Global."""

FEW: Final = 10
ROUNDS: Final = 5
MANY_STREAMS: Final = 1000
SLOW_TOKENS_PER_S: Final = 10.0
"""A thousand times ten tokens a second: as many as two hundred fast answers have."""
SETTLED_S: Final = 1.0


async def warm(made: Stage) -> None:
    """The first answer of a process loads what is never loaded again."""
    await ask(made, [(made.people[0], made.rooms[0])], tokens=20, tag="warm")
    await asyncio.sleep(SETTLED_S)


async def crowd_of(people: int, *, limits: Limits | None = None) -> Crowd:
    """Have `people` ask at the same time, each in a channel of their own."""
    async with stage(limits=limits) as made:
        made.seat(people)
        await made.start()
        await warm(made)
        return await ask(
            made, list(zip(made.people, made.rooms, strict=True)), tokens=TOKENS, tokens_per_s=TOKENS_PER_S
        )


async def two_hundred() -> list[Figure]:
    """Measure 200 questions that are asked at once."""
    people = 200
    crowd = await crowd_of(people)
    final_s, done_s = MODEL_S + people / DISCORDS_PER_S, MODEL_S + 2 * people / DISCORDS_PER_S
    return [
        Figure("200 at once: answers lost", crowd.lost, "", 0),
        Figure("200 at once: requests answered 429", crowd.too_many, "", 0),
        Figure(
            "200 at once: until the last final text, against the bound",
            crowd.last("final_text_s") / final_s,
            "×",
            1.10,
            bound=f"{final_s:.1f} s: the model's {MODEL_S:.0f} s and one request an answer; took {crowd.last('final_text_s'):.2f} s",
        ),
        Figure(
            "200 at once: until the last 👌, against the bound",
            crowd.last("done_s") / done_s,
            "×",
            1.15,
            bound=f"{done_s:.1f} s: two requests an answer; took {crowd.last('done_s'):.2f} s",
        ),
        Figure("200 at once: slowest first text, against the median", crowd.slowest_by_median, "×", 3),
        Figure(
            "200 at once: processor time an answer",
            1000 * crowd.cpu_s / people,
            "ms",
            15,
            bound=f"{crowd.requests / people:.1f} requests an answer",
        ),
    ]


async def a_few() -> list[Figure]:
    """Measure ten questions at once, repeatedly."""
    first, final, cpu_s, lost, requests = list[float](), list[float](), 0.0, 0, 0
    async with stage() as made:
        made.seat(FEW)
        await made.start()
        await warm(made)
        for number in range(ROUNDS):
            crowd = await ask(
                made,
                list(zip(made.people, made.rooms, strict=True)),
                tokens=TOKENS,
                tokens_per_s=TOKENS_PER_S,
                first_token_after_s=0.3,
                tag=f"few{number}x",
            )
            first += crowd.waits("spoke_s", "first_text_s")
            final += crowd.waits("model_ended_s", "final_text_s")
            cpu_s, lost, requests = cpu_s + crowd.cpu_s, lost + crowd.lost, requests + crowd.requests
            await asyncio.sleep(6.0)  # the channels' buckets fill again
    answers = FEW * ROUNDS
    return [
        Figure("10 at once: answers lost", lost, "", 0),
        Figure(
            "10 at once: first text after the model's first token, p95", 1000 * percentile(sorted(first), 95), "ms", 150
        ),
        Figure("10 at once: final text after the model's end, p95", 1000 * percentile(sorted(final), 95), "ms", 250),
        Figure(
            "10 at once: processor time an answer",
            1000 * cpu_s / answers,
            "ms",
            25,
            bound=f"{requests / answers:.1f} requests an answer",
        ),
    ]


async def a_thousand() -> list[Figure]:
    """A thousand streams; Discord's limits are off, so that the process is what limits."""
    async with stage(limits=Limits(rate_limits=False), requests_per_s=200) as made:
        made.seat(MANY_STREAMS)
        await made.start()
        await warm(made)
        probing = asyncio.create_task(made.note_lags())
        crowd = await ask(
            made,
            list(zip(made.people, made.rooms, strict=True)),
            tokens=TOKENS,
            tokens_per_s=SLOW_TOKENS_PER_S,
        )
        probing.cancel()
        await asyncio.wait([probing])
        found = sorted(made.lags_s)
    return [
        Figure("1,000 streams, limits off: answers lost", crowd.lost, "", 0),
        Figure(
            "1,000 streams, limits off: the event loop's answer to a heartbeat request, p99",
            1000 * percentile(found, 99),
            "ms",
            100,
            bound=f"{len(found)} asked; median {1000 * percentile(found, 50):.1f} ms, most {1000 * found[-1]:.0f} ms"
            if found
            else "",
        ),
    ]


async def interactions_under_load(seed: int) -> list[Figure]:
    """While two hundred answers stream, others use `/user`."""
    people, others = 200, 20
    rng = random.Random(seed)
    async with stage() as made:
        made.seat(people + others)
        await made.start()
        await warm(made)
        who = list(zip(made.people, made.rooms, strict=True))
        used: dict[int, float] = {}

        async def use(number: int) -> None:
            person, room = who[people + number]
            for _ in range(10):
                await asyncio.sleep(rng.uniform(0.2, 1.2))
                began_s = time.monotonic()
                interaction = await person.command(room, "user")
                used[interaction.id] = began_s
                await interaction.answered(10)

        async with asyncio.TaskGroup() as using:
            asking = using.create_task(ask(made, who[:people], tokens=TOKENS, tokens_per_s=TOKENS_PER_S))
            for number in range(others):
                using.create_task(use(number))
        crowd = asking.result()
        waits = [
            request.at_s - used[int(request.path.split("/")[2])]
            for request in made.discord.requests
            if request.path.startswith("/interactions/")
        ]
    waits.sort()
    return [
        Figure(
            "interactions while 200 answer: answered or deferred after, p99", 1000 * percentile(waits, 99), "ms", 500
        ),
        Figure("interactions while 200 answer: slowest", 1000 * percentile(waits, 100), "ms", 2500),
        Figure("interactions while 200 answer: answers lost", crowd.lost, "", 0),
    ]


async def fairness() -> list[Figure]:
    """One person has asked a hundred questions; another asks the first."""
    async with stage() as made:
        made.seat(101)
        await made.start()
        await warm(made)
        alone = await ask(made, [(made.people[100], made.rooms[100])], tokens=TOKENS, tag="alone")
        busy = made.people[0]
        flood = asyncio.create_task(ask(made, [(busy, room) for room in made.rooms[:100]], tokens=TOKENS, tag="flood"))
        await asyncio.sleep(1.0)
        beside = await ask(made, [(made.people[100], made.rooms[100])], tokens=TOKENS, tag="beside")
        lost = (await flood).lost
    wait, before = beside.waits("spoke_s", "first_text_s")[0], alone.waits("spoke_s", "first_text_s")[0]
    return [
        Figure(
            "one person's first text while another waits for a hundred answers",
            1000 * wait,
            "ms",
            150,
            bound=f"alone: {1000 * before:.0f} ms; of the flood {lost} were lost",
        )
    ]
