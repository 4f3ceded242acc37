"""What `/causerie` shows from the rows, and how an admin resumes a session that is parked. Only the people who run the bot may.

Nothing of a private session is told: what whoever looks may not see has neither id nor owner.
"""

import math
from typing import Final

from messages.ids import SessionId, UserId, snowflake_at
from messages.verbs.admin import PAUSED_A_PAGE, AdminShown, BudgetUse, Paused, ReadAdmin, Resumed, ResumeSession
from messages.verbs.budgets import NotAdmin
from storage.budget_use import use_of
from storage.budgets import DAY_S
from storage.rights import may_in
from storage.unit_of_work import UnitOfWork, Verbs

BUDGETS_A_PAGE: Final = 5
"""The longest lines about five budgets, in every language, are within the room of a panel."""

# `parked_until > 0` is what the index of parked sessions holds: without it, SQLite would look at every session there is.
_COUNT_PAUSED: Final = "SELECT count(*) FROM session WHERE parked_until > ? AND parked_until > 0 AND is_removed = 0"
_PAUSED: Final = (
    "SELECT id, creator, parked_until, CAST(round(parked_until * 1000000) AS INTEGER) AS parking FROM session"
    " WHERE parked_until > ? AND parked_until > 0 AND is_removed = 0 ORDER BY parked_until, id LIMIT ? OFFSET ?"
)
_RESUME: Final = (
    "UPDATE session SET parked_until = 0 WHERE parked_until > ? AND parked_until > 0"
    " AND CAST(round(parked_until * 1000000) AS INTEGER) = ? AND is_removed = 0 RETURNING id"
)


def read_admin(unit: UnitOfWork, verb: ReadAdmin) -> AdminShown | NotAdmin:
    """Return what a tab shows, for an admin; writes nothing."""
    permissions = unit.limits.permissions
    if not permissions.is_admin(verb.by.user_id):
        return NotAdmin()
    paused = _count(unit, _COUNT_PAUSED, verb.now_s)
    page, pages, listed = 0, 1, tuple[Paused, ...]()
    budgets, names = tuple[BudgetUse, ...](), dict[UserId, str]()
    match verb.tab:
        case "paused":
            page, pages = _page(verb.page, paused, PAUSED_A_PAGE)
            listed = _paused(unit, verb, page)
        case "budgets":
            page, pages = _page(verb.page, len(unit.limits.budgets), BUDGETS_A_PAGE)
            shown = unit.limits.budgets[page * BUDGETS_A_PAGE : (page + 1) * BUDGETS_A_PAGE]
            budgets = tuple(use_of(unit, budget, verb.now_s) for budget in shown)
        case "access":
            names = _names(unit, permissions.admins | permissions.allow.users | permissions.block.users)
        case "now" | "models":
            pass
    today = int(verb.now_s // DAY_S)
    used = unit.one(
        "SELECT tokens, micro_dollars, is_unpriced FROM spent WHERE scope = 'all' AND id = 0 AND day = ?", today
    )
    return AdminShown(
        waiting=_count(unit, "SELECT count(*) FROM turn WHERE state = 'queued'"),
        answered=_count(
            unit,
            "SELECT count(*) FROM turn WHERE cause >= ? AND state IN ('answered', 'delivered')",
            snowflake_at(today * DAY_S),
        ),
        tokens=0 if used is None else used["tokens"],
        micro_dollars=0 if used is None else used["micro_dollars"],
        is_partly_unpriced=used is not None and bool(used["is_unpriced"]),
        paused=paused,
        listed=listed,
        budgets=budgets,
        names=names,
        page=page,
        pages=pages,
    )


def _count(unit: UnitOfWork, sql: str, *values: object) -> int:
    row = unit.one(sql, *values)
    return 0 if row is None else int(row[0])


def _page(page: int, items: int, a_page: int) -> tuple[int, int]:
    """Return the page that is shown, and how many there are."""
    pages = max(1, math.ceil(items / a_page))
    return min(page, pages - 1), pages


def _paused(unit: UnitOfWork, verb: ReadAdmin, page: int) -> tuple[Paused, ...]:
    """Return a page of parked sessions, the one that is resumed by itself first at the top."""
    found = []
    for row in unit.all(_PAUSED, verb.now_s, PAUSED_A_PAGE, page * PAUSED_A_PAGE):
        may_see = may_in(unit, verb.by.user_id, "see", SessionId(row["id"]), verb.by.guild_id)
        found.append(
            Paused(
                parking=row["parking"],
                until_s=row["parked_until"],
                session=SessionId(row["id"]) if may_see else None,
                creator=UserId(row["creator"]) if may_see else None,
            )
        )
    return tuple(found)


def _names(unit: UnitOfWork, people: frozenset[UserId]) -> dict[UserId, str]:
    """Return the names of those people whom the bot has seen."""
    names = {}
    for person in people:
        row = unit.one("SELECT name FROM user WHERE discord_user_id = ?", person)
        if row is not None:
            names[person] = str(row["name"])
    return names


def resume_session(unit: UnitOfWork, verb: ResumeSession) -> Resumed | NotAdmin:
    """End one parking of a session, for an admin; writes. A second time there is nothing to end."""
    if not unit.limits.permissions.is_admin(verb.by.user_id):
        return NotAdmin()
    rows = unit.all(_RESUME, verb.now_s, verb.parking)
    return Resumed(sessions=tuple(SessionId(row["id"]) for row in rows))


VERBS: Verbs = {ReadAdmin: read_admin, ResumeSession: resume_session}
