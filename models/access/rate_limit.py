"""A model's rate limit: until when everybody who asks it waits, instead of each running into it. Pure."""

from typing import Final

BACKOFF_S: Final = 1.0
BACKOFF_S_MAX: Final = 30.0
"""At least so long, whatever a server says: a second, and twice as long each time until half a minute."""


class RateLimit:
    """One model's."""

    def __init__(self) -> None:
        self._until_s = 0.0
        self._refused = 0
        self._said_so = False

    @property
    def was_told(self) -> bool:
        """Whether the server itself named the moment."""
        return self._said_so

    def closed_in_s(self, now_s: float) -> float:
        """Return the seconds until a question may be asked; 0 for now."""
        return max(0.0, self._until_s - now_s)

    def refuse(self, retry_after_s: float | None, now_s: float) -> None:
        """Hear that a request ran into it."""
        if retry_after_s is None and now_s < self._until_s:
            return  # one of several that were sent together: the pause of the first is everybody's
        wait_s = max(retry_after_s or 0.0, min(BACKOFF_S_MAX, BACKOFF_S * 2**self._refused))
        if now_s >= self._until_s:
            self._refused = min(self._refused + 1, 10)
        # The server's newest word counts where it is later: several requests may have been refused at once.
        if now_s + wait_s >= self._until_s:
            self._until_s, self._said_so = now_s + wait_s, retry_after_s is not None

    def pass_(self) -> None:
        """Hear that a request was taken."""
        self._refused = 0
