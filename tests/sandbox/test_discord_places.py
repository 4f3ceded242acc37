"""ChannelTree change while the bot looks: who sees a channel, who has a role, what stands in a category."""

from collections.abc import AsyncIterator

import pytest

from sandbox.discord import Channel, NotPossibleError, Person
from sandbox.discord.permissions import MANAGE_THREADS, VIEW_CHANNEL
from tests.rig.api_documents import complaint_about_answer
from tests.sandbox.discord_client import RawBot, RawGateway, raw_bot


@pytest.fixture
async def bot() -> AsyncIterator[RawBot]:
    async with raw_bot() as bot:
        yield bot


@pytest.fixture
async def gateway(bot: RawBot) -> AsyncIterator[RawGateway]:
    async with bot.gateway() as gateway:
        await gateway.ready()
        yield gateway


async def sees(person: Person, channel: Channel) -> bool:
    """Whether somebody can write there."""
    try:
        await person.say(channel, "hello")
    except NotPossibleError:
        return False
    return True


async def test_restricted_channel_is_seen_by_the_named_alone(bot: RawBot, gateway: RawGateway) -> None:
    """Discord, "Permissions", section "Permission Overwrites"; CHANNEL_UPDATE tells them to the bot."""
    bot.discord.restrict(bot.general, [bot.alice])
    told = await gateway.event("CHANNEL_UPDATE")
    hidden = [entry for entry in told["permission_overwrites"] if int(entry["deny"]) & VIEW_CHANNEL]
    assert [(entry["id"], entry["type"]) for entry in hidden] == [(told["guild_id"], 0)]
    assert (await sees(bot.alice, bot.general), await sees(bot.bob, bot.general)) == (True, False)
    assert complaint_about_answer("GuildChannelResponse", told) is None
    bot.discord.open(bot.general)
    assert (await gateway.event("CHANNEL_UPDATE"))["permission_overwrites"] == []
    assert await sees(bot.bob, bot.general)


async def test_everyones_permissions_change_what_everyone_sees(bot: RawBot, gateway: RawGateway) -> None:
    """Discord, "Gateway Events", section "Guild Role Update"; the bot's own role lets it see on."""
    bot.discord.change_everyone(deny=VIEW_CHANNEL)
    told = await gateway.event("GUILD_ROLE_UPDATE")
    assert told["role"]["id"] == told["guild_id"] == str(bot.discord.world.guild.id)
    assert not int(told["role"]["permissions"]) & VIEW_CHANNEL
    assert complaint_about_answer("GuildRoleResponse", told["role"]) is None
    assert not await sees(bot.bob, bot.general)
    assert (await bot.post(content="still here")).status == 200
    bot.discord.change_everyone(allow=VIEW_CHANNEL)
    assert await sees(bot.bob, bot.general)


async def test_roles_are_given_and_taken(bot: RawBot, gateway: RawGateway) -> None:
    """A person's roles stand in their messages and interactions, and open what is open to the role."""
    await bot.register({"name": "user", "description": "You"})
    role = bot.discord.role("friends")
    assert (await gateway.event("GUILD_ROLE_CREATE"))["role"]["name"] == "friends"
    bot.discord.give(bot.bob, role)
    bot.discord.restrict(bot.general, roles=[role])
    await bot.bob.say(bot.general, "hello")
    assert (await gateway.event("MESSAGE_CREATE"))["member"]["roles"] == [str(role.id)]
    await bot.bob.command(bot.general, "user")
    assert (await gateway.event("INTERACTION_CREATE"))["member"]["roles"] == [str(role.id)]
    assert not await sees(bot.alice, bot.general)
    bot.discord.take(bot.bob, role)
    assert not await sees(bot.bob, bot.general)


