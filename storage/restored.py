"""What a restored database must know of the time after its backup, so that nothing is answered, shown or counted a second time.

The database that it replaces says that, where it can be read and is of the same life: it has seen at least what the backup has. Then

* each channel is read on from where the replaced one had read it: what came later was answered by nobody;
* a turn that was unfinished in the backup goes on only if the replaced database has it in the very same state. Otherwise
  something was done about it since, and it ends without a word: whatever it came to stands in Discord;
* the same holds for notes that are to be sent, and for answers that are to be read aloud;
* what Discord counts by day, and which interactions have acted, is carried over; ids that were given are not given again.

Without such a database nothing is known of the time between, so every message from before the restore counts as answered, and every
unfinished turn as finished.
"""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from msgspec import Struct

from messages.ids import snowflake_at
from storage.files import open_to_read
from storage.forgotten_again import has_column

_UNFINISHED: Final = (
    "SELECT id, cause, state, attempt, owed FROM turn WHERE state = 'queued'"
    " UNION ALL SELECT id, cause, state, attempt, owed FROM turn WHERE state = 'streaming'"
    " UNION ALL SELECT id, cause, state, attempt, owed FROM turn WHERE owed = 1"
)
_NOTES: Final = "SELECT id, person, create_time FROM note WHERE told_time IS NULL"
_SPEECH: Final = "SELECT turn, state, tries FROM speech WHERE state != 'sent'"
_NUMBERED: Final = ("session", "turn", "note")
"""The tables whose ids Discord shows in buttons, or remembers otherwise."""

IDS_LEFT_OUT: Final = 2**40
"""How many ids are never given where nobody knows which were: those of some ten million turns, as ids grow by about 100,000."""


class Since(Struct, frozen=True, kw_only=True):
    """What the replaced database says of the time after the backup. Rows are as the statements above have them."""

    newest: int
    """The newest message that it had seen, anywhere."""
    channels: list[tuple[int, int, int | None, str]]
    """Of each channel the last message that was seen, its server, and the channels that contain it."""
    unfinished: frozenset[tuple[Any, ...]]
    notes: frozenset[tuple[Any, ...]]
    speech: frozenset[tuple[Any, ...]]
    identified: list[tuple[float]]
    interactions: list[tuple[int]]
    ids: dict[str, int]


class Adapted(Struct, frozen=True, kw_only=True):
    """What was done to a restored database."""

    ended: int
    """Unfinished turns that will not go on."""
    goes_on: int
    """Unfinished turns that nobody has touched since the backup."""
    lost: int
    """Unfinished turns of the replaced database that the backup does not have: nobody answers them any more."""
    since: bool
    """Whether the replaced database could say what happened since."""


def read_since(path: Path) -> Since | None:
    """Return what a database that is to be replaced says; None where it cannot be read. It is not changed."""
    try:
        with closing(open_to_read(path)) as connection:
            return Since(
                newest=_newest(connection),
                channels=connection.execute("SELECT id, last_message, guild, parents FROM channel").fetchall(),
                unfinished=frozenset(connection.execute(_UNFINISHED)),
                notes=frozenset(connection.execute(_NOTES)),
                speech=frozenset(connection.execute(_SPEECH)),
                identified=connection.execute("SELECT at FROM identify").fetchall(),
                interactions=connection.execute("SELECT id FROM interaction").fetchall(),
                ids=dict(connection.execute("SELECT name, seq FROM sqlite_sequence").fetchall()),
            )
    except sqlite3.Error:
        return None


def _newest(connection: sqlite3.Connection) -> int:
    """Return the newest message that a database has seen, as a snowflake; 0 where it is new."""
    return int(
        connection.execute(
            "SELECT max(coalesce((SELECT max(last_message) FROM channel), 0), coalesce((SELECT max(cause) FROM turn), 0))"
        ).fetchone()[0]
    )


