"""Budgets: what was used so far in a period, what is reserved, and whether there is room for one more request.

A request may begin while something is left of each budget that holds for it. What it may use at most is reserved in the same
transaction, so however many begin at once, a budget is overspent by the last one of them at most.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from messages.budget import Budget, BudgetPeriod, BudgetScope, NoRoom, Spent
from messages.ids import GuildId, TurnId, UserId
from messages.usage import Usage
from storage.unit_of_work import UnitOfWork

DAY_S: Final = 86_400
EVERYBODY: Final = 0
"""Stands for an id where the budget is everybody's."""


class Who(Struct, frozen=True, kw_only=True):
    """Whose use a request is: the person, the server where they asked (None in direct messages), and their roles that have budgets."""

    person: UserId
    guild: GuildId | None
    roles: tuple[int, ...]

    def ids(self) -> Iterator[tuple[BudgetScope, int]]:
        """Yield each scope that the request belongs to, with its id."""
        yield "user", self.person
        if self.guild is not None:
            yield "server", self.guild
        for role in self.roles:
            yield "role", role
        yield "all", EVERYBODY


def roles_of(unit: UnitOfWork, person: UserId) -> tuple[int, ...]:
    """Return the roles with a budget that a person had when last seen, in whatever server: their use elsewhere counts too."""
    with_budget = {budget.id for budget in unit.limits.budgets if budget.scope == "role"}
    if not with_budget:
        return ()
    rows = unit.all("SELECT roles FROM member WHERE user = ?", person)
    held = {role for row in rows for role in msgspec.json.decode(row["roles"], type=tuple[int, ...])}
    return tuple(sorted(held & with_budget))


def no_room_for(unit: UnitOfWork, who: Who, *, now_s: float, turn: TurnId, purpose: str) -> NoRoom | None:
    """Return the budget that has no room for another request, or None where all have; of several, the one that lasts longest.

    What is reserved for this turn's purpose already does not count: the request takes its place.
    """
    full = [
        spent
        for scope, id_ in who.ids()
        for budget in _holding(unit, scope, id_)
        if not (spent := spent_of(unit, budget, id_, now_s, but_of=(turn, purpose))).has_room
    ]
    used_up = [spent for spent in full if spent.is_used_up]
    if used_up:
        last = max(used_up, key=lambda spent: spent.renewed_at_s)
        return NoRoom(scope=last.budget.scope, again_at_s=last.renewed_at_s)
    return NoRoom(scope=full[0].budget.scope, again_at_s=None) if full else None


def _holding(unit: UnitOfWork, scope: BudgetScope, id_: int) -> Iterator[Budget]:
    """Yield the budgets of a scope that hold for this id: one with the id holds in place of one for each."""
    of_scope = [budget for budget in unit.limits.budgets if budget.scope == scope]
    named = {budget.period for budget in of_scope if budget.id == id_}
    for budget in of_scope:
        if budget.id == id_ or (budget.id is None and budget.period not in named):
            yield budget


def spent_of(
    unit: UnitOfWork, budget: Budget, id_: int, now_s: float, *, but_of: tuple[TurnId, str] = (TurnId(0), "")
) -> Spent:
    """Return how much of a budget this id has used in the present period; what is reserved counts, but for that one purpose of a turn."""
    first, following = first_day(budget.period, now_s), next_first_day(budget.period, now_s)
    used = unit.all(
        "SELECT coalesce(sum(tokens), 0) AS tokens, coalesce(sum(micro_dollars), 0) AS micro_dollars,"
        " coalesce(max(is_unpriced), 0) AS is_unpriced FROM spent WHERE scope = ? AND id = ? AND day >= ? AND day < ?",
        budget.scope,
        id_,
        first,
        following,
    )[0]
    reserved = unit.all(
        _RESERVED[budget.scope], id=id_, since=first * DAY_S, until=following * DAY_S, turn=but_of[0], purpose=but_of[1]
    )[0]
    return Spent(
        budget=_raised(unit, budget, id_, first),
        tokens=used["tokens"],
        micro_dollars=used["micro_dollars"],
        reserved_tokens=reserved["tokens"],
        reserved_micro_dollars=reserved["micro_dollars"],
        is_partly_unpriced=bool(used["is_unpriced"]),
        renewed_at_s=next_first_day(budget.period, now_s) * DAY_S,
    )


