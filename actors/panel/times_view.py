"""The three times that both panels show, small below everything else. Pure."""

from datetime import UTC, datetime

from texts.escaping import moment
from texts.say import Locale, say


def times_of(create_time_s: float, update_time_s: float, modify_time_s: float, locale: Locale) -> str:
    """Return the lines of the times of a person or a session, in seconds since 1970; each reader sees them in their own time zone."""
    return "\n".join(
        f"-# {line}"
        for line in (
            say("create_time", locale, time=moment(create_time_s)),
            say("update_time", locale, time=moment(update_time_s)),
            say("modify_time", locale, time=moment(modify_time_s)),
        )
    )


def utc(time_s: float, *, to_the_second: bool = False) -> str:
    """Return a moment, given in seconds since 1970, for files and labels, where Discord shows no timestamps: date and time of UTC."""
    return datetime.fromtimestamp(time_s, UTC).strftime(f"%Y-%m-%d %H:%M{':%S' if to_the_second else ''} UTC")
