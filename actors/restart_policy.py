"""When an actor that has crashed is started again, and when that is given up. Pure.

A supervisor keeps the times at which an actor crashed. Crashes that are too long ago do not count.
"""

from typing import Final, Literal

from msgspec import Struct

from backoff import backoff_s

CRASHES_MAX: Final = 5
CRASHES_WITHIN_S: Final = 60.0
"""So many crashes within this time have a cause that will not go away, and no person waits for that many answers."""

RESTART_FIRST_S: Final = 0.2
RESTART_MAX_S: Final = 5.0
"""The pause before an actor that crashed is started again."""


class RestartPolicy(Struct, frozen=True, kw_only=True):
    """What happens when an actor crashes, in the words of Erlang's and Elixir's supervisors.

    A `permanent` actor is always there: it is started again when it ends. A `transient` one is started again only when it
    has crashed; when it returns, its work is done. A `temporary` one is never started again. At the crash number
    `crashes_max` within `within_s` seconds it is given up.
    """

    restart: Literal["permanent", "transient", "temporary"]
    crashes_max: int = CRASHES_MAX
    within_s: float = CRASHES_WITHIN_S

    def recent(self, crashes: list[float], now_s: float) -> list[float]:
        """Return those of these crash times (monotonic seconds) that still count."""
        return [at_s for at_s in crashes if now_s - at_s < self.within_s]

    def is_exhausted(self, crashes: list[float]) -> bool:
        """Return whether these crashes, all of which count, are too many."""
        return len(crashes) >= self.crashes_max

    def pause_s(self, crashes: list[float]) -> float:
        """Return how many seconds to wait before the actor is started again. Without crashes it is the shortest pause."""
        return backoff_s(max(1, len(crashes)), first_s=RESTART_FIRST_S, max_s=RESTART_MAX_S)
