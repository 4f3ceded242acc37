"""Memory at rest, with many known and many active sessions, and the time that a start takes."""

import asyncio
from typing import Final

from sandbox.discord import Limits
from tests.bench import past, rows
from tests.bench.crowd import ask
from tests.bench.figures import Figure
from tests.bench.stage import Stage, stage

KNOWN: Final = 10_000
ACTIVE: Final = 1000
TURNS: Final = 50
LONG, SHORT = 10_000, 10
SETTLED_S: Final = 2.0
TURNS_MEASURED: Final = 30


async def _settled(made: Stage) -> float:
    await asyncio.sleep(SETTLED_S)
    return made.bot.resident_mb


async def at_rest() -> list[Figure]:
    """An idle process; the same with ten thousand sessions; how long it takes to be ready."""
    async with stage() as made:
        made.seat(10)
        await made.start()
        idle_mb = await _settled(made)
    async with stage() as made:
        made.seat(10)
        past.sessions(made, KNOWN, utterances=4, current=True)
        await made.start()
        known_mb, ready_s = await _settled(made), made.ready_after_s
    return [
        Figure("idle process", idle_mb, "MB", 100),
        Figure("10,000 sessions known, none active: memory over idle", known_mb - idle_mb, "MB", 5),
        Figure("10,000 sessions known: start-up to READY", ready_s, "s", 2),
    ]


async def active() -> list[Figure]:
    """A thousand sessions of fifty turns each, all of them being answered."""
    async with stage(limits=Limits(rate_limits=False), context_tokens=128_000) as made:
        made.seat(ACTIVE)
        past.sessions(made, ACTIVE, utterances=2 * TURNS, current=True)
        await made.start()
        await ask(made, [(made.people[0], made.rooms[0])], tokens=20, tag="warm")
        idle_mb = await _settled(made)
        most_mb = idle_mb

        async def watch() -> None:
            nonlocal most_mb
            while True:
                most_mb = max(most_mb, made.bot.resident_mb)
                await asyncio.sleep(0.1)

        watching = asyncio.create_task(watch())
        # So slow that all of them stream in the same moment, also where something else uses the machine.
        who = list(zip(made.people, made.rooms, strict=True))
        crowd = await ask(made, who, tokens=200, tokens_per_s=2.0, timeout_s=300)
        watching.cancel()
        told = {len(request.dialogue) for request in made.model.requests}
        after_mb = await _settled(made)
    return [
        Figure(
            "1,000 active sessions with 50 turns of history each: memory over idle, at its highest",
            most_mb - idle_mb,
            "MB",
            60,
            bound=f"{crowd.at_once} streamed at once; {crowd.lost} lost; each was told {max(told)} entries; {after_mb - idle_mb:.0f} MB afterwards",
        )
    ]


async def _turn_ms(utterances: int) -> float:
    """Processor time of the whole bot for one turn in a session of that length."""
    async with stage() as made:
        made.seat(1)
        past.sessions(made, 1, utterances=utterances, current=True)
        await made.start()
        who = [(made.people[0], made.rooms[0])]
        await ask(made, who, tokens=20, tag="warm")
        cpu_s = 0.0
        for number in range(TURNS_MEASURED):
            crowd = await ask(made, who, tokens=20, tokens_per_s=1000.0, tag=f"t{number}x")
            cpu_s += crowd.cpu_s
    return 1000 * cpu_s / TURNS_MEASURED


async def long_sessions() -> list[Figure]:
    """A turn costs the same, however much has been said."""
    short_ms, long_ms = await _turn_ms(SHORT), await _turn_ms(LONG)
    rows_ratio = rows.turn_ms(LONG) / rows.turn_ms(SHORT)
    return [
        Figure(
            "a turn in a session with 10,000 utterances against one with 10: the whole bot's processor time",
            long_ms / short_ms,
            "×",
            1.5,
            bound=f"{long_ms:.1f} ms against {short_ms:.1f} ms, with a model of 8,000 tokens",
        ),
        Figure("the same: storage alone, with its fsyncs", rows_ratio, "×", 1.5),
    ]


async def acceptance() -> list[Figure]:
    """Messages that storage takes in a second."""
    return [
        Figure(
            "messages accepted in a second, `synchronous=FULL`, 64 in flight",
            await rows.accepted_per_s(),
            "/s",
            3000,
            at="least",
        )
    ]
