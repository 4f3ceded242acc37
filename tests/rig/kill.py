"""Kill points: SIGKILL to the bot at the k-th request, counted over all servers of a test.

One counter is shared by the small Discord and the scripted model, so that "the 7th request" means the
7th thing the bot asked of the world, whoever it asked. The bot needs no hook for it.
"""

import os
import signal
from dataclasses import dataclass, field
from typing import Literal

When = Literal["before", "stored", "answered"]
"""`before` anything is applied; `stored`: applied, not one byte answered; `answered`: the answer was written."""


@dataclass(slots=True)
class KillPoint:
    """What an armed counter waits for."""

    pid: int
    request: int
    when: When
    name: str = ""


@dataclass(slots=True)
class RequestCounter:
    """Counts requests and kills a process at one of them.

    It counts from its creation; `arm` and `restart` begin again at zero, so a bot's start-up requests are
    counted or not, as a test likes.
    """

    boundaries: list[str] = field(default_factory=list)
    """What was asked since the count began, as `METHOD route`, in order of arrival."""
    fired: list[str] = field(default_factory=list)
    """One line a kill, e.g. `3 POST /channels/{channel}/messages stored`."""
    _armed: KillPoint | None = None
    _generation: int = 0

    @property
    def armed(self) -> KillPoint | None:
        """The kill point that has not been reached yet."""
        return self._armed

    def restart(self) -> None:
        """Forget the boundaries and count from zero; nothing is armed."""
        self.boundaries = []
        self._armed = None
        self._generation += 1

    def arm(self, pid: int, k: int, when: When = "before", name: str = "") -> None:
        """Count from zero and kill `pid` at the k-th request, 1 being the next one, among those whose name holds `name`.

        :raises ValueError: when k is below 1.
        """
        if k < 1:
            raise ValueError(f"request {k} will never come; the first one is 1")
        self.restart()
        self._armed = KillPoint(pid, k, when, name)

    def begin(self, name: str) -> "Boundary":
        """Count one request, `METHOD route`, and return the boundary that its server passes."""
        self.boundaries.append(name)
        wanted = self._armed.name if self._armed else ""
        number = sum(wanted in known for known in self.boundaries) if wanted in name else 0
        return Boundary(self, self._generation, number, name)

    def pass_(self, boundary: "Boundary", when: When) -> bool:
        """Kill if this is the armed place; True when it did."""
        armed = self._armed
        if armed is None or (boundary.generation, boundary.number, when) != (
            self._generation,
            armed.request,
            armed.when,
        ):
            return False
        self._armed = None
        self.fired.append(f"{boundary.number} {boundary.name} {when}")
        kill(armed.pid)
        return True


@dataclass(slots=True, frozen=True)
class Boundary:
    """One counted request, at which a server asks three times whether to kill."""

    counter: RequestCounter
    generation: int
    number: int
    name: str

    def at(self, when: When) -> bool:
        """Say how far this request is; True when the bot was killed here and needs no answer."""
        return self.counter.pass_(self, when)


def kill(pid: int) -> None:
    """Send SIGKILL; a process that is already gone is as dead as was asked for."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
