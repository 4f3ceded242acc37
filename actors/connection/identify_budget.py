"""When a session may be asked of Discord's gateway. Pure.

Discord allows a thousand IDENTIFYs a day, and takes the token away after that, which ends the bot until somebody writes a
new token into its settings. A bot whose process or connection dies again and again must therefore slow down long before.
"""

from collections.abc import Sequence
from typing import Final

DAY_S: Final = 86_400.0

A_DAY_MAX: Final = 200
"""A fifth of what Discord allows: what else runs under the same token has room too."""

SHORTLY_MAX: Final = 100
"""So many in 24 hours are made as soon as Discord takes them; a normal day sees fewer than ten."""

SHORT_PAUSE_S: Final = 5.0
"""Discord takes one in five seconds ("Gateway", section "Rate Limiting"). Within a process: somebody who starts a bot again
does not wait, since Discord says so itself if that was too soon."""

LONG_PAUSE_S: Final = DAY_S / (A_DAY_MAX - SHORTLY_MAX)
"""14.4 minutes: what is left of the day's share, spread over a day."""

KEPT_BACK: Final = 5
"""Of what Discord has left for the day so much is not touched; it is waited for a new day instead."""


def wait_s(past_s: Sequence[float], now_s: float, *, own_s: Sequence[float] = ()) -> float:
    """Return for how many seconds no IDENTIFY may be made, from when the past ones were, `own_s` by this process.

    All are seconds of the same clock. Those of more than a day ago do not count; those of the future, before a clock was set
    back, count as made just now.
    """
    day = sorted(min(at_s, now_s) for at_s in {*past_s, *own_s} if at_s > now_s - DAY_S)
    allowed_s = [min(at_s, now_s) + SHORT_PAUSE_S for at_s in own_s]
    if len(day) >= SHORTLY_MAX:
        allowed_s.append(day[-1] + LONG_PAUSE_S)
    if len(day) >= A_DAY_MAX:
        allowed_s.append(day[-A_DAY_MAX] + DAY_S)
    return max(0.0, *(at_s - now_s for at_s in allowed_s)) if allowed_s else 0.0


def limit_wait_s(remaining: int, reset_after_s: float) -> float:
    """Return for how many seconds no IDENTIFY may be made, from what Discord says is left."""
    return reset_after_s if remaining <= KEPT_BACK else 0.0
