"""How much a piece of an erasure takes: a bounded number of rows, and of bytes, so that nobody's commit waits long behind it."""

from collections.abc import Iterable
from typing import Any, Final

ROWS_MAX: Final = 500
"""Rows that one piece deletes or overwrites: some 10 ms with what makes it durable."""

BYTES_MAX: Final = 2**19
"""Bytes of texts, vectors and files that one piece erases: SQLite writes them twice, as zeros. A single row may have more."""

_OF_TURN: Final = ("question", "enclosed", "coalesce(edited, '')", "left_out", "flags", "draft")

TURN_BYTES: Final = " + ".join(
    (
        *(f"length(CAST({column} AS BLOB))" for column in _OF_TURN),
        "coalesce((SELECT length(CAST(text AS BLOB)) FROM reasoning WHERE reasoning.turn = turn.id), 0)",
        "coalesce((SELECT length(numbers) FROM vector WHERE vector.turn = turn.id), 0)",
        "coalesce((SELECT length(content) FROM speech WHERE speech.turn = turn.id), 0)",
        "coalesce((SELECT sum(length(content)) FROM answer_file WHERE answer_file.turn = turn.id), 0)",
    )
)
"""What is erased with a turn, as an expression of SQL."""

UTTERANCE_BYTES: Final = "length(CAST(text AS BLOB)) + length(CAST(enclosed AS BLOB))"


def fitting(rows: Iterable[Any], bytes_max: int = BYTES_MAX) -> list[Any]:
    """Return the first of these rows, as many as have together `bytes_max` in their column `bytes`, and at least one."""
    found: list[Any] = []
    total = 0
    for row in rows:
        total += row["bytes"]
        if found and total > bytes_max:
            break
        found.append(row)
    return found
