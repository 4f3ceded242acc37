"""What the errors of servers mean: by their codes, else by their words, else by their HTTP status. Pure.

Only what concerns the key, the account or the server as a whole may keep others from asking: `wrong_key` and `quota_exhausted` open the
account's circuit breakers. So what one request is refused for must never be read as one of them, whatever its status is.
"""

import re
from collections.abc import Mapping
from typing import Final

from messages.turn import Reason
from models.faults import TOKENS_WORTH_ASKING, Fault, bound_in

_CODES: Final[Mapping[str, Reason]] = {
    "insufficient_quota": "quota_exhausted",  # OpenAI
    "billing_hard_limit_reached": "quota_exhausted",  # OpenAI
    "billing_not_active": "quota_exhausted",  # OpenAI
    "exceeded_current_quota_error": "quota_exhausted",  # Moonshot
    "insufficient_user_quota": "quota_exhausted",  # new-api
    "insufficient_credits": "quota_exhausted",  # gateways
    "budget_exceeded": "quota_exhausted",  # LiteLLM
    "arrearage": "quota_exhausted",  # Alibaba: DashScope
    "context_length_exceeded": "context_too_long",  # OpenAI, Groq, Cerebras
    "exceed_context_size_error": "context_too_long",  # llama.cpp
    "tokens_limit_reached": "context_too_long",  # GitHub Models
    "request_too_large": "context_too_long",  # Anthropic, Groq
    "string_above_max_length": "context_too_long",  # OpenAI
    "model_not_found": "model_unknown",  # OpenAI, LM Studio
    "model_not_exist": "model_unknown",
    "model_decommissioned": "model_unknown",  # Groq
    "model_terms_required": "model_unknown",  # Groq
    "model_permission_blocked_org": "model_unknown",  # Groq
    "model_permission_blocked_project": "model_unknown",  # Groq
    "invalid_model": "model_unknown",  # Mistral
    "unknown_model": "model_unknown",  # GitHub Models
    "deploymentnotfound": "model_unknown",  # Azure
    "invalid_api_key": "wrong_key",  # OpenAI, Groq
    "authentication_error": "wrong_key",  # DeepSeek, llama.cpp, Anthropic
    "invalid_authentication_error": "wrong_key",  # Moonshot
    "account_deactivated": "wrong_key",  # OpenAI
    "unsupported_country_region_territory": "wrong_key",  # OpenAI
    "content_filter": "content_filter",  # OpenAI, Azure, Moonshot
    "responsibleaipolicyviolation": "content_filter",  # Azure
    "content_policy_violation": "content_filter",  # OpenAI
    "moderation_blocked": "content_filter",  # OpenAI
    "invalid_prompt": "content_filter",  # OpenAI: the prompt goes against its usage policy
    "bio_policy": "content_filter",  # OpenAI
    "cyber_policy": "content_filter",  # OpenAI
    "data_inspection_failed": "content_filter",  # Alibaba: DashScope
    "datainspectionfailed": "content_filter",  # Alibaba: DashScope
    "image_content_policy_violation": "content_filter",  # OpenAI
    **dict.fromkeys(
        (
            *("invalid_image", "invalid_image_format", "invalid_base64_image", "invalid_image_url", "image_too_large"),
            *("image_too_small", "image_parse_error", "invalid_image_mode", "image_file_too_large", "empty_image_file"),
            *("unsupported_image_media_type", "failed_to_download_image", "image_file_not_found"),
            "sanitizer_server_error",
        ),
        "picture_refused",
    ),  # OpenAI: `ResponseErrorCode`
    "data_residency_mismatch": "bad_request",  # OpenAI
    "rate_limit_exceeded": "rate_limited",  # OpenAI, Groq
    "rate_limit_error": "rate_limited",  # Anthropic
    "ratelimitreached": "rate_limited",  # Azure
    "too_many_requests": "rate_limited",
    "engine_overloaded_error": "rate_limited",  # Moonshot
    "resource_exhausted": "rate_limited",  # Gemini, also for what its words call a quota
    "overloaded_error": "server_error",  # Anthropic
}
"""By `code` or `type`. Source of OpenAI's: API reference, `ResponseErrorCode`; guide, Error codes."""

