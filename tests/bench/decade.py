"""Measures ten years of a busy bot: 10,000 people, 100,000 sessions, 5,000,000 utterances, over ten years, in one file.

It takes some ten minutes, and 10 GB of disk for as long.
"""

import os
import random
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path
from typing import Any, Final, get_args

import anyio
import anyio.to_thread
from msgspec.structs import replace

from messages.admin_presses import AdminTab
from messages.budget import Budget
from messages.ids import UserId
from messages.verbs.admin import ReadAdmin
from messages.verbs.forgetting import ReadBelongings
from messages.verbs.model_usage import ReadUsage
from messages.verbs.person_data import CollectPersonData, Cursor
from messages.verbs.recovery import ParkSession
from messages.verbs.sessions import SetSession
from messages.verbs.users import FindSessions, SetUser
from messages.verbs.verb import Verb
from storage import forget_requests
from storage.permissions import Permissions
from storage.sqlite import SqliteStore, open_store
from tests.bench import large
from tests.bench.backups import run_command
from tests.bench.figures import Figure
from tests.bench.rows import Rows
from tests.rig.town import Town, town

TURNS: Final = 2_500_000
DAYS: Final = 3_650
ANSWER: Final = large.ANSWER * 5

ADMIN: Final = UserId(2)
LIMITS: Final = replace(
    large.LIMITS,
    permissions=Permissions(admins=frozenset({ADMIN})),
    budgets=(
        Budget(scope="user", period="month", tokens=10**12),
        Budget(scope="server", period="month", tokens=10**12),
        Budget(scope="all", period="month", micro_dollars=10**12),
    ),
)
TIMES: Final = 100
"""So often each verb is measured, each time for another person."""

PANEL_MS: Final = 20.0
"""What one panel may take of the writer's time; Discord waits for three seconds, and everybody waits for the one writer."""

COMMIT_MS: Final = 100.0
BACKUP_S: Final = 600.0
START_S: Final = 10.0
FORGET_S: Final = 60.0
FORGET_S_MAX: Final = 900.0
"""For so long it is waited at most."""

PAUSE_S: Final = 0.05
"""Between two commits beside the backup."""


async def measure(seed: int) -> list[Figure]:
    """Make the file, and measure the start, panels, acceptance, a backup and forgetting, with the real code or the real process."""
    with tempfile.TemporaryDirectory(prefix="causerie-bench-", ignore_cleanup_errors=True) as name:
        async with town(Path(name)) as place:
            place.variables["TZ"] = (
                "UTC"  # a variable of its own, so that each start is a new process that loads everything
            )
            empty_s = await _start_s(place)
            shutil.rmtree(place.data)
            path = place.data / "causerie.db"
            began_s = time.perf_counter()
            large.make(path, turns=TURNS, days=DAYS, answer=ANSWER)
            os.sync()  # else the first commits wait behind what nobody of a bot's writes at once
            made_s = time.perf_counter() - began_s
            size = path.stat().st_size / 1e9
            started_s = await _start_s(place)
            verbs = _verbs(path, random.Random(seed))
            backup = await _backup(path, place.environment, size)
            await place.start()
            forgotten = [
                await _forgotten(place, person, whose)
                for person, whose in (
                    (5_001, "one of 10,000 people"),
                    (large.HEAVY, "whoever has a tenth of everything"),
                )
            ]
            await place.stop()
    return [
        Figure("making ten years", made_s, "s", 600, bound=f"{size:.2f} GB"),
        Figure("start until connected", started_s, "s", START_S, bound=f"{empty_s:.1f} s with an empty database"),
        *verbs,
        *backup,
        *forgotten,
    ]


async def _start_s(place: Town) -> float:
    began_s = time.perf_counter()
    await place.start()
    took_s = time.perf_counter() - began_s
    await place.stop()
    return took_s


