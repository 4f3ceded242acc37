"""Translates an error of hikari's or of the network into a result, and into an event for the log. Nothing here waits."""

import math
import os
from http import HTTPStatus
from typing import Final

import aiohttp
import hikari

from discord_api import error_codes
from discord_api.results import Failure, Impossible, Limited, Unknown

BLOCKED_S: Final = 600.0
"""How long nothing is sent when Cloudflare shuts this address out and does not say for how long."""

UNTOLD_S: Final = 10.0
"""The pause after a 429 of Discord's own that does not say how long: few requests if the limit lasts, and not long for people
who wait."""

UNAUTHORIZED_S: Final = 60.0
"""The pause after Discord refused the token. The gateway connection finds out whether that is final, and then ends the process."""


def result_of(error: Exception) -> Failure:
    """Return what an error of hikari's or of the network means."""
    if isinstance(error, hikari.RateLimitTooLongError):
        return Limited(error.retry_after, everywhere=error.is_global)
    if isinstance(error, hikari.UnauthorizedError):
        return Limited(UNAUTHORIZED_S, everywhere=True)
    if not isinstance(error, hikari.HTTPResponseError):
        return Unknown()
    if _is_cloudflares(error):
        return Limited(_retry_after_s(error, BLOCKED_S), everywhere=True)
    if error.status == HTTPStatus.TOO_MANY_REQUESTS and str(error_codes.TOO_MANY_EDITS) in str(error.raw_body):
        # Discord says this with the status of a rate limit, but no time after which it would be taken.
        return Impossible(error_codes.TOO_MANY_EDITS)
    if error.status == HTTPStatus.TOO_MANY_REQUESTS:
        return Limited(_retry_after_s(error, UNTOLD_S))
    if error.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return Impossible(error_codes.TOO_LARGE)  # hikari does not read the code of an answer with this status
    if isinstance(error, hikari.ClientHTTPResponseError):
        return Impossible(int(error.code), is_invalid=error.status == HTTPStatus.FORBIDDEN)
    return Unknown(answered=True)


def event_of(what: str, result: Failure, error: Exception) -> tuple[str, dict[str, object]]:
    """Return the log event about a failure and its keys; `what` is the event's first word. Nothing that people wrote is in it."""
    match result:
        case Impossible(code=code):
            return f"{what}.refused", {"code": code, "status": int(getattr(error, "status", 0))}
        case Limited(retry_after_s=retry_after_s, everywhere=everywhere):
            return f"{what}.rate_limited", {
                "for_s": retry_after_s,
                "everywhere": everywhere,
                "error": type(error).__name__,
            }
        case _:
            return f"{what}.no_answer", {"error": type(error).__name__}


def cause_of(error: BaseException) -> str:
    """Return why a request got no answer, in a few words for the log. Nothing that people or servers wrote is in it.

    What a library says of the address stays out: it may contain a proxy's password.
    """
    if isinstance(error, hikari.HTTPResponseError):
        return f"status {int(error.status)}"
    if isinstance(error, aiohttp.ClientHttpProxyError):
        return f"the proxy answered with status {error.status}"
    if isinstance(error, aiohttp.ClientProxyConnectionError):
        return f"the proxy: {_of_system(error.os_error)}"
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "the host's name cannot be resolved"
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return f"its certificate is not trusted: {getattr(error.certificate_error, 'verify_message', 'wrong host')}"
    if isinstance(error, aiohttp.ClientConnectorSSLError):
        return "no encrypted connection: is it http:// instead of https://?"
    if isinstance(error, aiohttp.ClientConnectorError):
        return _of_system(error.os_error)
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, aiohttp.ClientPayloadError | aiohttp.ServerDisconnectedError):
        return "the connection broke"
    inner = error.__cause__ or error.__context__
    if inner is not None:
        return cause_of(inner)
    return _of_system(error) if isinstance(error, OSError) else type(error).__name__


def _of_system(error: OSError) -> str:
    """Return the system's words for an error; asyncio's own have the address in them."""
    return os.strerror(error.errno) if error.errno else type(error).__name__


def _is_cloudflares(error: hikari.HTTPResponseError) -> bool:
    """Whether a proxy in front of Discord, which answers in HTML instead of JSON, refuses this address."""
    shut_out = error.status in (HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS)
    return shut_out and "json" not in str(error.headers.get("Content-Type", ""))


def _retry_after_s(error: hikari.HTTPResponseError, otherwise_s: float) -> float:
    """Return the seconds of the Retry-After header; `otherwise_s` when it is missing or makes no sense."""
    try:
        stated_s = float(str(error.headers["Retry-After"]))
    except (KeyError, ValueError):
        return otherwise_s
    return stated_s if 0 < stated_s < math.inf else otherwise_s
