"""What the bot's actors say of themselves, from the metrics that the running bot shows."""

import asyncio
import math
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any, Final

import aiohttp
from prometheus_client.parser import text_string_to_metric_families

Json = dict[str, Any]

EVERY_S: Final = 0.4
"""The bot is asked at most so often, however many look."""

LATE_S: Final = 1.0
"""A bot that takes longer is not waited for."""

BREAKERS: Final[Mapping[float, str]] = {0: "closed", 1: "half_open", 2: "open"}


class Figures:
    """The figures of the bot that runs now."""

    def __init__(self, metrics_url: Callable[[], str]) -> None:
        """`metrics_url` returns where the bot shows its metrics, "" while nobody knows."""
        self.newest: Json | None = None
        """What was read last; None where the bot showed nothing."""
        self._metrics_url = metrics_url
        self._read_at_s = -math.inf
        self._reading = asyncio.Lock()

    async def look(self) -> None:
        """Read them again, unless that was done just now."""
        async with self._reading:
            if time.monotonic() - self._read_at_s >= EVERY_S:
                self.newest = await self._read()
                self._read_at_s = time.monotonic()

    async def _read(self) -> Json | None:
        url = self._metrics_url()
        if not url:
            return None
        patience = aiohttp.ClientTimeout(total=LATE_S)
        try:
            async with aiohttp.ClientSession(timeout=patience) as http, http.get(url, raise_for_status=True) as answer:
                return figures_in(await answer.text())
        except (aiohttp.ClientError, TimeoutError):
            return None  # it was killed, or is just beginning: the page says that it shows nothing


def figures_in(exposition: str) -> Json:
    """Return what the page shows of metrics in Prometheus' text format; None stands for what the bot does not know itself.

    :raises ValueError: that is no such text
    """
    found: dict[str, list[tuple[dict[str, str], float]]] = defaultdict(list)
    for family in text_string_to_metric_families(exposition):
        for sample in family.samples:
            found[sample.name.removeprefix("causerie_")].append((sample.labels, sample.value))

    def one(name: str) -> int | None:
        values = [value for _, value in found[name] if math.isfinite(value)]
        return int(values[0]) if values else None

    return {
        "sessions": {labels["state"]: int(count) for labels, count in found["live_sessions"] if count},
        "held": one("held_sessions"),
        "waiting": one("turns_waiting"),
        "connected": one("gateway_connected") == 1,
        "streaming": {
            "now": one("answers_streaming"),
            "most": one("answers_streaming_max"),
            "waiting": one("answers_waiting"),
        },
        "courier": {
            "used": one("discord_budget_used"),
            "most": one("discord_budget"),
            "waiting": one("discord_requests_waiting"),
            "unshown": one("answers_unshown"),
        },
        "breakers": [
            {"of": labels["of"], "model": labels["model"], "state": BREAKERS[state]}
            for labels, state in found["breaker_state"]
        ],
    }
