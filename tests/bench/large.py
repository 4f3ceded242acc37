"""Measures storage on a large database beside an empty one: 10,000 people, 100,000 sessions, 1,000,000 turns, 2,000,000 utterances."""

import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Final

from messages.ids import snowflake_at
from storage.limits import Limits
from storage.sqlite import open_store

PEOPLE: Final = 10_000
SESSIONS: Final = 100_000
TURNS: Final = 1_000_000
SERVERS: Final = 20
HEAVY: Final = 1
"""This person has a tenth of all sessions, and this person's first session has a hundredth of all turns."""

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
        'Comets and their tails ' || n, :now - :sessions + n, :now - :sessions + n, :now, n % 5 = 1, n % 50 = 7
    FROM numbers WHERE n <= :sessions
    """,
    """
    INSERT INTO turn (id, cause, kind, root, session, asker, asker_name, channel_id, guild, reply_to, question_id, question, state,
        reason, attempt, draft, asked, input_tokens, output_tokens, cost, create_time, end_time)
    SELECT n * 100, :first + n * 1000, 'question', n * 100, s * 100, iif(s % 10 = 1, :heavy, 1 + (s * 7919) % :people), 'Somebody',
        1 + s % :people, iif(s % 10 = 0, NULL, 1 + s % :servers), :first + n * 1000, :first + n * 1000,
        'What is comet ' || n || ' made of, and where does it come from?',
        'delivered', 'complete', 1, 'Ice and dust, mostly; from beyond Neptune, or from much further away. ', 1,
        100, 200, 0.001, :now - 1000000 + n, :now - 1000000 + n
    FROM (SELECT n, iif(n % 100 = 0, 1, 1 + n % :sessions) AS s FROM numbers WHERE n <= :turns)
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
    SELECT session, position + 1, 'assistant', NULL, '', 'Ice and dust, mostly; from beyond Neptune, or from much further away. ',
        0, turn FROM utterance WHERE role = 'user' ORDER BY session, position
    """,
    "UPDATE user SET current_session = (SELECT max(id) FROM session WHERE creator = discord_user_id AND is_removed = 0)",
)


def make(path: Path, *, scale: float = 1.0) -> None:
    """Make the large database by straight SQL; `scale` makes a smaller one of the same shape."""
    open_store(path, Limits(default_model="gpt-4o-mini")).close()
    values = {
        "people": int(PEOPLE * scale),
        "sessions": int(SESSIONS * scale),
        "turns": int(TURNS * scale),
        "servers": SERVERS,
        "heavy": HEAVY,
        "now": time.time(),
        "first": snowflake_at(time.time() - 10 * 365 * 86_400.0),
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
