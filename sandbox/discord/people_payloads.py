"""The JSON that Discord makes of people, with every key that hikari 2.7.0 reads."""

from datetime import datetime

from sandbox.discord.clock import made_at
from sandbox.discord.things import Guild, Json, User


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
