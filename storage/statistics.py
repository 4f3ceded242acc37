"""What is in a database, in figures: people, sessions, turns, and what was used of which model in which month. Only reads."""

import sqlite3
from pathlib import Path

from msgspec import Struct

from messages.ids import NOBODY
from storage.reading import snapshot


class ModelUse(Struct, frozen=True, kw_only=True):
    """What was used of a model in a month (UTC, such as "2026-11"). `micro_dollars` is the sum of what is known."""

    month: str
    model: str
    requests: int
    input_tokens: int
    output_tokens: int
    pictures: int
    micro_dollars: int
    unpriced_requests: int


class Statistics(Struct, frozen=True, kw_only=True):
    """The figures. `active_30_days` are people who asked something within 30 days."""

    people: int
    active_30_days: int
    sessions: int
    public_sessions: int
    utterances: int
    turns: dict[str, int]
    """How many turns are in each state."""
    files: int
    file_bytes: int
    use: tuple[ModelUse, ...]
    """Newest month first; in a month, the dearest model first."""


def statistics(path: Path, now_s: float) -> Statistics:
    """Return the figures of a database, as of this moment; a bot may run.

    :raises StorageError: it cannot be read
    """
    with snapshot(path) as connection:
        return _read(connection, now_s)


def _read(connection: sqlite3.Connection, now_s: float) -> Statistics:
    def number(sql: str, *values: object) -> int:
        return int(connection.execute(sql, values).fetchone()[0] or 0)

    return Statistics(
        people=number("SELECT count(*) FROM user WHERE discord_user_id != ?", NOBODY),
        active_30_days=number(
            "SELECT count(*) FROM user WHERE discord_user_id != ? AND update_time > ?", NOBODY, now_s - 30 * 86_400
        ),
        sessions=number("SELECT count(*) FROM session WHERE is_removed = 0"),
        public_sessions=number("SELECT count(*) FROM session WHERE is_removed = 0 AND is_public = 1"),
        utterances=number("SELECT count(*) FROM utterance"),
        turns=dict(connection.execute("SELECT state, count(*) FROM turn GROUP BY state ORDER BY state").fetchall()),
        files=number("SELECT count(*) FROM kept_file WHERE is_removed = 0"),
        file_bytes=number("SELECT sum(bytes) FROM kept_file WHERE is_removed = 0"),
        use=tuple(
            ModelUse(
                month=row["month"],
                model=row["model"],
                requests=row["requests"],
                input_tokens=row["input_tokens"],
                output_tokens=row["output_tokens"],
                pictures=row["pictures"],
                micro_dollars=row["micro_dollars"],
                unpriced_requests=row["unpriced"],
            )
            for row in connection.execute(_USE)
        ),
    )


_USE = (
    "SELECT strftime('%Y-%m', time, 'unixepoch') AS month, model, count(*) AS requests, sum(input_tokens) AS input_tokens,"
    " sum(output_tokens) AS output_tokens, sum(pictures) AS pictures, coalesce(sum(micro_dollars), 0) AS micro_dollars,"
    " sum(micro_dollars IS NULL) AS unpriced FROM ledger GROUP BY month, model"
    " ORDER BY month DESC, micro_dollars DESC, requests DESC, model"
)
