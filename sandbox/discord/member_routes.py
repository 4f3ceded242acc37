"""The requests about members of a server. Discord, "Guild", section "Get Guild Member"."""

from sandbox.discord.people_payloads import member_json
from sandbox.discord.refusals import refused
from sandbox.discord.requests import Answer, Call, Route
from sandbox.discord.world import World


def get_member(world: World, call: Call) -> Answer:
    """GET /guilds/{guild}/members/{user}, of a server that the bot is in."""
    guild, user = world.guilds.get(int(call.params["guild"])), world.users.get(int(call.params["user"]))
    if guild is None:
        raise refused(10004)
    if user is None or user.id not in guild.members:
        raise refused(10007)
    return Answer(body=member_json(guild, user))


ROUTES = [Route("GET", "/guilds/{guild}/members/{user}", get_member)]
