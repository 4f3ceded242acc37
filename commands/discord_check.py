"""Asks Discord about the bot, for `causerie check`: token, intents, gateway sessions, clock, and the permissions in each server."""

import datetime as dt
from contextlib import suppress
from typing import Final

import anyio

from actors.connection.identify_budget import KEPT_BACK
from commands.channel_check import of_server
from commands.finding import Finding
from commands.invite import invite_link, portal_page
from discord_api.inquiry import (
    Application,
    Channel,
    GatewayAddress,
    Inquiry,
    InquiryError,
    Member,
    OwnUser,
    Role,
    Server,
    SessionStartLimit,
)
from settings.settings import Settings

SERVERS_MAX: Final = 50
"""So many servers are looked at, with three requests each: a quarter of a minute."""

SERVERS_LISTED_MAX: Final = 200
"""So many Discord lists at once (Discord: User, Get Current User Guilds)."""

MESSAGE_CONTENT, MESSAGE_CONTENT_LIMITED = 1 << 18, 1 << 19
"""Discord: Application, Application Flags. The second one is for bots in few servers, which Discord need not approve."""

UNVERIFIED_SERVERS_MAX: Final = 100
"""An application that Discord has not verified joins no more servers than this, and may not read content without approval then."""
NEARLY: Final = 75

SKEW_S_LOOK: Final = 5.0
SKEW_S_WRONG: Final = 60.0
"""By how many seconds the clock may be wrong: ages of messages, budgets of a day and certificates depend on it."""

UNAUTHORIZED: Final = 401


async def check_discord(settings: Settings, found: list[Finding]) -> None:
    """Add what there is to say to `found`, so that it is there also where somebody does not wait for the end.

    A token that Discord refuses ends the questions: each further one would count against this machine's address.
    """
    async with Inquiry(settings.discord_token, settings.discord_rest_url, settings.proxies) as inquiry:
        try:
            user = await inquiry.get("/users/@me", OwnUser)
            application = await inquiry.get("/applications/@me", Application)
        except InquiryError as error:
            found.append(_refusal(settings.discord_rest_url, error))
            return
        found.append(Finding("ok", "token", f"it is that of {user.username} (application {application.id})."))
        found.extend(of_application(application, message_content=settings.message_content))
        try:
            limit = (await inquiry.get("/gateway/bot", GatewayAddress)).session_start_limit
            found.append(of_budget(limit))
        except InquiryError as error:
            found.append(
                Finding("wrong", "gateway", f"Discord {error} to the question where its gateway is. Try again later.")
            )
        if inquiry.skew_s is not None:
            found.append(of_clock(inquiry.skew_s))
        found.extend(await _of_servers(inquiry, user, application, settings))


def _refusal(address: str, error: InquiryError) -> Finding:
    if error.status == UNAUTHORIZED:
        said = "Discord refuses it. Copy it again from the bot's page in the developer portal (Bot, Reset Token) into .env."
        return Finding("wrong", "token", said)
    return Finding("wrong", "discord", f"{address} {error}. Can this machine reach it?")


def of_application(application: Application, *, message_content: bool) -> list[Finding]:
    """Return the lines about what is chosen on the application's pages in the developer portal."""
    page = portal_page(int(application.id))
    found = [_of_intent(application, page, message_content=message_content)]
    if application.interactions_endpoint_url:
        said = f"commands and buttons go to an Interactions Endpoint URL, not to the bot. Empty that field at {portal_page(int(application.id), 'information')}."
        found.append(Finding("wrong", "commands", said))
    if application.bot_require_code_grant:
        said = f"Requires OAuth2 Code Grant is on, and the link of `causerie invite` will not work. Switch it off at {page}."
        found.append(Finding("wrong", "invite", said))
    return found


def _of_intent(application: Application, page: str, *, message_content: bool) -> Finding:
    if not message_content:
        return Finding(
            "ok",
            "intents",
            "message content is not wanted (message_content = false); only mentions and direct messages are read.",
        )
    if application.flags & MESSAGE_CONTENT:
        return Finding("ok", "intents", "message content is on, and approved by Discord.")
    if not application.flags & MESSAGE_CONTENT_LIMITED:
        said = (
            f"message content is off, and Discord will refuse the connection. Switch Message Content Intent on at {page},"
            " or set message_content = false under [discord] in CAUSERIE_CONFIG."
        )
        return Finding("wrong", "intents", said)
    count = application.approximate_guild_count
    if count >= NEARLY:
        said = (
            f"message content is on as for a bot in few servers, and this one is in about {count}: with {UNVERIFIED_SERVERS_MAX}"
            f" Discord has to approve it. Ask for that at {page}."
        )
        return Finding("look", "intents", said)
    return Finding(
        "ok", "intents", f"message content is on (from {UNVERIFIED_SERVERS_MAX} servers on, Discord has to approve it)."
    )


