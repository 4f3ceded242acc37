"""What every group of verbs is handed, and the shapes that several of them read."""

import sqlite3
from collections.abc import Callable
from typing import Any, Final, Literal

import msgspec
from msgspec import Struct

from messages.answer import Answer
from messages.files import File
from messages.ids import ChannelId, MessageId, SessionId, TurnId, UserId
from messages.turn import Ending, OutcomePending, Part, Place, Reason
from messages.verbs.verb import Verb
from storage.limits import Limits


class UnitOfWork(Struct, frozen=True):
    """A connection inside a transaction, and the operator's limits.

    `erased` collects a word for everything that a person wanted gone: what was overwritten in the database stands in
    the write-ahead log until that is emptied, which the store does after the commit.
    """

    connection: sqlite3.Connection
    limits: Limits
    erased: list[str] = []

    def one(self, sql: str, *values: object) -> sqlite3.Row | None:
        """The first row, or None; also None for a forged number of more than 64 bits, which no row holds."""
        try:
            row: sqlite3.Row | None = self.run(sql, *values).fetchone()
        except OverflowError:
            return None
        return row

    def all(self, sql: str, *values: object) -> list[sqlite3.Row]:
        """Every row."""
        return self.run(sql, *values).fetchall()

    def run(self, sql: str, *values: object) -> sqlite3.Cursor:
        """Execute a statement. Half a surrogate pair, which JSON can carry and UTF-8 cannot, becomes U+FFFD."""
        try:
            return self.connection.execute(sql, values)
        except UnicodeEncodeError:
            return self.connection.execute(sql, [_encodable(value) for value in values])


def _encodable(value: object) -> object:
    if not isinstance(value, str):
        return value
    return "".join("\N{REPLACEMENT CHARACTER}" if "\ud800" <= char <= "\udfff" else char for char in value)


Verbs = dict[type[Verb[Any]], Callable[[UnitOfWork, Any], Any]]
"""What each verb of a group does."""


_NEXT_ID: Final = {
    "session": "SELECT coalesce(max(id), 0) + 1 + (abs(random()) >> (42 + abs(random()) % 21)) FROM session",
    "turn": "SELECT coalesce(max(id), 0) + 1 + (abs(random()) >> (42 + abs(random()) % 21)) FROM turn",
}
"""SQLite's random() has 63 bits but for its sign: a step of 1 to 2 million, of any size as likely as of any other."""


def next_id(unit: UnitOfWork, table: Literal["session", "turn"]) -> int:
    """An id greater than every other.

    Ids grow by steps of random size, so that nobody can count what others have by the ids that stand in their own panels,
    files and buttons.
    """
    row = unit.one(_NEXT_ID[table])
    if row is None:
        raise LookupError(table)
    return int(row[0])


def place_of(turn: sqlite3.Row) -> Place:
    """Where a turn's reply belongs."""
    question = turn["question_id"]
    return Place(
        channel_id=ChannelId(turn["channel_id"]),
        reply_to=MessageId(turn["reply_to"]),
        question_id=None if question is None else MessageId(question),
    )


def parts_of(unit: UnitOfWork, turn: TurnId) -> tuple[Part, ...]:
    """The messages recorded for a turn, in order."""
    rows = unit.all("SELECT message_id FROM reply WHERE turn = ? ORDER BY message_id", turn)
    return tuple(Part(part=place, message_id=row["message_id"]) for place, row in enumerate(rows))


def files_of(unit: UnitOfWork, turn: TurnId) -> tuple[File, ...]:
    """The files of a turn's answer, in their order."""
    rows = unit.all("SELECT name, content FROM answer_file WHERE turn = ? ORDER BY position", turn)
    return tuple(File(name=row["name"], content=row["content"]) for row in rows)


def outcome_of(unit: UnitOfWork, turn_id: TurnId, *, search: bool = False) -> OutcomePending:
    """How a turn ended.

    :raises LookupError: when it is not over, or does not exist
    """
    turn = unit.one("SELECT * FROM turn WHERE id = ?", turn_id)
    if turn is None or turn["reason"] is None:
        raise LookupError(f"turn {turn_id} has no outcome")
    ending = "answered" if turn["state"] == "delivered" else turn["state"]
    return OutcomePending(
        turn=turn_id,
        session=None if turn["session"] is None else SessionId(turn["session"]),
        asker=UserId(turn["asker"]),
        place=place_of(turn),
        ending=msgspec.convert(ending, Ending),
        reason=msgspec.convert(turn["reason"], Reason),
        answer=Answer(text=turn["draft"], files=files_of(unit, turn_id)),
        parts=parts_of(unit, turn_id),
        attempted=turn["attempt"] > 0,
        # Where no delivery is under way any more, an attempt may have posted what nobody lived to record.
        search=search or turn["attempt"] > 0,
        note_public=bool(turn["note_public"]),
        again_at_s=turn["again_at"],
        muted=bool(turn["muted"]),
        other_model=_other_model(unit, turn) if turn["reason"] == "model_unknown" else None,
    )


def _other_model(unit: UnitOfWork, turn: sqlite3.Row) -> str | None:
    """The default model, unless it is what the session has."""
    default = unit.limits.default_model
    session = unit.one("SELECT 1 FROM session WHERE id = ? AND is_removed = 0 AND model != ?", turn["session"], default)
    return None if session is None else default
