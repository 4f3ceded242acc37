"""What the gateway can tell, and which intent one must have asked for to hear it. Discord, "Gateway Events"."""

from collections.abc import Callable
from dataclasses import dataclass

from sandbox.discord.things import Json

# Intents. Discord, "Gateway", section "List of Intents".
GUILDS, GUILD_MEMBERS, GUILD_MESSAGES, GUILD_REACTIONS = 1 << 0, 1 << 1, 1 << 9, 1 << 10
DIRECT_MESSAGES, DIRECT_REACTIONS, MESSAGE_CONTENT = 1 << 12, 1 << 13, 1 << 15


@dataclass(slots=True, frozen=True)
class Event:
    """Something the gateway tells those who asked for it."""

    name: str
    intent: int
    """One intent bit; 0 reaches everybody."""
    render: Callable[[bool], Json]
    """The payload, for somebody with (True) or without the message content intent."""
