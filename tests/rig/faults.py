"""Faults that are asked for from outside: a request that fails, hangs, or succeeds without the bot learning of it."""

import re
from dataclasses import dataclass, field


@dataclass(slots=True)
class Fault:
    """What happens to requests that match; a test keeps it to look at `hits` or to cancel it."""

    match: str
    """A regular expression searched in `METHOD /path`."""
    times: int | None = 1
    """How many requests it hits; None: all."""
    after: int = 0
    """How many matching requests succeed first."""
    status: int | None = None
    code: int = 0
    """Discord's JSON code; alone it brings its own status and sentence."""
    message: str | None = None
    body: dict[str, object] | str | None = None
    """The whole body instead; text is answered as HTML, as Cloudflare does."""
    headers: dict[str, str] = field(default_factory=dict)
    retry_after_s: float | None = None
    """A 429 as Discord writes it, of this `scope`."""
    scope: str = "user"
    """`user`, `shared` or `global`."""
    delay_s: float = 0.0
    """Waits before anything is applied."""
    never: bool = False
    """Nothing is applied and nothing is ever answered."""
    dropped: bool = False
    """The connection is cut before anything is applied."""
    stored_then_dropped: bool = False
    """It is applied, then the connection is cut without an answer."""
    stored_then_never: bool = False
    """It is applied, and never answered."""
    truncated: bool = False
    """It is applied and answered, but the connection is cut in the middle of the body."""
    hits: int = 0
    """How many requests it has hit."""
    cancelled: bool = False

    def cancel(self) -> None:
        """Hit no further request."""
        self.cancelled = True

    @property
    def spent(self) -> bool:
        """Whether it will hit no further request."""
        return self.cancelled or (self.times is not None and self.hits >= self.times)

    def takes(self, name: str) -> bool:
        """Whether it hits this request; counts."""
        if self.spent or re.search(self.match, name) is None:
            return False
        if self.after > 0:
            self.after -= 1
            return False
        self.hits += 1
        return True


class Faults:
    """All faults asked for; the first that matches a request hits it."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> Fault:
        """Ask for one.

        :raises re.error: when its pattern is none.
        """
        re.compile(fault.match)
        self._faults.append(fault)
        return fault

    def take(self, name: str) -> Fault | None:
        """The fault that hits this request, if one does."""
        return next((fault for fault in self._faults if fault.takes(name)), None)

    def clear(self) -> None:
        """Forget all."""
        self._faults.clear()
