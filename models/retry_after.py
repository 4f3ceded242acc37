"""When a server says that it will take a request again (RFC 9110: Retry-After; OpenAI: retry-after-ms). Pure."""

import math
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Final

RETRY_AFTER_S_MAX: Final = 3600.0
"""Who says more is asked after an hour all the same: one request an hour hurts nobody, a slip of theirs would silence us."""


def retry_after_s(headers: Mapping[str, str], time_s: float) -> float | None:
    """Return the seconds from 0 to 3,600 that these headers ask to wait, or None where they say nothing that can be meant.

    `time_s` counts from 1970; a date is compared with it.
    """
    milliseconds = _number(headers.get("retry-after-ms"))
    if milliseconds is not None:
        return min(milliseconds / 1000, RETRY_AFTER_S_MAX)
    said = headers.get("retry-after")
    wait_s = _number(said)
    if wait_s is None and said is not None:
        wait_s = _until(said, time_s)
    return None if wait_s is None else min(wait_s, RETRY_AFTER_S_MAX)


def _number(said: str | None) -> float | None:
    """A number of 0 or more; infinity is one, `nan` and less than none are not."""
    try:
        number = float(said or "")
    except ValueError:
        return None
    return None if math.isnan(number) or number < 0 else number


def _until(said: str, time_s: float) -> float | None:
    """The seconds until an HTTP date; a date that has passed is now."""
    try:
        return max(0.0, parsedate_to_datetime(said).timestamp() - time_s)
    except (ValueError, OverflowError, OSError):
        return None
