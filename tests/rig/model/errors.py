"""Errors as OpenAI words them (OpenAI: API reference, Error codes): the status, and the body that goes with it."""

from typing import Any, Final, Literal

from msgspec import Struct

ErrorName = Literal[
    "invalid_api_key",
    "model_not_found",
    "rate_limit_exceeded",
    "insufficient_quota",
    "context_length_exceeded",
    "invalid_request",
    "server_error",
    "overloaded",
]


class ApiError(Struct, frozen=True, kw_only=True):
    """One of OpenAI's errors: HTTP status, `type`, `code`, and the message for people."""

    status: int
    type: str
    code: str | None
    message: str
    param: str | None = None

    def body(self) -> dict[str, Any]:
        """Return the JSON that OpenAI answers with."""
        return {"error": {"message": self.message, "type": self.type, "param": self.param, "code": self.code}}


_ERRORS: Final[dict[ErrorName, ApiError]] = {
    # The key in the message is masked by OpenAI, but not wholly: whoever shows this text shows a part of a secret.
    "invalid_api_key": ApiError(
        status=401,
        type="invalid_request_error",
        code="invalid_api_key",
        message="Incorrect API key provided: {key}. You can find your API key at https://platform.openai.com/account/api-keys.",
    ),
    "model_not_found": ApiError(
        status=404,
        type="invalid_request_error",
        code="model_not_found",
        message="The model `{model}` does not exist or you do not have access to it.",
    ),
    "rate_limit_exceeded": ApiError(
        status=429,
        type="requests",
        code="rate_limit_exceeded",
        message="Rate limit reached for {model} in organization org-sandbox on requests per min (RPM): Limit 3, Used 3, Requested 1.",
    ),
    "insufficient_quota": ApiError(
        status=429,
        type="insufficient_quota",
        code="insufficient_quota",
        message="You exceeded your current quota, please check your plan and billing details.",
    ),
    "context_length_exceeded": ApiError(
        status=400,
        type="invalid_request_error",
        code="context_length_exceeded",
        message="Your input exceeds the context window of this model. Please adjust your input and try again.",
        param="{input}",
    ),
    "invalid_request": ApiError(
        status=400,
        type="invalid_request_error",
        code=None,
        message="We could not parse the JSON body of your request.",
    ),
    "server_error": ApiError(
        status=500,
        type="server_error",
        code=None,
        message="The server had an error while processing your request. Sorry about that!",
    ),
    "overloaded": ApiError(
        status=503,
        type="service_unavailable_error",
        code=None,
        message="The engine is currently overloaded, please try again later.",
    ),
}

_BY_STATUS: Final[dict[int, ErrorName]] = {
    400: "invalid_request",
    401: "invalid_api_key",
    404: "model_not_found",
    429: "rate_limit_exceeded",
    500: "server_error",
    503: "overloaded",
}


def error_named(name: ErrorName, *, model: str, key: str, path: str) -> ApiError:
    """Return an error with the request's own model, masked key and the name of its input filled in."""
    error = _ERRORS[name]
    shown = f"{key[:7]}{'*' * 8}{key[-4:]}" if len(key) > len("sk-....1234") else "*" * len(key)
    source = "messages" if path.endswith("/chat/completions") else "input"
    return ApiError(
        status=error.status,
        type=error.type,
        code=error.code,
        message=error.message.replace("{model}", model).replace("{key}", shown),
        param=error.param and error.param.replace("{input}", source),
    )


def name_of_status(status: int) -> ErrorName:
    """Return the error that OpenAI gives most often with this status.

    :raises KeyError: when OpenAI documents none.
    """
    return _BY_STATUS[status]
