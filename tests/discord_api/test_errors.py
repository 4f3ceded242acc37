"""What each error of Discord's, of Cloudflare in front of it, and of the network means."""

from http import HTTPStatus
from typing import Any

import hikari
import pytest

from discord_api.errors import BLOCKED_S, UNTOLD_S, result_of
from discord_api.results import Impossible, Limited, Result, Unknown

URL = "https://discord.invalid/"


def html(status: HTTPStatus, **headers: str) -> hikari.HTTPResponseError:
    """Return the error for a page of Cloudflare's, which is HTML."""
    shown: Any = {"Content-Type": "text/html", **{name.replace("_", "-"): value for name, value in headers.items()}}
    return hikari.HTTPResponseError(URL, status, shown, b"<html>Error 1015</html>", "")


def json(kind: Any, code: int, **headers: str) -> Exception:
    """Return an error of Discord's own, with its JSON code."""
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
    """Nothing is sent for as long as the page says, and for ten minutes when it does not say."""
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
    """Only an error with one of Discord's own codes is final; all others leave open what happened."""
    assert result_of(error) == result


def test_a_limit_that_does_not_say_how_long_lasts_ten_seconds() -> None:
    """A 429 of Discord's own without a Retry-After header pauses its route for ten seconds."""
    headers: Any = {"Content-Type": "application/json"}
    error = hikari.HTTPResponseError(URL, HTTPStatus.TOO_MANY_REQUESTS, headers, b"{}", "")
    assert result_of(error) == Limited(UNTOLD_S)
