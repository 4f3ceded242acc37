"""What the streams of both APIs say, once they are decoded; and what their error codes mean."""

from collections.abc import Iterable
from typing import Final

from msgspec import Struct

from messages.files import File
from messages.turn import Reason, Usage


class StreamFinished(Struct, frozen=True, kw_only=True):
    """How an answer ended.

    `retry_after_s` is in how many seconds the server will take the question again, where it said so. `files` are those of the
    answer: a model gives them with its end.
    """

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
"""Source: OpenAI, API reference, `ResponseErrorCode`, and guide Error codes."""

_REASON_OF_STATUS: Final[dict[int, Reason]] = {
    401: "wrong_key",
    402: "quota_exhausted",
    403: "wrong_key",
    404: "model_unknown",
    408: "server_error",
    429: "rate_limited",
}


def reason_of_code(*codes: object, otherwise: Reason) -> Reason:
    """Return the reason for an API's error: by the first of these codes and types that we know, else `otherwise`.

    Some servers other than OpenAI's put a number where a code belongs; numbers are skipped.
    """
    return _known(codes) or otherwise


def reason_of_status(status: int, *codes: object) -> Reason:
    """Return the reason for an HTTP error: by its code or type where we know it, else by its status."""
    # Most refusals have the type `invalid_request_error`, also those of wrong keys and unknown models: the status says more.
    return (
        _known(code for code in codes if code != "invalid_request_error")
        or _REASON_OF_STATUS.get(status)
        or ("server_error" if status >= 500 else "bad_request")  # noqa: PLR2004 the first status that blames the server
    )


def _known(codes: Iterable[object]) -> Reason | None:
    return next((_REASON_OF_CODE[code] for code in codes if isinstance(code, str) and code in _REASON_OF_CODE), None)
