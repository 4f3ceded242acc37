"""Measures storage on a large database beside an empty one: 10,000 people, 100,000 sessions, 1,000,000 turns, 2,000,000 utterances."""

import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from messages.ids import SessionId, snowflake_at
from messages.verbs.notes import PendingNotes
from messages.verbs.recovery import Recover, WaitingSessions
from messages.verbs.replies import PendingOutcomes
from messages.verbs.sessions import EraseRemoved, RemoveSession, SetSession
from messages.verbs.users import ClearSessions, FindSessions, SetUser
from messages.verbs.verb import Verb
from storage.limits import Limits
from storage.sqlite import SqliteStore, open_store
from tests.bench.figures import Figure
from tests.bench.rows import Rows

PEOPLE: Final = 10_000
SESSIONS: Final = 100_000
TURNS: Final = 1_000_000
SERVERS: Final = 20
LIMITS: Final = Limits(default_model="gpt-4o-mini", queue_cap=1_000_000)
NEWCOMER: Final = 987_654_321
HEAVY: Final = 1
"""This person has a tenth of all sessions, and this person's first session has a hundredth of all turns."""

DAY_S: Final = 86_400.0

OF_HEAVY: Final = "/user of somebody with very many sessions"

_ROWS: Final = (
    """
    INSERT INTO user (discord_user_id, name, create_time, update_time, modify_time, status, max_token, show_public)
    SELECT n, 'Person ' || n, :now, :now, :now, 'activate', 500, n % 2 FROM numbers WHERE n <= :people
    """,
    """
    INSERT INTO channel (id, last_message, guild)
    SELECT n, :first + (n << 22), iif(n % 10 = 0, NULL, 1 + n % :servers) FROM numbers WHERE n <= :people
    """,
    """
    INSERT INTO session (id, creator, origin_guild, model, title, create_time, update_time, modify_time, is_public, is_removed)
    SELECT n * 100, iif(n % 10 = 1, :heavy, 1 + (n * 7919) % :people), iif(n % 10 = 0, NULL, 1 + n % :servers), 'gpt-4o-mini',
        'Comets and their tails ' || n, :now - (:sessions - n) * :session_s, :now - (:sessions - n) * :session_s, :now, n % 5 = 1, n % 50 = 7
    FROM numbers WHERE n <= :sessions
    """,
    """
    INSERT INTO turn (id, cause, kind, root, session, asker, asker_name, channel_id, guild, reply_to, question_id, question, state,
        reason, attempt, draft, asked, input_tokens, output_tokens, micro_dollars, create_time, end_time)
    SELECT n * 100, :first + n * :apart, 'question', n * 100, s * 100, iif(s % 10 = 1, :heavy, 1 + (s * 7919) % :people), 'Somebody',
        1 + s % :people, iif(s % 10 = 0, NULL, 1 + s % :servers), :first + n * :apart, :first + n * :apart,
        'What is comet ' || n || ' made of, and where does it come from?',
        'delivered', 'complete', 1, :answer, 1, 100, 200, 1000, :now - (:turns - n) * :turn_s, :now - (:turns - n) * :turn_s
    FROM (
        SELECT n, iif(n % 100 = 0, 1, 1 + iif(:in_order, (n - 1) * :sessions / :turns, n % :sessions)) AS s
        FROM numbers WHERE n <= :turns
    )
    """,
    """
    INSERT INTO reply (message_id, turn, part) SELECT cause + 1, id, 0 FROM turn
    """,
    """
    INSERT INTO utterance (session, position, role, author_id, author_name, text, cut, turn)
    SELECT session, 2 * (row_number() OVER (PARTITION BY session ORDER BY cause) - 1), 'user', asker, 'Somebody', question, 0, id
    FROM turn ORDER BY session, cause
    """,
    """
    INSERT INTO utterance (session, position, role, author_id, author_name, text, cut, turn)
    SELECT session, position + 1, 'assistant', NULL, '', :answer, 0, turn FROM utterance WHERE role = 'user' ORDER BY session, position
    """,
    """
    INSERT INTO ledger (time, turn, attempt, purpose, session, asker, guild, model, input_tokens, output_tokens, micro_dollars)
    SELECT end_time, id, 1, 'answer', session, asker, guild, 'gpt-4o-mini', input_tokens, output_tokens, micro_dollars FROM turn
    """,
    """
    INSERT INTO spent (scope, id, day, tokens, micro_dollars, is_unpriced)
    SELECT 'user', asker, CAST(time / 86400 AS INTEGER), sum(input_tokens + output_tokens), sum(micro_dollars), 0 FROM ledger GROUP BY 2, 3
    """,
    """
    INSERT INTO spent (scope, id, day, tokens, micro_dollars, is_unpriced)
    SELECT 'all', 0, CAST(time / 86400 AS INTEGER), sum(input_tokens + output_tokens), sum(micro_dollars), 0 FROM ledger GROUP BY 3
    """,
    """
    INSERT INTO spent (scope, id, day, tokens, micro_dollars, is_unpriced)
    SELECT 'server', guild, CAST(time / 86400 AS INTEGER), sum(input_tokens + output_tokens), sum(micro_dollars), 0 FROM ledger
    WHERE guild IS NOT NULL GROUP BY 2, 3
    """,
    "INSERT INTO member (guild, user, roles) SELECT 1 + discord_user_id % :servers, discord_user_id, '[1]' FROM user",
    "UPDATE user SET current_session = (SELECT max(id) FROM session WHERE creator = discord_user_id AND is_removed = 0)",
)


ANSWER: Final = "Ice and dust, mostly; from beyond Neptune, or from much further away. "


