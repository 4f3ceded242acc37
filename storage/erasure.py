"""Erasure: what removed sessions held is deleted from the file in pieces, so that no transaction takes long."""

from sqlite3 import Row
from typing import Final

from msgspec import Struct

from messages.verbs.sessions import EraseRemoved
from storage import answer_files, disowning, kept_files, pieces, reasoning, speech, vectors
from storage.unit_of_work import LOG_ALONE, UnitOfWork, Verbs


def erase_removed(unit: UnitOfWork, _verb: EraseRemoved) -> bool:
    """Erase a piece of what removed sessions held, and return whether more is left; writes."""
    return erase_piece(unit)


def erase_piece(unit: UnitOfWork) -> bool:
    """Erase a piece of what removed sessions held, and return whether more is left; writes.

    Answers that Discord does not show yet are left to `record_delivered`.
    """
    left = Left(rows=pieces.ROWS_MAX, bytes=pieces.BYTES_MAX)
    is_first = True
    while left.is_any:
        session = unit.one("SELECT id, erased_to FROM session WHERE erased_to IS NOT NULL LIMIT 1")
        if session is None:
            unit.erased.append(LOG_ALONE if is_first else "session")
            return False
        is_first = False
        left.rows -= 1
        _erase_utterances(unit, session["id"], left)
        if left.is_any:
            left.rows -= kept_files.release_of_session(unit, session["id"], left.rows)
        if left.is_any:
            _erase_turns(unit, session["id"], session["erased_to"], left)
    return True


class Left(Struct):
    """What is left of a piece."""

    rows: int
    bytes: int

    @property
    def is_any(self) -> bool:
        """Whether something more fits into the piece."""
        return self.rows > 0 and self.bytes > 0

    def take(self, rows: list[Row]) -> list[Row]:
        """Take the first rows, as many as fit."""
        taken = pieces.fitting(rows, self.bytes)
        self.rows -= len(taken)
        self.bytes -= sum(row["bytes"] for row in taken)
        return taken


def _erase_utterances(unit: UnitOfWork, session: int, left: Left) -> None:
    found = unit.all(_NEXT_UTTERANCES, session, left.rows)
    if found:
        last = left.take(found)[-1]
        unit.run("DELETE FROM utterance WHERE session = ? AND position <= ?", session, last["position"])


_NEXT_UTTERANCES: Final = (
    f"SELECT position, {pieces.UTTERANCE_BYTES} AS bytes FROM utterance WHERE session = ? ORDER BY position LIMIT ?"  # noqa: S608
)


def _erase_turns(unit: UnitOfWork, session: int, erased_to: int, left: Left) -> None:
    """Erase the texts of a session's next turns, and note how far that came."""
    rows_max = left.rows
    found = unit.all(_NEXT_TURNS, session, erased_to, rows_max)
    taken = left.take(found)
    if taken:
        scope = {"session": session, "erased_to": erased_to, "last": taken[-1]["cause"]}
        unit.run(_ERASE_QUESTIONS, **scope)
        unit.run(_ERASE_ANSWERS, **scope)
        answer_files.erase_shown(unit, **scope)
        reasoning.erase(unit, **scope)
        speech.erase_unsent(unit, **scope)
        vectors.erase(unit, **scope)
        disowning.disown_erased(unit, **scope)
    are_more = len(taken) < len(found) or len(found) == rows_max
    unit.run("UPDATE session SET erased_to = ? WHERE id = ?", taken[-1]["cause"] if are_more else None, session)


_NEXT_TURNS: Final = (
    f"SELECT cause, {pieces.TURN_BYTES} AS bytes FROM turn WHERE session = ? AND cause > ? ORDER BY cause LIMIT ?"  # noqa: S608
)

_ERASE_QUESTIONS: Final = (
    "UPDATE turn SET question = '', enclosed = '', edited = NULL, left_out = '', flags = '', asker_name = ''"
    " WHERE session = :session AND cause > :erased_to AND cause <= :last"
)
_ERASE_ANSWERS: Final = (
    "UPDATE turn SET draft = '', flags = '' WHERE session = :session AND cause > :erased_to AND cause <= :last"
    " AND owed = 0 AND state NOT IN ('queued', 'streaming')"
)

VERBS: Verbs = {EraseRemoved: erase_removed}
