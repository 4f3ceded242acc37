"""What earlier turns hold of a question that was edited and asked again: it was taken back, so nothing of it is kept."""

from typing import Final

from messages.ids import TurnId
from storage import answer_files, kept_files, reasoning, speech, vectors
from storage.rows import TurnRow
from storage.unit_of_work import UnitOfWork

_FORGET: Final = (
    "UPDATE turn SET question = ?, enclosed = ?, edited = NULL, left_out = '', flags = '', draft = '' WHERE id = ?"
)


def forget_before(unit: UnitOfWork, retry: TurnRow) -> None:
    """Erase what earlier turns hold of a question that was edited before this retry of it, and of its answers; writes.

    The dialogue has the retry's answer now. What Discord does not show yet is erased once it does.
    """
    for row in unit.all("SELECT id FROM turn WHERE root = ? AND id != ? AND owed = 0", retry.root, retry.id):
        _forget(unit, row["id"], retry)


def forget_delivered(unit: UnitOfWork, turn: TurnId) -> None:
    """Erase what a turn that Discord shows holds of a question that was asked again as edited meanwhile; writes."""
    retry = unit.first(
        TurnRow,
        "FROM turn WHERE root = (SELECT root FROM turn WHERE id = :turn) AND cause > (SELECT cause FROM turn WHERE id = :turn)"
        " AND kind = 'retry' AND edited IS NULL"
        # A picture is an answer without text.
        " AND (state IN ('answered', 'delivered') OR (state IN ('interrupted', 'failed') AND draft != ''))"
        " AND ((question, enclosed) != (SELECT question, enclosed FROM turn WHERE id = :turn)"
        " OR (SELECT edited FROM turn WHERE id = :turn) IS NOT NULL) ORDER BY cause DESC LIMIT 1",
        turn=turn,
    )
    if retry is not None:
        _forget(unit, turn, retry)


def _forget(unit: UnitOfWork, turn: TurnId, retry: TurnRow) -> None:
    unit.run(_FORGET, retry.question, retry.enclosed, turn)
    answer_files.erase_of_turn(unit, turn)
    reasoning.erase_of_turn(unit, turn)
    vectors.erase_of_turn(unit, turn)
    speech.erase_of_turn(unit, turn)
    kept_files.release(unit, retry.root)
    unit.erased.append("question")
