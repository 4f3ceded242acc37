"""Reads when a server will take a request again (RFC 9110: Retry-After; OpenAI: retry-after-ms, x-ratelimit-reset-…). Pure."""

import math
import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Final

RETRY_AFTER_S_MAX: Final = 3600.0
"""A server that says more is asked again after an hour: one request an hour does no harm, and a mistake in the header must not
silence the bot for days."""


def retry_after_s(headers: Mapping[str, str], time_s: float) -> float | None:
    """Return for how many seconds these headers ask to wait, from 0 to 3,600; None where they do not say, or make no sense.

    `time_s` is the present time, in seconds since 1970: the header may contain a date.
    """
    milliseconds = _number(headers.get("retry-after-ms"))
    if milliseconds is not None:
        return min(milliseconds / 1000, RETRY_AFTER_S_MAX)
    header = headers.get("retry-after")
    wait_s = _number(header)
    if wait_s is None and header is not None:
        wait_s = _until(header, time_s)
    if header is None:
        wait_s = _until_reset(headers)
    return None if wait_s is None else min(wait_s, RETRY_AFTER_S_MAX)


def _number(header: str | None) -> float | None:
    """The number in this text if it is 0 or more, infinity included; None for anything else."""
    try:
        number = float(header or "")
    except ValueError:
        return None
    return None if math.isnan(number) or number < 0 else number


def _until(header: str, time_s: float) -> float | None:
    """The seconds until an HTTP date, 0 for one that has passed; None where this is not a date."""
    try:
        return max(0.0, parsedate_to_datetime(header).timestamp() - time_s)
    except (ValueError, OverflowError, OSError):
        return None


_DURATION: Final = re.compile(
    r"(?:(\d{1,4})h)?(?:(\d{1,4})m)?(?:(\d{1,6}(?:\.\d{1,9})?)s)?(?:(\d{1,6}(?:\.\d{1,9})?)ms)?"
)
"""As Go writes durations: 6m0s, 1.5s, 850ms."""


def _until_reset(headers: Mapping[str, str]) -> float | None:
    """The seconds until the last of the used-up budgets is there again (OpenAI, Groq: Rate limits in headers)."""
    waits_s = [
        _duration_s(headers.get(f"x-ratelimit-reset-{budget}", ""))
        for budget in ("requests", "tokens")
        if _number(headers.get(f"x-ratelimit-remaining-{budget}")) == 0
    ]
    return max(waits_s, default=0.0) or None


def _duration_s(text: str) -> float:
    found = _DURATION.fullmatch(text)
    hours, minutes, seconds, milliseconds = (float(part or 0) for part in found.groups()) if found else (0.0,) * 4
    return hours * 3600 + minutes * 60 + seconds + milliseconds / 1000
