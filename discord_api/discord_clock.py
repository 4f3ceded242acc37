"""Discord's time, by which ids are made: the machine's clock may be wrong, or be put right while the bot runs.

Discord's answers say when a rate limit's window is reset, as a moment and as the seconds until then (Discord: Rate Limits); the
difference is Discord's time. From there on the monotonic clock counts.
"""

import time
from typing import Final

ROUGHLY_S: Final = 2.0
"""Answers under way make what they say of the time differ by so much; less does not move the clock."""


class DiscordClock:
    """Seconds since 1970: by the machine until Discord has said more, then by Discord."""

    def __init__(self) -> None:
        self._ahead_of_monotonic_s: float | None = None

    def now_s(self) -> float:
        """Return the time, in seconds since 1970."""
        if self._ahead_of_monotonic_s is None:
            return time.time()
        return time.monotonic() + self._ahead_of_monotonic_s

    def told_s(self) -> float | None:
        """Return the time by Discord, in seconds since 1970; None while Discord has not said it."""
        return None if self._ahead_of_monotonic_s is None else self.now_s()

    def learn(self, now_s: float) -> None:
        """Discord says that it is this time (seconds since 1970)."""
        if abs(now_s - self.now_s()) > ROUGHLY_S or self._ahead_of_monotonic_s is None:
            self._ahead_of_monotonic_s = now_s - time.monotonic()
