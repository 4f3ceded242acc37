"""Computes permissions, in the order of Discord, "Permissions", section "Permission Overwrites"."""

from sandbox.discord.things import PRIVATE_THREAD, Channel, User

ADD_REACTIONS = 1 << 6
ADMINISTRATOR = 1 << 3
VIEW_CHANNEL = 1 << 10
SEND_MESSAGES = 1 << 11
MANAGE_MESSAGES = 1 << 13
EMBED_LINKS = 1 << 14
ATTACH_FILES = 1 << 15
READ_MESSAGE_HISTORY = 1 << 16
MENTION_EVERYONE = 1 << 17
USE_APPLICATION_COMMANDS = 1 << 31
MANAGE_THREADS = 1 << 34
SEND_MESSAGES_IN_THREADS = 1 << 38
SEND_VOICE_MESSAGES = 1 << 46

EVERYTHING = (1 << 53) - 1
EVERYONE = (
    ADD_REACTIONS
    | VIEW_CHANNEL
    | SEND_MESSAGES
    | EMBED_LINKS
    | ATTACH_FILES
    | READ_MESSAGE_HISTORY
    | USE_APPLICATION_COMMANDS
    | SEND_MESSAGES_IN_THREADS
    | SEND_VOICE_MESSAGES
)
"""What @everyone may do in a new server of the sandbox, and both sides of a direct message."""

ROLE, MEMBER = 0, 1


def permissions_of(user: User, channel: Channel) -> int:
    """Return a user's permission bits in a channel; 0 when they are not in its server."""
    thread, channel = channel, channel.parent or channel
    guild = channel.guild
    if guild is None:
        return EVERYONE if user.id in channel.recipients else 0
    if user.id not in guild.members:
        return 0
    roles = {guild.id, *guild.members[user.id]}
    bits = 0
    for role in roles:
        bits |= guild.roles[role].permissions
    if user.id == guild.owner_id or bits & ADMINISTRATOR:
        return EVERYTHING
    everyone = [entry for entry in channel.overwrites if entry.id == guild.id]
    of_roles = [entry for entry in channel.overwrites if entry.kind == ROLE and entry.id in roles - {guild.id}]
    own = [entry for entry in channel.overwrites if entry.kind == MEMBER and entry.id == user.id]
    for step in (everyone, of_roles, own):
        for entry in step:
            bits &= ~entry.deny
        for entry in step:
            bits |= entry.allow
    if thread.kind == PRIVATE_THREAD and user.id not in thread.members and not bits & MANAGE_THREADS:
        return 0
    return bits


def may(user: User, channel: Channel, bit: int) -> bool:
    """Whether a user has a permission in a channel; in a channel that they cannot see they have none."""
    bits = permissions_of(user, channel)
    return bool(bits & VIEW_CHANNEL) and bool(bits & bit)
