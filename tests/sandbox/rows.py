"""What the page is told of a bot behind it, without one."""

from dataclasses import dataclass, field
from typing import Any, Final

STATES: Final = ("idle", "taking", "streaming", "finishing", "pausing", "over")

ACTORS: Final[dict[str, Any]] = {
    "sessions": dict.fromkeys(STATES, 1) | {"streaming": 21},
    "held": 22,
    "waiting": 23,
    "connected": True,
    "streaming": {"now": 24, "most": 25, "waiting": 26},
    "courier": {"used": None, "most": 27, "waiting": 28, "unshown": 29},
    "breakers": [
        {"of": "key", "model": "", "state": "open"},
        {"of": "model", "model": "odd-model", "state": "half_open"},
        {"of": "server", "model": "", "state": "closed"},
    ],
}
"""Live actors in every state, each figure another one; the courier did not say how many requests it sent."""


@dataclass
class Rows:
    """What the page is told of the bot behind it: whom it answers."""

    statuses: dict[int, str] = field(default_factory=dict)
    admin: str = ""
    has_small_model: bool = False
    actors: dict[str, Any] | None = None

    def status(self, person: int) -> str:
        return self.statuses.get(person, "disable")

    async def seen(self) -> dict[str, Any]:
        return {
            "bot": {"pid": 1, "starts": 1, "connected": True},
            "admin": self.admin,
            "trouble": {},
            "budget": {"used": 0, "most": 50},
            "discord": [],
            "discord_total": 0,
            "model": None,
            "turns": [],
            "actors": self.actors,
            "sessions": [],
        }
