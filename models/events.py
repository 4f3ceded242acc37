"""What both APIs' streams say, once decoded."""

from collections.abc import Iterable
from typing import Final

from msgspec import Struct

from messages.files import File
from messages.turn import Reason, Usage


class StreamFinished(Struct, frozen=True, kw_only=True):
    """How a stream ended, and in how many seconds the server will take the question again, where it said so."""

    reason: Reason
    usage: Usage | None
    retry_after_s: float | None = None
    files: tuple[File, ...] = ()


StreamEvent = str | StreamFinished

_REASON_OF_CODE: Final[dict[str, Reason]] = {
    "insufficient_quota": "quota_exhausted",
    "billing_hard_limit_reached": "quota_exhausted",
    "rate_limit_exceeded": "rate_limited",
    "context_length_exceeded": "context_too_long",
    "exceed_context_size_error": "context_too_long",  # llama.cpp's server
    "model_not_found": "model_unknown",
    "invalid_api_key": "wrong_key",
    "content_filter": "content_filter",
    "content_policy_violation": "content_filter",
    "invalid_prompt": "content_filter",  # OpenAI says so where a prompt goes against its usage policy
    "bio_policy": "content_filter",
    "invalid_request_error": "bad_request",
    "data_residency_mismatch": "bad_request",
}
"""OpenAI: API reference, `ResponseErrorCode` and Error codes."""

_REASON_OF_STATUS: Final[dict[int, Reason]] = {
    401: "wrong_key",
    402: "quota_exhausted",
    403: "wrong_key",
    404: "model_unknown",
    408: "server_error",
    429: "rate_limited",
}


def reason_of_code(*codes: object, otherwise: Reason) -> Reason:
    """What an API's error says by its code or, where that is none we know, its type; else what is known without it.

    Servers other than OpenAI's put numbers where a code belongs: those say nothing.
    """
    return _known(codes) or otherwise


def reason_of_status(status: int, *codes: object) -> Reason:
    """What an HTTP error means: by its code or type, else by its status."""
    # `invalid_request_error` is the type of most refusals, of wrong keys and unknown models too: the status says more.
    return (
        _known(code for code in codes if code != "invalid_request_error")
        or _REASON_OF_STATUS.get(status)
        or ("server_error" if status >= 500 else "bad_request")  # noqa: PLR2004 the first status that blames the server
    )


def _known(codes: Iterable[object]) -> Reason | None:
    return next((_REASON_OF_CODE[code] for code in codes if isinstance(code, str) and code in _REASON_OF_CODE), None)
