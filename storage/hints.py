"""The hint: what somebody gets who calls the bot although their status is `disable`, and when it is given again."""

from typing import Final, Literal

from messages.ids import MessageId, UserId, snowflake_at, snowflake_time_s
from messages.intake import MessagePosted
from storage.unit_of_work import UnitOfWork

AGAIN_S: Final = 600.0
"""Seconds after which the hint is given again; until then the message only gets a mark."""

MINUTE_S: Final = 60.0
"""Within it, one person gets as many hints and marks as they may ask questions."""

Due = Literal["hint", "mark", "nothing"]


def calls_bot(posted: MessagePosted, *, missed: bool) -> bool:
    """Return whether a message mentions the bot, or was written to it directly.

    A missed message that says no server is not known to be a direct message: its channel may be a server's that nobody lists.
    """
    return posted.mentions_bot or (posted.guild_id is None and not missed)


def due(unit: UnitOfWork, person: UserId, message: MessageId) -> Due:
    """Return what a person who calls the bot with this message gets, by the hints that they got before it."""
    written_s = snowflake_time_s(message)
    row = unit.one(
        "SELECT count(*) FILTER (WHERE muted = 0) AS hints, count(*) FILTER (WHERE cause > :minute) AS lately FROM turn"
        " WHERE asker = :person AND cause > :since AND reason = 'hint'",
        person=person,
        since=snowflake_at(written_s - AGAIN_S),
        minute=snowflake_at(written_s - MINUTE_S),
    )
    if row is None or not row["hints"]:
        return "hint"
    return "mark" if row["lately"] < unit.limits.questions_per_minute else "nothing"
