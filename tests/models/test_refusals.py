"""What servers refuse a request for, in their own words, codes and shapes, and what is made of it.

The words are those of the servers' documentation, sources, or of reports by people who met them.
"""

import json
from collections.abc import AsyncIterator
from typing import Any, Final

import pytest
from msgspec.structs import replace

from messages.choices import Choices
from messages.turn import Reason
from models.access.admission import Admission, Permit
from models.api_client import ApiClient
from models.catalogue import Catalogue
from models.chat import Chat
from models.dialect import REASONING_TOKENS
from models.errors import reason_of
from models.events import StreamFinished
from models.faults import fault_of
from models.kind_traits import Api
from models.model import Model
from models.temperatures import NONE, Temperatures
from models.text_streams import REQUESTS_MAX
from tests.models.test_corpus import sorted_out
from tests.models.test_prompt import turn
from tests.rig.api_documents import complaint_of_openai
from tests.rig.model import ModelRequest, ModelSandbox


def error(message: str, **more: Any) -> dict[str, Any]:
    return {"error": {"message": message, **more}}


REFUSALS: Final[list[tuple[str, int, Any, Reason]]] = [
    # A prompt that is too long: it concerns one conversation, which is made shorter.
    ("OpenAI", 400, error("Your input exceeds the context window of this model.", code="context_length_exceeded"), "context_too_long"),
    ("OpenAI, TPM", 429, error("Request too large for gpt-4o in organization org-1 on tokens per min (TPM): Limit 30000, Requested 50000. The input or output tokens must be reduced in order to run successfully.", type="tokens", code="rate_limit_exceeded"), "context_too_long"),
    ("Groq, TPM", 413, error("Request too large for model `llama-3.1-8b-instant` in organization `org_1` service tier `on_demand` on tokens per minute (TPM): Limit 6000, Requested 12000", type="tokens", code="rate_limit_exceeded"), "context_too_long"),
    ("vLLM", 400, {"object": "error", "message": "The decoder prompt (length 5000) is longer than the maximum model length of 4096.", "type": "BadRequestError", "code": 400}, "context_too_long"),
    ("LM Studio", 400, {"error": "Trying to keep the first 4123 tokens when context the overflows. However, the model is loaded with context length of only 4096 tokens, which is not enough."}, "context_too_long"),
    ("LM Studio, old", 400, {"error": "The number of tokens to keep from the initial prompt is greater than the context length."}, "context_too_long"),
    ("llama.cpp", 400, error("the request exceeds the available context size, try increasing it", code=400, type="exceed_context_size_error", n_ctx=4096), "context_too_long"),
    ("llama.cpp, batch", 500, error("input is too large to process. increase the physical batch size", code=500, type="server_error"), "context_too_long"),
    ("Ollama", 400, error("input length exceeds maximum context length", type="invalid_request_error"), "context_too_long"),
    ("Ollama, cloud", 400, error("prompt too long; exceeded max context length by 2000 tokens"), "context_too_long"),
    ("Mistral", 400, {"object": "error", "message": "Prompt contains 40000 tokens and 0 draft tokens, too large for model with 32768 maximum context length", "type": "invalid_request_prompt", "code": "3051"}, "context_too_long"),
    ("xAI", 400, {"code": "Client specified an invalid argument", "error": "This model's maximum prompt length is 131072 but the request contains 537812 tokens."}, "context_too_long"),
    ("Gemini", 400, [error("The input token count (2000000) exceeds the maximum number of tokens allowed (1048576).", code=400, status="INVALID_ARGUMENT")], "context_too_long"),
    ("Anthropic", 400, error("prompt is too long: 210000 tokens > 200000 maximum", type="invalid_request_error"), "context_too_long"),
    ("Moonshot", 400, error("Invalid request: Your request exceeded model token limit: 8192", type="invalid_request_error"), "context_too_long"),
    ("DashScope", 400, error("Range of input length should be [1, 30720]", code="invalid_parameter_error"), "context_too_long"),
    ("Cerebras", 400, error("Please reduce the length of the messages or completion. Current length is 9000 while limit is 8192", code="context_length_exceeded"), "context_too_long"),
    ("GitHub Models", 413, error("Request body too large for gpt-4o model. Max size: 8000 tokens.", code="tokens_limit_reached"), "context_too_long"),
    ("TGI", 422, {"error": "Input validation error: `inputs` must have less than 4096 tokens. Given: 5000", "error_type": "validation"}, "context_too_long"),
    ("OpenRouter", 402, error("Prompt tokens limit exceeded: 230799 > 91442. To increase, visit https://openrouter.ai/settings/keys and create a key with a higher monthly limit", code=402), "context_too_long"),
    ("nginx", 413, "<html><head><title>413 Request Entity Too Large</title></head></html>", "context_too_long"),
    # Moderation: it concerns one question, whatever its status is.
    ("Azure", 400, error("The response was filtered due to the prompt triggering Azure OpenAI's content management policy.", code="content_filter", status=400, innererror={"code": "ResponsibleAIPolicyViolation"}), "content_filter"),
    ("OpenRouter", 403, error('openai/gpt-4o requires moderation on OpenAI. Your input was flagged for "violence". No credits were charged.', code=403, metadata={"reasons": ["violence"], "flagged_input": "how do I get an invalid api key"}), "content_filter"),
    ("xAI", 403, {"code": "The caller does not have permission to execute the specified operation", "error": "Content violates usage guidelines. Team: t, API key ID: k, Failed check: SAFETY_CHECK_TYPE_BIO"}, "content_filter"),
    ("DeepSeek", 400, error("Content Exists Risk", type="invalid_request_error", code="invalid_request_error"), "content_filter"),
    ("DashScope", 400, error("Input data may contain inappropriate content.", code="data_inspection_failed"), "content_filter"),
    ("OpenAI", 400, error("Invalid prompt: your prompt was flagged as potentially violating our usage policy.", code="invalid_prompt"), "content_filter"),
    ("LiteLLM", 400, error("Violated guardrail policy", code="content_policy_violation"), "content_filter"),
    # Budgets of one request, and of all.
    ("OpenRouter", 402, error("This request requires more credits, or fewer max_tokens. You requested up to 16384 tokens, but can only afford 3919. To increase, visit https://openrouter.ai/settings/credits", code=402), "answer_too_dear"),
    ("OpenRouter, nothing left", 402, error("This request requires more credits, or fewer max_tokens. You requested up to 500 tokens, but can only afford 0.", code=402), "quota_exhausted"),
    ("OpenRouter, key", 403, error("Key limit exceeded (monthly limit). Manage it using https://openrouter.ai/settings/keys", code=403), "quota_exhausted"),
    ("OpenAI", 429, error("You exceeded your current quota, please check your plan and billing details.", type="insufficient_quota", code="insufficient_quota"), "quota_exhausted"),
    ("DeepSeek", 402, error("Insufficient Balance", type="unknown_error", code="invalid_request_error"), "quota_exhausted"),
    ("Anthropic", 400, error("Your credit balance is too low to access the API.", type="invalid_request_error"), "quota_exhausted"),
    ("Moonshot", 429, error("Your account is suspended, please check your plan", type="exceeded_current_quota_error"), "quota_exhausted"),
    ("xAI", 429, {"code": "Some resource has been exhausted", "error": "Your team t has either used all available credits or reached its monthly spending limit."}, "quota_exhausted"),
    ("LiteLLM", 400, error("Budget has been exceeded! Current cost: 1.2, Max budget: 1.0", type="budget_exceeded", code="400"), "quota_exhausted"),
    ("DashScope", 400, error("Access denied, please make sure your account is in good standing.", code="Arrearage"), "quota_exhausted"),
    # Limits that pass.
    ("Gemini", 429, [error("You exceeded your current quota, please check your plan and billing details. Quota exceeded for metric: requests, limit: 2. Please retry in 34.07s.", code=429, status="RESOURCE_EXHAUSTED")], "rate_limited"),
    ("Groq", 429, error("Rate limit reached for model `x` on tokens per minute (TPM): Limit 6000, Used 5900, Requested 300. Please try again in 2s.", type="tokens", code="rate_limit_exceeded"), "rate_limited"),
    ("Mistral", 429, {"object": "error", "message": "Service tier capacity exceeded for this model.", "type": "service_tier_capacity_exceeded", "code": "3505"}, "rate_limited"),
    ("Moonshot", 429, error("The engine is currently overloaded, please try again later", type="engine_overloaded_error"), "rate_limited"),
    ("OpenRouter", 429, error("Provider returned error", code=429, metadata={"raw": "x is temporarily rate-limited upstream."}), "rate_limited"),
    ("nginx", 429, "<html>429 Too Many Requests</html>", "rate_limited"),
    # Models that are not there, whatever the status.
    ("OpenAI", 404, error("The model `x` does not exist or you do not have access to it.", code="model_not_found"), "model_unknown"),
    ("OpenAI, project", 403, error("Project `p` does not have access to model `x`", type="invalid_request_error", code="model_not_found"), "model_unknown"),
    ("vLLM", 404, {"object": "error", "message": "The model `x` does not exist.", "type": "NotFoundError", "code": 404}, "model_unknown"),
    ("Ollama", 404, error('model "x" not found, try pulling it first', type="api_error"), "model_unknown"),
    ("LM Studio", 404, error("No models loaded. Please load a model in the developer page or use the 'lms load' command.", code="model_not_found"), "model_unknown"),
    ("DeepSeek", 400, error("Model Not Exist", type="invalid_request_error"), "model_unknown"),
    ("Mistral", 400, {"object": "error", "message": "Invalid model: x", "type": "invalid_model", "code": "1500"}, "model_unknown"),
    ("Groq", 400, error("The model `x` has been decommissioned and is no longer supported.", code="model_decommissioned"), "model_unknown"),
    ("OpenRouter", 404, error("No endpoints found for x.", code=404), "model_unknown"),
    ("Azure", 404, error("The API deployment for this resource does not exist.", code="DeploymentNotFound"), "model_unknown"),
    # Paths that are not there: no model is missing.
    ("FastAPI", 404, {"detail": "Not Found"}, "wrong_address"),
    ("FastAPI", 405, {"detail": "Method Not Allowed"}, "wrong_address"),
    ("Ollama", 404, "404 page not found", "wrong_address"),
    ("OpenAI", 404, error("Invalid URL (POST /chat/completions)", type="invalid_request_error"), "wrong_address"),
    ("llama.cpp", 404, error("File Not Found", code=404, type="not_found_error"), "wrong_address"),
    ("Azure", 404, error("Resource not found", code="404"), "wrong_address"),
    ("nginx", 404, "<html><head><title>404 Not Found</title></head></html>", "wrong_address"),
    ("a redirect", 301, "", "wrong_address"),
    # Keys.
    ("OpenAI", 401, error("Incorrect API key provided: sk-…", code="invalid_api_key"), "wrong_key"),
    ("xAI", 400, {"code": "Client specified an invalid argument", "error": "Incorrect API key provided: xx. You can obtain an API key from https://console.x.ai."}, "wrong_key"),
    ("Gemini", 400, [error("API key not valid. Please pass a valid API key.", code=400, status="INVALID_ARGUMENT")], "wrong_key"),
    ("vLLM", 401, {"error": "Unauthorized"}, "wrong_key"),
    ("OpenRouter", 401, error("No auth credentials found", code=401), "wrong_key"),
    ("OpenAI", 403, error("Country, region, or territory not supported", code="unsupported_country_region_territory"), "wrong_key"),
    ("Cloudflare", 403, "<!DOCTYPE html><title>Attention Required!</title>", "wrong_key"),
    ("nobody", 403, "", "wrong_key"),
    # What nobody knows concerns the request alone, unless it is the server's fault.
    ("a moderation in words that nobody knows", 403, error("Das dürfen Sie nicht fragen."), "bad_request"),
    ("a gateway", 400, error("The upstream did not like it"), "bad_request"),
    ("anybody", 422, {"detail": [{"type": "string_type", "loc": ["body", "messages", 0], "msg": "Input should be a valid string", "input": "incorrect api key"}]}, "bad_request"),
    ("llama.cpp", 503, error("Loading model", code=503, type="unavailable_error"), "server_error"),
    ("Anthropic", 529, error("Overloaded", type="overloaded_error"), "server_error"),
    ("Cloudflare", 524, "<html>", "server_error"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("status", "body", "reason"), [row[1:] for row in REFUSALS], ids=[f"{row[0]}-{row[3]}" for row in REFUSALS]
)
async def test_a_refusal_is_read_for_what_it_means(model: ModelSandbox, status: int, body: Any, reason: Reason) -> None:
    """Over a real socket, as the server words it; nothing else is asked of it but what it can do."""
    sent = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    kind = "text/html" if isinstance(body, str) else "application/json"
    model.script(body=sent, status=status, content_type=kind)
    assert (await ask(model, Model(name="m", api="chat_completions")))[1].reason == reason


SILENCING: Final = {"quota_exhausted", "wrong_key"}


@pytest.mark.parametrize(("server", "status", "body", "reason"), REFUSALS, ids=[f"{it[0]}-{it[3]}" for it in REFUSALS])
def test_only_what_concerns_everybody_keeps_others_from_asking(
    server: str, status: int, body: Any, reason: Reason
) -> None:
    """The key and the account concern everybody; a model's own limit keeps nobody from asking another model."""
    admission = Admission()
    permit = admission.admit("m", 0.0)
    assert isinstance(permit, Permit)
    error_of = body.get("error", body) if isinstance(body, dict) else body
    admission.report(permit, reason_of(fault_of(error_of, status)), None, 0.0)
    assert isinstance(admission.admit("other", 0.1), Permit) is (reason not in SILENCING), server
    assert isinstance(admission.admit("m", 0.1), Permit) is (reason not in SILENCING | {"rate_limited"}), server


# What a server does not take.


@pytest.fixture
async def model() -> AsyncIterator[ModelSandbox]:
    """A scripted server."""
    async with ModelSandbox() as made:
        yield made


async def ask(
    model: ModelSandbox, listed: Model, chat: Chat | None = None, *, max_token: int = 500
) -> tuple[str, StreamFinished]:
    """Text and end of one answer; of a chat of its own, unless one is given."""
    client = ApiClient(base_url=model.base_url, key=model.key)
    asked = chat or Chat(client)
    try:
        question = turn("Hello?", max_token=max_token)
        events = [event async for event in asked.stream(question, listed)]
    finally:
        await client.close()
    text, _, end = sorted_out(events)
    return text, end


def refuses(
    model: ModelSandbox,
    field: str,
    body: Any,
    status: int = 400,
    *,
    kind: str = "application/json",
    frame: str = "%s",
) -> None:
    """Have every request refused that has this field; others are answered."""

    def has(request: ModelRequest) -> bool:
        return field in request.body or (field == "system" and request.dialogue[0][0] == "system")

    model.script(has, body=(frame % json.dumps(body)).encode(), status=status, content_type=kind)


LEARNT: Final[list[tuple[str, str, int, Any]]] = [
    ("Mistral", "store", 422, {"detail": [{"type": "extra_forbidden", "loc": ["body", "store"], "msg": "Extra inputs are not permitted", "input": False}]}),
    ("Mistral", "max_completion_tokens", 422, {"object": "error", "message": {"detail": [{"type": "extra_forbidden", "loc": ["body", "max_completion_tokens"], "msg": "Extra inputs are not permitted", "input": 500}]}, "type": "invalid_request_error"}),
    ("Groq", "store", 400, error("'store' : property 'store' is unsupported", type="invalid_request_error")),
    ("Azure", "store", 400, error("Unrecognized request argument supplied: store", type="invalid_request_error", param=None, code=None)),
    ("OpenAI", "temperature", 400, error("Unsupported value: 'temperature' does not support 0.5 with this model. Only the default (1) value is supported.", param="temperature", code="unsupported_value")),
    ("OpenAI", "stream", 400, error("Your organization must be verified to stream this model.", type="invalid_request_error", param="stream", code="unsupported_value")),
    ("Gemini", "store", 400, [error('Invalid JSON payload received. Unknown name "store": Cannot find field.', code=400, status="INVALID_ARGUMENT")]),
    ("LiteLLM", "stream_options", 400, error("litellm.UnsupportedParamsError: x does not support parameters: ['stream_options']", code="400")),
    ("Anthropic", "store", 400, error("store: Extra inputs are not permitted", type="invalid_request_error")),
    ("Cohere", "stream_options", 422, {"message": "unknown field: parameter 'stream_options' is not a valid field"}),
    ("TabbyAPI", "max_completion_tokens", 400, {"detail": "Additional properties are not allowed ('max_completion_tokens' was unexpected)"}),
    ("a gateway", "stream_options", 400, error("stream_options is not supported together with stream")),
    ("vLLM with Gemma", "system", 400, {"object": "error", "message": "System role not supported", "type": "BadRequestError", "code": 400}),
]  # fmt: skip


@pytest.mark.parametrize(("server", "field", "status", "body"), LEARNT, ids=[f"{it[0]}-{it[1]}" for it in LEARNT])
async def test_what_a_server_does_not_take_is_left_out_from_then_on(
    model: ModelSandbox, server: str, field: str, status: int, body: Any
) -> None:
    """The question is answered; the server is asked twice the first time only, and another model is asked as ever."""
    refuses(model, field, body, status)
    listed = Model(name="m", api="chat_completions")
    client = ApiClient(base_url=model.base_url, key=model.key)
    chat = Chat(client)
    for expected in (2, 1):
        model.requests.clear()
        _, end = await ask(model, listed, chat)
        assert end.reason == "complete", server
        assert len(model.requests) == expected
    told = model.requests[-1]
    assert "Be brief." in "\n".join(text for _, text in told.dialogue)
    assert ("stream" in told.body) is (field != "stream")
    assert ("max_tokens" in told.body) is (field == "max_completion_tokens")
    model.requests.clear()
    await ask(model, Model(name="other", api="chat_completions"), chat)
    assert len(model.requests) == 2
    await client.close()


def _in_frame(body: Any, kind: str) -> Any:
    return body[0] if isinstance(body, list) and kind == "text/event-stream" else body


AS_EVENT: Final = ("application/json", "%s"), ("text/event-stream", "data: %s\n\ndata: [DONE]\n\n")


@pytest.mark.parametrize(("kind", "frame"), AS_EVENT, ids=["body", "event"])
@pytest.mark.parametrize(("server", "field", "status", "body"), LEARNT, ids=[f"{it[0]}-{it[1]}" for it in LEARNT])
async def test_what_is_refused_with_a_good_status_is_learnt_too(
    model: ModelSandbox, server: str, field: str, status: int, body: Any, kind: str, frame: str
) -> None:
    """Some gateways answer 200 and say in the body, or in the first event, what went wrong; nothing is paid twice for it."""
    refuses(model, field, _in_frame(body, kind), 200, kind=kind, frame=frame)
    listed = Model(name="m", api="chat_completions")
    client = ApiClient(base_url=model.base_url, key=model.key)
    chat = Chat(client)
    for expected in (2, 1):
        model.requests.clear()
        text, end = await ask(model, listed, chat)
        assert (end.reason, text[:9]) == ("complete", "You said:"), (server, status)
        assert len(model.requests) == expected
    await client.close()


BEGUN: Final = {
    "chat_completions": 'data: {"choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}\n\n',
    "responses": 'event: response.created\ndata: {"type":"response.created","response":{"status":"in_progress"}}\n\n',
}


@pytest.mark.parametrize("write_bytes", [30, None])
@pytest.mark.parametrize(
    ("api", "frame"),
    [
        ("chat_completions", "data: %s\n\ndata: [DONE]\n\n"),
        ("responses", "event: error\ndata: %s\n\n"),
        ("responses", 'data: {"type": "response.failed", "response": {"status": "failed", "error": %s}}\n\n'),
    ],
)
async def test_what_is_refused_in_a_later_event_is_learnt_too(
    model: ModelSandbox, api: Api, frame: str, write_bytes: int | None
) -> None:
    """Some gateways say that they have begun before they ask the server behind them; no text came, and nothing is shown twice."""
    words = error("Unsupported parameter: 'temperature'", type="invalid_request_error", param="temperature")
    said = words["error"] if "failed" in frame else words
    model.script(
        lambda request: "temperature" in request.body,
        body=(BEGUN[api] + frame % json.dumps(said)).encode(),
        write_bytes=write_bytes,
    )
    client = ApiClient(base_url=model.base_url, key=model.key)
    chat = Chat(client)
    for expected in (2, 1):
        model.requests.clear()
        text, end = await ask(model, Model(name="m", api=api), chat)
        assert (text[:9], end.reason) == ("You said:", "complete")
        assert len(model.requests) == expected
    await client.close()


async def test_a_later_event_that_refuses_nothing_ends_the_answer_and_is_counted(model: ModelSandbox) -> None:
    """The server may have asked its model, so what that used is estimated; what is no refusal is not asked again here."""
    failed = {"type": "response.failed", "response": {"status": "failed", "error": {"code": "server_error"}}}
    model.script(body=(BEGUN["responses"] + f"data: {json.dumps(failed)}\n\n").encode(), write_bytes=30)
    _, end = await ask(model, Model(name="m"))
    assert (end.reason, len(model.requests)) == ("response_failed", 1)
    assert end.usage is not None
    assert end.usage.estimated


STATUS_ALONE: Final = {"a moderation in words that nobody knows", "a gateway", "anybody"}
"""Refusals that say nothing anybody knows, so that only their status tells what they are."""


@pytest.mark.parametrize(("kind", "frame"), AS_EVENT, ids=["body", "event"])
@pytest.mark.parametrize(
    ("body", "reason"),
    [(row[2], row[3]) for row in REFUSALS if not isinstance(row[2], str) and row[0] not in STATUS_ALONE],
)
async def test_a_refusal_with_a_good_status_means_the_same(
    model: ModelSandbox, body: Any, reason: Reason, kind: str, frame: str
) -> None:
    """In the body or in the first event of a stream; a list of errors comes in bodies only."""
    model.script(body=(frame % json.dumps(_in_frame(body, kind))).encode(), content_type=kind)
    _, end = await ask(model, Model(name="m", api="chat_completions"))
    assert (end.reason, end.usage) == (reason, None)


async def test_a_server_that_answers_200_for_a_path_that_it_lacks_is_asked_by_its_other_api(
    model: ModelSandbox,
) -> None:
    """LM Studio says so in the body; the other API is remembered for that model."""
    unknown = {"error": "Unexpected endpoint or method. (POST /v1/responses)"}
    model.script(
        lambda request: request.path.endswith("/responses"),
        body=json.dumps(unknown).encode(),
        content_type="application/json",
    )
    client = ApiClient(base_url=model.base_url, key=model.key)
    chat = Chat(client)
    for paths in (["/v1/responses", "/v1/chat/completions"], ["/v1/chat/completions"]):
        model.requests.clear()
        text, end = await ask(model, Model(name="m"), chat)
        assert (text, end.reason) == ("You said: [Alice]: Hello?", "complete")
        assert [request.path for request in model.requests] == paths
    await client.close()


async def test_an_error_amid_an_answer_is_no_refusal(model: ModelSandbox) -> None:
    """Whatever it names, the answer had begun: it is kept, and nothing is asked again."""
    chunk = {"choices": [{"index": 0, "delta": {"content": "Guten"}}]}
    events = (chunk, error("store: Extra inputs are not permitted", type="invalid_request_error"))
    model.script(body="".join(f"data: {json.dumps(one)}\n\n" for one in events).encode())
    text, end = await ask(model, Model(name="m", api="chat_completions"))
    assert (text, end.reason, len(model.requests)) == ("Guten", "error_event", 1)


async def test_what_the_catalogue_names_is_never_sent(model: ModelSandbox) -> None:
    """A server that refuses it is not asked twice even once."""
    for field in ("store", "stream_options", "max_completion_tokens"):
        refuses(model, field, {"detail": "no"}, 422)
    left_out = ("store", "stream_options", "max_completion_tokens")
    _, end = await ask(model, Model(name="m", api="chat_completions", left_out=left_out))
    assert (end.reason, len(model.requests)) == ("complete", 1)
    assert model.requests[0].body["max_tokens"] == 500
    with pytest.raises(ValueError, match="left_out of 'm' names 'messages'"):
        Catalogue([Model(name="m", left_out=("messages",))])


@pytest.mark.parametrize(
    ("api", "words"),
    [
        (
            "responses",
            "Unsupported value: 'xhigh' is not supported with the 'm' model. Supported values are: 'low' and 'high'.",
        ),
        ("responses", "Unsupported parameter: 'reasoning.effort' is not supported with this model."),
        ("chat_completions", "Unrecognized request argument supplied: reasoning_effort"),
    ],
)
async def test_an_effort_that_a_server_does_not_take_is_left_out_from_then_on(
    model: ModelSandbox, api: Any, words: str
) -> None:
    """It may take another one, which another session has chosen."""
    field = "reasoning" if api == "responses" else "reasoning_effort"
    refuses(model, field, error(words, param="reasoning.effort", code="unsupported_value"))
    client = ApiClient(base_url=model.base_url, key=model.key)
    chat = Chat(client)
    listed = Model(name="m", api=api, efforts=("default", "xhigh", "high"))
    for effort, told in (("xhigh", [True, False]), ("xhigh", [False]), ("high", [True, False]), ("high", [False])):
        model.requests.clear()
        question = replace(turn("Hello?"), choices=Choices(effort=effort))
        events = [event async for event in chat.stream(question, listed)]
        assert sorted_out(events)[2].reason == "complete"
        assert [field in request.body for request in model.requests] == told
    await client.close()


async def test_a_summary_that_an_account_does_not_get_is_not_asked_for_again(model: ModelSandbox) -> None:
    """OpenAI gives it to organisations that it has verified. The effort is told all the same."""
    words = "Your organization must be verified to generate reasoning summaries. Please go to the settings."
    body = json.dumps(error(words, type="invalid_request_error", param="reasoning.summary", code="unsupported_value"))
    model.script(
        lambda request: "summary" in request.body.get("reasoning", {}),
        body=body.encode(),
        status=400,
        content_type="application/json",
    )
    client = ApiClient(base_url=model.base_url, key=model.key)
    chat = Chat(client)
    listed = Model(name="m", efforts=("high",), reasoning_summary=True)
    for _ in range(2):
        events = [event async for event in chat.stream(turn("Hello?"), listed)]
        assert sorted_out(events)[2].reason == "complete"
    await client.close()
    asked = [request.body["reasoning"] for request in model.requests]
    assert asked == [{"effort": "high", "summary": "auto"}, {"effort": "high"}, {"effort": "high"}]


async def test_a_summary_is_asked_of_the_api_that_gives_one(model: ModelSandbox) -> None:
    """Chat Completions has none; a model that the catalogue says nothing of is not asked for one."""
    for listed, reasoning in (
        (Model(name="m", reasoning_summary=True), {"summary": "auto"}),
        (Model(name="m", reasoning_summary=True, api="chat_completions"), None),
        (Model(name="m"), None),
    ):
        await ask(model, listed)
        body = model.requests[-1].body
        assert body.get("reasoning") == reasoning
        assert complaint_of_openai("POST", model.requests[-1].path.removeprefix("/v1"), body) is None


async def test_the_responses_api_is_learnt_too(model: ModelSandbox) -> None:
    """Its instructions become a message of their own."""
    refuses(model, "instructions", error("Unknown parameter: 'instructions'.", code="unknown_parameter"))
    _, end = await ask(model, Model(name="m"))
    assert (end.reason, len(model.requests)) == ("complete", 2)
    assert model.requests[1].dialogue[0][0] == "system"


async def test_a_server_that_refuses_everything_is_not_asked_without_end(model: ModelSandbox) -> None:
    """Neither is one that refuses what was left out already."""
    model.script(body=json.dumps({"detail": "store is not permitted"}).encode(), status=422)
    assert (await ask(model, Model(name="m")))[1].reason == "bad_request"
    assert len(model.requests) == 2
    model.requests.clear()
    everything = "store, stream, stream_options, temperature, max_completion_tokens, max_tokens: not permitted"
    model.script(body=json.dumps({"detail": everything}).encode(), status=422)
    assert (await ask(model, Model(name="m", api="chat_completions")))[1].reason == "bad_request"
    assert len(model.requests) <= REQUESTS_MAX


async def test_one_odd_refusal_teaches_nothing(model: ModelSandbox) -> None:
    """Whatever it says, the server did not take the request without that either; the next one is asked as ever."""
    client = ApiClient(base_url=model.base_url, key=model.key)
    chat = Chat(client)
    listed = Model(name="m", api="chat_completions")
    body = json.dumps(error("system message, stream, temperature, max_completion_tokens: not allowed")).encode()
    model.script(body=body, status=400, times=2)
    assert (await ask(model, listed, chat))[1].reason == "bad_request"
    assert (await ask(model, listed, chat))[1].reason == "complete"
    sent = model.requests[-1]
    assert sent.dialogue[0][0] == "system"
    assert {"stream", "max_completion_tokens"} <= sent.body.keys()
    await client.close()


@pytest.mark.parametrize(
    "words",
    [
        "temperature: range: 0..1 is the only supported range",
        "Invalid parameter: temperature must be between 0 and 1",
        "Unsupported value: temperature must be less than or equal to 1.0",
    ],
)
async def test_a_temperature_that_is_too_high_is_learnt_once(model: ModelSandbox, words: str) -> None:
    """It and higher ones are left out from then on; lower ones are sent as before, and the end says what is taken."""
    client = ApiClient(base_url=model.base_url, key=model.key)
    chat = Chat(client)
    listed = Model(name="m", api="chat_completions")
    model.script(
        lambda request: (request.body.get("temperature") or 0) > 1, body=json.dumps(error(words)).encode(), status=400
    )
    for temperature, sent, requests in ((1.7, None, 2), (0.5, 0.5, 1), (1.7, None, 1), (2.0, None, 1), (1.4, None, 2)):
        model.requests.clear()
        end = await end_with(chat, listed, temperature)
        assert (end.reason, model.requests[-1].body.get("temperature")) == ("complete", sent)
        assert len(model.requests) == requests
    assert end.temperatures == Temperatures(below=1.4)
    await client.close()


async def end_with(chat: Chat, listed: Model, temperature: float) -> StreamFinished:
    """The end of an answer to somebody with this temperature."""
    events = [event async for event in chat.stream(replace(turn("Hello?"), temperature=temperature), listed)]
    assert isinstance(events[-1], StreamFinished)
    return events[-1]


async def test_a_temperature_that_is_too_low_is_learnt_once(model: ModelSandbox) -> None:
    """Text Generation Inference takes only what is greater than 0."""
    client = ApiClient(base_url=model.base_url, key=model.key)
    chat = Chat(client)
    words = {
        "error": "Input validation error: `temperature` must be strictly greater than 0",
        "error_type": "validation",
    }
    model.script(lambda request: request.body.get("temperature") == 0, body=json.dumps(words).encode(), status=422)
    for temperature, requests in ((0.0, 2), (0.0, 1), (0.1, 1), (2.0, 1)):
        model.requests.clear()
        end = await end_with(chat, Model(name="m", api="chat_completions"), temperature)
        assert (end.reason, len(model.requests)) == ("complete", requests)
    assert end.temperatures.takes(0.1)
    assert not end.temperatures.takes(0.0)
    await client.close()


async def test_a_model_without_temperature_says_so(model: ModelSandbox) -> None:
    """Its server refused the field, the catalogue says it, or the operator named it."""
    body = error("Unsupported value: 'temperature' does not support 0.5 with this model.", code="unsupported_value")
    refuses(model, "temperature", body)
    for listed in (
        Model(name="m"),
        Model(name="m", temperature=False),
        Model(name="m", left_out=("temperature",)),
    ):
        client = ApiClient(base_url=model.base_url, key=model.key)
        chat = Chat(client)
        assert (await end_with(chat, listed, 0.5)).temperatures == NONE
        await client.close()


async def test_one_odd_refusal_of_a_temperature_teaches_nothing(model: ModelSandbox) -> None:
    """The server refuses the question without it, too."""
    client = ApiClient(base_url=model.base_url, key=model.key)
    chat = Chat(client)
    body = json.dumps(error("temperature must be between 0 and 1")).encode()
    model.script(body=body, status=400, times=2)
    assert (await end_with(chat, Model(name="m"), 1.7)).reason == "bad_request"
    model.requests.clear()
    assert (await end_with(chat, Model(name="m"), 1.7)).reason == "complete"
    assert (len(model.requests), model.requests[0].body["temperature"]) == (1, 1.7)
    await client.close()


MISSING: Final[list[tuple[str, int, Any]]] = [
    ("llama.cpp", 404, error("File Not Found", code=404, type="not_found_error")),
    ("FastAPI", 404, {"detail": "Not Found"}),
    ("FastAPI", 405, {"detail": "Method Not Allowed"}),
    ("OpenAI", 404, error("This model is only supported in v1/responses and not in v1/chat/completions.", type="invalid_request_error", param="model", code=None)),
]  # fmt: skip


@pytest.mark.parametrize("api", ["responses", "chat_completions"])
@pytest.mark.parametrize(("server", "status", "body"), MISSING)
async def test_a_server_that_has_only_the_other_api_is_asked_by_that(
    model: ModelSandbox, server: str, status: int, body: Any, api: Api
) -> None:
    """It is found out with the first question, and remembered."""
    path = "/v1/responses" if api == "responses" else "/v1/chat/completions"
    model.script(lambda request: request.path == path, body=json.dumps(body).encode(), status=status)
    client = ApiClient(base_url=model.base_url, key=model.key)
    chat = Chat(client)
    for expected in (2, 1):
        model.requests.clear()
        text, end = await ask(model, Model(name="m", api=api), chat)
        assert (end.reason, len(model.requests)) == ("complete", expected), server
        assert text.startswith("You said: ")
    await client.close()


async def test_what_the_other_api_refuses_is_what_is_said(model: ModelSandbox) -> None:
    """Not that the first one is missing."""
    model.script(lambda request: request.path == "/v1/responses", body=b"Not Found", status=404)
    model.script(lambda request: request.path != "/v1/responses", error="rate_limit_exceeded")
    assert (await ask(model, Model(name="m")))[1].reason == "rate_limited"


async def test_a_server_that_has_neither_api_is_said_to_have_another_address(model: ModelSandbox) -> None:
    """Each is tried once a question."""
    model.script(body=b'{"detail": "Not Found"}', status=404)
    assert (await ask(model, Model(name="m")))[1].reason == "wrong_address"
    assert [request.path for request in model.requests] == ["/v1/responses", "/v1/chat/completions"]


async def test_a_model_that_turns_out_to_reason_gets_room_for_it(model: ModelSandbox) -> None:
    """From its second answer on: the first may have ended before its first word."""
    thinks = b'data: {"choices":[{"delta":{"content":"<think>Hm"},"finish_reason":"length"}]}\n\ndata: [DONE]\n\n'
    model.script(body=thinks, times=1)
    client = ApiClient(base_url=model.base_url, key=model.key)
    chat = Chat(client)
    listed = Model(name="m", api="chat_completions")
    assert [(await ask(model, listed, chat))[1].reason for _ in range(2)] == ["token_limit", "complete"]
    assert [request.body["max_completion_tokens"] for request in model.requests] == [500, 500 + REASONING_TOKENS]
    await client.close()


BOUNDS: Final[list[tuple[str, int, Any, int, bool]]] = [
    ("OpenRouter", 402, error("This request requires more credits, or fewer max_tokens. You requested up to 16384 tokens, but can only afford 3919.", code=402), 3919, False),
    ("OpenAI", 400, error("max_tokens is too large: 16384. This model supports at most 4096 completion tokens, whereas you provided 16384.", param="max_tokens", code="invalid_value"), 4096, True),
    ("Groq", 400, error("`max_tokens` must be less than or equal to `8192`, the maximum value for `max_tokens` is less than the `context_window` for this model"), 8192, True),
    ("DeepSeek", 400, error("Invalid max_tokens value, the valid range of max_tokens is [1, 8192]"), 8192, True),
    ("Anthropic", 400, error("max_tokens: 16384 > 8192, which is the maximum allowed number of output tokens"), 8192, True),
    ("vLLM", 400, {"object": "error", "message": "'max_tokens' or 'max_completion_tokens' is too large: 16384. This model's maximum context length is 8192 tokens and your request has 100 input tokens (16384 > 8192 - 100).", "code": 400}, 8092, False),
    ("vLLM, old", 400, {"object": "error", "message": "This model's maximum context length is 8192 tokens. However, you requested 16484 tokens (100 in the messages, 16384 in the completion). Please reduce the length of the messages or completion.", "code": 400}, 8092, False),
]  # fmt: skip


@pytest.mark.parametrize(("server", "status", "body", "bound", "is_lasting"), BOUNDS, ids=[it[0] for it in BOUNDS])
async def test_a_bound_that_is_too_large_becomes_what_the_server_allows(
    model: ModelSandbox, server: str, status: int, body: Any, bound: int, *, is_lasting: bool
) -> None:
    """Somebody with a large max_token is told what to do. What holds for every request is remembered."""

    def is_too_large(request: ModelRequest) -> bool:
        return bool(request.body["max_completion_tokens"] > bound)

    model.script(is_too_large, body=json.dumps(body).encode(), status=status, content_type="application/json")
    listed = Model(name="m", api="chat_completions")
    client = ApiClient(base_url=model.base_url, key=model.key)
    chat = Chat(client)
    _, end = await ask(model, listed, chat, max_token=16_384)
    assert end.reason == "complete", server
    assert [request.body["max_completion_tokens"] for request in model.requests] == [16_384, bound]
    model.requests.clear()
    await ask(model, listed, chat, max_token=16_384)
    assert len(model.requests) == (1 if is_lasting else 2)
    model.requests.clear()
    await ask(model, listed, chat, max_token=50)
    assert [request.body["max_completion_tokens"] for request in model.requests] == [50]
    await client.close()
