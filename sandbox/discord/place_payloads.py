"""The JSON that Discord makes of servers, roles and channels, with every key that hikari 2.7.0 reads."""

from sandbox.discord.clock import made_at
from sandbox.discord.people_payloads import member_json, stamp, user_json
from sandbox.discord.permissions import permissions_of
from sandbox.discord.things import PRIVATE_THREAD, Channel, Guild, Json, Role
from sandbox.discord.world import World


def role_json(role: Role, position: int) -> Json:
    """Discord, "Permissions", section "Role Object"."""
    return {
        "id": str(role.id),
        "name": role.name,
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "icon": None,
        "unicode_emoji": None,
        "position": position,
        "permissions": str(role.permissions),
        "managed": role.managed,
        "mentionable": role.mentionable,
        "flags": 0,
    }


def channel_json(world: World, channel: Channel) -> Json:
    """Discord, "Channel", section "Channel Object"."""
    last = None if channel.last_message_id is None else str(channel.last_message_id)
    if channel.guild is None:
        others = [user_json(world.users[who]) for who in sorted(channel.recipients) if who != world.bot.id]
        return {"id": str(channel.id), "type": channel.kind, "last_message_id": last, "flags": 0, "recipients": others}
    common: Json = {
        "id": str(channel.id),
        "type": channel.kind,
        "guild_id": str(channel.guild.id),
        "name": channel.name,
        "last_message_id": last,
        "rate_limit_per_user": 0,
        "flags": 0,
    }
    if channel.parent is not None:
        joined = {"member": _own_membership(world, channel)} if world.bot.id in channel.members else {}
        return {
            **joined,
            **common,
            "parent_id": str(channel.parent.id),
            "owner_id": str(channel.guild.owner_id),
            "member_count": len(channel.members),
            "message_count": len(channel.messages),
            "total_message_sent": len(channel.messages),
            "thread_metadata": {
                "archived": channel.archived,
                "locked": channel.locked,
                "auto_archive_duration": 1440,
                "archive_timestamp": stamp(made_at(channel.id)),
                "create_timestamp": stamp(made_at(channel.id)),
                **({"invitable": True} if channel.kind == PRIVATE_THREAD else {}),
            },
        }
    overwrites = [
        {"id": str(entry.id), "type": entry.kind, "allow": str(entry.allow), "deny": str(entry.deny)}
        for entry in channel.overwrites
    ]
    return {
        **common,
        "parent_id": None if channel.category is None else str(channel.category.id),
        "position": list(world.channels).index(channel.id) if channel.id in world.channels else 0,
        "topic": None,
        "nsfw": False,
        "permission_overwrites": overwrites,
    }


def _own_membership(world: World, thread: Channel) -> Json:
    """Discord, "Channel", section "Thread Member Object"."""
    joined_at = stamp(made_at(thread.id))
    return {"id": str(thread.id), "user_id": str(world.bot.id), "join_timestamp": joined_at, "flags": 0}


def guild_json(world: World, guild: Guild) -> Json:
    """Discord, "Guild", section "Guild Object", with what GUILD_CREATE adds ("Gateway Events")."""
    visible = [place for place in world.channels.values() if place.guild is guild and permissions_of(world.bot, place)]
    return {
        "id": str(guild.id),
        "name": guild.name,
        "icon": None,
        "splash": None,
        "discovery_splash": None,
        "owner_id": str(guild.owner_id),
        "afk_channel_id": None,
        "afk_timeout": 300,
        "verification_level": 0,
        "default_message_notifications": 0,
        "explicit_content_filter": 0,
        "roles": [role_json(role, place) for place, role in enumerate(guild.roles.values())],
        "emojis": [],
        "stickers": [],
        "features": guild.features,
        "mfa_level": 0,
        "application_id": None,
        "system_channel_id": None,
        "system_channel_flags": 0,
        "rules_channel_id": None,
        "max_members": 500_000,
        "max_presences": None,
        "vanity_url_code": None,
        "description": None,
        "banner": None,
        "premium_tier": 0,
        "premium_subscription_count": 0,
        "preferred_locale": guild.locale,
        "public_updates_channel_id": None,
        "nsfw_level": 0,
        "premium_progress_bar_enabled": False,
        "incidents_data": None,
        "joined_at": stamp(made_at(guild.id)),
        "large": False,
        "unavailable": False,
        "member_count": len(guild.members),
        "approximate_member_count": len(guild.members),
        "approximate_presence_count": len(guild.members),
        # Without the presences intent a bot is told of itself alone ("Gateway Events", "Guild Create").
        "members": [member_json(guild, world.bot)],
        "presences": [],
        "voice_states": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
        "channels": [channel_json(world, place) for place in visible if place.parent is None],
        "threads": [channel_json(world, place) for place in visible if place.parent is not None and not place.archived],
    }
