"""Budgets: what the operator lets people use in a day or a month, and how much of it is used."""

from typing import Literal

from msgspec import Struct

BudgetScope = Literal["user", "role", "server", "all"]
"""Whose use a budget bounds: each person's, that of all who have a role, that of everybody in a server, everybody's."""

BudgetPeriod = Literal["day", "month"]
"""Days and months of UTC."""


class Budget(Struct, frozen=True, kw_only=True):
    """One budget. Where both bounds are set, both hold; None does not bound.

    `id` is Discord's id of one person, role or server. None: each person has such a budget, or each server; a budget with an
    `id` holds in its place for that one.
    """

    scope: BudgetScope
    period: BudgetPeriod
    id: int | None = None
    tokens: int | None = None
    """Tokens that models read and write, together."""
    micro_dollars: int | None = None


class Spent(Struct, frozen=True, kw_only=True):
    """How much of a budget is used in its present period."""

    budget: Budget
    """With its bounds as they are now, raises included."""
    tokens: int
    micro_dollars: int
    reserved_tokens: int
    """What requests that are under way may use at most."""
    reserved_micro_dollars: int
    is_partly_unpriced: bool
    """Whether a part was asked of models whose price is unknown: it does not count in dollars."""
    renewed_at_s: float
    """When the next period begins, in seconds since 1970."""

    @property
    def is_used_up(self) -> bool:
        """Whether nothing is left, whatever comes of the requests that are under way."""
        return _reached(self.tokens, self.budget.tokens) or _reached(self.micro_dollars, self.budget.micro_dollars)

    @property
    def has_room(self) -> bool:
        """Whether one more request may begin: something is left, even if all that is under way uses as much as it may."""
        return not (
            _reached(self.tokens + self.reserved_tokens, self.budget.tokens)
            or _reached(self.micro_dollars + self.reserved_micro_dollars, self.budget.micro_dollars)
        )


def _reached(used: int, bound: int | None) -> bool:
    return bound is not None and used >= bound


class NoRoom(Struct, frozen=True, kw_only=True, tag="no_room"):
    """A budget has no room for a request, which was not sent.

    `again_at_s` is when the budget is renewed (seconds since 1970); None where it is not used up but reserved for requests that
    are under way.
    """

    scope: BudgetScope
    again_at_s: float | None