def _verbs(path: Path, chance: random.Random) -> list[Figure]:
    """Measure each verb of a hot path, with what makes it durable where it writes."""
    with closing(open_store(path, LIMITS)) as store:
        rows = Rows.of(store, apart_s=0.05)
        for session in store._connection.execute("SELECT id FROM session WHERE is_removed = 0 LIMIT 20").fetchall():
            store.perform(ParkSession(session=session[0], until_s=time.time() + 3600, now_s=time.time()))
        people = chance.sample(range(3, large.PEOPLE), TIMES)
        last = store.perform(ReadUsage(after=None)).last
        figures = [
            _figure(store, name, (make(person) for person in people)) for name, make in _panels(rows, last).items()
        ]
        figures += [
            _figure(store, f"{name} of somebody with 10,000 sessions", (make(large.HEAVY) for _ in people))
            for name, make in _panels(rows, last).items()
            if name.startswith(("`/", "auto"))
        ]
        figures += [_figure(store, f"`/causerie`, {tab}", _admins(rows, tab)) for tab in get_args(AdminTab)]
        figures.append(_figure(store, "a page of the export of whoever has a tenth of everything", _pages(store)))
        # The bot's process shall have nothing to do: nobody waits for these answers.
        store._connection.execute("DELETE FROM turn WHERE state = 'queued'")
    return figures


def _panels(rows: Rows, last: int) -> dict[str, Callable[[int], Verb[Any]]]:
    return {
        "`/user`": lambda person: SetUser(by=rows.by(person), now_s=time.time()),
        "`/session`": lambda person: SetSession(by=rows.by(person), now_s=time.time()),
        "`/privacy`": lambda person: ReadBelongings(by=rows.by(person)),
        "autocomplete": lambda person: FindSessions(by=rows.by(person), typed="tails"),
        "acceptance": rows.posted,
        "metrics": lambda _person: ReadUsage(after=last - 100),
    }


def _admins(rows: Rows, tab: AdminTab) -> Iterable[Verb[Any]]:
    for _ in range(TIMES):
        yield ReadAdmin(by=rows.by(ADMIN), tab=tab, page=0, now_s=time.time())


def _pages(store: SqliteStore) -> Iterable[Verb[Any]]:
    """Yield the verbs that read pages of an export, from everywhere in it."""
    for part in range(6):
        at: Cursor | None = Cursor(part)
        for _ in range(TIMES // 5):
            if at is not None:
                yield CollectPersonData(person=UserId(large.HEAVY), at=at)
                at = store.perform(CollectPersonData(person=UserId(large.HEAVY), at=at)).next


def _figure(store: SqliteStore, name: str, verbs: Iterable[Verb[Any]]) -> Figure:
    took_ms = []
    for verb in verbs:
        began_s = time.perf_counter()
        store.perform(verb)
        took_ms.append((time.perf_counter() - began_s) * 1000)
    return Figure(
        name, statistics.median(took_ms), "ms", PANEL_MS, bound=f"longest of {len(took_ms)}: {max(took_ms):.1f} ms"
    )


async def _backup(path: Path, environment: dict[str, str], size: float) -> list[Figure]:
    """Make a backup, and commit something every moment meanwhile."""
    took_ms: list[float] = []
    with closing(open_store(path, LIMITS)) as store:
        rows = Rows.of(store, apart_s=0.05)
        done = anyio.Event()

        async def commit() -> None:
            while not done.is_set():
                began_s = time.perf_counter()
                store.perform(SetUser(by=rows.by(ADMIN), now_s=time.time(), max_token=500 + len(took_ms) % 2))
                took_ms.append((time.perf_counter() - began_s) * 1000)
                await anyio.sleep(PAUSE_S)

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(commit)
            began_s = time.perf_counter()
            await anyio.to_thread.run_sync(run_command, environment, "backup")
            backed_up_s = time.perf_counter() - began_s
            done.set()
    return [
        Figure("a backup, looked through", backed_up_s, "s", BACKUP_S, bound=f"{size:.2f} GB"),
        Figure("the longest commit meanwhile", max(took_ms), "ms", COMMIT_MS, bound=f"{len(took_ms):,} commits"),
    ]


async def _forgotten(place: Town, person: int, whose: str) -> Figure:
    """Have the running bot forget a person, until nothing of them lies in its files."""
    sql = f"SELECT (SELECT count(*) FROM turn WHERE asker = {person}), (SELECT count(*) FROM session WHERE creator = {person})"
    ((turns, sessions),) = place.rows(sql)
    began_s = time.perf_counter()
    forget_requests.ask(place.data, person)
    with anyio.move_on_after(FORGET_S_MAX):
        while forget_requests.state(place.data, person) != "done":
            await anyio.sleep(0.1)
    took_s = time.perf_counter() - began_s
    if place.rows(sql) != [(0, 0)]:
        took_s = float("nan")
    return Figure(f"*Forget me*: {whose}", took_s, "s", FORGET_S, bound=f"{turns:,} questions, {sessions:,} sessions")
