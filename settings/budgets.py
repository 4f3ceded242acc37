"""The budgets that the tables `[[budgets]]` of the TOML file set: what their keys mean together. Pure."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Final

from messages.budget import Budget
from models.catalogue import Catalogue
from settings.errors import ConfigurationError
from settings.toml_file import BudgetTable, ids_of

_REMEDY: Final = "Compare it with causerie.example.toml and start again."


def budgets_of(tables: Iterable[BudgetTable]) -> tuple[Budget, ...]:
    """Return the budgets of these tables.

    :raises ConfigurationError: a table bounds nothing, has an id that does not fit its scope, or repeats another one
    """
    found: list[Budget] = []
    for number, table in enumerate(tables, 1):
        budget = _budget(f"[[budgets]] number {number}", table)
        if any((budget.scope, budget.id, budget.period) == (one.scope, one.id, one.period) for one in found):
            whose = budget.scope if budget.id is None else f"{budget.scope} {budget.id}"
            raise ConfigurationError(
                f"CAUSERIE_CONFIG: [[budgets]] number {number} is the second one of '{whose}' for a {budget.period}."
                " Write tokens and dollars into one of them, and remove the other."
            )
        found.append(budget)
    return tuple(found)


def _budget(place: str, table: BudgetTable) -> Budget:
    if table.dollars is None and table.tokens is None:
        raise ConfigurationError(f"CAUSERIE_CONFIG: {place} has neither dollars nor tokens. {_REMEDY}")
    if table.scope == "role" and table.id is None:
        raise ConfigurationError(
            f"CAUSERIE_CONFIG: {place} has the scope 'role' and no id. Write the role's id and start again."
        )
    if table.scope == "all" and table.id is not None:
        raise ConfigurationError(
            f"CAUSERIE_CONFIG: {place} has the scope 'all' and an id. Remove the id and start again."
        )
    return Budget(
        scope=table.scope,
        period=table.period,
        id=None if table.id is None else next(iter(ids_of(f"id of {place}", (table.id,), int))),
        tokens=table.tokens,
        # As it was written: 0.1 is a tenth. What is less than a micro-dollar does not count.
        micro_dollars=None if table.dollars is None else int(Decimal(repr(table.dollars)) * 1_000_000),
    )


def doubts(budgets: tuple[Budget, ...], catalogue: Catalogue) -> Iterator[str]:
    """Yield a sentence about models that a budget in dollars does not bound, because nobody knows what they cost."""
    if all(budget.micro_dollars is None for budget in budgets):
        return
    if catalogue.is_waiting:
        unpriced = "the models that the server lists"
    else:
        unpriced = ", ".join(model.name for model in catalogue if not model.is_priced)
    if unpriced:
        yield (
            f"A budget in dollars does not bound what has no price: {unpriced}. Add prices to [[models]] (0 where a model is free),"
            " or a bound in tokens to [[budgets]], and start again."
        )