_REQUEST_REFUSED: Final = frozenset(
    {
        "invalid_request_error",  # OpenAI; nearly everybody
        "badrequesterror",  # vLLM
        "bad_request",  # Cohere, Azure
        "invalid_argument",  # Gemini
        "unsupported_value",  # OpenAI
        "unsupported_parameter",  # OpenAI
        "unknown_parameter",  # OpenAI
        "validation",  # Text Generation Inference
    }
)
"""Codes that say no more than that the request is refused, where no status says it."""

_PHRASES: Final[Mapping[Reason, Mapping[str, str]]] = {
    "context_too_long": {
        r"maximum (?:allowed )?(?:context|prompt|sequence|input) (?:length|limit|size)": "OpenAI, vLLM, xAI, Mistral, Ollama, GLM",
        r"maximum model length|longer than the model's": "vLLM",
        r"context (?:length|window|size) (?:of|is|has been|exceed)|context window of this model": "OpenAI, LM Studio, llama.cpp",
        r"exceeds? (?:the |your |its )?(?:model's )?(?:available |maximum )?context": "llama.cpp, LiteLLM",
        r"tokens to keep from the initial prompt|context the overflows|context overflow": "LM Studio",
        r"prompt (?:is )?too long|prompt exceeds max|length of all messages": "Anthropic, Ollama, Zhipu; Perplexity",
        r"is too long - '|string too long|must be length \d+ or less": "OpenAI, Azure, of the prompt for a picture",
        r"input (?:is |length )?too (?:long|large)": "Bedrock, llama.cpp",
        r"input token count.{0,60}exceeds|exceeds the maximum number of tokens": "Gemini",
        r"prompt tokens limit exceeded": "OpenRouter, with status 402",
        r"request (?:body )?too large|payload too large|entity too large": "OpenAI and Groq, with status 429 or 413; GitHub; nginx",
        r"exceeded model token limit": "Moonshot",
        r"reduce the (?:length|size) of|tokens must be reduced|too many tokens": "OpenAI, Cerebras, Cohere",
        r"`inputs`.{0,30}must (?:have less|be) |range of input length": "Text Generation Inference, Together, DashScope",
    },
    "content_filter": {
        r"content management policy|content filtering policy|content policy": "Azure, Anthropic, OpenAI",
        r"content exists risk|inappropriate content|敏感内容|违规内容": "DeepSeek, DashScope, Zhipu",
        r"flagged|requires moderation": "OpenRouter, with status 403",
        r"content violates|safety_check|usage guidelines": "xAI, with status 403",
        r"usage (?:policy|policies)|safety (?:system|filter|settings)|prohibited content": "OpenAI, Gemini",
        r"blocked by .{0,40}(?:filter|polic|guardrail)": "Anthropic, Bedrock, LiteLLM",
    },
    "picture_refused": {
        r"unsupported image|image (?:data|format|is|was)?.{0,20}(?:not valid|invalid|corrupt)|invalid image": "OpenAI, Anthropic",
        r"(?:cannot|failed to|unable to|could not) (?:identify|load|decode|process|download|parse|read).{0,10} image": "vLLM, Gemini, llama.cpp",
        r"must be a base64 encoded image|invalid base64|image (?:dimensions?|size|exceeds)": "LM Studio, Anthropic",
    },
    "not_verified": {r"organization must be verified to use the model": "OpenAI, with status 403"},
    "quota_exhausted": {
        r"insufficient (?:balance|credit|quota|funds)": "DeepSeek, OpenRouter",
        r"balance is (?:too low|insufficient)|specified api usage limits": "Anthropic, with status 400; SiliconFlow, with 403",
        r"quota is not enough|余额不足|额度不足|额度已用尽|欠费": "new-api, with status 403; Zhipu, with 429",
        r"used all available credits|spending limit|spend limit": "xAI, Groq",
        r"key limit exceeded|requires more credits|never purchased credits": "OpenRouter",
        r"budget has been exceeded|over budget": "LiteLLM",
        r"exceeded your current quota|account is not active": "OpenAI",
        r"overdue payment|account is in good standing": "DashScope",
    },
    "model_unknown": {
        r"\bmodel\b.{0,120}(?:not found|not exist|decommissioned|deprecated|not available|no longer available)": "OpenAI, vLLM, Ollama, Groq",
        r"(?:invalid|unknown|no such|unable to access) model\b|model not exist": "Mistral, GitHub, Together, DeepSeek",
        r"no models? (?:are |is )?(?:currently )?loaded|failed to load model": "LM Studio",
        r"no (?:allowed providers|endpoints found|available channel)": "OpenRouter, new-api",
        r"deployment.{0,60}not exist": "Azure",
    },
    "wrong_key": {
        r"(?:invalid|incorrect|missing|wrong|expired|disabled|no) (?:proxy server )?(?:api[ -]?key|access token|credential)": "OpenAI; xAI, with status 400",
        r"api[ -]?key (?:not valid|is (?:invalid|required|missing)|expired)": "Gemini, with status 400; llama.cpp",
        r"authentication (?:fail|error|required)|no auth credentials|user not found": "DeepSeek, LiteLLM, OpenRouter",
        r"unauthorized|unauthenticated": "vLLM, Mistral, Azure",
    },
    "wrong_address": {
        r"unexpected endpoint|invalid url": "LM Studio, with status 200; OpenAI",
        r"cannot post|page not found|resource not found|file not found|^not found\W*$": "Express, Ollama, Azure, llama.cpp, FastAPI",
        r"method not allowed": "with status 405",
    },
    "rate_limited": {
        r"rate.?limit|too many (?:requests|concurrent)|resource.?exhausted|capacity exceeded": "OpenAI, Mistral, Gemini",
        r"try again (?:later|in)|quota exceeded": "Groq, Gemini",
    },
    "server_error": {
        r"overloaded|server (?:is )?(?:busy|had an error)|temporarily unavailable": "OpenAI, Anthropic, DeepSeek",
        r"loading model|model is loading|upstream|bad gateway": "llama.cpp, Hugging Face, gateways",
    },
}
"""By words that stand somewhere in the error, with the servers that write them. What concerns one request comes first."""

