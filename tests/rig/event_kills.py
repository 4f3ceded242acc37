"""Kills the bot right after a gateway event was written to its socket."""

from dataclasses import dataclass, field

from tests.rig.kill import kill


@dataclass(slots=True)
class _Armed:
    pid: int
    name: str
    left: int


@dataclass(slots=True)
class EventKills:
    """Sends SIGKILL after the k-th event of a name, counted from `arm`."""

    _armed: list[_Armed] = field(default_factory=list)
    fired: list[str] = field(default_factory=list)
    """Names of the events after which somebody was killed."""

    def arm(self, pid: int, name: str, k: int) -> None:
        """Kill `pid` after the k-th event `name` from now on.

        :raises ValueError: when k is below 1.
        """
        if k < 1:
            raise ValueError(f"event {k} will never come; the first one is 1")
        self._armed.append(_Armed(pid, name, k))

    def passed(self, name: str) -> None:
        """Say that an event was written."""
        for armed in [entry for entry in self._armed if entry.name == name]:
            armed.left -= 1
            if armed.left == 0:
                self._armed.remove(armed)
                self.fired.append(name)
                kill(armed.pid)
