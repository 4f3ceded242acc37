"""Who the bot is, where its gateway is, what commands it has. Discord, "Application", "Gateway", "User"."""

from sandbox.discord.commands import register
from sandbox.discord.guild_routes import own_guilds
from sandbox.discord.people_payloads import user_json
from sandbox.discord.place_payloads import channel_json
from sandbox.discord.refusals import refused
from sandbox.discord.requests import Answer, Call, Route
from sandbox.discord.things import Json
from sandbox.discord.world import World

# Application flags for a bot in few servers. Discord, "Application", section "Application Flags".
GATEWAY_GUILD_MEMBERS_LIMITED, GATEWAY_MESSAGE_CONTENT_LIMITED = 1 << 15, 1 << 19


def gateway_bot(world: World, call: Call) -> Answer:  # noqa: ARG001
    """GET /gateway/bot."""
    return Answer(body={"url": gateway_url(world), "shards": 1, "session_start_limit": dict(world.session_start_limit)})


def gateway_url(world: World) -> str:
    """Return the address of the gateway's WebSocket."""
    return f"{world.base_url.replace('http', 'ws', 1)}/gateway"


def own_user(world: World) -> Json:
    """Return the bot's user object, with the fields that only the user itself gets."""
    return {
        **user_json(world.bot),
        "mfa_enabled": False,
        "verified": True,
        "email": None,
        "flags": 0,
        "locale": "en-US",
        "premium_type": 0,
    }


def application(world: World) -> Json:
    """Return the partial application object that READY contains."""
    flags = GATEWAY_MESSAGE_CONTENT_LIMITED if world.message_content_enabled else 0
    flags |= GATEWAY_GUILD_MEMBERS_LIMITED if world.guild_members_enabled else 0
    return {"id": str(world.application_id), "flags": flags}


def put_commands(world: World, call: Call) -> Answer:
    """PUT /applications/{application}/commands."""
    if call.params["application"] != str(world.application_id):
        raise refused(50001)
    return Answer(body=register(world, call.body or []))


def get_commands(world: World, call: Call) -> Answer:
    """GET /applications/{application}/commands. What is translated is left out unless it is asked for."""
    if call.params["application"] != str(world.application_id):
        raise refused(50001)
    if call.query.get("with_localizations") == "true":
        return Answer(body=world.commands)
    return Answer(body=[_without_localizations(command) for command in world.commands])


def _without_localizations(command: Json) -> Json:
    return {key: value for key, value in command.items() if not key.endswith("_localizations")}


def get_own_user(world: World, call: Call) -> Answer:  # noqa: ARG001
    """GET /users/@me."""
    return Answer(body=own_user(world))


def get_application(world: World, call: Call) -> Answer:  # noqa: ARG001
    """GET /applications/@me."""
    return Answer(
        body={
            **application(world),
            "name": world.bot.name,
            "description": "",
            "bot": user_json(world.bot),
            "bot_public": True,
            "bot_require_code_grant": False,
            "interactions_endpoint_url": None,
            "approximate_guild_count": len(own_guilds(world)),
        }
    )


def open_direct(world: World, call: Call) -> Answer:
    """POST /users/@me/channels."""
    text = str((call.body or {}).get("recipient_id"))
    user = world.users.get(int(text)) if text.isdecimal() else None
    if user is None or user is world.bot:
        raise refused(10013)
    return Answer(body=channel_json(world, world.direct_channel(user)))


ROUTES = [
    Route("GET", "/gateway/bot", gateway_bot),
    Route("GET", "/users/@me", get_own_user),
    Route("GET", "/applications/@me", get_application),
    Route("GET", "/applications/{application}/commands", get_commands),
    Route("PUT", "/applications/{application}/commands", put_commands),
    Route("POST", "/users/@me/channels", open_direct),
]
