"""The permissions that the bot asks for in a server: each by Discord's name for it, and what it is for. Pure."""

from typing import Final, NamedTuple

from messages.channel_permissions import (
    ADD_REACTIONS,
    ATTACH_FILES,
    READ_MESSAGE_HISTORY,
    SEND_MESSAGES,
    SEND_MESSAGES_IN_THREADS,
    SEND_VOICE_MESSAGES,
    VIEW_CHANNEL,
)


class Permission(NamedTuple):
    """A permission that the bot uses: its bit, its name in Discord's settings, and what the bot does with it."""

    bit: int
    name: str
    why: str


USED: Final = (
    Permission(VIEW_CHANNEL, "View Channels", "to see what people write to it"),
    Permission(SEND_MESSAGES, "Send Messages", "to answer in channels"),
    Permission(SEND_MESSAGES_IN_THREADS, "Send Messages in Threads", "to answer in threads and forum posts"),
    Permission(
        READ_MESSAGE_HISTORY, "Read Message History", "to reply, and to answer what it missed while it was away"
    ),
    Permission(ADD_REACTIONS, "Add Reactions", "to show that it writes, and that it is done"),
    Permission(ATTACH_FILES, "Attach Files", "for pictures, long code and vectors"),
    Permission(SEND_VOICE_MESSAGES, "Send Voice Messages", "to read answers aloud to people who want that"),
)


def names(bits: int) -> str:
    """Return the names of these permissions, for a sentence."""
    return ", ".join(one.name for one in USED if one.bit & bits)


def all_bits() -> int:
    """Return the bits of every permission that the bot uses, as the link that invites it has them."""
    return sum(one.bit for one in USED)
