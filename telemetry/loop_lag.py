"""How late the event loop wakes up a task that sleeps: the time that somebody's callback or a full processor kept it from working."""

from collections.abc import Callable
from typing import Final

import anyio

EVERY_S: Final = 0.5
"""How often the lag is measured, in seconds."""


class LoopLag:
    """Measures the lag while `run` runs."""

    def __init__(self, tell: Callable[[float], None]) -> None:
        """`tell` is told each measured lag, in seconds."""
        self._tell = tell

    async def run(self) -> None:
        """Measure until cancelled."""
        while True:
            wanted_s = anyio.current_time() + EVERY_S
            await anyio.sleep_until(wanted_s)
            self._tell(max(0.0, anyio.current_time() - wanted_s))
