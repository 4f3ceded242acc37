"""What the courier makes of each way in which Discord, or somebody before it, says no."""

from http import HTTPStatus
from typing import Any

import hikari
import pytest

from discord_api.errors import BLOCKED_S, UNTOLD_S, result_of
from discord_api.results import Impossible, Limited, Result, Unknown

URL = "https://discord.invalid/"


def html(status: HTTPStatus, **headers: str) -> hikari.HTTPResponseError:
    """A page of Cloudflare's."""
    shown: Any = {"Content-Type": "text/html", **{name.replace("_", "-"): value for name, value in headers.items()}}
    return hikari.HTTPResponseError(URL, status, shown, b"<html>Error 1015</html>", "")


def json(kind: Any, code: int, **headers: str) -> Exception:
    """Discord's own words."""
    shown: Any = {"Content-Type": "application/json", **headers}
    error: Exception = kind(URL, shown, b"{}", "", code)
    return error


@pytest.mark.parametrize("status", [HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS])
@pytest.mark.parametrize(
    ("said", "pause_s"),
    [
        ({}, 600.0),
        ({"Retry_After": "7"}, 7.0),
        ({"Retry_After": "3600"}, 3600.0),
        ({"Retry_After": "0"}, 600.0),
        ({"Retry_After": "soon"}, 600.0),
        ({"Retry_After": "inf"}, 600.0),
    ],
)
def test_a_page_of_cloudflares_pauses_everything(status: HTTPStatus, said: dict[str, str], pause_s: float) -> None:
    """For as long as it says, else for ten minutes."""
    assert result_of(html(status, **said)) == Limited(pause_s, everywhere=True)
    assert BLOCKED_S == 600.0


@pytest.mark.parametrize(
    ("error", "result"),
    [
        (json(hikari.ForbiddenError, 50013), Impossible(50013, is_invalid=True)),
        (json(hikari.NotFoundError, 10008), Impossible(10008)),
        (html(HTTPStatus.BAD_GATEWAY), Unknown(answered=True)),
        (TimeoutError(), Unknown()),
        (ConnectionResetError(), Unknown()),
    ],
)
def test_what_is_for_good_and_what_is_not_known(error: Exception, result: Result) -> None:
    """Only Discord's own codes are for good."""
    assert result_of(error) == result


def test_a_limit_that_does_not_say_how_long_lasts_ten_seconds() -> None:
    """Discord's own, in JSON."""
    headers: Any = {"Content-Type": "application/json"}
    error = hikari.HTTPResponseError(URL, HTTPStatus.TOO_MANY_REQUESTS, headers, b"{}", "")
    assert result_of(error) == Limited(UNTOLD_S)
