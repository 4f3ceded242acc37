"""Missed messages, which were found by reading their channel again: their server, their age, and one notice for many of them."""

from typing import Final

from msgspec.structs import replace

from messages.ids import UserId, snowflake_time_s
from messages.intake import MessagePosted
from messages.verbs.acceptance import AcceptMessage
from storage.channels import known_server
from storage.unit_of_work import UnitOfWork

NOTICE_ONCE_S: Final = 3600.0
"""Seconds within which a person is told only once that messages are too old to be answered."""


def with_server(unit: UnitOfWork, posted: MessagePosted) -> MessagePosted:
    """Return the message with its server, which a message that was read over REST in an unlisted channel does not say."""
    if posted.guild_id is not None:
        return posted
    guild, parents = known_server(unit, posted.channel_id)
    # Outside a server there are no roles; in one they are not known.
    return posted if guild is None else replace(posted, guild_id=guild, parents=parents, roles=None)


def is_too_old(unit: UnitOfWork, verb: AcceptMessage) -> bool:
    """Return whether a missed message is older than the limit allows, or its author has posted too many newer ones."""
    age_s = verb.now_s - snowflake_time_s(verb.posted.message_id)
    return age_s > unit.limits.missed_age_s or verb.newer_missed >= unit.limits.missed_per_person


def was_told(unit: UnitOfWork, author: UserId, now_s: float) -> bool:
    """Return whether a person has had the notice that a message of theirs is too old within `NOTICE_ONCE_S`."""
    notice = unit.one(
        "SELECT 1 FROM turn WHERE asker = ? AND reason = 'too_old' AND create_time > ?", author, now_s - NOTICE_ONCE_S
    )
    return notice is not None