async def test_channels_follow_their_category_while_they_are_as_it_is(bot: RawBot, gateway: RawGateway) -> None:
    """Discord, "Permissions", section "Permission Syncing": a channel with overwrites of its own keeps them."""
    category = bot.discord.add_category("Club")
    same = bot.discord.add_channel("lounge", category=category)
    own = bot.discord.add_channel("office", category=category, restricted=True, people=[bot.bob])
    told = [await gateway.event("CHANNEL_CREATE") for _ in range(3)]
    assert [(place["type"], place["parent_id"]) for place in told] == [
        (4, None),
        (0, str(category.id)),
        (0, str(category.id)),
    ]
    assert [complaint_about_answer("GuildChannelResponse", place) for place in told] == [None] * 3
    bot.discord.restrict(category, [bot.alice])
    assert (await sees(bot.alice, same), await sees(bot.bob, same)) == (True, False)
    assert (await sees(bot.alice, own), await sees(bot.bob, own)) == (False, True)
    bot.discord.delete_channel(category)
    orphans = [await gateway.event("CHANNEL_UPDATE") for _ in range(4)][-2:]
    assert [(place["name"], place["parent_id"]) for place in orphans] == [("lounge", None), ("office", None)]


async def test_private_thread_is_for_its_members(bot: RawBot, gateway: RawGateway) -> None:
    """Discord, "Threads", section "Private Threads": its members, and those who may manage threads."""
    thread = bot.discord.add_thread(bot.general, "aside", private=True, people=[bot.alice])
    told = await gateway.event("THREAD_CREATE")
    assert (told["type"], told["parent_id"], told["member_count"]) == (12, str(bot.general.id), 2)
    assert complaint_about_answer("ThreadResponse", told) is None
    assert (await sees(bot.alice, thread), await sees(bot.bob, thread)) == (True, False)
    bot.discord.give(bot.bob, bot.discord.role("moderators", permissions=MANAGE_THREADS))
    assert await sees(bot.bob, thread)
    carol = bot.discord.add_person("Carol")
    bot.discord.invite(thread, carol)
    assert await sees(carol, thread)


async def test_servers_have_members_of_their_own(bot: RawBot) -> None:
    """Somebody of another server sees nothing here; somebody who left sees and does nothing any more."""
    elsewhere = bot.discord.add_guild("Elsewhere")
    there = bot.discord.add_channel("hall", guild=elsewhere)
    carol = bot.discord.add_person("Carol", guild=elsewhere)
    assert (await sees(carol, there), await sees(carol, bot.general), await sees(bot.alice, there)) == (
        True,
        False,
        False,
    )
    message = await bot.alice.say(bot.general, "goodbye")
    bot.discord.leave(bot.alice)
    assert not await sees(bot.alice, bot.general)
    for forged in (bot.alice.forge(message, "stop"), bot.alice.forge_form(message, "form", [])):
        with pytest.raises(NotPossibleError):
            await forged
    assert (await bot.bob.forge(message, "stop")).person is bot.bob.user


async def test_new_connection_is_told_of_every_place(bot: RawBot) -> None:
    """GUILD_CREATE lists roles, channels with their categories and overwrites, and threads; of the members only itself."""
    discord = bot.discord
    category = discord.add_category("Club")
    lounge = discord.add_channel("lounge", category=category, restricted=True)
    threads = [discord.add_thread(lounge, "open"), discord.add_thread(lounge, "secret", private=True)]
    role = discord.role("friends")
    discord.add_guild("Elsewhere")
    async with bot.gateway() as gateway:
        await gateway.ready()
        first, second = await gateway.event("GUILD_CREATE"), await gateway.event("GUILD_CREATE")
    assert [first["name"], second["name"]] == ["Causerie", "Elsewhere"]
    places = {place["id"]: place for place in first["channels"]}
    assert places[str(lounge.id)]["parent_id"] == str(category.id)
    assert places[str(lounge.id)]["permission_overwrites"]
    assert [(place["id"], place["type"]) for place in first["threads"]] == [
        (str(threads[0].id), 11),
        (str(threads[1].id), 12),
    ]
    assert str(role.id) in [entry["id"] for entry in first["roles"]]
    assert [member["user"]["id"] for member in first["members"]] == [str(discord.world.bot.id)]
