"""The turns of somebody who is being forgotten: what they hold is erased, many at once, and they are nobody's from then on."""

import json
from typing import Final

from messages.ids import UserId
from storage import disowning, kept_files, pieces, session_title
from storage.unit_of_work import UnitOfWork

TURNS_AT_ONCE: Final = 200
ERASED_AT_ONCE: Final = 1000
"""What one transaction takes: of turns that hold something, or of those that were erased with their session. Some 10 ms."""


def erase_some(unit: UnitOfWork, person: UserId, newest: int) -> bool:
    """Erase what some of a person's turns hold, and return whether there were any; they are nobody's then; writes."""
    rows = unit.all(_TURNS, person, newest, ERASED_AT_ONCE)
    erased = [row["id"] for row in rows if row["is_erased"]]
    held = [row["id"] for row in rows if not row["is_erased"]][:TURNS_AT_ONCE]
    if held:
        held = [row["id"] for row in pieces.fitting(unit.all(_HELD, json.dumps(held)))]
        _erase_held(unit, held)
    disowning.disown(unit, [*held, *erased[: ERASED_AT_ONCE - len(held) * _OF_HELD]])
    return bool(rows)


_TURNS: Final = (
    "SELECT id, owed = 0 AND state NOT IN ('queued', 'streaming') AND EXISTS"
    " (SELECT 1 FROM session WHERE session.id = turn.session AND is_removed = 1 AND erased_to IS NULL) AS is_erased"
    " FROM turn WHERE asker = ? AND id <= ? LIMIT ?"
)
_HELD: Final = f"SELECT id, {pieces.TURN_BYTES} AS bytes FROM turn WHERE id IN (SELECT value FROM json_each(?))"  # noqa: S608
_OF_HELD: Final = ERASED_AT_ONCE // TURNS_AT_ONCE
"""So many turns that were erased with their session cost as much as one that holds something."""


def _erase_held(unit: UnitOfWork, turns: list[int]) -> None:
    """Erase questions in all turns that asked them, and in the dialogues, and what was made for these turns.

    What it cannot read, it overwrites all the same: no damaged row keeps anything.
    """
    ids = json.dumps(turns)
    questions = unit.all(_QUESTIONS, ids)
    roots = {row["root"] for row in questions}
    for session in {row["session"] for row in questions}:
        session_title.forget_first(unit, session, roots)
    for row in questions:
        unit.run(_BLANK_UTTERANCE, row["session"], row["root"])
    of_questions = json.dumps([*roots])
    unit.run(_BLANK_QUESTION, of_questions)
    unit.run(_BLANK_TURNS, ids)
    for statement in _OF_TURNS:
        unit.run(statement, turns=ids, roots=of_questions)
    for row in unit.all(_WITH_FILES, ids):
        kept_files.release_or_remove(unit, row["root"])


_QUESTIONS: Final = (
    "SELECT coalesce(root, id) AS root, session FROM turn"
    " WHERE kind = 'question' AND id IN (SELECT value FROM json_each(?))"
)
_BLANK_UTTERANCE: Final = (
    "UPDATE utterance SET author_id = NULL, author_name = '', text = '', enclosed = ''"
    " WHERE session = ? AND turn = ? AND role = 'user'"
)
_BLANK_QUESTION: Final = (
    "UPDATE turn SET question = '', enclosed = '', left_out = '', flags = '', edited = NULL, withdrawn = 1"
    " WHERE root IN (SELECT value FROM json_each(?))"
)
_BLANK_TURNS: Final = (
    "UPDATE turn SET question = '', enclosed = '', left_out = '', flags = '', edited = NULL, draft = '', stop_reason = NULL"
    " WHERE id IN (SELECT value FROM json_each(?))"
)
_WANTED: Final = (
    "turn IN (SELECT value FROM json_each(:turns) UNION ALL"
    " SELECT id FROM turn WHERE root IN (SELECT value FROM json_each(:roots)))"
)
_OF_TURNS: Final = (
    # What models thought of a question mostly repeats it, whoever had it asked again.
    f"DELETE FROM reasoning WHERE {_WANTED}",  # noqa: S608
    f"DELETE FROM vector WHERE {_WANTED}",  # noqa: S608
    "DELETE FROM answer_file WHERE turn IN (SELECT value FROM json_each(:turns)) AND :roots IS NOT NULL",
    "DELETE FROM speech WHERE turn IN (SELECT value FROM json_each(:turns)) AND state NOT IN ('sent', 'withdrawn') AND :roots IS NOT NULL",
)
_WITH_FILES: Final = (
    "SELECT DISTINCT coalesce(root, id) AS root FROM turn WHERE id IN (SELECT value FROM json_each(?))"
    " AND EXISTS (SELECT 1 FROM kept_file WHERE kept_file.turn = coalesce(turn.root, turn.id) AND is_removed = 0)"
)
