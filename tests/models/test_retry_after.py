"""What servers write into Retry-After, and what is made of it."""

from datetime import UTC, datetime
from email.utils import format_datetime

import pytest

from models.retry_after import RETRY_AFTER_S_MAX, retry_after_s

NOW_S = 1_790_000_000.0


def at(seconds: float) -> str:
    return format_datetime(datetime.fromtimestamp(NOW_S + seconds, UTC), usegmt=True)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "0.25"}, 0.25),
        ({"retry-after": "7", "retry-after-ms": "6500"}, 6.5),
        ({"retry-after": "7", "retry-after-ms": "soon"}, 7.0),
        ({"retry-after": at(90)}, 90.0),
        ({"retry-after": at(-90)}, 0.0),
        ({"retry-after": "3600"}, 3600.0),
    ],
)
def test_seconds_milliseconds_and_dates_are_understood(headers: dict[str, str], seconds: float | None) -> None:
    """The finer of two wins; a moment that has passed is now."""
    assert retry_after_s(headers, NOW_S) == seconds


@pytest.mark.parametrize(
    ("requests", "tokens", "seconds"),
    [
        (("0", "6m0s"), ("0", "2s"), 360.0),
        (("0", "2s"), ("100", "6m0s"), 2.0),
        (("0", "850ms"), ("", ""), 0.85),
        (("0", "1h2m3.5s"), ("0", "0s"), 3600.0),
        (("0", "soon"), ("5", "2s"), None),
        (("7", "6m0s"), ("5", "2s"), None),
    ],
)
def test_budgets_that_are_used_up_say_when_they_are_there_again(
    requests: tuple[str, str], tokens: tuple[str, str], seconds: float | None
) -> None:
    """The last of them counts; without one that is used up nothing is said, and Retry-After counts more."""
    headers = {
        "x-ratelimit-remaining-requests": requests[0],
        "x-ratelimit-reset-requests": requests[1],
        "x-ratelimit-remaining-tokens": tokens[0],
        "x-ratelimit-reset-tokens": tokens[1],
    }
    assert retry_after_s(headers, NOW_S) == seconds
    assert retry_after_s({**headers, "retry-after": "7"}, NOW_S) == 7.0


@pytest.mark.parametrize("said", ["-1", "nan", "NaN", "-inf", "", "soon", "Sun, 99 Foo 2026", "\u0667x", "1 2"])
def test_what_cannot_be_meant_says_nothing(said: str) -> None:
    """And raises nothing."""
    assert retry_after_s({"retry-after": said}, NOW_S) is None


@pytest.mark.parametrize("said", ["3601", "inf", "1e300", "9" * 400, at(10**8), "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_nobody_silences_the_bot_for_more_than_an_hour(said: str) -> None:
    """A hostile server, or one whose clock is wrong."""
    assert retry_after_s({"retry-after": said}, NOW_S) == RETRY_AFTER_S_MAX
