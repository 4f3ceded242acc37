"""What both APIs' streams say, once decoded."""

from typing import Final

from msgspec import Struct

from messages.turn import Reason, Usage


class StreamFinished(Struct, frozen=True, kw_only=True):
    """How a stream ended."""

    reason: Reason
    usage: Usage | None


Said = str | StreamFinished

_REASON_OF_CODE: Final[dict[str, Reason]] = {
    "insufficient_quota": "quota_exhausted",
    "billing_hard_limit_reached": "quota_exhausted",
    "rate_limit_exceeded": "rate_limited",
    "context_length_exceeded": "context_too_long",
    "exceed_context_size_error": "context_too_long",
    "model_not_found": "model_unknown",
    "invalid_api_key": "wrong_key",
    "content_filter": "content_filter",
    "content_policy_violation": "content_filter",
}


def reason_of_code(code: str | None) -> Reason:
    """What an API's error code means; what is not known is the server's trouble."""
    return _REASON_OF_CODE.get(code or "", "server_error")


def reason_of_status(status: int, code: str | None) -> Reason:
    """What an HTTP error means."""
    if code in _REASON_OF_CODE:
        return _REASON_OF_CODE[code or ""]
    by_status: dict[int, Reason] = {
        401: "wrong_key",
        403: "wrong_key",
        404: "model_unknown",
        408: "server_error",
        429: "rate_limited",
    }
    return by_status.get(status, "server_error" if status >= 500 else "bad_request")  # noqa: PLR2004
