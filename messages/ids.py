"""Identities. Discord's ids are snowflakes: 64 bits whose upper 42 are milliseconds since 2015, so they order by time."""

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
"""What a turn was asked by: the id of a message or of an interaction. One cause makes one turn, and orders it."""

DISCORD_EPOCH_MS: Final = 1_420_070_400_000
"""First millisecond of 2015 (Discord: Reference, Snowflakes)."""


def snowflake_at(time_s: float) -> int:
    """Return the smallest snowflake of that moment, given in seconds since 1970."""
    return max(0, int(time_s * 1000) - DISCORD_EPOCH_MS) << 22


def snowflake_time_s(snowflake: int) -> float:
    """Return the moment, in seconds since 1970, at which Discord made this id."""
    return ((snowflake >> 22) + DISCORD_EPOCH_MS) / 1000
