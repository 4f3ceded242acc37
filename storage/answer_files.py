"""The files of answers: kept with their turn, and erased with its session."""

from messages.files import File
from messages.ids import SessionId, TurnId
from storage.unit_of_work import UnitOfWork


def keep(unit: UnitOfWork, turn: TurnId, files: tuple[File, ...]) -> None:
    """Keep an answer's files, in their order; writes."""
    for position, file in enumerate(files):
        unit.run(
            "INSERT INTO answer_file (turn, position, name, content) VALUES (?, ?, ?, ?)",
            turn,
            position,
            file.name,
            file.content,
        )


def erase_of_turn(unit: UnitOfWork, turn: TurnId) -> None:
    """Erase the files of a turn's answer; writes."""
    unit.run("DELETE FROM answer_file WHERE turn = ?", turn)


def erase_shown(unit: UnitOfWork, session: SessionId) -> None:
    """Erase the files of a session's answers that Discord shows already; those of the others are erased when it does. Writes."""
    unit.run("DELETE FROM answer_file WHERE turn IN (SELECT id FROM turn WHERE session = ? AND owed = 0)", session)
