"""The tab *Budgets* of `/causerie`: what is used of each of the operator's budgets. Pure."""

from typing import Final

from actors.panel.admin_access_view import NAME_CHARS, PlaceNames
from actors.panel.usage_view import used_of
from messages.budget import BudgetPeriod
from messages.verbs.admin import BudgetUse
from texts.escaping import escape_markdown, moment
from texts.keys import PanelKey
from texts.say import Locale, number, say, say_list

_PERIODS: Final[dict[BudgetPeriod, PanelKey]] = {"day": "causerie.budget.day", "month": "causerie.budget.month"}


def budgets_text(budgets: tuple[BudgetUse, ...], places: PlaceNames, locale: Locale) -> str:
    """Return what is said of one page of budgets."""
    if not budgets:
        return say("causerie.budgets_none", locale)
    lines = [say("causerie.budgets_about", locale)]
    for use in budgets:
        lines.append(_line(use, places, locale))
        if use.raised:
            lines.append(_raised(use, locale))
    return "\n".join(lines)


def _line(use: BudgetUse, places: PlaceNames, locale: Locale) -> str:
    spent, period = use.spent, say(_PERIODS[use.budget.period], locale)
    whose = _whose(use, places, locale)
    if spent is None:
        return say("causerie.budget.unused", locale, whose=whose, period=period)
    mark, used, when = (
        "🔴" if spent.is_used_up else "🟢",
        used_of(spent, locale),
        moment(round(spent.renewed_at_s), "R"),
    )
    if use.budget.id is not None or use.budget.scope == "all":
        return say("causerie.budget.line", locale, mark=mark, whose=whose, period=period, used=used, when=when)
    who = f"<@{use.whose}>" if use.budget.scope == "user" else _server(use.whose, places, locale)
    return say("causerie.budget.most", locale, mark=mark, whose=whose, period=period, who=who, used=used, when=when)


def _whose(use: BudgetUse, places: PlaceNames, locale: Locale) -> str:
    match use.budget.scope, use.budget.id:
        case "user", None:
            return say("causerie.budget.each_user", locale)
        case "user", person:
            return f"<@{person}>"
        case "role", int(role):
            name = places.roles.get(role)
            return f"<@&{role}>" if name is None else f"@{escape_markdown(name, NAME_CHARS)}"
        case "server", None:
            return say("causerie.budget.each_server", locale)
        case "server", int(server):
            return _server(server, places, locale)
        case _:
            return say("causerie.budget.all", locale)


def _server(server: int, places: PlaceNames, locale: Locale) -> str:
    name = places.servers.get(server)
    return say("causerie.budget.server", locale, server=server) if name is None else escape_markdown(name, NAME_CHARS)


def _raised(use: BudgetUse, locale: Locale) -> str:
    people = say_list((f"<@{person}>" for person in use.raised), locale)
    if use.raised_more:
        people = say("causerie.and_more", locale, listed=people, more=number(use.raised_more, locale))
    return say("causerie.budget.raised", locale, people=people)
