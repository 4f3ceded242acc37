"""Turns become nobody's once their texts are gone: a turn stays in the rows, as a place in a dialogue and for its figures."""

import json
from collections.abc import Sequence

from messages.ids import NOBODY
from storage import kept_files
from storage.unit_of_work import UnitOfWork


def disown(unit: UnitOfWork, turns: Sequence[int]) -> None:
    """Have turns be nobody's, and what of the files of their questions is still needed; writes."""
    if not turns:
        return
    ids = json.dumps(turns)
    kept_files.give_to_nobody(unit, ids)
    unit.run(
        "UPDATE turn SET asker = ?, asker_name = '' WHERE id IN (SELECT value FROM json_each(?))",
        NOBODY,
        ids,
    )
    unit.run("DELETE FROM note WHERE turn IN (SELECT value FROM json_each(?))", ids)


def disown_erased(unit: UnitOfWork, *, session: int, erased_to: int, last: int) -> None:
    """Have those turns be nobody's that people asked who wait to be forgotten, of a removed session's from one cause to another; writes.

    Turns that Discord does not show whole stay theirs until then.
    """
    if unit.one("SELECT 1 FROM forgetting WHERE is_listed = 1 LIMIT 1") is None:
        return
    rows = unit.all(
        "SELECT id FROM turn JOIN forgetting ON forgetting.person = turn.asker AND is_listed = 1 AND turn.id <= newest_turn"
        " WHERE session = ? AND cause > ? AND cause <= ? AND owed = 0 AND state NOT IN ('queued', 'streaming')",
        session,
        erased_to,
        last,
    )
    disown(unit, [row["id"] for row in rows])
