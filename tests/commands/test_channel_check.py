"""What the bot lacks in a server: computed as Discord does, and summed up so that one line says it."""

import random

import pytest

from commands.channel_check import of_server, permissions_in
from commands.permissions import all_bits
from discord_api.inquiry import Channel, Member, Overwrite, Role, Server
from messages.channel_permissions import (
    ADD_REACTIONS,
    ADMINISTRATOR,
    READ_MESSAGE_HISTORY,
    SEND_MESSAGES,
    SEND_MESSAGES_IN_THREADS,
    VIEW_CHANNEL,
)
from messages.ids import ChannelId, GuildId
from sandbox.discord import DiscordSandbox, permissions
from sandbox.discord.things import Overwrite as SandboxOverwrite
from storage.permissions import Lists, Permissions

SERVER, BOT, ROLE = "1", "2", "3"
ALL = all_bits()


def overwrite(who: str, *, allow: int = 0, deny: int = 0) -> Overwrite:
    return Overwrite(id=who, type=1 if who == BOT else 0, allow=str(allow), deny=str(deny))


def channel(number: int, *overwrites: Overwrite, kind: int = 0, parent: str | None = None) -> Channel:
    return Channel(
        id=str(number), type=kind, name=f"c{number}", parent_id=parent, permission_overwrites=tuple(overwrites)
    )


def said(
    *channels: Channel,
    own: int = ALL,
    everyone: int = VIEW_CHANNEL | SEND_MESSAGES,
    admitted: Permissions | None = None,
    owner: bool = False,
) -> list[tuple[str, str]]:
    """Return state and text of the lines about a server with these channels."""
    server = Server(id=SERVER, name="Home", permissions=str(own), owner=owner)
    roles = (Role(id=SERVER, permissions=str(everyone)), Role(id=ROLE, permissions=str(own)))
    found = of_server(server, channels, roles, Member(roles=(ROLE,)), bot=BOT, admitted=admitted or Permissions())
    return [(finding.state, finding.text) for finding in found]


@pytest.mark.parametrize("seed", range(200))
def test_permissions_are_those_of_the_small_discord(seed: int) -> None:
    """Whatever the server, the roles and the channel say."""
    chance = random.Random(seed)
    bits = [ADMINISTRATOR, VIEW_CHANNEL, SEND_MESSAGES, READ_MESSAGE_HISTORY, ADD_REACTIONS]

    def some() -> int:
        return sum(bit for bit in bits[1:] if chance.random() < 0.4)

    discord = DiscordSandbox()
    world, guild = discord.world, discord.world.guild
    roles = [discord.role(f"r{number}", permissions=some()) for number in range(3)]
    roles[0].permissions |= ADMINISTRATOR if chance.random() < 0.1 else 0
    for role in guild.roles.values():
        role.permissions = role.permissions if role in roles else some()
    guild.members[world.bot.id] = {role.id for role in roles if chance.random() < 0.5}
    place = discord.channel("general")
    place.overwrites = [
        SandboxOverwrite(who, kind, allow=some(), deny=some())
        for who, kind in ((guild.id, 0), (roles[0].id, 0), (roles[1].id, 0), (world.bot.id, 1), (world.founder.id, 1))
        if chance.random() < 0.6
    ]
    base = guild.roles[guild.id].permissions
    for role_id in guild.members[world.bot.id]:
        base |= guild.roles[role_id].permissions
    overwrites = [
        Overwrite(id=str(one.id), type=one.kind, allow=str(one.allow), deny=str(one.deny)) for one in place.overwrites
    ]
    held = [str(role) for role in guild.members[world.bot.id]]
    ours = permissions_in(base, overwrites, str(guild.id), held, str(world.bot.id))
    theirs = permissions.permissions_of(world.bot, place)
    seen = theirs if theirs & VIEW_CHANNEL else 0
    assert [bool(ours & bit) for bit in bits] == [bool(seen & bit) for bit in bits]


def test_a_server_where_nothing_is_missing_is_one_line() -> None:
    """The bot's own server and an administrator, too; voice channels and categories do not count."""
    assert said(channel(10), channel(11, kind=15)) == [("ok", "'Home': everything that it uses, in 2 channels.")]
    assert said(channel(10, overwrite(BOT, deny=ALL)), own=ADMINISTRATOR)[0][0] == "ok"
    assert said(channel(10), own=0, owner=True)[0][0] == "ok"
    assert said(channel(10), channel(11, kind=2), channel(12, kind=4)) == [
        ("ok", "'Home': everything that it uses, in 1 channel.")
    ]


def test_where_people_write_and_the_bot_cannot_answer_is_wrong() -> None:
    """Where people only read, it is right that the bot only reads; both are summed up by what is missing."""
    mute = overwrite(ROLE, deny=SEND_MESSAGES)
    rules = overwrite(SERVER, deny=SEND_MESSAGES)
    assert said(channel(10, mute), channel(11, mute), channel(12)) == [
        ("wrong", "'Home': in #c10, #c11 the bot cannot answer. Give it there: Send Messages.")
    ]
    assert said(channel(10, mute, rules), channel(12)) == [
        ("look", "'Home': in #c10 it only reads, as people do; it lacks Send Messages.")
    ]
    assert said(*(channel(number) for number in range(10, 20)), own=ALL & ~ADD_REACTIONS) == [
        ("look", "'Home': in all 10 channels it lacks Add Reactions.")
    ]
    assert said(*(channel(number, mute) for number in range(10, 20)), channel(30))[0][1] == (
        "'Home': in #c10, #c11, #c12, #c13, #c14 and 5 more the bot cannot answer. Give it there: Send Messages."
    )


def test_a_forum_is_written_to_in_its_posts_alone() -> None:
    """So its threads count, and not the forum itself."""
    everyone = VIEW_CHANNEL | SEND_MESSAGES_IN_THREADS
    assert said(channel(10, kind=15), own=ALL & ~SEND_MESSAGES, everyone=everyone)[0][0] == "ok"
    assert said(channel(10, kind=15), own=ALL & ~SEND_MESSAGES_IN_THREADS, everyone=everyone)[0][0] == "wrong"


def test_a_channel_that_the_bot_does_not_see_is_for_the_operator_to_judge() -> None:
    """Unless the operator's own list names it; what the lists leave out does not count at all."""
    hidden = channel(10, overwrite(SERVER, deny=VIEW_CHANNEL), overwrite(ROLE, deny=VIEW_CHANNEL))
    assert said(hidden, channel(11)) == [
        ("look", "'Home': it does not see #c10. Where people should ask there, give it: View Channels."),
        ("ok", "'Home': everything that it uses, in 1 channel."),
    ]
    named = Permissions(allow=Lists(channels=frozenset({ChannelId(10)})))
    ((state, text),) = said(hidden, channel(11), admitted=named)
    assert (state, "in #c10 the bot cannot answer" in text) == ("wrong", True)
    blocked = Permissions(block=Lists(channels=frozenset({ChannelId(5)})))
    assert said(channel(10, overwrite(ROLE, deny=SEND_MESSAGES), parent="5"), admitted=blocked) == [
        ("ok", "'Home': everything that it uses, in 0 channels.")
    ]
    assert said(hidden, admitted=Permissions(block=Lists(servers=frozenset({GuildId(1)}))))[0][0] == "ok"
