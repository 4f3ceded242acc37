"""What the bot lacks in the channels of a server, as one line for the server. Pure."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Final

from commands.finding import Finding, listed
from commands.permissions import all_bits, names
from discord_api.inquiry import Channel, Member, Overwrite, Role, Server
from messages.channel_permissions import (
    ADMINISTRATOR,
    NEEDED_TO_ANSWER,
    SEND_MESSAGES,
    SEND_MESSAGES_IN_THREADS,
    VIEW_CHANNEL,
)
from messages.ids import ChannelId, GuildId
from storage.permissions import Permissions

TEXT, ANNOUNCEMENT, FORUM, MEDIA = 0, 5, 15, 16
"""Discord: Channel, Channel Types."""

_IN_POSTS_ALONE: Final = (FORUM, MEDIA)
"""Nobody writes into these themselves, only into their posts, which are threads."""

_OF_ROLES, _OF_MEMBERS = 0, 1
_EVERYTHING: Final = (1 << 64) - 1


def permissions_in(base: int, overwrites: Iterable[Overwrite], server: str, roles: Iterable[str], member: str) -> int:
    """Return the permissions of a member in a channel (Discord: Permissions, Permission Overwrites).

    :param base: the member's permissions in the server
    :param server: the server's id, which is also that of its role @everyone
    """
    if base & ADMINISTRATOR:
        return _EVERYTHING
    held = set(roles) - {server}
    everyone = [one for one in overwrites if one.type == _OF_ROLES and one.id == server]
    of_roles = [one for one in overwrites if one.type == _OF_ROLES and one.id in held]
    own = [one for one in overwrites if one.type == _OF_MEMBERS and one.id == member]
    for step in (everyone, of_roles, own):
        for one in step:
            base &= ~int(one.deny)
        for one in step:
            base |= int(one.allow)
    return base if base & VIEW_CHANNEL else 0


def of_server(
    server: Server,
    channels: Iterable[Channel],
    roles: Iterable[Role],
    member: Member,
    *,
    bot: str,
    admitted: Permissions,
    shared: Collection[ChannelId] = (),
) -> list[Finding]:
    """Return what is missing there. Wrong is what people can write and the bot cannot answer; all else is for the operator to judge.

    :param admitted: channels that the operator's lists leave out do not count
    :param shared: channels in which everybody speaks in one session; the bot must be able to answer there
    """
    base = _EVERYTHING if server.owner else int(server.permissions)
    everyone = next((int(role.permissions) for role in roles if role.id == server.id), 0)
    unheard: list[str] = []
    wrong: defaultdict[int, list[str]] = defaultdict(list)
    minor: defaultdict[int, list[str]] = defaultdict(list)
    count = 0
    for channel in channels:
        parents = () if channel.parent_id is None else (ChannelId(int(channel.parent_id)),)
        within = (ChannelId(int(channel.id)), *parents)
        if channel.type not in (TEXT, ANNOUNCEMENT, *_IN_POSTS_ALONE) or not admitted.admits_place(
            GuildId(int(server.id)), within
        ):
            continue
        count += 1
        own = permissions_in(base, channel.permission_overwrites, server.id, member.roles, bot)
        theirs = permissions_in(everyone, channel.permission_overwrites, server.id, (), "")
        name = f"#{channel.name}"
        wanted = all_bits() & ~(SEND_MESSAGES if channel.type in _IN_POSTS_ALONE else 0)
        lacks = wanted & ~own
        is_named = not set(within).isdisjoint({*admitted.allow.channels, *shared})
        people_write = theirs & (SEND_MESSAGES | SEND_MESSAGES_IN_THREADS)
        if not own and not is_named:
            unheard.append(name)
        elif lacks & NEEDED_TO_ANSWER and (people_write or is_named):
            wrong[lacks].append(name)
        elif lacks:
            minor[lacks].append(name)
    return list(_findings(server, count, unheard, wrong, minor))


def _findings(
    server: Server,
    count: int,
    unheard: list[str],
    wrong: dict[int, list[str]],
    minor: dict[int, list[str]],
) -> Iterable[Finding]:
    about, where = "permissions", f"'{server.name}'"
    for lacks, channels in wrong.items():
        yield Finding(
            "wrong",
            about,
            f"{where}: in {_places(channels, count)} the bot cannot answer. Give it there: {names(lacks)}.",
        )
    for lacks, channels in minor.items():
        what = "it lacks" if not lacks & NEEDED_TO_ANSWER else "it only reads, as people do; it lacks"
        yield Finding("look", about, f"{where}: in {_places(channels, count)} {what} {names(lacks)}.")
    if unheard:
        yield Finding(
            "look",
            about,
            f"{where}: it does not see {_places(unheard, count)}. Where people should ask there, give it: {names(VIEW_CHANNEL)}.",
        )
    if not wrong and not minor:
        seen = count - len(unheard)
        yield Finding(
            "ok", about, f"{where}: everything that it uses, in {seen} {'channel' if seen == 1 else 'channels'}."
        )


def _places(channels: list[str], count: int) -> str:
    return f"all {count} channels" if len(channels) == count > 1 else listed(channels)
