"""The unit of work that every verb is handed, and the readers that several groups of verbs share."""

import sqlite3
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, Final, Literal, TypeVar

import msgspec
from msgspec import Struct

from messages.answer import Answer
from messages.enclosure import heard_in
from messages.files import File
from messages.flags import Flags
from messages.ids import GuildId, MessageId, TurnId, UserId, snowflake_time_s
from messages.turn import Ending, OutcomePending, Part, Place, Reason
from messages.verbs.verb import Verb
from storage.enclosures import decoded_left_out
from storage.limits import Limits
from storage.rows import TurnRow, columns

Row = TypeVar("Row", bound=Struct)

LACKS_LEARNT_S: Final = 86_400.0
"""Seconds for which it counts what the bot lacks in a channel: by then somebody may have given it."""


LOG_ALONE: Final = "log"
"""Stands in `erased` where nothing was erased now, but what earlier transactions erased is still in the log."""


class UnitOfWork(Struct, frozen=True):
    """A connection inside a transaction, and the operator's limits.

    `erased` gets a word for everything that a person wanted gone: what was removed, deleted, edited or renamed. It is still
    in the write-ahead log, which the store empties after the commit when `erased` holds anything, and may lie in unused parts of
    the file, which the store overwrites later.
    """

    connection: sqlite3.Connection
    limits: Limits
    erased: list[str] = []

    def one(self, sql: str, *values: object, **named: object) -> sqlite3.Row | None:
        """Return the first row, or None; also None for a forged number of more than 64 bits, which no row can hold."""
        try:
            row: sqlite3.Row | None = self.run(sql, *values, **named).fetchone()
        except OverflowError:
            return None
        return row

    def first(self, row: type[Row], sql: str, *values: object, **named: object) -> Row | None:
        """Return the first row of this type, or None. `sql` is what follows the columns: `FROM turn WHERE id = ?`."""
        found = self.one(_select(row, sql), *values, **named)
        return None if found is None else msgspec.convert(tuple(found), row, strict=False)

    def every(self, row: type[Row], sql: str, *values: object, **named: object) -> Iterator[Row]:
        """Yield every row of this type, as it is read. `sql` is what follows the columns."""
        for found in self.run(_select(row, sql), *values, **named):
            yield msgspec.convert(tuple(found), row, strict=False)

    def all(self, sql: str, *values: object, **named: object) -> list[sqlite3.Row]:
        """Return every row."""
        return self.run(sql, *values, **named).fetchall()

    def run(self, sql: str, *values: object, **named: object) -> sqlite3.Cursor:
        """Execute a statement with values for its question marks, or for its names, such as `:turn`; never for both.

        Half a surrogate pair, which JSON can carry but UTF-8 cannot, is stored as U+FFFD.
        """
        try:
            return self.connection.execute(sql, named or values)
        except UnicodeEncodeError:
            if named:
                return self.connection.execute(sql, {name: _encodable(value) for name, value in named.items()})
            return self.connection.execute(sql, [_encodable(value) for value in values])


@cache
def _select(row: type[Struct], sql: str) -> str:
    """The whole statement, put together once: the same string again is found in SQLite's cache without hashing it anew."""
    return f"SELECT {columns(row)} {sql}"


def _encodable(value: object) -> object:
    if not isinstance(value, str):
        return value
    return "".join("\N{REPLACEMENT CHARACTER}" if "\ud800" <= char <= "\udfff" else char for char in value)


Verbs = dict[type[Verb[Any]], Callable[[UnitOfWork, Any], Any]]
"""What each verb of a group does."""


_NEXT_ID: Final = {
    "session": "SELECT coalesce(max(seq), 0) + 1 + (abs(random()) >> (42 + abs(random()) % 21))"
    " FROM sqlite_sequence WHERE name = 'session'",
    "turn": "SELECT coalesce(max(seq), 0) + 1 + (abs(random()) >> (42 + abs(random()) % 21))"
    " FROM sqlite_sequence WHERE name = 'turn'",
}
"""SQLite's random() has 63 bits but for its sign: a step of 1 to 2 million, of any size as likely as of any other."""


def next_id(unit: UnitOfWork, table: Literal["session", "turn"]) -> int:
    """Return an id greater than every other that its table ever had, also one that only a later database has seen (`storage/restored.py`).

    Ids grow by steps of random size, so that the ids in a person's own panels, files and buttons do not tell how many
    sessions or turns other people have.
    """
    row = unit.one(_NEXT_ID[table])
    if row is None:
        raise LookupError(table)
    return int(row[0])


def place_of(turn: TurnRow) -> Place:
    """Return where a turn's reply belongs."""
    return Place(
        channel_id=turn.channel_id,
        reply_to=turn.reply_to,
        question_id=turn.question_id,
    )


def parts_of(unit: UnitOfWork, turn: TurnId) -> tuple[Part, ...]:
    """Return the messages recorded for a turn, in order."""
    rows = unit.all("SELECT message_id FROM reply WHERE turn = ? ORDER BY message_id", turn)
    return tuple(Part(part=number, message_id=row["message_id"]) for number, row in enumerate(rows))


BEFORE_MAX: Final = 100
"""So many turns of a session are looked at: more than wait behind each other."""


