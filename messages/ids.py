"""Types of ids, so that the type checker finds one that stands in another's place.

Discord's ids are snowflakes: 64 bits whose upper 42 are milliseconds since 2015, so they are in the order of time.
"""

from typing import Final, NewType

UserId = NewType("UserId", int)
GuildId = NewType("GuildId", int)
RoleId = NewType("RoleId", int)
ChannelId = NewType("ChannelId", int)
MessageId = NewType("MessageId", int)
InteractionId = NewType("InteractionId", int)

SessionId = NewType("SessionId", int)
TurnId = NewType("TurnId", int)

IdempotencyKey = NewType("IdempotencyKey", int)
"""The id of the message or the interaction that caused a turn. One key makes one turn; turns run in the order of keys."""

NOBODY: Final = UserId(0)
"""The creator of the sessions of shared channels. No person has this id: Discord's ids are larger."""

DISCORD_EPOCH_MS: Final = 1_420_070_400_000
"""First millisecond of 2015 (Discord: Reference, Snowflakes)."""


SNOWFLAKE_MAX: Final = 2**63 - 1
"""The largest that a row can hold: of the year 2084, which only a wrong clock shows."""


def snowflake_at(time_s: float) -> int:
    """Return the smallest snowflake of that moment, given in seconds since 1970; the largest that there is, for a moment after it."""
    return min(max(0, int(time_s * 1000) - DISCORD_EPOCH_MS) << 22, SNOWFLAKE_MAX)


def snowflake_time_s(snowflake: int) -> float:
    """Return the moment, in seconds since 1970, at which Discord made this id."""
    return ((snowflake >> 22) + DISCORD_EPOCH_MS) / 1000
