"""Erasure: what removed sessions held is deleted from the file in pieces, so that no transaction takes long."""

from typing import Final

from messages.verbs.sessions import EraseRemoved
from storage import answer_files, kept_files, reasoning, speech, vectors
from storage.unit_of_work import LOG_ALONE, UnitOfWork, Verbs

PIECE_ROWS: Final = 500
"""Rows that one piece deletes or overwrites: some 10 ms with what makes it durable."""


def erase_removed(unit: UnitOfWork, _verb: EraseRemoved) -> bool:
    """Erase a piece of what removed sessions held, and return whether more is left; writes."""
    return erase_piece(unit)


def erase_piece(unit: UnitOfWork) -> bool:
    """Erase a piece of what removed sessions held, and return whether more is left; writes.

    Answers that Discord does not show yet are left to `record_delivered`.
    """
    left = PIECE_ROWS
    while left > 0:
        session = unit.one("SELECT id, erased_to FROM session WHERE erased_to IS NOT NULL LIMIT 1")
        if session is None:
            unit.erased.append(LOG_ALONE if left == PIECE_ROWS else "session")
            return False
        left -= 1 + _erase_utterances(unit, session["id"], left)
        if left > 0:
            left -= kept_files.release_of_session(unit, session["id"], left)
        if left > 0:
            left -= _erase_turns(unit, session["id"], session["erased_to"], left)
    return True


def _erase_utterances(unit: UnitOfWork, session: int, rows: int) -> int:
    return unit.run(
        "DELETE FROM utterance WHERE session = :session AND position IN"
        " (SELECT position FROM utterance WHERE session = :session ORDER BY position LIMIT :rows)",
        session=session,
        rows=rows,
    ).rowcount


def _erase_turns(unit: UnitOfWork, session: int, erased_to: int, rows: int) -> int:
    """Erase the texts of a session's next turns, and note how far that came."""
    last = unit.one(
        "SELECT count(*) AS turns, max(cause) AS cause FROM"
        " (SELECT cause FROM turn WHERE session = ? AND cause > ? ORDER BY cause LIMIT ?)",
        session,
        erased_to,
        rows,
    )
    turns = 0 if last is None else int(last["turns"])
    if last is not None and turns:
        scope = {"session": session, "erased_to": erased_to, "last": last["cause"]}
        unit.run(_ERASE_QUESTIONS, **scope)
        unit.run(_ERASE_ANSWERS, **scope)
        answer_files.erase_shown(unit, **scope)
        reasoning.erase(unit, **scope)
        speech.erase_unsent(unit, **scope)
        vectors.erase(unit, **scope)
    unit.run(
        "UPDATE session SET erased_to = ? WHERE id = ?",
        last["cause"] if last is not None and turns == rows else None,
        session,
    )
    return turns


_ERASE_QUESTIONS: Final = (
    "UPDATE turn SET question = '', enclosed = '', edited = NULL, left_out = '', flags = '', asker_name = ''"
    " WHERE session = :session AND cause > :erased_to AND cause <= :last"
)
_ERASE_ANSWERS: Final = (
    "UPDATE turn SET draft = '', flags = '' WHERE session = :session AND cause > :erased_to AND cause <= :last"
    " AND owed = 0 AND state NOT IN ('queued', 'streaming')"
)

VERBS: Verbs = {EraseRemoved: erase_removed}