def of_budget(limit: SessionStartLimit) -> Finding:
    """Return the line about the gateway sessions that Discord allows the bot to begin (Discord: Gateway, Session Start Limit)."""
    hours = limit.reset_after / 3_600_000
    left = (
        f"{limit.remaining} of {limit.total} starts of a connection are left, all of them again in {hours:.1f} hours."
    )
    if limit.remaining > KEPT_BACK:
        return Finding("ok", "gateway", left)
    return Finding(
        "wrong",
        "gateway",
        f"{left} Until then the bot will wait. Does something start it again and again? Look at its log.",
    )


def of_clock(skew_s: float) -> Finding:
    """Return the line about this machine's clock, which is so far ahead of Discord's."""
    off = f"it is {abs(skew_s):,.0f} seconds {'fast' if skew_s > 0 else 'slow'} against Discord's"
    if abs(skew_s) >= SKEW_S_WRONG:
        return Finding("wrong", "clock", f"{off}. Switch on the synchronisation of this machine's clock (NTP).")
    if abs(skew_s) >= SKEW_S_LOOK:
        return Finding("look", "clock", f"{off}. Is this machine's clock synchronised (NTP)?")
    return Finding("ok", "clock", "it agrees with Discord's.")


async def _of_servers(inquiry: Inquiry, user: OwnUser, application: Application, settings: Settings) -> list[Finding]:
    try:
        servers = await inquiry.get(f"/users/@me/guilds?limit={SERVERS_LISTED_MAX}", tuple[Server, ...])
    except InquiryError as error:
        return [Finding("wrong", "servers", f"Discord {error} to the question in which servers the bot is.")]
    if not servers:
        said = f"the bot is in no server yet. Add it: {invite_link(int(application.id))}"
        return [Finding("look", "servers", said)]
    lines: dict[str, list[Finding]] = {}
    seen: set[int] = set()

    async def look(server: Server) -> None:
        lines[server.id] = await _of_server(inquiry, user, server, settings, seen)

    chosen = servers[:SERVERS_MAX]
    async with anyio.create_task_group() as tasks:
        for server in chosen:
            tasks.start_soon(look, server)
    found = [line for server in chosen for line in lines[server.id]]
    for channel in sorted(settings.limits.shared_channels.keys() - seen):
        said = f"the channel {channel} of [[shared_channels]] is in no server that was looked at. Is its id right, and the bot there?"
        found.append(Finding("look", "servers", said))
    if len(servers) > len(chosen):
        more = "or more " if len(servers) == SERVERS_LISTED_MAX else ""
        found.append(Finding("look", "servers", f"{len(chosen)} of {len(servers)} {more}servers were looked at."))
    return found


async def _of_server(
    inquiry: Inquiry, user: OwnUser, server: Server, settings: Settings, seen: set[int]
) -> list[Finding]:
    """Return the lines about a server, and add its channels to those that were seen."""
    path = f"/guilds/{server.id}"
    try:
        channels = await inquiry.get(f"{path}/channels", tuple[Channel, ...])
        roles = await inquiry.get(f"{path}/roles", tuple[Role, ...])
        member = await inquiry.get(f"{path}/members/{user.id}", Member)
    except InquiryError as error:
        return [Finding("look", "permissions", f"'{server.name}' could not be looked at: Discord {error}.")]
    seen.update(int(channel.id) for channel in channels)
    found = of_server(
        server,
        channels,
        roles,
        member,
        bot=user.id,
        admitted=settings.permissions,
        shared=settings.limits.shared_channels,
    )
    until = _timed_out_until(member)
    if until is not None:
        said = f"'{server.name}': somebody has put the bot in a time-out until {until:%Y-%m-%d %H:%M} UTC. Remove it there."
        found.append(Finding("wrong", "permissions", said))
    return found


def _timed_out_until(member: Member) -> dt.datetime | None:
    until = None
    with suppress(ValueError):
        until = dt.datetime.fromisoformat(member.communication_disabled_until or "")
    now = dt.datetime.now(dt.UTC)
    return until if until is not None and until.tzinfo is not None and until > now else None