def below_of(unit: UnitOfWork, turn: TurnRow) -> MessageId:
    """Return the newest message in a turn's channel that holds an answer to an earlier turn of its session; 0 where there is none.

    What says that the turn waits may stand above it. Of a turn whose reply never said so, 0 is returned unread.
    """
    if not turn.is_wait_told:
        return MessageId(0)
    row = unit.one(
        "SELECT max(message_id) AS newest FROM reply JOIN"
        " (SELECT id, channel_id FROM turn WHERE session = ? AND cause < ? ORDER BY cause DESC LIMIT ?) AS before"
        " ON reply.turn = before.id WHERE before.channel_id = ?",
        turn.session,
        turn.idempotency_key,
        BEFORE_MAX,
        turn.channel_id,
    )
    return MessageId(0 if row is None or row["newest"] is None else row["newest"])


def files_of(unit: UnitOfWork, turn: TurnId) -> tuple[File, ...]:
    """Return the files of a turn's answer, in their order."""
    rows = unit.all(
        "SELECT name, content, stored, description, media_type, bytes, width, height FROM answer_file"
        " WHERE turn = ? ORDER BY position",
        turn,
    )
    return tuple(
        File(
            name=row["name"],
            content=row["content"],
            stored=row["stored"],
            description=row["description"],
            media_type=row["media_type"],
            size=row["bytes"],
            width=row["width"],
            height=row["height"],
        )
        for row in rows
    )


def stored_turn(unit: UnitOfWork, turn_id: TurnId) -> TurnRow:
    """Return a turn's row.

    :raises LookupError: when there is none
    """
    turn = unit.first(TurnRow, "FROM turn WHERE id = ?", turn_id)
    if turn is None:
        raise LookupError(f"there is no turn {turn_id}")
    return turn


def locale_of_person(unit: UnitOfWork, person: UserId) -> str:
    """Return the language of a person, by Discord's name; "" where it is not known."""
    row = unit.one("SELECT locale FROM user WHERE discord_user_id = ?", person)
    return "" if row is None else str(row["locale"])


def locale_of_place(unit: UnitOfWork, guild: GuildId | None, asker: UserId) -> str:
    """Return the language of what is said to `asker` where others may read it, too: the server's, if it has chosen one.

    Elsewhere, and in direct messages, it is the asker's own.
    """
    row = None if guild is None else unit.one("SELECT locale FROM server WHERE id = ?", guild)
    return locale_of_person(unit, asker) if row is None else str(row["locale"])


def streaming_turn(unit: UnitOfWork, turn: TurnId, attempt: int) -> TurnRow | None:
    """Return the row of a turn that streams this attempt; None when it has ended, or another attempt has begun."""
    return unit.first(TurnRow, "FROM turn WHERE id = ? AND attempt = ? AND state = 'streaming'", turn, attempt)


class _Ended(Struct, frozen=True, array_like=True):
    """Checks the words of a row that become a message."""

    ending: Ending
    reason: Reason


def outcome_of(unit: UnitOfWork, turn_id: TurnId, *, search: bool = False) -> OutcomePending:
    """Return how a turn ended.

    :raises LookupError: when it is not over, or does not exist
    :raises msgspec.ValidationError: when its row holds words that nobody wrote
    """
    turn = unit.first(TurnRow, "FROM turn WHERE id = ?", turn_id)
    if turn is None or turn.reason is None:
        raise LookupError(f"turn {turn_id} has no outcome")
    ended = msgspec.convert(("answered" if turn.state == "delivered" else turn.state, turn.reason), _Ended)
    return OutcomePending(
        turn=turn_id,
        session=turn.session,
        asker=turn.asker,
        place=place_of(turn),
        ending=ended.ending,
        reason=ended.reason,
        answer=Answer(text=turn.draft, files=files_of(unit, turn_id)),
        parts=parts_of(unit, turn_id),
        attempted=turn.attempt > 0,
        # Where no delivery is under way any more, an attempt may have posted what nobody lived to record.
        search=search or turn.attempt > 0 or turn.is_wait_told,
        waited=turn.is_wait_told,
        below=below_of(unit, turn),
        locale=locale_of_place(unit, turn.guild_id, turn.asker),
        note_public=turn.notes_public,
        heard="" if turn.kind == "continue" else heard_in(turn.enclosures),
        flags=msgspec.json.decode(turn.flags, type=Flags) if turn.flags else Flags(),
        left_out=decoded_left_out(turn.left_out),
        again_at_s=turn.again_at_s,
        muted=turn.is_muted,
        is_edited=turn.edited is not None,
        lacks=_lacks(unit, turn) if turn.reason == "hint" else 0,
        model=turn.model or "",
        other_model=_other_model(unit, turn) if turn.reason == "model_unknown" else None,
        has_reasoning=unit.one("SELECT 1 FROM reasoning WHERE turn = ?", turn_id) is not None,
    )


def _lacks(unit: UnitOfWork, turn: TurnRow) -> int:
    """Return the permissions that the bot lacks in the turn's channel, as far as was learnt within a day."""
    since_s = snowflake_time_s(turn.idempotency_key) - LACKS_LEARNT_S
    row = unit.one("SELECT lacks FROM channel WHERE id = ? AND lacks_time > ?", turn.channel_id, since_s)
    return 0 if row is None else int(row["lacks"])


def _other_model(unit: UnitOfWork, turn: TurnRow) -> str | None:
    """Return the default model, or None when the session uses it already."""
    default = unit.limits.default_model
    session = unit.one("SELECT 1 FROM session WHERE id = ? AND is_removed = 0 AND model != ?", turn.session, default)
    return None if session is None else default
