"""What panels show of what was used so far, and of money. Pure."""

from typing import Final

from messages.turn import Total
from texts.say import Locale, say, say_count

MICRO_A_DOLLAR: Final = 1_000_000
MICRO_A_CENT: Final = 10_000

_SHOWN_MIN: Final = 100
"""Amounts are shown in ten-thousandths of a dollar, rounded down; what is less than one of them is shown as one."""


def usage_line(used: Total, locale: Locale) -> str:
    """Return the line that says what was used so far, and what it cost, as exactly as it is known."""
    counts: list[str] = []
    if used.input_tokens or used.output_tokens:
        read = say_count("tokens_in", used.input_tokens, locale)
        counts.append(say("used.tokens", locale, input=read, output=f"{used.output_tokens:,}"))
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
    return say("used", locale, used=", ".join((*counts, _cost(used, locale))))


def _cost(used: Total, locale: Locale) -> str:
    """Return what it cost. An unknown price is not the same as none, and what costs something is never shown as nothing."""
    if used.cost == 0:
        return say("used.cost_unknown" if used.is_partly_unpriced else "used.cost_none", locale)
    cost = dollars(used.cost)
    if used.is_partly_unpriced:
        return say("used.cost_at_least", locale, cost=cost)
    if used.estimated:
        return say("used.cost_about", locale, cost=cost)
    return say("used.cost", locale, cost=cost)


def dollars(micro_dollars: int) -> str:
    """Return an amount in dollars, with as many decimals as say something, but never as nothing where it is something."""
    if micro_dollars % MICRO_A_CENT == 0:
        return f"{micro_dollars // MICRO_A_DOLLAR:,}.{micro_dollars // MICRO_A_CENT % 100:02}"
    shown = max(micro_dollars, _SHOWN_MIN) // _SHOWN_MIN
    return f"{shown // 10_000:,}.{shown % 10_000:04}"
