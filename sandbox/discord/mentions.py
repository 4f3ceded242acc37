"""Finds out whom a text notifies. Discord, "Message", section "Allowed Mentions Object"."""

import re
from dataclasses import dataclass, field

from sandbox.discord.permissions import MENTION_EVERYONE, may
from sandbox.discord.refusals import FormErrors
from sandbox.discord.things import Channel, Json, User
from sandbox.discord.world import World

USER = re.compile(r"<@!?(\d+)>")
ROLE = re.compile(r"<@&(\d+)>")
EVERYONE = re.compile(r"@(everyone|here)\b")

KINDS = {"users", "roles", "everyone"}


@dataclass(slots=True)
class Mentions:
    """The ids that a message mentions, as far as its `allowed_mentions` allow."""

    users: list[int] = field(default_factory=list)
    roles: list[int] = field(default_factory=list)
    everyone: bool = False


def check_allowed(allowed: Json | None, errors: FormErrors) -> None:
    """Note what is wrong with an `allowed_mentions` object."""
    if allowed is None:
        return
    parse = allowed.get("parse", [])
    for place, kind in enumerate(parse):
        if kind not in KINDS:
            errors.add(f"allowed_mentions.parse.{place}", "BASE_TYPE_CHOICES", f"Value must be one of {sorted(KINDS)}.")
    for key in ("users", "roles"):
        errors.count(f"allowed_mentions.{key}", len(allowed.get(key) or []), 0, 100)
        if key in parse and allowed.get(key):
            errors.add(
                "allowed_mentions",
                "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE",
                f'parse:["{key}"] and {key}: [ids...] are mutually exclusive.',
            )


def resolve(
    world: World, channel: Channel, author: User, content: str, allowed: Json | None, replied: User | None = None
) -> Mentions:
    """Find whom a text of `author` notifies in a channel.

    Without `allowed` (on a create and on an edit alike) everything in the text counts. Mentions in code count
    too, although Discord ignores them: for a bot that must notify nobody the sandbox is stricter.
    """
    parse = KINDS if allowed is None else set(allowed.get("parse") or ())
    named = {key: {int(one) for one in (allowed or {}).get(key) or ()} for key in ("users", "roles")}
    found = Mentions()
    for number in map(int, USER.findall(content)):
        if number in world.users and ("users" in parse or number in named["users"]):
            found.users.append(number)
    roles = {} if channel.guild is None else channel.guild.roles
    mighty = may(author, channel, MENTION_EVERYONE)
    for number in map(int, ROLE.findall(content)):
        role = roles.get(number)
        if role and (mighty or role.mentionable) and ("roles" in parse or number in named["roles"]):
            found.roles.append(number)
    found.everyone = "everyone" in parse and mighty and EVERYONE.search(content) is not None
    if replied is not None and (True if allowed is None else allowed.get("replied_user", False)):
        found.users.append(replied.id)
    found.users = list(dict.fromkeys(found.users))
    found.roles = list(dict.fromkeys(found.roles))
    return found
