"""The channel tree knows which channels contain which, and which of them everybody in a server can see."""

from itertools import product
from typing import Literal

import pytest

from discord_api.channel_tree import ADMINISTRATOR, VIEW_CHANNEL, ChannelTree, KnownChannel
from messages.ids import ChannelId, GuildId

SEND_MESSAGES = 1 << 11
GUILD, OTHER = GuildId(1), GuildId(2)
CATEGORY, CHANNEL, THREAD = ChannelId(10), ChannelId(11), ChannelId(12)


def channel(
    number: ChannelId = CHANNEL,
    *,
    parent: ChannelId | None = None,
    kind: Literal["channel", "thread", "private_thread"] = "channel",
    allow: int = 0,
    deny: int = 0,
    guild: GuildId = GUILD,
) -> KnownChannel:
    return KnownChannel(channel_id=number, guild_id=guild, parent_id=parent, kind=kind, allow=allow, deny=deny)


def tree(everyone: int, *channels: KnownChannel) -> ChannelTree:
    known = ChannelTree()
    known.list_guild(GUILD, everyone, channels)
    return known


MATRIX = [
    # @everyone's role, overwrite allows, overwrite denies, seen by everybody
    (VIEW_CHANNEL, 0, 0, True),
    (VIEW_CHANNEL, VIEW_CHANNEL, 0, True),
    (VIEW_CHANNEL, 0, VIEW_CHANNEL, False),
    (VIEW_CHANNEL, 0, SEND_MESSAGES, True),
    (VIEW_CHANNEL, SEND_MESSAGES, VIEW_CHANNEL, False),
    (SEND_MESSAGES, 0, 0, False),
    (SEND_MESSAGES, VIEW_CHANNEL, 0, True),
    (SEND_MESSAGES, VIEW_CHANNEL, VIEW_CHANNEL, True),
    (0, SEND_MESSAGES, 0, False),
    (ADMINISTRATOR, 0, VIEW_CHANNEL, True),
    (ADMINISTRATOR, 0, 0, True),
]


@pytest.mark.parametrize(("everyone", "allow", "deny", "seen"), MATRIX)
@pytest.mark.parametrize("where", ["channel", "thread", "private_thread"])
def test_everybody_sees_what_role_and_overwrite_leave(
    where: Literal["channel", "thread", "private_thread"], everyone: int, allow: int, deny: int, seen: bool
) -> None:
    """The overwrite takes away what it denies, then adds what it allows; a thread is as its channel, a private one never public."""
    known = tree(everyone, channel(allow=allow, deny=deny))
    asked = CHANNEL
    if where != "channel":
        known.change(channel(THREAD, parent=CHANNEL, kind=where))
        asked = THREAD
    assert known.is_public(asked) is (seen and where != "private_thread")


def test_thread_of_an_unknown_channel_is_not_public() -> None:
    """The event about a thread may come before the event about its channel, or without it."""
    known = tree(VIEW_CHANNEL | ADMINISTRATOR, channel(THREAD, parent=CHANNEL, kind="thread"))
    assert not known.is_public(THREAD)
    assert not known.is_public(ChannelId(99))


def test_overwrite_of_the_category_does_not_count_for_its_channel() -> None:
    """Discord copies a category's overwrites into its channels; only the copies count."""
    known = tree(VIEW_CHANNEL, channel(CATEGORY, deny=VIEW_CHANNEL), channel(parent=CATEGORY))
    assert known.is_public(CHANNEL)


def test_parents_are_told_nearest_first() -> None:
    """A thread's parents are its channel and then the category."""
    known = tree(0, channel(CATEGORY), channel(parent=CATEGORY), channel(THREAD, parent=CHANNEL, kind="thread"))
    assert known.parents_of(THREAD) == (CHANNEL, CATEGORY)
    assert known.parents_of(CHANNEL) == (CATEGORY,)
    assert known.parents_of(CATEGORY) == known.parents_of(ChannelId(99)) == ()


