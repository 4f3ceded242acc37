"""Whoever was forgotten begins anew: nothing that they wrote or pressed before is taken up again, however late the bot comes to read it.

A message may be read after an absence, come late, or be quoted by somebody who replies to it; an interaction may come again after the
connection broke. Discord's ids tell when each was made. The table `forgotten` has the newest id that counts as before, for each
person of the file `forgotten` beside the database (`storage/forgotten.py`), which it follows.
"""

import sqlite3
from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from messages.enclosure import Enclosure
from messages.ids import UserId, snowflake_at
from messages.intake import MessagePosted
from messages.verbs.forgetting import CorrectForgotten
from storage.forgotten import Forgotten
from storage.unit_of_work import UnitOfWork


def remember(unit: UnitOfWork, person: UserId, until: int) -> None:
    """Remember that a person is forgotten, and that ids up to this one are from before; writes."""
    unit.run(
        "INSERT INTO forgotten (person, until) VALUES (?, ?)"
        " ON CONFLICT (person) DO UPDATE SET until = max(until, excluded.until)",
        person,
        until,
    )


def is_from_before(unit: UnitOfWork, person: UserId, made: int) -> bool:
    """Return whether a person was forgotten after they wrote the message, or began the interaction, of this id."""
    return unit.one("SELECT 1 FROM forgotten WHERE person = ? AND until >= ?", person, made) is not None


def newest_seen(unit: UnitOfWork) -> int:
    """Return the newest of Discord's ids that the rows know; 0 where they know none."""
    row = unit.one(
        "SELECT max(coalesce((SELECT max(cause) FROM turn), 0), coalesce((SELECT max(last_message) FROM channel), 0))"
    )
    return 0 if row is None else int(row[0])


def without_quotes(unit: UnitOfWork, posted: MessagePosted) -> MessagePosted:
    """Return a message without what it quotes of people who were forgotten since they wrote that."""
    return replace(posted, enclosures=kept(unit, posted.enclosures)) if posted.enclosures else posted


def kept(unit: UnitOfWork, enclosures: Sequence[Enclosure]) -> tuple[Enclosure, ...]:
    """Return what may be kept of what a question encloses: the message of somebody who was forgotten since is as good as deleted."""
    gone = {
        enclosed.kind for enclosed in enclosures if enclosed.wrote is not None and is_from_before(unit, *enclosed.wrote)
    }
    return tuple(
        _kept(enclosed, is_gone=enclosed.kind in gone) for enclosed in enclosures if enclosed.within not in gone
    )


def _kept(enclosed: Enclosure, *, is_gone: bool) -> Enclosure:
    if is_gone:
        return replace(enclosed, author="", text=None, origin=None, wrote=None)
    return enclosed if enclosed.wrote is None else replace(enclosed, wrote=None)


def correct(unit: UnitOfWork, verb: CorrectForgotten) -> None:
    """Have nobody be forgotten later than now: the machine's clock was wrong when they were; writes."""
    now = snowflake_at(verb.now_s)
    unit.run("UPDATE forgotten SET until = ? WHERE until > ?", now, now)


def follow(connection: sqlite3.Connection, listed: Iterable[Forgotten]) -> None:
    """Have the table hold whom the list holds, and whoever is about to be put there; writes where it does not.

    An earlier version knew no such table, a backup may be older than what the list says, and an operator may have deleted the list.

    :raises sqlite3.Error: the disk is full, or broken
    """
    latest = {one.person: snowflake_at(one.time_s) for one in listed}
    known = {person for (person,) in connection.execute("SELECT person FROM forgotten")}
    waiting = {person for (person,) in connection.execute("SELECT person FROM forgetting")}
    missing = [(person, until) for person, until in latest.items() if person not in known]
    gone = [(person,) for person in known - latest.keys() - waiting]
    if not missing and not gone:
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        connection.executemany("INSERT INTO forgotten (person, until) VALUES (?, ?)", missing)
        connection.executemany("DELETE FROM forgotten WHERE person = ?", gone)
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
