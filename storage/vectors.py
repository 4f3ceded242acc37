"""The vectors of a session's texts: kept with the turn that asked for them, and erased with its text."""

from typing import Final

from messages.enclosure import words_of
from messages.ids import TurnId
from messages.vectors import EarlierVector, Vector
from storage.enclosures import decoded
from storage.rows import TurnRow
from storage.unit_of_work import UnitOfWork

EARLIER_MAX: Final = 200
"""With so many earlier texts a new one is compared, the newest: 2.4 MB of the largest vectors, and 30 ms."""

TEXT_CHARS_MAX: Final = 200
"""So much of each is read, to say which text it is."""


def keep(unit: UnitOfWork, turn: TurnRow, vector: Vector | None) -> None:
    """Keep the vector of a turn's text, in place of one that an earlier turn with the same question has; writes."""
    if vector is None:
        return
    erase_of_question(unit, turn.root)
    unit.run(
        "INSERT INTO vector (turn, session, model, numbers) VALUES (?, ?, ?, ?)",
        turn.id,
        turn.session,
        vector.model,
        vector.numbers,
    )


def earlier(unit: UnitOfWork, turn: TurnRow, model: str) -> tuple[EarlierVector, ...]:
    """Return the vectors that this model made of a session's other texts, the newest first."""
    rows = unit.all(
        "SELECT turn.question, turn.enclosed, vector.numbers FROM vector JOIN turn ON turn.id = vector.turn"
        " WHERE vector.session = ? AND vector.model = ? AND turn.root != ? ORDER BY vector.turn DESC LIMIT ?",
        turn.session,
        model,
        turn.root,
        EARLIER_MAX,
    )
    return tuple(
        EarlierVector(
            text=words_of(row["question"], decoded(row["enclosed"]))[:TEXT_CHARS_MAX],
            numbers=row["numbers"],
        )
        for row in rows
    )


def erase(unit: UnitOfWork, *, session: int, erased_to: int, last: int) -> None:
    """Erase the vectors of a session's turns after the cause `erased_to`, up to `last`; writes."""
    unit.run(
        "DELETE FROM vector WHERE turn IN"
        " (SELECT id FROM turn WHERE session = :session AND cause > :erased_to AND cause <= :last)",
        session=session,
        erased_to=erased_to,
        last=last,
    )


def erase_of_turn(unit: UnitOfWork, turn: TurnId) -> None:
    """Erase the vector of one turn's text; writes."""
    unit.run("DELETE FROM vector WHERE turn = ?", turn)


def erase_of_question(unit: UnitOfWork, root: TurnId | int | None) -> None:
    """Erase the vectors of a question, in all turns that asked it; writes."""
    unit.run("DELETE FROM vector WHERE turn IN (SELECT id FROM turn WHERE root = ?)", root)
