"""Public reports of errors: refused requests, errors within streams, and when to ask again."""

from tests.reports.case import DONE, Case, document, stream, told

EXTRA = "Extra inputs are not permitted"


def error(message: str, **more: object) -> dict[str, object]:
    return {"error": {"message": message, **more}}


WHOLE = stream(told("Hello"), told(finish="stop"), DONE)

CASES = (
    # Within a stream
    Case(
        source="majiayu000/litellm-rs#170",
        told="status 200, then an error as the first data, then `[DONE]` without `data:`",
        answers=(stream(error("The upstream failed.", type="server_error"), "[DONE]\n\n"),),
        outcome="the sentence for a server's error; it is asked again after a pause",
        reason="server_error",
    ),
    Case(
        source="mastra-ai/mastra#22097",
        told="after some text a frame with `type` *error*, then `[DONE]`",
        answers=(stream(told("Hel"), {"type": "error", "error": {"message": "stream failed"}}, DONE),),
        outcome="the text so far, said to be cut off by an error, with *Continue*",
        text="Hel",
        reason="error_event",
    ),
    Case(
        source="use-agent-os/agent-os#2608",
        told="after some text a chunk with `error`, code 502, then the connection is closed (OpenRouter)",
        answers=(stream(told("Hel"), error("Provider disconnected", code=502) | {"choices": []}),),
        outcome="the text so far, said to be cut off by an error, with *Continue*",
        text="Hel",
        reason="error_event",
    ),
    Case(
        source="envoyproxy/ai-gateway#2697",
        told="status 200, then `event: error` with *overloaded_error* before any text (Anthropic)",
        answers=(
            stream(
                'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}\n\n'
            ),
        ),
        outcome="the sentence for a server's error; it is asked again after a pause",
        reason="server_error",
    ),
    Case(
        source="NousResearch/hermes-agent#65643",
        told="status 200, one chunk: `choices` null, `error_type` *BadRequestError*, `error_message` about the context",
        answers=(
            stream(
                {
                    "choices": None,
                    "error_type": "BadRequestError",
                    "error_message": "Error code: 400 - This model's maximum context length is 131072 tokens.",
                },
                DONE,
            ),
        ),
        outcome="the prompt is too long: asked again without its oldest turns",
        reason="context_too_long",
    ),
    # The server as a whole
    Case(
        source="zai-org/GLM-5#148",
        told='status 429, code `"1113"`, *Insufficient balance or no resource package. Please recharge.* (Zhipu)',
        answers=(document(429, error("Insufficient balance or no resource package. Please recharge.", code="1113")),),
        outcome="the sentence that the budget is used up; not taken for a rate limit",
        reason="quota_exhausted",
    ),
    Case(
        source="agentscope-ai/QwenPaw#202",
        told="the same in Chinese: 余额不足或无可用资源包,请充值。",
        answers=(document(429, error("余额不足或无可用资源包,请充值。", code="1113")),),
        outcome="the sentence that the budget is used up; not taken for a rate limit",
        reason="quota_exhausted",
    ),
    Case(
        source="FoundationAgents/OpenManus#438",
        told="status 403, code 30011, *Your paid balance is insufficient. Please top up* (SiliconFlow)",
        answers=(
            document(
                403,
                {
                    "code": 30011,
                    "message": "The selected model requires paid balance. Your paid balance is insufficient. Please top up and try again.",
                    "data": None,
                },
            ),
        ),
        outcome="the sentence that the budget is used up; not taken for a wrong key",
        reason="quota_exhausted",
    ),
    Case(
        source="TiaraBasori/OpenCode2API#5",
        told="status 401, type *CreditsError*, *Insufficient balance. Manage your billing here*",
        answers=(
            document(
                401,
                {"message": "Insufficient balance. Manage your billing here:", "type": "CreditsError", "code": None},
            ),
        ),
        outcome="the sentence that the budget is used up; not taken for a wrong key",
        reason="quota_exhausted",
    ),
    Case(
        source="popjane/free_chatgpt_api#78",
        told="status 403, *insufficient_user_quota*, *user quota is not enough* (new-api)",
        answers=(
            document(
                403,
                error(
                    "user quota is not enough (request id: 202502281247138307582052662997)",
                    type="v_api_error",
                    param="",
                    code="insufficient_user_quota",
                ),
            ),
        ),
        outcome="the sentence that the budget is used up; not taken for a wrong key",
        reason="quota_exhausted",
    ),
    Case(
        source="QuantumNous/new-api#7448",
        told="status 403, 用户额度不足 (new-api)",
        answers=(document(403, error("用户额度不足, 剩余额度: -0.013", type="new_api_error", code="")),),
        outcome="the sentence that the budget is used up; not taken for a wrong key",
        reason="quota_exhausted",
    ),
    Case(
        source="QuantumNous/new-api#991",
        told="status 429, 当前分组上游负载已饱和，请稍后再试 (new-api)",
        answers=(
            document(429, error("当前分组上游负载已饱和，请稍后再试 (request id: 20250423020142736330894dLoIRrS6)")),
        ),
        outcome="a rate limit; it is asked again after a pause",
        reason="rate_limited",
    ),
    Case(
        source="Doriandarko/claude-engineer#161",
        told="status 529, *overloaded_error*",
        answers=(document(529, {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}),),
        outcome="the sentence for a server's error; it is asked again after a pause",
        reason="server_error",
    ),
    Case(
        source="continuedev/continue#11715",
        told="status 500, *model requires more system memory (5.0 GiB) than is available (3.9 GiB)* (Ollama)",
        answers=(
            document(
                500, error("model requires more system memory (5.0 GiB) than is available (3.9 GiB)", type="api_error")
            ),
        ),
        outcome="the sentence for a server's error; it is asked again after a pause",
        reason="server_error",
    ),
    Case(
        source="langchain-ai/langchainjs#1929",
        told="status 429, *insufficient_quota*",
        answers=(
            document(
                429,
                error(
                    "You exceeded your current quota, please check your plan and billing details.",
                    type="insufficient_quota",
                    code="insufficient_quota",
                ),
            ),
        ),
        outcome="the sentence that the budget is used up; not taken for a rate limit",
        reason="quota_exhausted",
    ),
    # One request
    Case(
        source="zai-org/feedback#516",
        told='status 400, code `"1301"`, 系统检测到输入或生成内容可能包含不安全或敏感内容 (Zhipu)',
        answers=(document(400, error("系统检测到输入或生成内容可能包含不安全或敏感内容", code="1301")),),
        outcome="the sentence that the filter refused it",
        reason="content_filter",
    ),
    Case(
        source="microsoft/TinyTroupe#85",
        told="status 400, *content_filter*, with an `innererror` that found a jailbreak (Azure)",
        answers=(
            document(
                400,
                error(
                    "The response was filtered due to the prompt triggering Azure OpenAI's content management policy.",
                    type=None,
                    param="prompt",
                    code="content_filter",
                    status=400,
                    innererror={
                        "code": "ResponsibleAIPolicyViolation",
                        "content_filter_result": {"jailbreak": {"filtered": True, "detected": True}},
                    },
                ),
            ),
        ),
        outcome="the sentence that the filter refused it",
        reason="content_filter",
    ),
    Case(
        source="NVIDIA-NeMo/Switchyard#314",
        told='status 400, *Input length 877338 exceeds the maximum allowed input length of 639968 tokens*, code `"400"` (GLM)',
        answers=(
            document(
                400, error("Input length 877338 exceeds the maximum allowed input length of 639968 tokens", code="400")
            ),
        ),
        outcome="the prompt is too long: asked again without its oldest turns",
        reason="context_too_long",
    ),
    Case(
        source="cline/cline#13194",
        told="status 400, *Provider returned error*; the cause stands as JSON in `metadata.raw` (OpenRouter)",
        answers=(
            document(
                400,
                error(
                    "Provider returned error",
                    code=400,
                    metadata={
                        "raw": '{"error":{"message":"This model\'s maximum context length is 262144 tokens. However, your'
                        ' messages resulted in 262897 tokens.","type":"Bad Request","code":400}}',
                        "provider_name": "Nvidia",
                    },
                ),
            ),
        ),
        outcome="the prompt is too long: asked again without its oldest turns",
        reason="context_too_long",
    ),
    Case(
        source="BerriAI/litellm#21647",
        told="status 400, *Prompt contains 40000 tokens, too large for model with 32768 maximum context length* (Mistral)",
        answers=(
            document(
                400,
                {
                    "object": "error",
                    "message": "Prompt contains 40000 tokens, too large for model with 32768 maximum context length",
                    "type": "invalid_request_error",
                },
            ),
        ),
        outcome="the prompt is too long: asked again without its oldest turns",
        reason="context_too_long",
    ),
    Case(
        source="BerriAI/litellm#21558",
        told="status 400, *The total length of all messages is too long.* (Perplexity)",
        answers=(
            document(400, error("The total length of all messages is too long.", type="invalid_message", code=400)),
        ),
        outcome="the prompt is too long: asked again without its oldest turns",
        reason="context_too_long",
    ),
    Case(
        source="aaif-goose/goose#11283",
        told="status 400, *exceed_context_size_error* with `n_prompt_tokens` and `n_ctx` (llama.cpp)",
        answers=(
            document(
                400,
                error(
                    "the request exceeds the available context size, try increasing it",
                    code=400,
                    type="exceed_context_size_error",
                    n_prompt_tokens=180283,
                    n_ctx=180224,
                ),
            ),
        ),
        outcome="the prompt is too long: asked again without its oldest turns",
        reason="context_too_long",
    ),
    Case(
        source="aaif-goose/goose#9831",
        told="status 400, *max_tokens must be less than or equal to 100*: about the answer, not about the prompt",
        answers=(
            document(
                400, error("max_completion_tokens must be less than or equal to 100", type="invalid_request_error")
            ),
            WHOLE,
        ),
        outcome="asked again at once with so many tokens, and answered; remembered",
        text="Hello",
        sent={"max_completion_tokens": 100},
    ),
    Case(
        source="mitsuhiko/agent-stuff#19",
        told="status 400, *Extra inputs are not permitted, field: 'headers'*, a field that was not sent (GLM)",
        answers=(document(400, error(f"{EXTRA}, field: 'headers', value: None", type="invalid_request_error")),),
        outcome="the sentence that the model did not accept the request; it is not asked again",
        reason="bad_request",
    ),
    # What a server does not take
    Case(
        source="voideditor/void#128",
        told="status 400, *extra_forbidden* for `max_completion_tokens`, as a text with Python's quotes (vLLM)",
        answers=(
            document(
                400,
                {
                    "object": "error",
                    "message": "[{'type': 'extra_forbidden', 'loc': ('body', 'max_completion_tokens'), 'msg': "
                    f"'{EXTRA}', 'input': 8192}}]",
                    "type": "BadRequestError",
                    "param": None,
                    "code": 400,
                },
            ),
            WHOLE,
        ),
        outcome="asked again at once with `max_tokens`, and answered; remembered",
        text="Hello",
        left_out=("max_completion_tokens",),
        sent={"max_tokens": 500},
    ),
    Case(
        source="anomalyco/opencode#31156",
        told="status 400 for `stream_options` (Databricks)",
        answers=(
            document(400, {"error_code": "BAD_REQUEST", "message": f'{{"stream_options": "{EXTRA}"}}'}),
            WHOLE,
        ),
        outcome="asked again at once without it, and answered; remembered",
        text="Hello",
        left_out=("stream_options",),
    ),
    Case(
        source="RooCodeInc/Roo-Code#274",
        told="status 400, *Unsupported value: 'stream' does not support true with this model* (o1 behind LiteLLM)",
        answers=(
            document(
                400,
                error(
                    "Unsupported value: 'stream' does not support true with this model. Only the default (false) value is"
                    " supported. (request id: 20250105155041)",
                    type="invalid_request_error",
                    param="stream",
                    code="unsupported_value",
                ),
            ),
            document(
                200,
                {
                    "object": "chat.completion",
                    "choices": [
                        {"index": 0, "message": {"role": "assistant", "content": "Hello"}, "finish_reason": "stop"}
                    ],
                    "usage": {"prompt_tokens": 10, "completion_tokens": 2},
                },
            ),
        ),
        outcome="asked again at once without a stream, and answered in one piece; remembered",
        text="Hello",
        tokens=(10, 2),
        left_out=("stream", "stream_options"),
    ),
    # When to ask again
    Case(
        source="duolahypercho/codex-router#573",
        told="status 429, `Retry-After` is a date, which has passed",
        answers=(
            document(
                429, error("Rate limit reached", type="rate_limit_error"), Retry_After="Sat, 25 Jul 2026 12:05:00 GMT"
            ),
        ),
        outcome="a rate limit; it is asked again at once",
        reason="rate_limited",
        retry_after_s=0.0,
    ),
    Case(
        source="NikkeTryHard/zerogravity#19",
        told="status 429, `retry-after-ms: 1500`",
        answers=(document(429, error("Rate limit reached", type="rate_limit_error"), retry_after_ms="1500"),),
        outcome="a rate limit; it is asked again after 1.5 s",
        reason="rate_limited",
        retry_after_s=1.5,
    ),
    Case(
        source="firecrawl/firecrawl#819",
        told="status 429, no header, *please retry after 25s* within the words",
        answers=(
            document(
                429,
                {
                    "success": False,
                    "error": "Rate limit exceeded. Consumed (req/min): 11, please retry after 25s, resets at Wed",
                },
            ),
        ),
        outcome="a rate limit; it is asked again after 25 s",
        reason="rate_limited",
        retry_after_s=25.0,
    ),
    Case(
        source="vectorize-io/hindsight#3508",
        told="status 429 without `Retry-After`, `x-ratelimit-reset-requests: 6m0s` and `x-ratelimit-reset-tokens: 2s` (OpenAI)",
        answers=(
            document(
                429,
                error("Rate limit reached for requests", type="requests", code="rate_limit_exceeded"),
                x_ratelimit_remaining_requests="0",
                x_ratelimit_reset_requests="6m0s",
                x_ratelimit_remaining_tokens="0",
                x_ratelimit_reset_tokens="2s",
            ),
        ),
        outcome="a rate limit; a sentence says to try again in six minutes",
        reason="rate_limited",
        retry_after_s=360.0,
    ),
    Case(
        source="diegosouzapw/OmniRoute#858",
        told="status 429, *Your quota will reset after 27h41m36s.*",
        answers=(
            document(
                429,
                error(
                    "You have exhausted your capacity on this model. Your quota will reset after 27h41m36s.", code=429
                ),
            ),
        ),
        outcome="a rate limit; it is asked again after an hour, the longest that a server's word counts",
        reason="rate_limited",
        retry_after_s=3600.0,
    ),
)
