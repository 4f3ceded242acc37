"""Gateway events, and the intents that a bot needs to receive them. Discord, "Gateway Events"."""

from collections.abc import Callable
from dataclasses import dataclass

from sandbox.discord.things import Json

# Intents. Discord, "Gateway", section "List of Intents".
GUILDS, GUILD_MEMBERS, GUILD_MESSAGES, GUILD_REACTIONS = 1 << 0, 1 << 1, 1 << 9, 1 << 10
DIRECT_MESSAGES, DIRECT_REACTIONS, MESSAGE_CONTENT = 1 << 12, 1 << 13, 1 << 15


@dataclass(slots=True, frozen=True)
class Event:
    """A gateway event, which sessions with its intent receive."""

    name: str
    intent: int
    """The intent that is needed, one bit; 0: none."""
    render: Callable[[bool], Json]
    """Returns the payload for a session with (True) or without the message content intent."""
