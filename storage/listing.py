"""The sessions that a person's list offers: their own, and others' public ones of this server if they want to see them."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

from msgspec import Struct

from messages.ids import NOBODY, SessionId, UserId
from messages.interaction import Interaction
from messages.verbs.users import SESSIONS_A_PAGE, SessionListed
from storage import rights
from storage.rights import Subject, may
from storage.rows import ListedRow
from storage.unit_of_work import UnitOfWork


class SessionPage(Struct, frozen=True):
    """One page of the list; pages count from 0, and there is always one."""

    sessions: tuple[SessionListed, ...]
    page: int
    pages: int


OTHERS_MAX: Final = 100 * SESSIONS_A_PAGE
"""Others' public sessions that the pages of a list offer, the most recently used ones; a search finds more."""

SEARCHED_MAX: Final = 5_000
"""Sessions whose titles a search reads, the person's own and as many of others, the most recently used first: a few milliseconds."""

_JOINED: Final = (
    " JOIN user AS owner ON owner.discord_user_id = session.creator LEFT JOIN user AS me ON me.discord_user_id = :me"
)
_NEWEST_FIRST: Final = " ORDER BY update_time DESC, id DESC LIMIT :limit OFFSET :skipped"

# What may() would refuse is not read at all, and what is read is held against may() once more.
_OWN: Final = " FROM session WHERE is_removed = 0 AND creator = :me"
_OTHERS: Final = " FROM session WHERE is_public = 1 AND is_removed = 0 AND origin_guild = :guild AND creator != :me"

_OTHERS_COUNT: Final = "SELECT count(*) AS n FROM (SELECT 1" + _OTHERS + " LIMIT :limit)"  # noqa: S608 constants
_PAGE_OF: Final = {
    # Whatever is skipped costs an entry of an index and no more: names and the like are looked up for the page alone.
    which: "FROM (SELECT id AS chosen" + which + _NEWEST_FIRST + ") JOIN session ON session.id = chosen" + _JOINED
    for which in (_OWN, _OTHERS)
}


def page_of(unit: UnitOfWork, by: Interaction, page: int) -> SessionPage:
    """Return a page of the list, or the last page when there are fewer. Own sessions come first, the most recently used at the top."""
    own = own_count(unit, by.user_id)
    others = _others_count(unit, by) if _wants_others(unit, by) else 0
    pages = max(1, -(-(own + others) // SESSIONS_A_PAGE))
    page = min(max(page, 0), pages - 1)
    skipped = page * SESSIONS_A_PAGE
    listed = _page(unit, by, _OWN, SESSIONS_A_PAGE, skipped)
    if others:
        listed += _page(unit, by, _OTHERS, SESSIONS_A_PAGE - len(listed), max(0, skipped - own))
    return SessionPage(tuple(listed), page, pages)


def own_count(unit: UnitOfWork, owner: UserId) -> int:
    """Return how many sessions a person has."""
    row = unit.one("SELECT sessions FROM user WHERE discord_user_id = ?", owner)
    return 0 if row is None else int(row["sessions"])


def _others_count(unit: UnitOfWork, by: Interaction) -> int:
    row = unit.one(
        _OTHERS_COUNT,
        me=by.user_id,
        guild=by.guild_id,
        limit=OTHERS_MAX,
    )
    return 0 if row is None else int(row["n"])


def _page(unit: UnitOfWork, by: Interaction, which: str, limit: int, skipped: int) -> list[SessionListed]:
    """Return so many sessions after those that are skipped, newest first."""
    rows = unit.every(
        ListedRow,
        _PAGE_OF[which],
        me=by.user_id,
        guild=by.guild_id,
        limit=limit,
        skipped=skipped,
    )
    return sorted(_visible(unit, rows, by), key=lambda shown: (shown.update_time_s, shown.session), reverse=True)


def named(unit: UnitOfWork, by: Interaction, title: str) -> SessionId | None:
    """Return the first session of the list with this title, which is given case-folded."""
    found = (session for session, read in _titles(unit, by) if read.casefold() == title)
    return next((session for session in found if entry(unit, by, session) is not None), None)


def find(unit: UnitOfWork, by: Interaction, typed: str) -> tuple[SessionListed, ...]:
    """Return the first sessions of the list whose title contains what was typed, ignoring case."""
    wanted = typed.strip().casefold()
    found = (entry(unit, by, session) for session, title in _titles(unit, by) if wanted in title.casefold())
    return tuple(islice((session for session in found if session is not None), SESSIONS_A_PAGE))


def _titles(unit: UnitOfWork, by: Interaction) -> Iterator[tuple[SessionId, str]]:
    for which in (_OWN, _OTHERS) if _wants_others(unit, by) else (_OWN,):
        rows = unit.run(
            "SELECT id, title" + which + _NEWEST_FIRST,
            me=by.user_id,
            guild=by.guild_id,
            limit=SEARCHED_MAX,
            skipped=0,
        )
        yield from map(tuple, rows)


def _wants_others(unit: UnitOfWork, by: Interaction) -> bool:
    row = unit.one("SELECT show_public FROM user WHERE discord_user_id = ?", by.user_id)
    return row is not None and bool(row["show_public"])


def is_offered(unit: UnitOfWork, by: Interaction, session: SessionId) -> bool:
    """Return whether the list contains this session, on whatever page."""
    found = entry(unit, by, session)
    return found is not None and (found.is_own or _wants_others(unit, by))


def entry(unit: UnitOfWork, by: Interaction, session: SessionId) -> SessionListed | None:
    """Return one session as the list shows it, whether the list has it or not; None when the person may not see it."""
    row = unit.first(
        ListedRow, "FROM session" + _JOINED + " WHERE session.id = :session", me=by.user_id, session=session
    )
    return None if row is None else next(_visible(unit, [row], by), None)


def _visible(unit: UnitOfWork, rows: Iterable[ListedRow], by: Interaction) -> Iterator[SessionListed]:
    for row in rows:
        known = Subject(
            creator=row.creator,
            origin_guild=row.origin_guild,
            is_public=row.is_public,
            is_removed=row.is_removed,
        )
        # The few that belong to a channel have a rule that depends on more than stands in a list's row.
        seen = rights.subject(unit, row.id) if row.creator == NOBODY else known
        if may(by.user_id, "see", seen, by.guild_id):
            yield SessionListed(
                session=row.id,
                title=row.title,
                creator=row.creator,
                creator_name=row.creator_name,
                is_own=row.creator == by.user_id,
                is_current=row.id == row.current_session,
                is_public=row.is_public,
                model=row.model,
                update_time_s=row.update_time_s,
            )
