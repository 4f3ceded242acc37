"""What the bot has to be allowed in a channel, as Discord's permission bits (Discord: Permissions, Bitwise Permission Flags)."""

from typing import Final

ADMINISTRATOR: Final = 1 << 3
ADD_REACTIONS: Final = 1 << 6
VIEW_CHANNEL: Final = 1 << 10
SEND_MESSAGES: Final = 1 << 11
ATTACH_FILES: Final = 1 << 15
READ_MESSAGE_HISTORY: Final = 1 << 16
SEND_MESSAGES_IN_THREADS: Final = 1 << 38
SEND_VOICE_MESSAGES: Final = 1 << 46

NEEDED_TO_ANSWER: Final = VIEW_CHANNEL | SEND_MESSAGES | SEND_MESSAGES_IN_THREADS | READ_MESSAGE_HISTORY
"""Without one of these there is no answer: a reply needs the history too, for it refers to a message in it."""


def lacking(permissions: int, *, in_thread: bool) -> int:
    """Return which permissions the bot lacks in a channel where it has `permissions`; 0 when it lacks none."""
    if permissions & ADMINISTRATOR:
        return 0
    send = SEND_MESSAGES_IN_THREADS if in_thread else SEND_MESSAGES
    return (VIEW_CHANNEL | send | READ_MESSAGE_HISTORY | ADD_REACTIONS | ATTACH_FILES) & ~permissions
