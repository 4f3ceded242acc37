"""Whether a trouble that lasts is logged again."""

from typing import Final

AGAIN_S: Final = 600.0
"""While nothing changes, a trouble is logged this often, in seconds: often enough that the end of a log shows it."""


class LogLimit:
    """Remembers the last trouble that was logged, and counts those that were not."""

    def __init__(self) -> None:
        self.unlogged = 0
        self._last: tuple[object, ...] | None = None
        self._again_at_s = 0.0

    def passes(self, trouble: tuple[object, ...], now_s: float) -> bool:
        """Return whether this trouble should be logged: it is another than the last one, or that was `AGAIN_S` ago."""
        if trouble == self._last and now_s < self._again_at_s:
            self.unlogged += 1
            return False
        self.unlogged = 0 if trouble != self._last else self.unlogged
        self._last, self._again_at_s = trouble, now_s + AGAIN_S
        return True

    def over(self) -> None:
        """Forget it: the next trouble is a new one."""
        self.unlogged, self._last = 0, None