def test_channels_that_contain_each_other_end() -> None:
    """Two channels that name each other as parents do not make the gateway loop for ever."""
    known = tree(0, channel(parent=CATEGORY), channel(CATEGORY, parent=CHANNEL))
    assert known.parents_of(CHANNEL) == (CATEGORY, CHANNEL)


def test_channel_tells_its_server() -> None:
    """The tree knows the server of each listed channel."""
    known = tree(0, channel())
    assert known.guild_of(CHANNEL) == GUILD
    assert known.guild_of(ChannelId(99)) is None


def test_changed_overwrite_and_role_count_at_once() -> None:
    """A channel stops being public as soon as its overwrite or @everyone's role says so."""
    known = tree(VIEW_CHANNEL, channel())
    known.change(channel(deny=VIEW_CHANNEL))
    assert not known.is_public(CHANNEL)
    known.change(channel())
    assert known.is_public(CHANNEL)
    known.change_everyone(GUILD, 0)
    assert not known.is_public(CHANNEL)


def test_deleted_channel_goes_with_its_threads() -> None:
    """A deleted channel's threads are forgotten with it; a deleted category's channels stay."""
    thread = channel(THREAD, parent=CHANNEL, kind="thread")
    known = tree(VIEW_CHANNEL, channel(CATEGORY), channel(parent=CATEGORY), thread)
    known.remove(CATEGORY)
    assert known.guild_of(CHANNEL) == known.guild_of(THREAD) == GUILD
    known.remove(CHANNEL)
    assert known.guild_of(CHANNEL) is known.guild_of(THREAD) is None
    known.remove(CHANNEL)


def test_listing_a_server_replaces_what_was_known_of_it_alone() -> None:
    """After a reconnect Discord describes each server anew; the other servers stay as they are."""
    known = tree(VIEW_CHANNEL, channel())
    known.list_guild(OTHER, VIEW_CHANNEL, [channel(ChannelId(20), guild=OTHER)])
    known.list_guild(GUILD, VIEW_CHANNEL, [channel(THREAD)])
    assert known.guild_of(CHANNEL) is None
    assert known.is_public(THREAD)
    assert known.is_public(ChannelId(20))


def test_server_that_was_left_is_forgotten() -> None:
    """The channels and the role of a server that was left are forgotten; other servers stay."""
    known = tree(VIEW_CHANNEL, channel())
    known.list_guild(OTHER, VIEW_CHANNEL, [channel(ChannelId(20), guild=OTHER)])
    known.leave(GUILD)
    assert known.guild_of(CHANNEL) is None
    assert known.is_public(ChannelId(20))
    known.change(channel())
    assert not known.is_public(CHANNEL)  # its role went too


@pytest.mark.parametrize(("listed", "gone"), list(product([None, (CHANNEL,)], [True, False])))
def test_listed_threads_replace_those_of_the_same_channels(listed: tuple[ChannelId, ...] | None, gone: bool) -> None:
    """Listed threads replace the known ones of the same channels, or of the whole server; other threads stay known."""
    second, old, elsewhere = ChannelId(21), ChannelId(22), ChannelId(23)
    known = tree(
        VIEW_CHANNEL,
        channel(CATEGORY),
        channel(parent=CATEGORY),
        channel(second),
        channel(old, parent=CHANNEL, kind="thread"),
        channel(elsewhere, parent=second, kind="thread"),
    )
    new = channel(THREAD, parent=CHANNEL, kind="thread")
    known.list_threads(GUILD, listed, [new] if gone else [new, channel(old, parent=CHANNEL, kind="thread")])
    assert known.is_public(THREAD)
    assert (known.guild_of(old) is None) is gone
    assert (known.guild_of(elsewhere) is None) is (listed is None)
    assert known.guild_of(CHANNEL) == known.guild_of(second) == GUILD