_WORDS: Final = tuple(
    (reason, re.compile("|".join(phrases), re.IGNORECASE | re.MULTILINE)) for reason, phrases in _PHRASES.items()
)

_ABOUT_ACCESS: Final = re.compile(
    r"key|auth|permission|credential|token|account|organi[sz]ation|project|country|region|forbidden|access|denied|subscription",
    re.IGNORECASE,
)

_STATUS: Final[Mapping[int, Reason]] = {
    401: "wrong_key",
    402: "quota_exhausted",
    403: "wrong_key",
    404: "wrong_address",
    405: "wrong_address",
    408: "server_error",
    413: "context_too_long",
    429: "rate_limited",
}


def reason_of(fault: Fault, *, otherwise: Reason = "bad_request") -> Reason:
    """Return the reason for which an answer ends with this error; `otherwise` where nothing is known of it and it has no status."""
    status = fault.status
    said = _by_words(fault.words)
    if said == "context_too_long":
        return said  # also where the code speaks of a rate limit, which waiting would never satisfy
    bound = bound_in(fault)
    if bound is not None and not bound.is_lasting and bound.tokens >= TOKENS_WORTH_ASKING:
        return "answer_too_dear"
    reason = next((_CODES[code] for code in fault.codes if code in _CODES), None) or said
    if reason is not None and (status is None or _may_mean(status, reason)):
        return reason
    if status is None:
        return "bad_request" if _REQUEST_REFUSED & set(fault.codes) else otherwise
    if status == 403 and fault.words and not _is_page(fault.words) and not _ABOUT_ACCESS.search(fault.words):  # noqa: PLR2004 HTTP: Forbidden
        return "bad_request"
    if 300 <= status < 400:  # noqa: PLR2004 a redirect, which is not followed
        return "wrong_address"
    return _STATUS.get(status) or ("server_error" if status >= 500 else otherwise)  # noqa: PLR2004 the server's fault


def _by_words(words: str) -> Reason | None:
    return next((reason for reason, pattern in _WORDS if pattern.search(words)), None)


def _may_mean(status: int, reason: Reason) -> bool:
    """Whether an error with this status can have that reason, which its words or codes name in passing."""
    match reason:
        case "wrong_address":
            return status in (404, 405)
        case "server_error":
            return status >= 500 or status in (408, 409, 425)  # noqa: PLR2004 the server's fault, or a matter of time
        case _:
            return True


def _is_page(words: str) -> bool:
    return words.lstrip().startswith("<")


def is_path_missing(fault: Fault) -> bool:
    """Return whether the server has no such path, though it may have the other API's. LM Studio says so with status 200."""
    return fault.status in (404, 405, None) and reason_of(fault) == "wrong_address"
