"""What each error of Discord's, of Cloudflare in front of it, and of the network means."""

import ssl
from http import HTTPStatus
from types import SimpleNamespace
from typing import Any

import aiohttp
import hikari
import pytest

from discord_api.errors import BLOCKED_S, UNTOLD_S, cause_of, result_of
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


def from_connector(kind: type[aiohttp.ClientConnectorError], error: OSError) -> Exception:
    """Return the error that hikari raises for an error that aiohttp raised."""
    key: Any = SimpleNamespace(host="discord.invalid", port=443, ssl=True, is_ssl=True)
    wrapped = hikari.HTTPError("words with an address")
    wrapped.__cause__ = kind(key, error)
    return wrapped


def test_the_cause_of_a_failed_request_is_a_few_words_without_an_address() -> None:
    """For the operator's log: who has to do something, and what about."""
    untrusted = ssl.SSLCertVerificationError(1, "[SSL: CERTIFICATE_VERIFY_FAILED] of https://me:hunter2@proxy")
    untrusted.verify_message = "unable to get local issuer certificate"
    info: Any = None
    causes = {
        from_connector(aiohttp.ClientConnectorError, ConnectionRefusedError(111, "Connect call failed")): "Connection refused",
        from_connector(aiohttp.ClientConnectorError, OSError(101, "to 10.0.0.1")): "Network is unreachable",
        from_connector(aiohttp.ClientConnectorDNSError, OSError(None, "x")): "the host's name cannot be resolved",
        from_connector(aiohttp.ClientConnectorCertificateError, untrusted): (
            "its certificate is not trusted: unable to get local issuer certificate"
        ),
        from_connector(aiohttp.ClientConnectorSSLError, ssl.SSLError(1, "WRONG_VERSION_NUMBER")): (
            "no encrypted connection: is it http:// instead of https://?"
        ),
        from_connector(aiohttp.ClientProxyConnectionError, ConnectionRefusedError(111, "x")): "the proxy: Connection refused",
        aiohttp.ClientHttpProxyError(info, (), status=407, message="hunter2"): "the proxy answered with status 407",
        aiohttp.ServerDisconnectedError("hunter2"): "the connection broke",
        TimeoutError("hunter2"): "no answer in time",
        hikari.NotFoundError(URL, {}, b"hunter2"): "status 404",
        ValueError("hunter2"): "ValueError",
    }  # fmt: skip
    assert {cause_of(error): wanted for error, wanted in causes.items()} == {
        wanted: wanted for wanted in causes.values()
    }
