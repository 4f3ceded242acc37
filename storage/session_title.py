"""The title of a session that its owner has not named: it follows the session's first question, and goes when that is deleted."""

from collections.abc import Collection
from typing import Final

from storage.rows import TurnRow
from storage.unit_of_work import UnitOfWork, locale_of_person
from texts import titles
from texts.say import locale_for


def follow_question(unit: UnitOfWork, turn: TurnRow, question: str, *, is_over: bool) -> None:
    """Name the session after this question, if the turn asks the session's first one; writes.

    The title is the beginning of the question, and its keywords once the turn is over, if they say more.
    """
    if _asks_first(unit, turn):
        title = titles.keywords(question) if is_over else None
        _set(unit, turn, title or titles.first_title(question) or _untitled(unit, turn))


def forget_question(unit: UnitOfWork, turn: TurnRow) -> None:
    """Remove the title if it is made of the question that this turn asks; writes."""
    if _asks_first(unit, turn):
        _set(unit, turn, _untitled(unit, turn))


def forget_first(unit: UnitOfWork, session: int | None, roots: Collection[int]) -> None:
    """Remove the title of a session whose first question one of these turns asked, unless its owner named it; writes."""
    row = unit.one(
        "SELECT create_time, creator, (SELECT id FROM turn WHERE session = session.id ORDER BY cause LIMIT 1) AS first"
        " FROM session WHERE id = ?",
        session,
    )
    if row is not None and row["first"] in roots:
        title = titles.untitled(row["create_time"], locale_for(locale_of_person(unit, row["creator"])))
        unit.run(_SET, title, session)


def _asks_first(unit: UnitOfWork, turn: TurnRow) -> bool:
    """Return whether a turn asks its session's first question, also as a retry."""
    first = unit.one("SELECT id FROM turn WHERE session = ? ORDER BY cause LIMIT 1", turn.session)
    return first is not None and first["id"] == turn.root


def _untitled(unit: UnitOfWork, turn: TurnRow) -> str:
    session = unit.one("SELECT create_time FROM session WHERE id = ?", turn.session)
    locale = locale_for(locale_of_person(unit, turn.asker))
    return titles.untitled(0.0 if session is None else session["create_time"], locale)


def _set(unit: UnitOfWork, turn: TurnRow, title: str) -> None:
    unit.run(_SET, title, turn.session)


_SET: Final = "UPDATE session SET title = ? WHERE id = ? AND title_is_given = 0 AND is_removed = 0"
