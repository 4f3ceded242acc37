"""A model's rate limit: once one request has run into it, everybody who asks the model waits. Pure."""

from typing import Final

from backoff import backoff_s

BACKOFF_S: Final = 1.0
BACKOFF_S_MAX: Final = 30.0
"""The shortest wait, whatever the server says: 1 s, then twice as long after each refusal in a row, up to 30 s."""


class RateLimit:
    """The rate limit of one model: until when it must not be asked."""

    def __init__(self) -> None:
        self._until_s = 0.0
        self._refusals = 0
        self._is_told_by_server = False

    @property
    def is_told_by_server(self) -> bool:
        """Whether the server itself named the moment until which to wait."""
        return self._is_told_by_server

    def wait_s(self, now_s: float) -> float:
        """Return for how many seconds the model must not be asked; 0 when it may be asked now."""
        return max(0.0, self._until_s - now_s)

    def refuse(self, retry_after_s: float | None, now_s: float) -> None:
        """Note that the server refused a request because of the limit.

        `retry_after_s` is how long it said to wait, or None when it did not say.
        """
        is_waiting = now_s < self._until_s
        if retry_after_s is None and is_waiting:
            return  # requests that were sent together are refused together: one pause is enough for all of them
        wait_s = max(retry_after_s or 0.0, backoff_s(self._refusals + 1, first_s=BACKOFF_S, max_s=BACKOFF_S_MAX))
        if not is_waiting:
            self._refusals += 1
        # Of several refusals at once, the one with the latest moment counts.
        if now_s + wait_s >= self._until_s:
            self._until_s, self._is_told_by_server = now_s + wait_s, retry_after_s is not None

    def succeed(self) -> None:
        """Note that the server took a request: the next refusal starts with the shortest wait again."""
        self._refusals = 0
