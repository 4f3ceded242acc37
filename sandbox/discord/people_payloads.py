"""The JSON that Discord makes of people, with every key that hikari 2.7.0 reads."""

from collections.abc import Iterable
from datetime import datetime

from sandbox.discord.clock import made_at
from sandbox.discord.permissions import permissions_of
from sandbox.discord.things import Channel, Guild, Json, User


def stamp(moment: datetime | None) -> str | None:
    """Return a time in the format of Discord's JSON."""
    return None if moment is None else moment.isoformat()


def user_json(user: User) -> Json:
    """Discord, "User", section "User Object"."""
    return {
        "id": str(user.id),
        "username": user.name.lower(),
        "global_name": None if user.bot else user.name,
        "discriminator": "0",
        "avatar": None,
        "bot": user.bot,
        "primary_guild": None,
        "flags": 0,
        "public_flags": 0,
    }


def member_json(guild: Guild, user: User, *, with_user: bool = True) -> Json:
    """Discord, "Guild", section "Guild Member Object"."""
    member: Json = {
        "roles": [str(role) for role in sorted(guild.members[user.id])],
        "joined_at": stamp(made_at(guild.id)),
        "nick": None,
        "avatar": None,
        "premium_since": None,
        "deaf": False,
        "mute": False,
        "pending": False,
        "flags": 0,
        "communication_disabled_until": None,
    }
    return {**member, "user": user_json(user)} if with_user else member


def resolved_json(channel: Channel, people: Iterable[User]) -> Json:
    """Return the people whom a command's options name: "Receiving and Responding", section "Resolved Data Structure"."""
    guild, users = channel.guild, list(people)
    found: Json = {"users": {str(user.id): user_json(user) for user in users}}
    if guild is not None:
        found["members"] = {
            str(user.id): {
                **member_json(guild, user, with_user=False),
                "permissions": str(permissions_of(user, channel)),
            }
            for user in users
            if user.id in guild.members
        }
    return found
