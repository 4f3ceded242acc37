"""Turns the text of a message into what people read in Discord: names in place of ids. Nothing here waits or is remembered.

Discord, "Message Formatting", section "Formats": mentions, custom emoji, timestamps, commands and guild navigation are written
with ids or numbers. In code, and behind a backslash, Discord shows them as they are written.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Final, NamedTuple

import hikari

from discord_api.channel_tree import ChannelTree
from messages.ids import ChannelId, GuildId, RoleId
from texts.escaping import one_line

Written = hikari.PartialMessage | hikari.messages.MessageSnapshot
"""Whatever has a text and may mention people."""

REPLACED_MAX: Final = 200
"""At most so many are replaced in one text, so that a text of ids does not become ten times as long."""

_UNKNOWN: Final = "unknown"
_NAVIGATION: Final = {
    "customize": "Channels & Roles",
    "browse": "Browse Channels",
    "guide": "Server Guide",
    "linked-roles": "Linked Roles",
}
_MOMENTS: Final = {
    "t": "%H:%M UTC",
    "T": "%H:%M:%S UTC",
    "d": "{day} %B %Y",
    "D": "{day} %B %Y",
    "F": "%A, {day} %B %Y %H:%M UTC",
}
"""By the style of a timestamp; a relative one (R) would be wrong as soon as the question waits, so it becomes a moment, too."""
_MOMENT: Final = "{day} %B %Y %H:%M UTC"

_TOKEN: Final = re.compile(
    r"(?s:```.+?```|``.+?``)|`[^`]+`|\\<"
    r"|<(?:@!?(?P<user>\d{1,20})|@&(?P<role>\d{1,20})|#(?P<channel>\d{1,20})|a?(?P<emoji>:\w{1,64}:)\d{1,20}"
    r"|(?P<command>/[\w -]{1,120}):\d{1,20}|t:(?P<time>-?\d{1,14})(?::(?P<style>[a-zA-Z]))?"
    r"|id:(?P<navigation>customize|browse|guide|linked-roles)(?::\d{1,20})?)>"
)
"""Code first, since nothing in it is replaced."""


class Names(NamedTuple):
    """Who and what is behind the ids of one message. A function returns None for what it does not know."""

    users: Mapping[int, str]
    role: Callable[[int], str | None]
    channel: Callable[[int], str | None]


def readable(text: str, names: Names) -> str:
    """Return a text with names in place of ids; what has no known name is called unknown, as Discord does."""
    left = REPLACED_MAX

    def replace(found: re.Match[str]) -> str:
        nonlocal left
        if found.lastgroup is None or left == 0:
            return found[0]
        left -= 1
        return _shown(found, names)

    return _TOKEN.sub(replace, text)


def without_mention(text: str, user: int) -> str:
    """Return a text without mentions of this user at its beginning, as far as anything is left then."""
    rest = re.sub(rf"\A(?:\s*<@!?{user}>[\s,:]*)+", "", text)
    return rest if rest.strip() else text


def _shown(found: re.Match[str], names: Names) -> str:
    if found["user"]:
        return f"@{names.users.get(int(found['user'])) or f'{_UNKNOWN}-user'}"
    if found["role"]:
        return f"@{names.role(int(found['role'])) or f'{_UNKNOWN}-role'}"
    if found["channel"]:
        return f"#{names.channel(int(found['channel'])) or _UNKNOWN}"
    if found["time"]:
        return _moment(int(found["time"]), found["style"] or "f") or found[0]
    if found["navigation"]:
        return _NAVIGATION[found["navigation"]]
    return found["emoji"] or found["command"]


def _moment(time_s: int, style: str) -> str | None:
    """Return a moment in UTC, for the model knows no reader's time zone; None where no calendar has it."""
    try:
        moment = datetime.fromtimestamp(time_s, UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return moment.strftime(_MOMENTS.get(style, _MOMENT).replace("{day}", str(moment.day)))


def name_of(user: hikari.User, member: hikari.Member | None = None) -> str:
    """Return the name that people see: the nickname in the server, else the display name, else the account's name."""
    nickname = None if member is None else member.nickname
    return nickname or user.global_name or user.username


def mentioned(message: Written) -> dict[int, str]:
    """Return the names of the people whom a message mentions, by their ids, each on one line."""
    return {int(user): one_line(name_of(who)) for user, who in (message.user_mentions or {}).items()}


def names_in(message: hikari.PartialMessage, channel_tree: ChannelTree) -> Names:
    """Return the names that the readers of a message see in place of ids.

    The names of channels are those that everybody who reads the message may know: of public channels of the same server, and
    of the channel that the message is in.
    """
    channel = ChannelId(int(message.channel_id))
    guild = channel_tree.guild_of(channel) if message.guild_id is None else GuildId(int(message.guild_id))

    def role(number: int) -> str | None:
        return None if guild is None else channel_tree.role_name(guild, RoleId(number))

    def named(number: int) -> str | None:
        return channel_tree.name_seen_in(channel, ChannelId(number))

    return Names(mentioned(message), role, named)
