"""Who may do what: one rule, evaluated inside the transaction that acts."""

from typing import Literal

from messages.ids import SessionId, TurnId, UserId
from storage.rows import Books

Action = Literal["stop", "retry", "continue"]


def may(books: Books, actor: UserId, action: Action, turn: TurnId) -> bool:
    """Whether the actor may do this to a turn: who asked may, and who owns the session.

    "May not" and "does not exist" are the same answer.
    """
    row = books.one(
        "SELECT turn.asker, session.creator FROM turn LEFT JOIN session ON session.id = turn.session WHERE turn.id = ?",
        turn,
    )
    match action:
        case "stop" | "retry" | "continue":
            return row is not None and actor in (row["asker"], row["creator"])


def may_speak(books: Books, actor: UserId, session: SessionId) -> bool:
    """Whether the actor may ask in a session."""
    row = books.one("SELECT creator FROM session WHERE id = ?", session)
    return row is not None and row["creator"] == actor
