"""Measures backups: how long a commit waits while one is made, and how long a restore and the start after it take, at a gigabyte."""

import os
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import anyio
import anyio.to_thread

from actors.recorder import Recorder
from commands.backups import backups_in
from messages.answer import Answer
from messages.turn import TurnTaken
from messages.verbs.acceptance import Accepted
from messages.verbs.turns import BeginAsking, FinishTurn, TakeNextTurn
from messages.verbs.verb import Verb
from models.prices import most_of
from storage.sqlite import SqliteStore, open_store
from storage.store import Store
from tests.bench.figures import Figure
from tests.bench.large import LIMITS, make
from tests.bench.rows import CONTEXT_CHARS, PRICED, USED, Rows
from tests.rig.town import CHECKOUT, town

SCALE: Final = 0.11
FILLED_BYTES: Final = 2_200
"""A ninth of the large database, whose 220,000 utterances have so many more bytes each: a gigabyte."""

WRITERS: Final = 20
TURNS: Final = 100
FIRST: Final = 500_000_000
"""The id of the first of those who write."""


class _Timed:
    """A store that notes how long each transaction took."""

    def __init__(self, store: SqliteStore) -> None:
        self._store = store
        self.took_ms: list[float] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def commit(self, verbs: Sequence[Verb[Any]]) -> list[Any]:
        began_s = time.perf_counter()
        try:
            return self._store.commit(verbs)
        finally:
            self.took_ms.append((time.perf_counter() - began_s) * 1000)


async def measure(seed: int) -> list[Figure]:
    """Twenty sessions are answered a hundred times each, once alone and once beside backups; then the last backup is restored."""
    with tempfile.TemporaryDirectory(prefix="causerie-bench-") as name:
        async with town(Path(name)) as place:
            path = place.data / "causerie.db"
            make(path, scale=SCALE)
            _fill(path)
            os.sync()  # else the first commits wait behind a gigabyte that nobody of a bot's writes at once
            size = path.stat().st_size / 1e9
            alone_ms = await _written(path, seed, None)
            beside_ms = await _written(path, seed, place.environment)
            made = backups_in(place.data / "backups")
            began_s = time.perf_counter()
            await anyio.to_thread.run_sync(run_command, place.environment, "restore", made[0].path.name)
            restored_s = time.perf_counter() - began_s
            await place.start()
            started_s = time.perf_counter() - began_s - restored_s
    alone = f"alone: {max(alone_ms):.0f} ms; {len(beside_ms):,} commits, {len(made)} backups of {size:.2f} GB"
    return [
        Figure("the longest commit while backups are made", max(beside_ms), "ms", 100, bound=alone),
        Figure(
            "restore and start",
            restored_s + started_s,
            "s",
            60,
            bound=f"{size:.2f} GB; the restore {restored_s:.1f} s, the start {started_s:.1f} s",
        ),
    ]


def _fill(path: Path) -> None:
    """Give every utterance a length like that of real answers."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for pragma in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -200000"):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute(
            "UPDATE utterance SET text = text || substr(hex(randomblob(:bytes)), 1, :bytes)", {"bytes": FILLED_BYTES}
        )
        connection.execute("PRAGMA journal_mode = WAL")


async def _written(path: Path, seed: int, beside: dict[str, str] | None) -> list[float]:
    """Have all turns answered, with backups one after the other meanwhile where there is an environment for them; return how long commits took."""
    store = open_store(path, LIMITS)
    rows = Rows.of(store, apart_s=4.0)
    for person in range(FIRST, FIRST + WRITERS):
        rows.meet(person)
    timed = _Timed(store)
    chance = random.Random(seed)
    done = anyio.Event()
    async with anyio.create_task_group() as tasks:
        recorder = Recorder(_as_store(timed))
        tasks.start_soon(recorder.run)
        if beside is not None:
            tasks.start_soon(_back_up_until, done, beside)
        async with anyio.create_task_group() as writers:
            for person in range(FIRST, FIRST + WRITERS):
                writers.start_soon(_answer, recorder, rows, person, chance)
        done.set()
        tasks.cancel_scope.cancel()
    store.close()
    return timed.took_ms


def _as_store(timed: Any) -> Store:
    store: Store = timed
    return store


async def _answer(recorder: Recorder, rows: Rows, person: int, chance: random.Random) -> None:
    for _ in range(TURNS):
        accepted = await recorder.execute(rows.posted(person))
        if not isinstance(accepted, Accepted):
            raise TypeError(accepted)
        taken = await recorder.execute(TakeNextTurn(session=accepted.session))
        if not isinstance(taken, TurnTaken):
            raise TypeError(taken)
        begin = BeginAsking(
            turn=taken.turn,
            attempt=taken.attempt,
            chars=CONTEXT_CHARS,
            most=most_of(PRICED, taken),
            now_s=time.time(),
        )
        await recorder.execute(begin)
        await anyio.sleep(chance.uniform(0.02, 0.2))
        await recorder.execute(
            FinishTurn(
                turn=taken.turn,
                attempt=taken.attempt,
                ending="answered",
                reason="complete",
                answer=Answer(text="Ice and dust, mostly; from beyond Neptune, or from much further away. " * 6),
                usage=USED,
                now_s=time.time(),
            )
        )


async def _back_up_until(done: anyio.Event, environment: dict[str, str]) -> None:
    """Make one backup after the other; the last one ends before this does."""
    with anyio.CancelScope(shield=True):
        while True:
            await anyio.to_thread.run_sync(run_command, environment, "backup")
            if done.is_set():
                return


def run_command(environment: dict[str, str], *arguments: str) -> None:
    command = [sys.executable, "-m", "cli", *arguments]
    subprocess.run(command, cwd=CHECKOUT, env={**os.environ, **environment}, check=True, stdout=subprocess.DEVNULL)