def make(
    path: Path, *, scale: float = 1.0, turns: int = TURNS, days: float | None = None, answer: str = ANSWER
) -> None:
    """Make the large database by straight SQL; `scale` makes a smaller one of the same shape.

    :param days: over so many days it was all said, one session after the other; without them at once, by turns in all sessions
    """
    age_s = 10 * 365 * DAY_S if days is None else days * DAY_S
    apart = 1000 if days is None else (int(age_s * 1000) << 22) // turns
    open_store(path, Limits(default_model="gpt-4o-mini")).close()
    values = {
        "people": int(PEOPLE * scale),
        "sessions": int(SESSIONS * scale),
        "turns": int(turns * scale),
        "servers": SERVERS,
        "heavy": HEAVY,
        "now": time.time(),
        "first": snowflake_at(time.time() - age_s),
        "apart": apart,
        "turn_s": 1.0 if days is None else age_s / turns,
        "session_s": 1.0 if days is None else age_s / SESSIONS,
        "in_order": days is not None,
        "answer": answer,
    }
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for pragma in ("synchronous = OFF", "cache_size = -200000", "foreign_keys = OFF", "temp_store = MEMORY"):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute("CREATE TEMP TABLE numbers (n INTEGER PRIMARY KEY)")
        connection.execute(
            "INSERT INTO numbers WITH RECURSIVE up (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM up WHERE n < :turns)"
            " SELECT n FROM up",
            values,
        )
        connection.execute("BEGIN")
        for rows in _ROWS:
            connection.execute(rows, values)
        connection.execute("COMMIT")


async def measure() -> list[Figure]:
    """Make the large database and a small one of the same shape, and measure the same verbs on both."""
    with tempfile.TemporaryDirectory(prefix="causerie-bench-") as name:
        folders = {size: Path(name) / size / "causerie.db" for size in ("large", "small")}
        began_s = time.perf_counter()
        make(folders["large"])
        made_s = time.perf_counter() - began_s
        make(folders["small"], scale=0.001)
        small, great = (_costs_ms(folders[size]) for size in ("small", "large"))
        removals = _removals_ms(folders["large"])
    return [
        Figure("making the large database", made_s, "s", 120),
        *(
            Figure(
                f"{verb}, large beside small", great[verb] / small[verb], "times", 1.5, bound=f"{great[verb]:.2f} ms"
            )
            for verb in small
        ),
        *(
            Figure(f"{what}: longest commit", longest, "ms", 100, bound=f"{n:,} commits")
            for what, longest, n in removals
        ),
    ]


def _costs_ms(path: Path) -> dict[str, float]:
    """Return the median cost of each verb, with its fsync where it writes."""
    began_s = time.perf_counter()
    store = open_store(path, LIMITS)
    store.perform(Recover(now_s=time.time()))
    store.commit([WaitingSessions(), PendingOutcomes(limit=200), PendingNotes()])
    costs = {"start": (time.perf_counter() - began_s) * 1000}
    rows = Rows.of(store, apart_s=4.0)
    for person in (NEWCOMER, HEAVY):
        rows.meet(person)
    verbs: dict[str, Callable[[], Verb[Any]]] = {
        "acceptance": lambda: rows.posted(NEWCOMER),
        "/user": lambda: SetUser(by=rows.by(NEWCOMER), now_s=time.time()),
        OF_HEAVY: lambda: SetUser(by=rows.by(HEAVY), now_s=time.time()),
        "/session": lambda: SetSession(by=rows.by(NEWCOMER), now_s=time.time()),
        "autocomplete": lambda: FindSessions(by=rows.by(NEWCOMER), typed="comet"),
        "removal": lambda: RemoveSession(by=rows.by(NEWCOMER), session=_newest(store), now_s=time.time()),
    }
    for name, verb in verbs.items():
        took_ms = []
        for _ in range(15 if name == "removal" else 50):
            if name == "removal":
                store.perform(SetUser(by=rows.by(NEWCOMER), now_s=time.time(), status="new", attach=False))
                store.perform(rows.posted(NEWCOMER))
            took_ms.append(_ms(store, verb()))
        costs[name] = statistics.median(took_ms)
    store.close()
    return costs


def _removals_ms(path: Path) -> list[tuple[str, float, int]]:
    """Return the longest commit, and how many there are, of removing a very long session, and of clearing very many."""
    store = open_store(path, LIMITS)
    rows = Rows.of(store, apart_s=4.0)
    found = []
    took_ms = [_ms(store, RemoveSession(by=rows.by(HEAVY), session=SessionId(100), now_s=time.time()))]
    took_ms += _erased_ms(store)
    found.append(("removing a session of 10,000 turns", max(took_ms), len(took_ms)))
    took_ms = []
    while True:
        verb = ClearSessions(by=rows.by(HEAVY), newest=_newest(store), now_s=time.time())
        began_s = time.perf_counter()
        cleared = store.perform(verb)
        took_ms.append((time.perf_counter() - began_s) * 1000)
        if not cleared.are_more:
            break
    took_ms += _erased_ms(store)
    found.append(("clearing 10,000 sessions", max(took_ms), len(took_ms)))
    store.close()
    return found


def _erased_ms(store: SqliteStore) -> list[float]:
    took_ms = []
    are_more = True
    while are_more:
        began_s = time.perf_counter()
        are_more = store.perform(EraseRemoved())
        took_ms.append((time.perf_counter() - began_s) * 1000)
    return took_ms


def _newest(store: SqliteStore) -> SessionId:
    return SessionId(store._connection.execute("SELECT max(id) FROM session").fetchone()[0])


def _ms(store: SqliteStore, verb: Verb[Any]) -> float:
    began_s = time.perf_counter()
    store.perform(verb)
    return (time.perf_counter() - began_s) * 1000