_SUM: Final = (
    "SELECT coalesce(sum(tokens), 0) AS tokens, coalesce(sum(micro_dollars), 0) AS micro_dollars FROM reservation"
    " WHERE time >= :since AND time < :until AND NOT (turn = :turn AND purpose = :purpose)"
)
_RESERVED: Final[dict[BudgetScope, str]] = {
    "user": _SUM + " AND asker = :id",
    "server": _SUM + " AND guild = :id",
    "role": (
        "SELECT coalesce(sum(tokens), 0) AS tokens, coalesce(sum(micro_dollars), 0) AS micro_dollars FROM reservation"
        " WHERE time >= :since AND time < :until AND NOT (turn = :turn AND purpose = :purpose)"
        " AND EXISTS (SELECT 1 FROM json_each(roles) WHERE value = :id)"
    ),
    "all": _SUM + " AND :id = 0",
}
"""What is under way in each scope. There are no more reservations than answers that stream."""


def _raised(unit: UnitOfWork, budget: Budget, id_: int, first: int) -> Budget:
    """Return a budget with its bounds as they are now. Only a person's is ever raised."""
    if budget.scope != "user":
        return budget
    (row,) = unit.all(_RAISED[budget.period], id_, first)
    return replace(
        budget,
        tokens=None if budget.tokens is None else budget.tokens + row["tokens"],
        micro_dollars=None if budget.micro_dollars is None else budget.micro_dollars + row["micro_dollars"],
    )


_RAISED_SUM: Final = (
    "SELECT coalesce(sum(tokens), 0) AS tokens, coalesce(sum(micro_dollars), 0) AS micro_dollars FROM budget_raise"
)
_RAISED: Final[dict[BudgetPeriod, str]] = {
    "day": _RAISED_SUM + " WHERE person = ? AND day = ?",
    "month": _RAISED_SUM + " WHERE person = ? AND month = ?",
}


def spend(unit: UnitOfWork, who: Who, usage: Usage, time_s: float) -> None:
    """Add what a request used to the day's totals of each scope that it belongs to; writes. `time_s` is when it was asked."""
    for scope, id_ in who.ids():
        unit.run(
            "INSERT INTO spent (scope, id, day, tokens, micro_dollars, is_unpriced) VALUES (?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (scope, id, day) DO UPDATE SET tokens = tokens + excluded.tokens,"
            " micro_dollars = micro_dollars + excluded.micro_dollars, is_unpriced = max(is_unpriced, excluded.is_unpriced)",
            scope,
            id_,
            int(time_s // DAY_S),
            usage.input_tokens + usage.output_tokens,
            usage.cost or 0,
            int(usage.cost is None),
        )


def spent_by(unit: UnitOfWork, person: UserId, now_s: float) -> tuple[Spent, ...]:
    """Return a person's own budgets, and what is used of them."""
    return tuple(spent_of(unit, budget, person, now_s) for budget in _holding(unit, "user", person))


def forget_person(unit: UnitOfWork, person: UserId, now_s: float) -> int:
    """Erase what a person used by day, and raises of their budgets, and return how many rows that were; writes.

    Where people have budgets, the present month is left to `forget_over`: who is forgotten in the morning could else spend the day's budget twice.
    """
    kept_from = first_day("month", now_s)
    if any(budget.scope == "user" for budget in unit.limits.budgets):
        unit.run(
            "INSERT INTO spent_of_forgotten (person, until_day) VALUES (?, ?) ON CONFLICT (person) DO UPDATE SET until_day = excluded.until_day",
            person,
            next_first_day("month", now_s),
        )
    else:
        kept_from = _NEVER
    return _forget_before(unit, person, kept_from)


def forget_over(unit: UnitOfWork, now_s: float) -> None:
    """Erase what was left of people who were forgotten in an earlier month; writes."""
    today = first_day("day", now_s)
    for row in unit.all("SELECT person, until_day FROM spent_of_forgotten WHERE until_day <= ?", today):
        _forget_before(unit, UserId(row["person"]), row["until_day"])
        unit.run("DELETE FROM spent_of_forgotten WHERE person = ?", row["person"])


_NEVER: Final = 10**9
"""A day that does not come."""


def _forget_before(unit: UnitOfWork, person: UserId, day: int) -> int:
    spent = unit.run("DELETE FROM spent WHERE scope = 'user' AND id = ? AND day < ?", person, day)
    return spent.rowcount + unit.run("DELETE FROM budget_raise WHERE person = ? AND day < ?", person, day).rowcount


_EPOCH: Final = date(1970, 1, 1).toordinal()


def first_day(period: BudgetPeriod, now_s: float) -> int:
    """Return the day, in days since 1970, with which the present period began, in UTC."""
    today = datetime.fromtimestamp(now_s, UTC).date()
    return (today if period == "day" else today.replace(day=1)).toordinal() - _EPOCH


def next_first_day(period: BudgetPeriod, now_s: float) -> int:
    """Return the day, in days since 1970, with which the next period begins, in UTC."""
    today = datetime.fromtimestamp(now_s, UTC).date()
    following = (
        today + timedelta(days=1) if period == "day" else (today.replace(day=28) + timedelta(days=4)).replace(day=1)
    )
    return following.toordinal() - _EPOCH
