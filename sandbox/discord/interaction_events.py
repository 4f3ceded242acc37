"""Starts an interaction: makes its event with every key that hikari reads, its token and its deadline."""

import secrets

from sandbox.discord.events import Event
from sandbox.discord.interactions import Interaction
from sandbox.discord.payloads import message_json
from sandbox.discord.people_payloads import member_json, user_json
from sandbox.discord.permissions import permissions_of
from sandbox.discord.place_payloads import channel_json
from sandbox.discord.things import Channel, Json, Message, User
from sandbox.discord.world import World

GUILD_CONTEXT, BOT_DM_CONTEXT = 0, 1


def start(
    world: World,
    person: User,
    channel: Channel,
    kind: int,
    name: str,
    data: Json,
    *,
    message: Message | None = None,
    parent: Interaction | None = None,
) -> Interaction:
    """Dispatch INTERACTION_CREATE, which needs no intent, and start the three seconds within which the bot must answer."""
    token = f"aW50ZXJhY3Rpb246{secrets.token_urlsafe(60)}"
    room = (world.limits, world.clock, world.changes)
    now_s = world.clock.now_s()
    entry = Interaction(*room, world.ids.next(), token, kind, name, person, channel, data, now_s, message, parent)
    world.interactions[token] = entry
    entry.event = _event(world, entry)
    world.clock.at(entry.created_s + world.limits.ack_s, entry.expire)
    dispatch(world, entry)
    return entry


def dispatch(world: World, entry: Interaction) -> None:
    """Send the interaction's event to the bot. Called again, it sends the same event with the same id and token."""
    world.happened(Event("INTERACTION_CREATE", 0, lambda _: entry.event))


def _event(world: World, entry: Interaction) -> Json:
    channel, guild = entry.channel, entry.channel.guild
    place = channel_json(world, channel)
    if guild is not None:
        place["permissions"] = str(permissions_of(entry.person, channel))
    body: Json = {
        "id": str(entry.id),
        "application_id": str(world.application_id),
        "type": entry.kind,
        "token": entry.token,
        "version": 1,
        "data": entry.data,
        "channel": place,
        "channel_id": str(channel.id),
        "locale": entry.person.locale,
        "app_permissions": str(permissions_of(world.bot, channel)),
        "entitlements": [],
        "authorizing_integration_owners": entry.metadata()["authorizing_integration_owners"],
        "context": BOT_DM_CONTEXT if guild is None else GUILD_CONTEXT,
        "attachment_size_limit": world.limits.file_bytes,
    }
    if guild is None:
        body["user"] = user_json(entry.person)
    else:
        member = {**member_json(guild, entry.person), "permissions": place["permissions"]}
        body |= {"guild_id": str(guild.id), "guild_locale": guild.locale, "member": member}
        body["guild"] = {"id": str(guild.id), "locale": guild.locale, "features": guild.features}
    if entry.message is not None:
        body["message"] = message_json(world, entry.message)
    return body