def adapt(connection: sqlite3.Connection, since: Since | None, now_s: float) -> Adapted:
    """Have a restored database know what happened after its backup, in one transaction; writes. It may be of an earlier version.

    :param since: what the replaced database says; None where there is none that can be read
    :param now_s: the moment of the restore, in seconds since 1970

    :raises sqlite3.Error: nothing was changed
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        if since is not None and since.newest < _newest(connection):
            since = None  # it is not the one that lived on
        _read_on(connection, since, now_s)
        lost = _lost(connection, since)
        ended, goes_on = _end_unfinished(connection, since, now_s)
        _tell_once(connection, since, now_s)
        _count_on(connection, since)
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    return Adapted(ended=ended, goes_on=goes_on, lost=lost, since=since is not None)


def _read_on(connection: sqlite3.Connection, since: Since | None, now_s: float) -> None:
    """Move each channel's watermark to where it was read up to; a channel of which nobody says that, to the newest message of all."""
    seen = snowflake_at(now_s) if since is None else since.newest
    known = {} if since is None else {channel: last for channel, last, _, _ in since.channels}
    stale = [
        (max(last, seen), channel)
        for channel, last in connection.execute("SELECT id, last_message FROM channel")
        if channel not in known
    ]
    connection.executemany("UPDATE channel SET last_message = ? WHERE id = ?", stale)
    if since is not None:
        connection.executemany(
            "INSERT INTO channel (id, last_message, guild, parents) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE"
            " SET last_message = max(last_message, excluded.last_message), guild = excluded.guild, parents = excluded.parents",
            since.channels,
        )


def _end_unfinished(connection: sqlite3.Connection, since: Since | None, now_s: float) -> tuple[int, int]:
    """End the unfinished turns about which something was done since; return how many these are, and how many go on."""
    untouched = frozenset() if since is None else since.unfinished
    ended = goes_on = 0
    for row in set(connection.execute(_UNFINISHED).fetchall()):
        if row in untouched:
            goes_on += 1
            continue
        turn, _, state, _, _ = row
        if state in ("queued", "streaming"):
            connection.execute(
                "UPDATE turn SET state = 'cancelled', reason = 'session_ended', owed = 0, end_time = ? WHERE id = ?",
                (now_s, turn),
            )
        else:
            connection.execute(
                "UPDATE turn SET owed = 0, state = iif(state = 'answered', 'delivered', state) WHERE id = ?", (turn,)
            )
        ended += 1
    return ended, goes_on


def _lost(connection: sqlite3.Connection, since: Since | None) -> int:
    """Return how many turns that wait in the replaced database, or are under way there, the backup does not have."""
    waiting = () if since is None else [row for row in since.unfinished if row[2] in ("queued", "streaming")]
    found = (connection.execute("SELECT 1 FROM turn WHERE cause = ?", (row[1],)).fetchone() for row in waiting)
    return sum(row is None for row in found)


def _tell_once(connection: sqlite3.Connection, since: Since | None, now_s: float) -> None:
    """Have no note sent and no answer read aloud that was so since. A note that only a panel shows waits where nothing is known."""
    notes = frozenset() if since is None else since.notes
    for note, is_direct, *rest in connection.execute(
        "SELECT id, is_direct, person, create_time FROM note WHERE told_time IS NULL"
    ).fetchall():
        if (note, *rest) not in notes and (is_direct or since is not None):
            connection.execute("UPDATE note SET told_time = ? WHERE id = ?", (now_s, note))
    if not has_column(connection, "speech", "turn"):
        return  # an upgrade is taken back, to a version that reads nothing aloud
    speech = frozenset() if since is None else since.speech
    for row in connection.execute(_SPEECH).fetchall():
        if row not in speech:
            connection.execute("DELETE FROM speech WHERE turn = ?", (row[0],))


def _count_on(connection: sqlite3.Connection, since: Since | None) -> None:
    """Give no id again that was given since, and count on what Discord counts."""
    for table in _NUMBERED:
        row = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = ?", (table,)).fetchone()
        given = 0 if row is None else int(row[0])
        last = given + IDS_LEFT_OUT if since is None else max(given, since.ids.get(table, 0))
        connection.execute("DELETE FROM sqlite_sequence WHERE name = ?", (table,))
        connection.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", (table, last))
    if since is not None:
        known = set(connection.execute("SELECT at FROM identify").fetchall())
        connection.executemany(
            "INSERT INTO identify (at) VALUES (?)", [row for row in since.identified if row not in known]
        )
        connection.executemany("INSERT INTO interaction (id) VALUES (?) ON CONFLICT DO NOTHING", since.interactions)
