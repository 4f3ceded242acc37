"""Raises one person's budgets until their periods end. Only admins may; each raise is a row."""

from messages.verbs.budgets import BudgetsShown, NotAdmin, RaiseBudget
from storage.budgets import first_day, spent_by
from storage.unit_of_work import UnitOfWork, Verbs
from storage.users import first_delivery


def raise_budget(unit: UnitOfWork, verb: RaiseBudget) -> BudgetsShown | NotAdmin:
    """Raise a person's budgets until their periods end, for an admin, and return them; writes only where something is given."""
    by = verb.by
    is_admin = unit.limits.permissions.is_admin(by.user_id)
    is_raise = bool(verb.tokens or verb.micro_dollars)
    if not is_admin and (is_raise or verb.person != by.user_id):
        return NotAdmin()
    is_first = is_raise and _is_bounded(unit, verb) and first_delivery(unit, by)
    if is_first:
        unit.run(
            "INSERT INTO budget_raise (time, person, admin, day, month, tokens, micro_dollars) VALUES (?, ?, ?, ?, ?, ?, ?)",
            verb.now_s,
            verb.person,
            by.user_id,
            first_day("day", verb.now_s),
            first_day("month", verb.now_s),
            verb.tokens,
            verb.micro_dollars,
        )
    return BudgetsShown(person=verb.person, budgets=spent_by(unit, verb.person, verb.now_s), is_raised=is_first)


def _is_bounded(unit: UnitOfWork, verb: RaiseBudget) -> bool:
    """Return whether the person has a budget with such a bound, so that there is something to be raised."""
    budgets = [spent.budget for spent in spent_by(unit, verb.person, verb.now_s)]
    return bool(
        (verb.tokens and any(budget.tokens is not None for budget in budgets))
        or (verb.micro_dollars and any(budget.micro_dollars is not None for budget in budgets))
    )


VERBS: Verbs = {RaiseBudget: raise_budget}
