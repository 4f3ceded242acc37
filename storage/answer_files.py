"""The files of answers: kept with their turn, and erased with its session."""

from messages.files import File
from messages.ids import TurnId
from storage.unit_of_work import UnitOfWork


def keep(unit: UnitOfWork, turn: TurnId, files: tuple[File, ...]) -> None:
    """Keep an answer's files, in their order; writes."""
    for position, file in enumerate(files):
        unit.run(
            "INSERT INTO answer_file (turn, position, name, content, stored, description, media_type, bytes, width, height)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            turn,
            position,
            file.name,
            file.content,
            file.stored,
            file.description,
            file.media_type,
            file.size,
            file.width,
            file.height,
        )


def erase_of_turn(unit: UnitOfWork, turn: TurnId) -> None:
    """Erase the files of a turn's answer; writes."""
    unit.run("DELETE FROM answer_file WHERE turn = ?", turn)


def erase_shown(unit: UnitOfWork, *, session: int, erased_to: int, last: int) -> None:
    """Erase the files of the answers that Discord shows already, of a session's turns from one cause to another; writes.

    The files of the others are erased when Discord shows them.
    """
    unit.run(
        "DELETE FROM answer_file WHERE turn IN"
        " (SELECT id FROM turn WHERE session = ? AND cause > ? AND cause <= ? AND owed = 0)",
        session,
        erased_to,
        last,
    )
