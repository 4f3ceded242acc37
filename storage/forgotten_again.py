"""Has a database of an earlier version forget whom a later one was told to forget, on the way back to that version.

A version that can forget people does it itself at its start: a row says whom. One that cannot, such as 0.1.0, will never do it, so their texts and names
are erased here.
"""

import sqlite3
from typing import Final

from storage.forgotten import Forgotten

_THEIRS: Final = (
    "SELECT id FROM turn WHERE asker = :person OR session IN (SELECT id FROM session WHERE creator = :person)"
)
_BEGIN: Final = (
    "INSERT INTO forgetting (person, time, newest_turn, newest_session, is_listed) VALUES (:person, :time,"
    " (SELECT coalesce(max(id), 0) FROM turn), (SELECT coalesce(max(id), 0) FROM session), 1) ON CONFLICT (person) DO NOTHING"
)
_UNKNOWN: Final = (
    "UPDATE user SET name = '', status = 'disable', model = NULL, current_session = NULL, session_before = NULL, system_msg = '',"
    " temperature = NULL, show_public = 0, attach = 0 WHERE discord_user_id = :person"
)

_ERASE: Final = (
    ("turn", "enclosed", f"UPDATE turn SET enclosed = '' WHERE id IN ({_THEIRS})"),  # noqa: S608 a constant, here and below
    ("turn", "edited", f"UPDATE turn SET edited = NULL WHERE id IN ({_THEIRS})"),  # noqa: S608
    ("turn", "left_out", f"UPDATE turn SET left_out = '' WHERE id IN ({_THEIRS})"),  # noqa: S608
    ("turn", "flags", f"UPDATE turn SET flags = '' WHERE id IN ({_THEIRS})"),  # noqa: S608
    ("utterance", "enclosed", "UPDATE utterance SET enclosed = '' WHERE author_id = :person"),
    *(
        (table, "turn", f"DELETE FROM {table} WHERE turn IN ({_THEIRS})")  # noqa: S608
        for table in ("answer_file", "reasoning", "vector", "speech", "note")
    ),
    ("ledger", "asker", "UPDATE ledger SET asker = 0, session = NULL WHERE asker = :person"),
    ("spent", "scope", "DELETE FROM spent WHERE scope = 'user' AND id = :person"),
    ("note", "person", "DELETE FROM note WHERE person = :person"),
    ("member", "user", "DELETE FROM member WHERE user = :person"),
    (
        "utterance",
        "session",
        "DELETE FROM utterance WHERE session IN (SELECT id FROM session WHERE creator = :person)",
    ),
    (
        "utterance",
        "author_id",
        "UPDATE utterance SET author_id = NULL, author_name = '', text = '' WHERE author_id = :person",
    ),
    ("turn", "draft", f"UPDATE turn SET question = '', draft = '', asker_name = '' WHERE id IN ({_THEIRS})"),  # noqa: S608
    ("turn", "asker", "UPDATE turn SET asker = 0 WHERE asker = :person"),
    (
        "session",
        "title",
        "UPDATE session SET title = '', system_msg = '', model = '', is_public = 0, is_removed = 1 WHERE creator = :person",
    ),
)
"""What holds texts and names: where the table has the column, the statement that erases one person's."""


def forget_again(connection: sqlite3.Connection, one: Forgotten) -> None:
    """Forget a person in the database of an earlier version, or have that version do it when it starts; writes, in the open transaction.

    :raises sqlite3.Error: nothing is to be kept of what was written
    """
    values = {"person": one.person, "time": one.time_s}
    if has_column(connection, "forgetting", "person"):
        connection.execute(_BEGIN, values)
    else:
        for table, column, statement in _ERASE:
            if has_column(connection, table, column):
                connection.execute(statement, values)
    connection.execute(_UNKNOWN, values)


def has_column(connection: sqlite3.Connection, table: str, column: str) -> bool:
    """Return whether a table is there and has a column of that name."""
    found = connection.execute("SELECT 1 FROM pragma_table_info(?) WHERE name = ?", (table, column))
    return found.fetchone() is not None
