"""The requests about servers. Discord, "Guild", and "User", section "Get Current User Guilds"."""

from sandbox.discord.permissions import ADMINISTRATOR, EVERYTHING
from sandbox.discord.place_payloads import channel_json, role_json
from sandbox.discord.refusals import refused
from sandbox.discord.requests import Answer, Call, Route
from sandbox.discord.things import Guild
from sandbox.discord.world import World


def own_guilds(world: World) -> list[Guild]:
    """Return the servers that the bot is in."""
    return [guild for guild in world.guilds.values() if world.bot.id in guild.members]


def get_own_guilds(world: World, call: Call) -> Answer:
    """GET /users/@me/guilds: one page, after the id that the query names."""
    after, limit = int(call.query.get("after", 0)), int(call.query.get("limit", 200))
    guilds = sorted((guild for guild in own_guilds(world) if guild.id > after), key=lambda guild: guild.id)[:limit]
    return Answer(
        body=[
            {
                "id": str(guild.id),
                "name": guild.name,
                "icon": None,
                "banner": None,
                "owner": guild.owner_id == world.bot.id,
                "permissions": str(_own_permissions(world, guild)),
                "features": [],
            }
            for guild in guilds
        ]
    )


def _own_permissions(world: World, guild: Guild) -> int:
    bits = guild.roles[guild.id].permissions
    for role in guild.members[world.bot.id]:
        bits |= guild.roles[role].permissions
    return EVERYTHING if bits & ADMINISTRATOR or guild.owner_id == world.bot.id else bits


def get_channels(world: World, call: Call) -> Answer:
    """GET /guilds/{guild}/channels: all of them, also those that the bot cannot see, and no threads."""
    guild = _guild(world, call)
    channels = [place for place in world.channels.values() if place.guild is guild and place.parent is None]
    return Answer(body=[channel_json(world, place) for place in channels])


def get_roles(world: World, call: Call) -> Answer:
    """GET /guilds/{guild}/roles."""
    guild = _guild(world, call)
    return Answer(body=[role_json(role, place) for place, role in enumerate(guild.roles.values())])


def _guild(world: World, call: Call) -> Guild:
    guild = world.guilds.get(call.number("guild", 10004))
    if guild is None or world.bot.id not in guild.members:
        raise refused(10004)
    return guild


ROUTES = [
    Route("GET", "/users/@me/guilds", get_own_guilds),
    Route("GET", "/guilds/{guild}/channels", get_channels),
    Route("GET", "/guilds/{guild}/roles", get_roles),
]
