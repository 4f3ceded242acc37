"""The sessions that a person's list offers: their own, and others' public ones of this server if they want to see them."""

from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import Final

from msgspec import Struct

from messages.ids import SessionId
from messages.interaction import Interaction
from messages.verbs.users import SESSIONS_A_PAGE, SessionListed
from storage.rights import Subject, may
from storage.rows import ListedRow
from storage.unit_of_work import UnitOfWork


class SessionPage(Struct, frozen=True):
    """One page of the list; pages count from 0, and there is always one."""

    sessions: tuple[SessionListed, ...]
    page: int
    pages: int


_JOINED: Final = (
    "FROM session"
    " JOIN user AS owner ON owner.discord_user_id = session.creator"
    " LEFT JOIN user AS me ON me.discord_user_id = ?"
)
_COUNT: Final = "SELECT count(*) AS n FROM session"
_NEWEST_FIRST: Final = " ORDER BY session.update_time DESC, session.id DESC LIMIT ? OFFSET ?"

# What may() would refuse is not read at all, and what is read is held against may() once more.
_OWN: Final = " WHERE session.is_removed = 0 AND session.creator = ?"
_OTHERS: Final = (
    " WHERE session.is_removed = 0 AND session.creator != ? AND session.is_public = 1 AND session.origin_guild = ?"
)


def page_of(unit: UnitOfWork, by: Interaction, page: int) -> SessionPage:
    """Return a page of the list, or the last page when there are fewer. Own sessions come first, the most recently used at the top."""
    own = _count(unit, _COUNT + _OWN, by.user_id)
    others = _count(unit, _COUNT + _OTHERS, by.user_id, by.guild_id) if _wants_others(unit, by) else 0
    pages = max(1, -(-(own + others) // SESSIONS_A_PAGE))
    page = min(max(page, 0), pages - 1)
    skipped = page * SESSIONS_A_PAGE
    listed = list(_own(unit, by, SESSIONS_A_PAGE, skipped))
    if others:
        listed += _others(unit, by, SESSIONS_A_PAGE - len(listed), max(0, skipped - own))
    return SessionPage(tuple(listed), page, pages)


def named(unit: UnitOfWork, by: Interaction, title: str) -> SessionId | None:
    """Return the first session of the list with this title, which is given case-folded."""
    return next((one.session for one in _offered(unit, by) if one.title.casefold() == title), None)


def _offered(unit: UnitOfWork, by: Interaction) -> Iterator[SessionListed]:
    return chain(_own(unit, by, -1, 0), _others(unit, by, -1, 0) if _wants_others(unit, by) else ())


def find(unit: UnitOfWork, by: Interaction, typed: str) -> tuple[SessionListed, ...]:
    """Return the first sessions of the list whose title contains what was typed, ignoring case."""
    wanted = typed.strip().casefold()
    matching = (session for session in _offered(unit, by) if wanted in session.title.casefold())
    return tuple(islice(matching, SESSIONS_A_PAGE))


def _count(unit: UnitOfWork, sql: str, *values: object) -> int:
    row = unit.one(sql, *values)
    return 0 if row is None else int(row["n"])


def _wants_others(unit: UnitOfWork, by: Interaction) -> bool:
    row = unit.one("SELECT show_public FROM user WHERE discord_user_id = ?", by.user_id)
    return row is not None and bool(row["show_public"])


def _own(unit: UnitOfWork, by: Interaction, limit: int, offset: int) -> Iterator[SessionListed]:
    return _visible(unit.every(ListedRow, _JOINED + _OWN + _NEWEST_FIRST, by.user_id, by.user_id, limit, offset), by)


def _others(unit: UnitOfWork, by: Interaction, limit: int, offset: int) -> Iterator[SessionListed]:
    rows = unit.every(ListedRow, _JOINED + _OTHERS + _NEWEST_FIRST, by.user_id, by.user_id, by.guild_id, limit, offset)
    return _visible(rows, by)


def is_offered(unit: UnitOfWork, by: Interaction, session: SessionId) -> bool:
    """Return whether the list contains this session, on whatever page."""
    found = entry(unit, by, session)
    return found is not None and (found.is_own or _wants_others(unit, by))


def entry(unit: UnitOfWork, by: Interaction, session: SessionId) -> SessionListed | None:
    """Return one session as the list shows it, whether the list has it or not; None when the person may not see it."""
    row = unit.first(ListedRow, _JOINED + " WHERE session.id = ?", by.user_id, session)
    return None if row is None else next(_visible([row], by), None)


def _visible(rows: Iterable[ListedRow], by: Interaction) -> Iterator[SessionListed]:
    for row in rows:
        subject = Subject(
            creator=row.creator,
            origin_guild=row.origin_guild,
            is_public=row.is_public,
            is_removed=row.is_removed,
        )
        if may(by.user_id, "see", subject, by.guild_id):
            yield SessionListed(
                session=row.id,
                title=row.title,
                creator=row.creator,
                creator_name=row.creator_name,
                is_own=row.creator == by.user_id,
                is_current=row.id == row.current_session,
                is_public=subject.is_public,
                model=row.model,
                update_time_s=row.update_time_s,
            )
