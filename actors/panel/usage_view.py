"""What panels show of what was used so far, of money, and of budgets. Pure."""

from typing import Final

from messages.budget import BudgetPeriod, Spent
from messages.components import Panel, simple_panel
from messages.usage import Total
from messages.verbs.budgets import BudgetsShown
from texts.escaping import moment
from texts.keys import PanelKey
from texts.say import Locale, number, say, say_count, say_figures

MICRO_A_DOLLAR: Final = 1_000_000
MICRO_A_CENT: Final = 10_000

_SHOWN_MIN: Final = 100
"""Amounts are shown in ten-thousandths of a dollar, rounded down; what is less than one of them is shown as one."""


def usage_line(used: Total, locale: Locale) -> str:
    """Return the line that says what was used so far, and what it cost, as exactly as it is known."""
    counts: list[str] = []
    if used.input_tokens or used.output_tokens:
        read = say_count("tokens_in", used.input_tokens, locale)
        counts.append(say("used.tokens", locale, input=read, output=number(used.output_tokens, locale)))
    if used.pictures:
        counts.append(say_count("pictures", used.pictures, locale))
    if used.audio_ms:
        counts.append(say_count("seconds_of_audio", -(-used.audio_ms // 1000), locale))
    if used.characters:
        counts.append(say_count("characters_read", used.characters, locale))
    if not counts:
        return say("used", locale, used=say("used.nothing", locale))
    if used.estimated:
        counts[0] = say("used.about", locale, used=counts[0])
    return say("used", locale, used=say_figures((*counts, _cost(used, locale)), locale))


def _cost(used: Total, locale: Locale) -> str:
    """Return what it cost. An unknown price is not the same as none, and what costs something is never shown as nothing."""
    if used.cost == 0:
        return say("used.cost_unknown" if used.is_partly_unpriced else "used.cost_none", locale)
    cost = dollars(used.cost, locale)
    if used.is_partly_unpriced:
        return say("used.cost_at_least", locale, cost=cost)
    if used.estimated:
        return say("used.cost_about", locale, cost=cost)
    return say("used.cost", locale, cost=cost)


def budget_lines(budgets: tuple[Spent, ...], locale: Locale) -> list[str]:
    """Return a line for each budget of a person: how much of it is used, and when it is renewed."""
    return [_budget_line(spent, locale) for spent in budgets]


def _budget_line(spent: Spent, locale: Locale) -> str:
    when = moment(round(spent.renewed_at_s), "R")
    key = _BUDGET_OF[spent.budget.period]
    return say("budget.line", locale, budget=say(key, locale), used=used_of(spent, locale), when=when)


def used_of(spent: Spent, locale: Locale) -> str:
    """Return how much of a budget is used, of each of its bounds."""
    budget, parts = spent.budget, []
    if budget.micro_dollars is not None:
        used = dollars(spent.micro_dollars, locale)
        used = say("used.cost_at_least" if spent.is_partly_unpriced else "used.cost", locale, cost=used)
        parts.append(
            say(
                "budget.of",
                locale,
                used=used,
                bound=say("used.cost", locale, cost=dollars(budget.micro_dollars, locale)),
            )
        )
    if budget.tokens is not None:
        bound = say_count("tokens", budget.tokens, locale)
        parts.append(say("budget.of", locale, used=number(spent.tokens, locale), bound=bound))
    return say_figures(parts, locale)


_BUDGET_OF: Final[dict[BudgetPeriod, PanelKey]] = {"day": "budget.day", "month": "budget.month"}


def budget_panel(shown: BudgetsShown, locale: Locale, *, is_own: bool) -> Panel:
    """Return the answer to `/budget`."""
    if not shown.budgets:
        return simple_panel(
            say("budget.none", locale) if is_own else say("budget.none_of", locale, person=shown.person)
        )
    lines = budget_lines(shown.budgets, locale)
    if shown.is_raised:
        lines.insert(0, say("budget.raised", locale, person=shown.person))
    elif not is_own:
        lines.insert(0, say("budget.person", locale, person=shown.person))
    return simple_panel("\n".join(lines))


def dollars(micro_dollars: int, locale: Locale) -> str:
    """Return an amount in dollars, with as many decimals as say something, but never as nothing where it is something."""
    if micro_dollars % MICRO_A_CENT == 0:
        whole, decimals = micro_dollars // MICRO_A_DOLLAR, f"{micro_dollars // MICRO_A_CENT % 100:02}"
    else:
        shown = max(micro_dollars, _SHOWN_MIN) // _SHOWN_MIN
        whole, decimals = shown // 10_000, f"{shown % 10_000:04}"
    return f"{number(whole, locale)}{say('number.point', locale)}{decimals}"
