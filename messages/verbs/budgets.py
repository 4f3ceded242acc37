"""The verb behind `/budget`."""

from msgspec import Struct

from messages.budget import Spent
from messages.ids import UserId
from messages.interaction import Interaction
from messages.verbs.verb import Verb


class BudgetsShown(Struct, frozen=True, kw_only=True):
    """A person's own budgets, and what is used of them; none where the operator set none."""

    person: UserId
    budgets: tuple[Spent, ...]
    is_raised: bool
    """Whether they were raised just now."""


class NotAdmin(Struct, frozen=True, kw_only=True):
    """Only the people who run the bot may do this. Nothing was changed."""


class RaiseBudget(Verb[BudgetsShown | NotAdmin], frozen=True, kw_only=True):
    """Raise a person's budgets of the present day and month by so much, and return them. Where both numbers are 0, only return them.

    Admins may do it for everybody; everybody may see their own. `now_s` is in seconds since 1970.
    """

    by: Interaction
    person: UserId
    tokens: int = 0
    micro_dollars: int = 0
    now_s: float
