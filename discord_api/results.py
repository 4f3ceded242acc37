"""What it means that a request to Discord went wrong: an error of hikari's or of the network, as a result. Pure."""

import math
from http import HTTPStatus
from typing import Final

import hikari

from actors.courier.requests import Impossible, Limited, Result, Unknown
from discord_api import error_codes

BLOCKED_S: Final = 600.0
"""An address that Cloudflare shuts out without saying for how long is left alone that long."""

UNTOLD_S: Final = 10.0
"""A limit of Discord's own that does not say how long: few requests, should it last, and not long for who waits."""

UNAUTHORIZED_S: Final = 60.0
"""A token that Discord refuses: the gateway finds out for good, and ends the process then."""


def result_of(error: Exception) -> Result:
    """What an error of hikari's or of the network means."""
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
    if isinstance(error, hikari.ClientHTTPResponseError):
        return Impossible(int(error.code), is_invalid=error.status == HTTPStatus.FORBIDDEN)
    return Unknown(answered=True)


def event_of(what: str, result: Result, error: Exception) -> tuple[str, dict[str, object]]:
    """The log event about a result that is not Done, `what` being its first word, and its keys; nothing that anybody wrote."""
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


def _is_cloudflares(error: hikari.HTTPResponseError) -> bool:
    """Whether the page of somebody before Discord came instead of Discord's JSON, and shuts us out."""
    shut_out = error.status in (HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS)
    return shut_out and "json" not in str(error.headers.get("Content-Type", ""))


def _retry_after_s(error: hikari.HTTPResponseError, otherwise_s: float) -> float:
    """What the header says, in seconds, else the other time."""
    try:
        told_s = float(str(error.headers["Retry-After"]))
    except (KeyError, ValueError):
        return otherwise_s
    return told_s if 0 < told_s < math.inf else otherwise_s
