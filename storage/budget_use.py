"""What is used of the operator's budgets: of one for each person or each server, by whoever used the largest part of it."""

from typing import Final

import msgspec

from messages.budget import Budget, BudgetPeriod
from messages.ids import UserId
from messages.verbs.admin import BudgetUse
from storage.budgets import EVERYBODY, first_day, next_first_day, spent_of
from storage.unit_of_work import UnitOfWork

RAISED_SHOWN: Final = 3
"""So many of the people whose budget is raised are named."""


def use_of(unit: UnitOfWork, budget: Budget, now_s: float) -> BudgetUse:
    """Return how much of a budget is used in its present period."""
    if budget.id is None and budget.scope in ("user", "server"):
        return _use_of_each(unit, budget, now_s)
    id_ = EVERYBODY if budget.id is None else budget.id
    spent = spent_of(unit, budget, id_, now_s)
    raised = (UserId(id_),) if spent.budget != budget else ()
    return BudgetUse(budget=budget, spent=spent, whose=id_, raised=raised)


_FULLEST: Final = (
    "SELECT id FROM spent INDEXED BY spent_of_day"
    " WHERE scope = :scope AND day >= :first AND day < :following AND id NOT IN (SELECT value FROM json_each(:apart))"
    " GROUP BY id HAVING sum(tokens) > 0 OR sum(micro_dollars) > 0"
    " ORDER BY max(sum(tokens) * 1.0 / :tokens, sum(micro_dollars) * 1.0 / :micro_dollars) DESC, id LIMIT 1"
)
"""Who used the largest part. What does not bound is divided by so much that it does not count.

The index is named because SQLite would rather read all years in the order of the ids, which saves it a sort, than sort one period.
"""

_BOUNDLESS: Final = 10**30


def _use_of_each(unit: UnitOfWork, budget: Budget, now_s: float) -> BudgetUse:
    """Return the use of a budget that each person or server has, but for those that have one of their own in its place."""
    apart = [
        other.id
        for other in unit.limits.budgets
        if other.id is not None and (other.scope, other.period) == (budget.scope, budget.period)
    ]
    first = first_day(budget.period, now_s)
    fullest = unit.one(
        _FULLEST,
        scope=budget.scope,
        first=first,
        following=next_first_day(budget.period, now_s),
        apart=msgspec.json.encode(apart).decode(),
        tokens=budget.tokens or float(_BOUNDLESS),
        micro_dollars=budget.micro_dollars or float(_BOUNDLESS),
    )
    raised = _raised(unit, budget.period, first) if budget.scope == "user" else []
    held = [person for person in raised if person not in apart]
    whose = 0 if fullest is None else fullest["id"]
    return BudgetUse(
        budget=budget,
        spent=None if fullest is None else spent_of(unit, budget, whose, now_s),
        whose=whose,
        raised=tuple(held[:RAISED_SHOWN]),
        raised_more=max(0, len(held) - RAISED_SHOWN),
    )


_RAISED: Final[dict[BudgetPeriod, str]] = {
    "day": "SELECT DISTINCT person FROM budget_raise WHERE day = ? ORDER BY person",
    "month": "SELECT DISTINCT person FROM budget_raise WHERE month = ? ORDER BY person",
}


def _raised(unit: UnitOfWork, period: BudgetPeriod, first: int) -> list[UserId]:
    return [UserId(row["person"]) for row in unit.all(_RAISED[period], first)]
