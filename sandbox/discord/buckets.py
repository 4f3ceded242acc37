"""Rate limits as Discord keeps and announces them. Discord, "Rate Limits"."""

import hashlib
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from sandbox.discord.limits import Bucket, Limits
from sandbox.discord.requests import Answer, Route


@dataclass(slots=True)
class _Window:
    """A window opens with its first request and lets `limit` through until it closes."""

    closes_s: float = 0.0
    used: int = 0

    def take(self, now_s: float, limit: int, window_s: float) -> bool:
        if now_s >= self.closes_s:
            self.closes_s, self.used = now_s + window_s, 0
        if self.used >= limit:
            return False
        self.used += 1
        return True


def _wall_s() -> float:
    """Return seconds since 1970. It looks the clock up at each call, so that a test may put another one in its place."""
    return time.time()


@dataclass(slots=True)
class RateLimits:
    """Counts requests against the limits, in real time, because the bot waits in real time too."""

    limits: Limits
    wall_s: Callable[[], float] = _wall_s
    """Returns seconds since 1970, as `X-RateLimit-Reset` has them."""
    _whole: _Window = field(default_factory=_Window)
    _windows: dict[tuple[str, str], _Window] = field(default_factory=dict)

    def take(self, route: Route, params: dict[str, str]) -> tuple[dict[str, str], Answer | None]:
        """Count one request; return the headers for its answer, and a 429 if it was one too many."""
        if not self.limits.rate_limits or route.unlimited:
            return {}, None
        now_s = self.wall_s()
        if not route.open and not self._whole.take(now_s, self.limits.global_per_s, 1.0):
            return {}, too_many(self._whole.closes_s - now_s, "global", {})
        name = route.bucket or route.name
        bucket = self.limits.buckets.get(name)
        if bucket is None:
            return {}, None
        window = self._windows.setdefault((name, params.get("channel") or params.get("token") or ""), _Window())
        free = window.take(now_s, bucket.limit, bucket.window_s)
        headers = _headers(name, bucket, window, now_s)
        return headers, None if free else too_many(window.closes_s - now_s, "user", headers)


def _headers(name: str, bucket: Bucket, window: _Window, now_s: float) -> dict[str, str]:
    return {
        "X-RateLimit-Limit": str(bucket.limit),
        "X-RateLimit-Remaining": str(bucket.limit - window.used),
        "X-RateLimit-Reset": f"{window.closes_s:.3f}",
        "X-RateLimit-Reset-After": f"{window.closes_s - now_s:.3f}",
        "X-RateLimit-Bucket": hashlib.sha256(name.encode()).hexdigest()[:32],
    }


def too_many(wait_s: float, scope: str, headers: dict[str, str]) -> Answer:
    """Return a 429: its JSON has fractions of a second, its header whole seconds. "Rate Limits", "Exceeding A Rate Limit"."""
    if scope == "global":
        headers = {**headers, "X-RateLimit-Global": "true"}
    body = {"message": "You are being rate limited.", "retry_after": round(wait_s, 3), "global": scope == "global"}
    return Answer(429, body, {**headers, "Retry-After": str(math.ceil(wait_s)), "X-RateLimit-Scope": scope})
