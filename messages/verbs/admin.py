"""The verbs behind `/causerie`. Storage decides in the transaction whether the person runs the bot."""

from typing import Final

from msgspec import Struct

from messages.admin_presses import AdminTab
from messages.budget import Budget, Spent
from messages.ids import SessionId, UserId
from messages.interaction import Interaction
from messages.verbs.budgets import NotAdmin
from messages.verbs.verb import Verb

PAUSED_A_PAGE: Final = 5
"""Parked sessions of one page: each has a button, and a row holds five."""


class Paused(Struct, frozen=True, kw_only=True):
    """A session that is parked. `session` and `creator` are None where whoever looks may not see it.

    `parking` is the moment until which it is parked, in microseconds since 1970: it stands for this one parking of the session and
    tells nothing else of it.
    """

    parking: int
    until_s: float
    session: SessionId | None
    creator: UserId | None


class BudgetUse(Struct, frozen=True, kw_only=True):
    """How much of one of the operator's budgets is used in its present period."""

    budget: Budget
    """As the operator wrote it."""
    spent: Spent | None
    """What is used of it; of a budget that each person or each server has, by whoever used the largest part. None: nobody used any."""
    whose: int
    """The person, role or server that this is about; 0 where it is about everybody, or nobody used any."""
    raised: tuple[UserId, ...] = ()
    """Some of the people for whom it is raised."""
    raised_more: int = 0
    """How many more these are."""


class AdminShown(Struct, frozen=True, kw_only=True):
    """What the rows say about the whole bot, and one page of what one tab lists. Days are those of UTC."""

    waiting: int
    """Questions that wait for their turn."""
    answered: int
    """Questions that were asked today and are answered."""
    tokens: int
    micro_dollars: int
    """What was used today."""
    is_partly_unpriced: bool
    paused: int
    """How many sessions are parked."""
    listed: tuple[Paused, ...] = ()
    budgets: tuple[BudgetUse, ...] = ()
    names: dict[UserId, str] = {}
    """The names of people whom the operator's lists name, as far as they are known."""
    page: int = 0
    pages: int = 1


class ReadAdmin(Verb[AdminShown | NotAdmin], frozen=True, kw_only=True):
    """Return what a tab of `/causerie` shows from the rows; writes nothing. A page that there is not any more is the last one."""

    by: Interaction
    tab: AdminTab
    page: int
    now_s: float


class Resumed(Struct, frozen=True, kw_only=True):
    """These sessions are not parked any more; none where they were not, or were parked again meanwhile."""

    sessions: tuple[SessionId, ...]


class ResumeSession(Verb[Resumed | NotAdmin], frozen=True, kw_only=True):
    """End one parking of a session, for an admin. Of two that ended in the same microsecond, both end."""

    by: Interaction
    parking: int
    now_s: float
