"""The identify budget: when the bot may start a new gateway session, which it does by sending IDENTIFY. Pure.

Discord allows 1,000 IDENTIFYs a day. Whoever sends more loses the token, and the bot is down until somebody puts a new one
into its settings. A bot whose process or connection dies again and again has to slow down long before that.
"""

from collections.abc import Sequence
from typing import Final

DAY_S: Final = 86_400.0

A_DAY_MAX: Final = 200
"""The most IDENTIFYs within 24 hours: a fifth of what Discord allows, so that other programs with the same token have room, too."""

SHORTLY_MAX: Final = 100
"""So many within 24 hours are sent without a longer pause; a normal day needs fewer than ten."""

SHORT_PAUSE_S: Final = 5.0
"""The pause between two IDENTIFYs of one process: Discord takes one every five seconds ("Gateway", section "Rate Limiting").
After a restart the bot does not wait; if that was too soon, Discord says so."""

LONG_PAUSE_S: Final = DAY_S / (A_DAY_MAX - SHORTLY_MAX)
"""The pause once `SHORTLY_MAX` were sent, 14.4 minutes: it spreads the rest of the day's 200 over a day."""

KEPT_BACK: Final = 5
"""When Discord has only so many left for the day, the bot waits for the next day."""


def wait_s(past_s: Sequence[float], now_s: float, *, own_s: Sequence[float] = ()) -> float:
    """Return how many seconds to wait before the next IDENTIFY.

    `past_s` are the moments of past IDENTIFYs, `own_s` those of this process, all in seconds of the same clock. Moments more than
    a day ago do not count. Moments in the future, which appear when the clock is set back, count as now.
    """
    day = sorted(min(at_s, now_s) for at_s in {*past_s, *own_s} if at_s > now_s - DAY_S)
    allowed_s = [min(at_s, now_s) + SHORT_PAUSE_S for at_s in own_s]
    if len(day) >= SHORTLY_MAX:
        allowed_s.append(day[-1] + LONG_PAUSE_S)
    if len(day) >= A_DAY_MAX:
        allowed_s.append(day[-A_DAY_MAX] + DAY_S)
    return max(0.0, *(at_s - now_s for at_s in allowed_s)) if allowed_s else 0.0


def limit_wait_s(remaining: int, reset_after_s: float) -> float:
    """Return how many seconds to wait before the next IDENTIFY, when Discord says that so many are left until its reset."""
    return reset_after_s if remaining <= KEPT_BACK else 0.0
