"""Who the bot is, where its gateway is, what commands it has. Discord, "Application", "Gateway", "User"."""

from sandbox.discord.commands import register
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
    """Where the WebSocket is."""
    return f"{world.base_url.replace('http', 'ws', 1)}/gateway"


def my_user(world: World, call: Call) -> Answer:  # noqa: ARG001
    """GET /users/@me."""
    return Answer(body=own_user(world))


def own_user(world: World) -> Json:
    """The bot's own user, with what only it may know of itself."""
    return {
        **user_json(world.bot),
        "mfa_enabled": False,
        "verified": True,
        "email": None,
        "flags": 0,
        "locale": "en-US",
        "premium_type": 0,
    }


def my_application(world: World, call: Call) -> Answer:  # noqa: ARG001
    """GET /applications/@me and /oauth2/applications/@me."""
    return Answer(
        body={
            **application(world),
            "name": world.bot.name,
            "icon": None,
            "description": "",
            "bot_public": False,
            "bot_require_code_grant": False,
            "owner": user_json(world.founder),
            "bot": user_json(world.bot),
            "verify_key": "00" * 32,
            "team": None,
            "rpc_origins": [],
            "type": None,
            "flags_new": str(application(world)["flags"]),
            "redirect_uris": [],
            "eligible_oauth2_scopes": [],
            "interactions_endpoint_url": None,
            "role_connections_verification_url": None,
            "event_webhooks_status": 1,
            "explicit_content_filter": 0,
            "approximate_user_authorization_count": 0,
            "approximate_guild_count": len(world.guilds),
            "approximate_user_install_count": 0,
            "integration_types_config": {"0": {}},
        }
    )


def application(world: World) -> Json:
    """The partial application of READY."""
    flags = GATEWAY_MESSAGE_CONTENT_LIMITED if world.message_content_enabled else 0
    flags |= GATEWAY_GUILD_MEMBERS_LIMITED if world.guild_members_enabled else 0
    return {"id": str(world.application_id), "flags": flags}


def put_commands(world: World, call: Call) -> Answer:
    """PUT /applications/{application}/commands, and a server's."""
    scope = _scope(world, call)
    return Answer(body=register(world, call.body or [], scope))


def get_commands(world: World, call: Call) -> Answer:
    """GET /applications/{application}/commands, and a server's."""
    return Answer(body=world.commands[_scope(world, call)])


def open_direct(world: World, call: Call) -> Answer:
    """POST /users/@me/channels."""
    text = str((call.body or {}).get("recipient_id"))
    user = world.users.get(int(text)) if text.isdecimal() else None
    if user is None or user is world.bot:
        raise refused(10013)
    return Answer(body=channel_json(world, world.direct_channel(user)))


def _scope(world: World, call: Call) -> int | None:
    if call.params["application"] != str(world.application_id):
        raise refused(50001)
    if "guild" not in call.params:
        return None
    guild = call.number("guild", 10004)
    if guild not in world.guilds:
        raise refused(10004)
    return guild


ROUTES = [
    Route("GET", "/gateway/bot", gateway_bot),
    Route("GET", "/users/@me", my_user),
    Route("GET", "/applications/@me", my_application),
    Route("GET", "/oauth2/applications/@me", my_application),
    Route("PUT", "/applications/{application}/commands", put_commands),
    Route("GET", "/applications/{application}/commands", get_commands),
    Route("PUT", "/applications/{application}/guilds/{guild}/commands", put_commands),
    Route("GET", "/applications/{application}/guilds/{guild}/commands", get_commands),
    Route("POST", "/users/@me/channels", open_direct),
]
