"""The line of a panel that says how many tokens were used so far, and what they cost. Pure."""

from typing import Final

from messages.turn import Usage
from texts.say import Locale, say

_COST_SHOWN_MIN: Final = 0.0001
"""A dollar's smallest part that is shown; anything cheaper is shown as this much."""


def usage_line(used: Usage, locale: Locale) -> str:
    """Return the line, without a cost where no model has a price: its costs are unknown, which is not the same as none."""
    tokens = say(
        "used_estimated" if used.estimated else "used",
        locale,
        input=f"{used.input_tokens:,}",
        output=f"{used.output_tokens:,}",
    )
    if used.cost <= 0:
        return tokens
    return say("used_cost", locale, used=tokens, cost=f"{max(used.cost, _COST_SHOWN_MIN):,.4f}")
